#include "host/signal_watch.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace runbook {

Result<SignalWatch> SignalWatch::create(Untaken untaken) {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    // A blocked signal is queued even when it is ignored.
    if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) sigaddset(&wanted, number);
  }
  SignalWatch watch;
  watch.untaken_ = untaken;
  watch.fd_.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!watch.fd_.valid()) return system_error("create", "signalfd");
  ::pthread_sigmask(SIG_BLOCK, &wanted, &watch.mask_before_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &watch.pipe_before_);
  return watch;
}

SignalWatch::~SignalWatch() {
  if (!fd_.valid()) return;  // moved away
  if (untaken_ == Untaken::forgotten) take();
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  ::sigaction(SIGPIPE, &pipe_before_, nullptr);
}

std::vector<int> SignalWatch::take() {
  std::vector<int> numbers;
  signalfd_siginfo info;
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) numbers.push_back(static_cast<int>(info.ssi_signo));
  return numbers;
}

}  // namespace runbook
