#include "base/packed_value.h"

#include <catch2/catch.hpp>

namespace runbook {
namespace {

Value sample() {
  Value inner = Value::map();
  inner.set("b", Value::List{Value(), true, false, std::int64_t{-7}, 2.5, std::string("\0\xff", 2)});
  inner.set("a", Value::list());
  Value outer = Value::map();
  outer.set("inner", inner);
  outer.set("", Value::map());
  return outer;
}

TEST_CASE("A packed value comes back as it was") {
  CHECK(unpack_value(pack_value(sample())) == sample());
  CHECK(unpack_value(pack_value(Value(1.0)))->is_integer() == false);
  CHECK(unpack_value(pack_value(Value())) == Value());
}

TEST_CASE("Bytes that are no packed value are refused, wherever they are damaged") {
  const auto bytes = pack_value(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(!unpack_value(bytes.substr(0, size)));
  CHECK(!unpack_value(bytes + "n"));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char byte : {'\x00', '\x7f', '\xff', 'l', 'm', 's'}) {
      auto damaged = bytes;
      damaged[i] = byte;
      static_cast<void>(unpack_value(damaged));  // any answer, but an answer
    }
  }
  // A list that says it is long costs nothing.
  CHECK(!unpack_value(std::string("l\xff\xff\xff\xff\xff\xff\xff\x7f", 9)));
}

TEST_CASE("Nesting has an end") {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += std::string("l\1\0\0\0\0\0\0\0", 9);
  CHECK(!unpack_value(bytes + "n"));
}

}  // namespace
}  // namespace runbook
