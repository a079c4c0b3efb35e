// Reads HTML and XML as our reports write them (every element is closed, attributes are quoted) and says what is in
// it, or what is wrong with it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace runbook::test {

struct Markup {
  std::string mistake;  // the first; empty: it is well-formed
  std::map<std::string, int> elements{{"failure", 0}, {"error", 0}};
  std::set<std::string> attributes, ids;
  std::vector<std::string> links;  // values of href, as they stand
};

Markup read_markup(const std::string& text);

}  // namespace runbook::test
