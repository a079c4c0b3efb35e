#include "cli/runbook_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/prepared.h"
#include "base/io.h"
#include "source/codes.h"
#include "store/files/snapshot.h"

namespace runbook {
namespace {

// nullptr without a diagnostic when there is no such file.
std::shared_ptr<const SourceFile> open_first(const std::vector<std::string>& places, Span use,
                                             Diagnostics& diagnostics) {
  for (const auto& path : places) {
    auto text = read_file(path, 64u << 20);
    if (text) return std::make_shared<const SourceFile>(path, std::move(*text));
    if (text.error().number == ENOENT || text.error().number == ENOTDIR) continue;
    diagnostics.error(code::use_not_found, use, printable(text.error().message()));
    return nullptr;
  }
  return nullptr;
}

}  // namespace

DiskFiles::DiskFiles(const std::string& path, LibraryPath library) : library_(std::move(library)) {
  const auto slash = path.rfind('/');
  if (slash != std::string::npos) folder_ = path.substr(0, slash + 1);
}

std::vector<std::string> DiskFiles::places(const UsedFile& file) const {
  std::vector<std::string> found;
  switch (file.origin) {
    case UsedFile::Origin::beside: found.push_back(folder_ + file.name); break;
    case UsedFile::Origin::standard:
      if (!library_.standard.empty()) found.push_back(library_.standard + "/" + file.name);
      break;
    case UsedFile::Origin::path:
      for (const auto& directory : library_.own) found.push_back(directory + "/" + file.name);
      break;
  }
  return found;
}

std::shared_ptr<const SourceFile> DiskFiles::open(const UsedFile& file, Span use, Diagnostics& diagnostics) {
  return open_first(places(file), use, diagnostics);
}

std::vector<std::string> SnapshotFiles::places(const UsedFile& file) const {
  return {run_directory_ + "/" + std::string(snapshot_name) + "/" + file.snapshot_name()};
}

std::shared_ptr<const SourceFile> SnapshotFiles::open(const UsedFile& file, Span use, Diagnostics& diagnostics) {
  return open_first(places(file), use, diagnostics);
}

}  // namespace runbook
