// Runbooks and modules in memory, for the tests of what uses them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "library/uses.h"

namespace runbook::test {

class MapFiles : public RunbookFiles {
 public:
  std::map<std::string, std::string> files;  // by their name in a snapshot
  std::shared_ptr<const SourceFile> open(const UsedFile& file, Span, Diagnostics&) override {
    ++opened;
    const auto found = files.find(file.snapshot_name());
    if (found == files.end()) return nullptr;
    return kept.emplace_back(std::make_shared<SourceFile>(found->first, found->second));
  }
  std::vector<std::string> places(const UsedFile& file) const override { return {"/disk/" + file.snapshot_name()}; }
  std::vector<std::shared_ptr<const SourceFile>> kept;
  int opened = 0;  // asked for, whether there or not
};

}  // namespace runbook::test
