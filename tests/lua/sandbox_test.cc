#include <catch2/catch.hpp>

#include "lua_testing.h"

namespace runbook {

TEST_CASE("an expression sees the data of a run") {
  Sandbox sandbox;
  sandbox.set("params", json(R"({"version":"v1.2.3","replicas":3})"));
  CHECK(eval(sandbox, "params.version") == R"("v1.2.3")");
  CHECK(eval(sandbox, "params.replicas * 2") == "6");
}

}  // namespace runbook
