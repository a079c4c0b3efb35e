#include "journal/faulty_file.h"

#include <algorithm>
#include <cerrno>

namespace runbook::test {
namespace {

class FaultyFile final : public JournalFile {
 public:
  FaultyFile(std::unique_ptr<JournalFile> real, Faults& faults) : real_(std::move(real)), faults_(faults) {}

  ssize_t write(std::string_view bytes) override {
    const int number = ++faults_.writes;
    if (faults_.write_errors.count(number)) return fail(faults_.write_errors[number]);
    auto size = bytes.size();
    if (faults_.short_writes.count(number)) size = std::min(size, faults_.short_writes[number]);
    if (faults_.disk_space == 0) return fail(ENOSPC);
    size = std::min(size, faults_.disk_space);
    const auto written = real_->write(bytes.substr(0, size));
    if (faults_.disk_space != SIZE_MAX && written > 0) faults_.disk_space -= static_cast<std::size_t>(written);
    size_ += written > 0 ? static_cast<std::size_t>(written) : 0;
    return written;
  }

  int sync() override {
    const int number = ++faults_.syncs;
    if (faults_.sync_errors.count(number)) return fail(faults_.sync_errors[number]);
    return real_->sync();
  }

  int truncate(std::uint64_t size) override {
    const int number = ++faults_.truncates;
    if (faults_.truncate_errors.count(number)) return fail(faults_.truncate_errors[number]);
    if (faults_.disk_space != SIZE_MAX) faults_.disk_space += size_ - size;
    size_ = size;
    return real_->truncate(size);
  }

  int release_reserve() override {
    ++faults_.releases;
    if (!faults_.has_reserve) return fail(ENOENT);
    faults_.has_reserve = false;
    faults_.disk_space += faults_.reserve;
    return 0;
  }

 private:
  static int fail(int number) {
    errno = number;
    return -1;
  }

  std::unique_ptr<JournalFile> real_;
  Faults& faults_;
  std::size_t size_ = 0;
};

}  // namespace

std::unique_ptr<JournalFile> make_faulty(std::unique_ptr<JournalFile> real, Faults& faults) {
  return std::make_unique<FaultyFile>(std::move(real), faults);
}

}  // namespace runbook::test
