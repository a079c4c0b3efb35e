#include "host/output/output_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace runbook {
namespace {

constexpr std::size_t chunk = 64 << 10;
// Of a pipe whose writer is faster than we are. Not from the start: all pipes of a user share one allowance.
constexpr int large_pipe = 512 << 10;

}  // namespace

OutputCapture::OutputCapture(std::shared_ptr<const Redactor> redactor, int log_directory, std::string log_name,
                             std::size_t kept)
    : redactor_(redactor), out_(redactor, kept), err_(redactor, kept), log_(log_directory, std::move(log_name)) {}

void OutputCapture::note(std::string_view text) {
  log_.append(redactor_ ? redactor_->redact(text) : std::string(text));
}

void OutputCapture::append(Stream stream, std::string_view bytes, const Listener& listener) {
  Side& to = side(stream);
  to.redacting.feed(bytes, [&](std::string_view redacted) { keep(to, redacted, listener); });
}

void OutputCapture::keep(Side& side, std::string_view redacted, const Listener& listener) {
  log_.append(redacted);
  side.tail.append(redacted);
  if (listener) listener(redacted);
}

void OutputCapture::finish(AttemptEnded& ended, const Listener& out, const Listener& err) {
  out_.redacting.finish([&](std::string_view redacted) { keep(out_, redacted, out); });
  err_.redacting.finish([&](std::string_view redacted) { keep(err_, redacted, err); });
  ended.out_cut = out_.tail.cut();
  ended.err_cut = err_.tail.cut();
  ended.out = out_.tail.take();
  ended.err = err_.tail.take();
  const OutputLog::Summary log = log_.close();
  if (log.exists) {
    ended.log = log_.name();
    ended.log_sha256 = hex(log.sha256);
    ended.log_size = log.size;
  }
  ended.log_error = log.error;
}

Result<UniqueFd> OutputPipe::open() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("create", "a pipe");
  end_.reset(ends[0]);
  UniqueFd writing(ends[1]);
  // Of this end only; the child's stays as programs expect it.
  if (::fcntl(end_.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("set up", "a pipe");
  return writing;
}

std::string_view OutputPipe::read_some() {
  static char buffer[chunk];
  for (;;) {
    const ssize_t count = ::read(end_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return {};
    if (count <= 0) {
      end_.reset();
      return {};
    }
    if (static_cast<std::size_t>(count) == chunk && !enlarged_) {
      enlarged_ = true;
      ::fcntl(end_.get(), F_SETPIPE_SZ, large_pipe);  // may be refused: then it stays slower
    }
    return {buffer, static_cast<std::size_t>(count)};
  }
}

}  // namespace runbook
