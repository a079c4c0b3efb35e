#include "report/deploy.h"

#include <catch2/catch.hpp>

#include "report/screen.h"

namespace runbook::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view source = R"(runbook: v1
name: deploy-checkout
preconditions:
  - name: Disk below 80 %
    shell: ./disk-below 80
steps:
  - id: backup
    shell: pg_dump -Fc app > "$BACKUP"
  - id: migrate
    shell: ./migrate up
    rollback: { shell: ./migrate down }
  - id: switch_release
    shell: ln -sfn releases/new current && nginx -s reload
    rollback: { shell: 'ln -sfn "$PREVIOUS" current && nginx -s reload' }
  - id: healthy
    http: { url: "${{ vars.health_url }}" }
    retry: { attempts: 12, every: 10s }
)";

// 2026-11-20T22:13:02Z, when the story begins.
constexpr WallTime story_began{1795212782000ms};

}  // namespace

Story deploy() {
  Story story("deploy.yaml", std::string(source));
  story.step("backup", "pg_dump -Fc app > \"$BACKUP\"");
  story.step("migrate", "./migrate up");
  story.step("switch_release", "ln -sfn releases/new current && nginx -s reload");
  story.http_step("healthy", "${{ vars.health_url }}").effect = NodeEffect::read;
  story.undo("migrate", "./migrate down");
  story.undo("switch_release", "ln -sfn \"$PREVIOUS\" current && nginx -s reload");
  return story;
}

Story& healthy_gives_up(Story& story) {
  story.ready("healthy", 2min + 30s);
  for (int attempt = 1; attempt <= 12; ++attempt) {
    story.start("healthy", "GET http://127.0.0.1:8080/health").after(attempt == 12 ? 1000ms : 200ms);
    auto& record = story.attempt();
    record.result.set("status", 503);
    record.log = "healthy." + std::to_string(attempt) + ".log";
    if (attempt == 12) return story.ends("healthy", Outcome::failed, "gave up after 12 attempts: want 2xx, got 503");
    record.outcome = Outcome::failed;
    record.message = "want 2xx, got 503";
    story.tell(record).tell(RetryScheduled{story.id("healthy"), attempt + 1, story.now() + 10s}).after(10s);
  }
  return story;
}

RunView view_of(const Story& story) {
  RunView view(&story.plan());
  for (const auto& [event, at] : story.events()) view.apply(event, at);
  return view;
}

SummaryOptions summary_options(Style style) {
  SummaryOptions options;
  options.style = style;
  options.width = 100;
  options.logs.directory = "~/.local/state/runbook/runs/20261120-221301-deploy-checkout-k3f9/logs";
  options.logs.read_end = [](std::string_view log) -> std::string {
    if (log.substr(0, 7) == "healthy") return "{\"db\":\"ok\",\"cache\":\"connecting\"}";
    if (log == "migrate.undo.1.log")
      return "locking orders\n\x1b[31mERROR\x1b[0m:  relation \"orders_v2\" does not exist\n";
    std::string lines;
    const int count = log == "migrate.1.log" ? 25 : 2;
    for (int i = 1; i <= count; ++i) lines += "line " + std::to_string(i) + " of " + std::string(log) + "\n";
    return lines;
  };
  return options;
}

std::string on_terminal(Story& story, Style style) {
  Screen screen(100, 30);
  TtyOptions options;
  options.live.style = style;
  options.size = [] { return TerminalSize{100, 30}; };
  TtyReport report(RunView(&story.plan()), options, [&](std::string_view bytes) { screen.write(bytes); });
  story.play(report);
  report.close();
  CHECK(screen.mistakes() == std::vector<std::string>());
  CHECK_FALSE(screen.wrapped());
  auto text = screen.text();
  return text + "\n" + summary_text(report.view(), summary_options(style));
}

std::string as_plain(Story& story) {
  std::string text;
  Time now{};
  PlainReport report(
      RunView(&story.plan()), plain_style, [&] { return story_began + now.time_since_epoch(); },
      [&](std::string_view bytes) { text += bytes; });
  story.play(report, [&](Time at) { now = at; });
  report.close();
  return text + summary_text(report.view(), summary_options());
}

}  // namespace runbook::test
