#include "base/packed_value.h"

#include <cstring>

namespace runbook {
namespace {

// One letter for the kind; then 8 bytes for numbers; a length of 8 bytes before text and before the items of a list or
// the entries of a map.
constexpr int deepest = 160;

void put_number(std::string& out, std::uint64_t number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

void put(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += 'n';
  } else if (value.is_bool()) {
    out += value.as_bool() ? 't' : 'f';
  } else if (value.is_integer()) {
    out += 'i';
    put_number(out, static_cast<std::uint64_t>(value.as_integer()));
  } else if (value.is_number()) {
    out += 'd';
    const double number = value.as_number();
    std::uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof bits);
    put_number(out, bits);
  } else if (value.is_string()) {
    out += 's';
    put_text(out, value.as_string());
  } else if (value.is_list()) {
    out += 'l';
    put_number(out, value.as_list().size());
    for (const auto& item : value.as_list()) put(out, item);
  } else {
    out += 'm';
    put_number(out, value.as_map().size());
    for (const auto& [key, item] : value.as_map()) {
      put_text(out, key);
      put(out, item);
    }
  }
}

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const { return bytes_.empty(); }

  std::optional<Value> value(int depth = 0) {
    if (bytes_.empty() || depth > deepest) return std::nullopt;
    const char kind = bytes_[0];
    bytes_.remove_prefix(1);
    switch (kind) {
      case 'n': return Value();
      case 't': return Value(true);
      case 'f': return Value(false);
      case 'i':
        if (const auto bits = number()) return Value(static_cast<std::int64_t>(*bits));
        return std::nullopt;
      case 'd': {
        const auto bits = number();
        if (!bits) return std::nullopt;
        double read = 0;
        std::memcpy(&read, &*bits, sizeof read);
        return Value(read);
      }
      case 's':
        if (const auto read = text()) return Value(*read);
        return std::nullopt;
      case 'l': return list(depth);
      case 'm': return map(depth);
      default: return std::nullopt;
    }
  }

 private:
  std::optional<std::uint64_t> number() {
    std::uint64_t read = 0;
    if (bytes_.size() < sizeof read) return std::nullopt;
    std::memcpy(&read, bytes_.data(), sizeof read);
    bytes_.remove_prefix(sizeof read);
    return read;
  }

  std::optional<std::string_view> text() {
    const auto size = number();
    if (!size || *size > bytes_.size()) return std::nullopt;
    const auto read = bytes_.substr(0, static_cast<std::size_t>(*size));
    bytes_.remove_prefix(read.size());
    return read;
  }

  // Every item has at least one byte, so a count that is too large is found before much is made of it.
  std::optional<Value> list(int depth) {
    const auto count = number();
    if (!count || *count > bytes_.size()) return std::nullopt;
    Value::List items;
    for (std::uint64_t i = 0; i < *count; ++i) {
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      items.push_back(std::move(*item));
    }
    return Value(std::move(items));
  }

  std::optional<Value> map(int depth) {
    const auto count = number();
    if (!count || *count > bytes_.size()) return std::nullopt;
    Value::Map entries;
    for (std::uint64_t i = 0; i < *count; ++i) {
      const auto key = text();
      auto item = key ? value(depth + 1) : std::nullopt;
      if (!item) return std::nullopt;
      entries.emplace_back(*key, std::move(*item));
    }
    return Value(std::move(entries));
  }

  std::string_view bytes_;
};

}  // namespace

std::string pack_value(const Value& value) {
  std::string out;
  put(out, value);
  return out;
}

std::optional<Value> unpack_value(std::string_view bytes) {
  Unpacker unpacker(bytes);
  auto value = unpacker.value();
  if (!value || !unpacker.at_end()) return std::nullopt;
  return value;
}

}  // namespace runbook
