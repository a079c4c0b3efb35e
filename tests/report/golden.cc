#include "report/golden.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace runbook::test {

void expect_golden(const std::string& name, const std::string& text) {
  const auto path = std::string(RUNBOOK_SOURCE_DIR) + "/tests/golden/report/" + name;
  if (const char* accept = std::getenv("RUNBOOK_ACCEPT"); accept && *accept == '1') {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    REQUIRE(file.flush());
  }
  std::ifstream file(path, std::ios::binary);
  INFO("golden file " << path << "; RUNBOOK_ACCEPT=1 writes it");
  REQUIRE(file.is_open());
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == expected);
}

}  // namespace runbook::test
