#include "cli/environment.h"

#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace runbook {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Machine this_machine() {
  Machine machine;
  const auto* entry = getpwuid(geteuid());
  machine.user = entry ? entry->pw_name : "uid " + std::to_string(geteuid());
  // Who became root says more than that it is root.
  if (const auto before = environment_variable("SUDO_USER"); geteuid() == 0 && !before.empty())
    machine.user = before + " (as " + machine.user + ")";
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) == 0) machine.host = name;
  std::ifstream boot("/proc/sys/kernel/random/boot_id");
  std::getline(boot, machine.boot_id);
  return machine;
}

TerminalFacts terminal_facts(int fd) {
  TerminalFacts facts;
  facts.is_tty = isatty(fd) == 1;
  facts.term = environment_variable("TERM");
  facts.no_color = environment_variable("NO_COLOR");
  facts.clicolor_force = environment_variable("CLICOLOR_FORCE");
  facts.force_color = environment_variable("FORCE_COLOR");
  facts.ci = environment_variable("CI");
  facts.lc_all = environment_variable("LC_ALL");
  facts.lc_ctype = environment_variable("LC_CTYPE");
  facts.lang = environment_variable("LANG");
  facts.columns = environment_variable("COLUMNS");
  return facts;
}

TerminalSize window_size(int fd, const TerminalFacts& facts) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) size = {};
  return terminal_size(size.ws_col, size.ws_row, facts);
}

Style style_of(ColorWhen when, const TerminalFacts& facts) {
  Style style;
  style.color = use_color(when, facts);
  style.unicode = use_unicode(facts);
  return style;
}

}  // namespace runbook
