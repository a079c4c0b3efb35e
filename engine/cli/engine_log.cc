#include "cli/engine_log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "base/text.h"
#include "cli/environment.h"

namespace runbook::engine_log {

void open() {
  const auto wanted = environment_variable("RUNBOOK_LOG");
  const auto level = wanted.empty() ? spdlog::level::off : spdlog::level::from_str(wanted);
  if (level == spdlog::level::off) {
    if (!wanted.empty() && wanted != "off")
      std::fprintf(stderr, "warning: RUNBOOK_LOG takes debug, info, warn or off, not `%s`\n",
                   printable(wanted).c_str());
    spdlog::set_level(spdlog::level::off);
    return;
  }
  auto logger = std::make_shared<spdlog::logger>("runbook", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ engine %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(level);
  spdlog::set_default_logger(std::move(logger));
}

void debug(const std::string& text) { spdlog::debug("{}", printable(text)); }
void info(const std::string& text) { spdlog::info("{}", printable(text)); }
void warn(const std::string& text) { spdlog::warn("{}", printable(text)); }

}  // namespace runbook::engine_log
