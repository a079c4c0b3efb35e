// OutputCapture: what one attempt prints, from the pipes to the log, the listener and the memory of its last bytes.
// Redacted at the entry: nothing behind it ever sees a secret.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "drive/host.h"
#include "drive/observer.h"
#include "host/output/output_log.h"
#include "host/output/tail_buffer.h"
#include "redact/redactor.h"

namespace runbook {

class OutputCapture {
 public:
  static constexpr std::size_t kept_default = 1 << 20;
  using Listener = std::function<void(std::string_view)>;

  // The last `kept` bytes of each stream stay in memory.
  OutputCapture(std::shared_ptr<const Redactor> redactor, int log_directory, std::string log_name,
                std::size_t kept = kept_default);

  void append(Stream stream, std::string_view bytes, const Listener& listener);
  // Words of ours, for the log alone.
  void note(std::string_view text);
  // The end of both streams; what is known about the output goes into `ended`. Once, last.
  void finish(AttemptEnded& ended, const Listener& out, const Listener& err);

 private:
  struct Side {
    Side(std::shared_ptr<const Redactor> redactor, std::size_t kept) : redacting(std::move(redactor)), tail(kept) {}
    RedactingStream redacting;
    TailBuffer tail;
  };
  Side& side(Stream stream) { return stream == Stream::out ? out_ : err_; }
  void keep(Side& side, std::string_view redacted, const Listener& listener);

  std::shared_ptr<const Redactor> redactor_;
  Side out_, err_;
  OutputLog log_;
};

// The reading end of a pipe whose other end a process writes to.
class OutputPipe {
 public:
  // The writing end; close it once the child has it.
  Result<UniqueFd> open();
  int fd() const { return end_.get(); }
  bool at_end() const { return !end_.valid(); }
  void close() { end_.reset(); }

  // Reads what is there, at most `limit` bytes, into `sink`. At the end of the input the descriptor is closed.
  template <class Sink>
  void read(std::size_t limit, Sink sink);

 private:
  std::string_view read_some();

  UniqueFd end_;
  bool enlarged_ = false;
};

template <class Sink>
void OutputPipe::read(std::size_t limit, Sink sink) {
  for (std::size_t done = 0; done < limit && end_.valid();) {
    const std::string_view bytes = read_some();
    if (bytes.empty()) return;
    sink(bytes);
    done += bytes.size();
  }
}

}  // namespace runbook
