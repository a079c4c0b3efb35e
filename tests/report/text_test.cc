// The small parts: lines of output, style, terminal facts, wall clock.
#include "base/text.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "base/unique_fd.h"
#include "report/output_lines.h"
#include "report/style.h"
#include "report/terminal.h"
#include "report/wall.h"
#include "report/write.h"

using namespace runbook;
using namespace std::chrono_literals;

TEST_CASE("escape sequences are taken out whole, broken ones are left to be shown") {
  CHECK(strip_escapes("\x1b[1;31mred\x1b[0m") == "red");
  CHECK(strip_escapes("a\x1b]0;title\x07"
                      "b\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\") == "ablink");
  CHECK(strip_escapes("\x1bPdata\x1b\\x\x1b(By\x1b=z") == "xyz");
  CHECK(strip_escapes("cut \x1b[3") == "cut \x1b[3");
  CHECK(strip_escapes("cut \x1b]0;never closed") == "cut \x1b]0;never closed");
  CHECK(printable(strip_escapes("\x1b")) == "\\x1b");
}

TEST_CASE("a line that was overwritten shows what was last on it") {
  CHECK(strip_escapes(" 10%\r 50%\r100%") == "100%");
  CHECK(strip_escapes("done\r") == "done");
  CHECK(strip_escapes("done\r\x1b[K") == "done");
  CHECK(strip_escapes("\r\r") == "");
}

TEST_CASE("lines come out the same however the bytes are cut") {
  const std::string text = "one\n\ncaf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\nlast";
  for (std::size_t first = 0; first <= text.size(); ++first)
    for (std::size_t second = first; second <= text.size(); ++second) {
      LineAssembler lines;
      std::vector<std::string> seen;
      const auto sink = [&](std::string_view line, bool) { seen.emplace_back(line); };
      lines.feed(std::string_view(text).substr(0, first), sink);
      lines.feed(std::string_view(text).substr(first, second - first), sink);
      lines.feed(std::string_view(text).substr(second), sink);
      lines.finish(sink);
      CHECK(seen == std::vector<std::string>{"one", "", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "last"});
    }
}

TEST_CASE("a line that is too long is given in pieces that end between characters") {
  LineAssembler lines(10);
  std::string joined;
  std::size_t pieces = 0;
  const auto sink = [&](std::string_view line, bool) {
    CHECK(is_utf8(line));
    CHECK(line.size() <= 10);
    joined += line;
    ++pieces;
  };
  std::string text;
  for (int i = 0; i < 20; ++i) text += "€";
  for (const char byte : text) lines.feed(std::string_view(&byte, 1), sink);
  lines.feed("\n", sink);
  CHECK(joined == text);
  CHECK(pieces == 7);
}

TEST_CASE("a line of bytes that are no characters is cut, too") {
  LineAssembler lines(10);
  std::string joined;
  lines.feed(std::string(95, '\xe2'), [&](std::string_view line, bool) { joined += line; });
  lines.finish([&](std::string_view line, bool) { joined += line; });
  CHECK(joined.size() == 95);
}

TEST_CASE("a line that has begun can be looked at; a character that has not ended is left out") {
  LineAssembler lines;
  lines.feed("Password\xe2\x80", {});
  CHECK(lines.begun() == "Password");
}

TEST_CASE("colours: the option, then NO_COLOR, then a force, then the terminal") {
  TerminalFacts tty;
  tty.is_tty = true;
  tty.term = "xterm-256color";
  CHECK(use_color(ColorWhen::automatic, tty));
  CHECK_FALSE(use_color(ColorWhen::automatic, TerminalFacts{}));
  CHECK(use_color(ColorWhen::always, TerminalFacts{}));
  CHECK_FALSE(use_color(ColorWhen::never, tty));

  auto facts = tty;
  facts.term = "dumb";
  CHECK_FALSE(use_color(ColorWhen::automatic, facts));
  facts.term = "";
  CHECK_FALSE(use_color(ColorWhen::automatic, facts));
  facts = tty;
  facts.no_color = "1";
  CHECK_FALSE(use_color(ColorWhen::automatic, facts));
  CHECK(use_color(ColorWhen::always, facts));
  facts.clicolor_force = "1";
  CHECK_FALSE(use_color(ColorWhen::automatic, facts));
  facts = {};
  facts.force_color = "1";
  CHECK(use_color(ColorWhen::automatic, facts));
  facts.force_color = "0";
  CHECK_FALSE(use_color(ColorWhen::automatic, facts));
}

TEST_CASE("the output mode: live only on a terminal that can, and not in CI") {
  TerminalFacts tty;
  tty.is_tty = true;
  tty.term = "xterm";
  CHECK(choose_output(OutputMode::automatic, tty) == OutputMode::tty);
  CHECK(choose_output(OutputMode::json, tty) == OutputMode::json);
  CHECK(choose_output(OutputMode::tty, TerminalFacts{}) == OutputMode::tty);
  auto facts = tty;
  facts.ci = "true";
  CHECK(choose_output(OutputMode::automatic, facts) == OutputMode::plain);
  facts = tty;
  facts.term = "dumb";
  CHECK(choose_output(OutputMode::automatic, facts) == OutputMode::plain);
  facts = tty;
  facts.no_color = "1";
  CHECK(choose_output(OutputMode::automatic, facts) == OutputMode::tty);
  CHECK(parse_output_mode("plain") == OutputMode::plain);
  CHECK_FALSE(parse_output_mode("planar").has_value());
  CHECK(parse_color_when("auto") == ColorWhen::automatic);
  CHECK_FALSE(parse_color_when("yes").has_value());
}

TEST_CASE("symbols follow the locale's character set, by precedence") {
  TerminalFacts facts;
  CHECK_FALSE(use_unicode(facts));
  facts.lang = "de_DE.UTF-8";
  CHECK(use_unicode(facts));
  facts.lc_all = "C";
  CHECK_FALSE(use_unicode(facts));
  facts.lc_all = "C.utf8";
  CHECK(use_unicode(facts));
}

TEST_CASE("the size of the terminal: what it says, else COLUMNS, else 80 by 24") {
  TerminalFacts facts;
  CHECK(terminal_size(0, 0, facts).columns == 80);
  CHECK(terminal_size(0, 0, facts).rows == 24);
  facts.columns = "132";
  CHECK(terminal_size(0, 0, facts).columns == 132);
  CHECK(terminal_size(100, 40, facts).columns == 100);
  facts.columns = "wide";
  CHECK(terminal_size(0, 0, facts).columns == 80);
}

TEST_CASE("text is cut to its columns, in ASCII where it must be") {
  const Style utf8{false, true}, ascii{false, false};
  CHECK(utf8.fit("short", 10) == "short");
  CHECK(display_width(utf8.fit("a very long text indeed", 10)) == 10);
  CHECK(ascii.fit("a very long text indeed", 10).size() == 10);
  CHECK(ascii.fit("café – €", 20) == "caf? ? ?");
  for (std::size_t columns = 0; columns < 12; ++columns) {
    CHECK(display_width(utf8.fit("部署部署部署", columns)) <= columns);
    CHECK(ascii.fit("部署部署部署 and more", columns).size() <= columns);
  }
  for (int symbol = 0; symbol < 9; ++symbol)
    for (const auto& style : {utf8, ascii})
      CHECK(display_width(style.symbol(static_cast<Symbol>(symbol))) == style.symbol_width());
  for (std::size_t frame = 0; frame < 12; ++frame)
    for (const auto& style : {utf8, ascii}) CHECK(display_width(style.spinner(frame)) == style.symbol_width());
}

TEST_CASE("a command cannot pretend to be another") {
  const Style style;
  CHECK(style.clean("rm -rf /\recho hello") == "rm -rf /\\x0decho hello");
  CHECK(style.clean("\x1b[8mhidden\x1b[0m") == "\\x1b[8mhidden\\x1b[0m");
}

TEST_CASE("colours only where they are on") {
  CHECK(Style{true, true}.paint(Color::red, "x") == "\x1b[31mx\x1b[0m");
  CHECK(Style{false, true}.paint(Color::red, "x") == "x");
  CHECK(Style{true, true}.paint(Color::red, "").empty());
}

TEST_CASE("times are UTC, and near ones are told by their day") {
  const WallTime now{1795212782000ms};  // Friday
  CHECK(show_wall(now) == "2026-11-20T22:13:02Z");
  CHECK(show_wall(WallTime{-1ms}) == "1969-12-31T23:59:59Z");
  CHECK(show_when(now - 1h, now) == "today 21:13");
  CHECK(show_when(now - 23h, now) == "yesterday 23:13");
  CHECK(show_when(now - 4 * 24h, now) == "Mon 22:13");
  CHECK(show_when(now - 6 * 24h, now) == "Sat 22:13");
  CHECK(show_when(now - 7 * 24h, now) == "2026-11-13 22:13");
  CHECK(show_when(now + 24h, now) == "2026-11-21 22:13");
}

TEST_CASE("a writer waits for a slow reader and survives one that has gone") {
  ::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  REQUIRE(::fcntl(writer.get(), F_SETFL, O_NONBLOCK) == 0);
  const auto write = fd_writer(writer.get());
  const std::string much(4 << 20, 'x');  // more than a socket holds
  std::size_t received = 0;
  std::thread slow([&] {
    char buffer[65536];
    while (received < much.size()) {
      const auto count = ::read(reader.get(), buffer, sizeof buffer);
      if (count <= 0) break;
      received += static_cast<std::size_t>(count);
    }
  });
  write(much);
  slow.join();
  CHECK(received == much.size());
  reader.reset();
  write(much);
  write("still here");
}
