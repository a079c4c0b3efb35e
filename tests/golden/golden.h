// Golden files: what a program said, kept beside what it read, compared exactly. RUNBOOK_ACCEPT=1 writes them anew;
// then look at the difference before you commit it.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace runbook {

inline std::string read_whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void check_golden(const std::string& path, const std::string& actual) {
  if (const char* accept = std::getenv("RUNBOOK_ACCEPT"); accept != nullptr && std::string(accept) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
    WARN("wrote " << path);
    return;
  }
  INFO(path << " (RUNBOOK_ACCEPT=1 writes it anew)");
  CHECK(actual == read_whole_file(path));
}

}  // namespace runbook
