#include "values/run_context.h"

#include <algorithm>
#include <array>

namespace runbook {

std::vector<std::pair<std::string, std::string>> inherited_environment(const char* const* environ) {
  static constexpr std::array<std::string_view, 9> allowed = {
      "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"};
  std::vector<std::pair<std::string, std::string>> env;
  for (; environ && *environ; ++environ) {
    const std::string_view entry = *environ;
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = entry.substr(0, equals);
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end() && name.substr(0, 3) != "LC_") continue;
    env.emplace_back(name, entry.substr(equals + 1));
  }
  const auto ensure = [&](const char* name, const char* value) {
    if (std::none_of(env.begin(), env.end(), [&](const auto& entry) { return entry.first == name; }))
      env.emplace_back(name, value);
  };
  ensure("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  ensure("LANG", "C.UTF-8");
  return env;
}

}  // namespace runbook
