#include "journal/journal_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/io.h"

namespace runbook {
namespace {

class PosixJournalFile final : public JournalFile {
 public:
  PosixJournalFile(UniqueFd directory, UniqueFd file) : directory_(std::move(directory)), file_(std::move(file)) {}

  // A run that waits to be resumed needs no reserve; one left behind costs nothing but its 256 KiB.
  ~PosixJournalFile() override { PosixJournalFile::release_reserve(); }

  ssize_t write(std::string_view bytes) override { return ::write(file_.get(), bytes.data(), bytes.size()); }
  int sync() override { return ::fdatasync(file_.get()); }
  int truncate(std::uint64_t size) override { return ::ftruncate(file_.get(), static_cast<off_t>(size)); }
  int release_reserve() override { return ::unlinkat(directory_.get(), reserve_name.data(), 0); }

 private:
  UniqueFd directory_, file_;
};

Result<> make_reserve(const UniqueFd& directory, const std::string& path) {
  auto file = create_file_at(directory, std::string(reserve_name), path);
  if (!file) return tl::unexpected(file.error());
  if (const int number = ::posix_fallocate(file->get(), 0, reserve_size); number != 0)
    return system_error("keep space for the journal's end in", path, number);
  return {};
}

Result<std::unique_ptr<JournalFile>> open_journal(const std::string& path, int flags) {
  auto directory = open_directory(path);
  if (!directory) return tl::unexpected(directory.error());
  const std::string journal = path + "/" + std::string(journal_name);

  UniqueFd file(
      ::openat(directory->get(), journal_name.data(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | flags, 0600));
  if (!file.valid()) return system_error(flags & O_CREAT ? "create" : "open", journal);
  // Left behind by an engine that died.
  if (::unlinkat(directory->get(), reserve_name.data(), 0) != 0 && errno != ENOENT)
    return system_error("remove", path + "/" + std::string(reserve_name));
  RUNBOOK_TRY(make_reserve(*directory, path + "/" + std::string(reserve_name)));

  RUNBOOK_TRY(sync_file(*directory, path));
  const UniqueFd above(::openat(directory->get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above.valid()) return system_error("open", path + "/..");
  RUNBOOK_TRY(sync_file(above, path + "/.."));
  return std::make_unique<PosixJournalFile>(std::move(*directory), std::move(file));
}

}  // namespace

Result<std::unique_ptr<JournalFile>> create_journal_file(const std::string& directory) {
  return open_journal(directory, O_CREAT | O_EXCL);
}

Result<std::unique_ptr<JournalFile>> reopen_journal_file(const std::string& directory) {
  return open_journal(directory, 0);
}

}  // namespace runbook
