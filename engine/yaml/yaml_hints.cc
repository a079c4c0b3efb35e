#include "yaml/yaml_hints.h"

#include <algorithm>

#include "base/text.h"
#include "source/codes.h"

namespace runbook {
namespace {

class Hint {
 public:
  Hint(const SourceFile& file, const YamlLayout& layout, const YamlStop& stop, Diagnostics& diagnostics)
      : file_(file),
        layout_(layout),
        stop_(stop),
        diagnostics_(diagnostics),
        line_number_(file.line_at(stop.offset)),
        line_(file.line(line_number_)) {}

  void report() {
    if (stop_.message == "bad file") return too_deep();
    if (says("anchor") || says("alias")) return alias();
    if (says("tab when looking for indentation")) return tab();
    if (says("unknown escape") || says("hex number") || says("invalid unicode")) return escape();
    if (unquoted_template()) return;
    if (long_quote()) return;
    if (says("map flow not found") || says("sequence flow not found")) return open_bracket();
    if (says("illegal flow end")) return syntax("this bracket closes nothing", "remove it, or quote the text: '…'");
    if (says("illegal map value")) return map_value();
    if (says("unknown token")) return reserved_character();
    if (says("illegal block entry"))
      return syntax("a list cannot begin here", "put `- ` on a line of its own, or quote the text: '- …'");
    if (says("block scalar"))
      return syntax("only `|`, `>` and their `+`, `-` and digit can stand here", "begin the text on the next line");
    if (says("end of map not found")) return after_value();
    if (says("end of sequence not found"))
      return syntax("this does not belong to the list above", "begin it with `- `, or mend its indentation");
    syntax("this is not YAML (" + std::string(stop_.message) + ")", "");
  }

 private:
  bool says(std::string_view part) const { return stop_.message.find(part) != std::string_view::npos; }

  // The place, moved to something visible: end of line or file becomes the last character before it.
  Span place(std::size_t length = 1) const {
    const auto text = file_.text();
    auto at = std::min(stop_.offset, text.size());
    if (at == text.size() || text[at] == '\n' || text[at] == '\r') {
      while (at > 0 && (at == text.size() || text[at] == '\n' || text[at] == '\r' || text[at] == ' ')) --at;
    }
    return {&file_, at, std::min(length, text.size() - at)};
  }

  void syntax(std::string message, std::string help) {
    diagnostics_.error(code::yaml_syntax, place(), std::move(message)).help = std::move(help);
  }

  void too_deep() { diagnostics_.error(code::yaml_depth, place(), "nested too deep"); }

  void tab() {
    diagnostics_.error(code::yaml_tab, place(), "a tab is used as indentation").help = "indent with spaces";
  }

  void alias() {
    auto& error = diagnostics_.error(code::yaml_anchor, place(), "YAML anchors and aliases are not part of a runbook");
    error.help = "for text that begins with `*` or `&` use quotes";
  }

  void escape() {
    auto& error = diagnostics_.error(code::yaml_syntax, place(), "not an escape that double quotes know");
    error.help = R"(write \\ for a backslash, or use single quotes, which have no escapes)";
  }

  // `${{ }}` in a place where YAML sees a map or the end of a text.
  bool unquoted_template() {
    const auto hole = line_.find("{{");
    if (hole == std::string_view::npos) return false;
    const auto before = line_.substr(0, hole);
    if (std::count(before.begin(), before.end(), '"') % 2 == 1 ||
        std::count(before.begin(), before.end(), '\'') % 2 == 1)
      return false;
    const auto begin = hole > 0 && line_[hole - 1] == '$' ? hole - 1 : hole;
    const auto end = line_.find("}}", hole);
    const auto length = end == std::string_view::npos ? line_.size() - begin : end + 2 - begin;
    auto& error = diagnostics_.error(code::yaml_syntax, {&file_, file_.line_start(line_number_) + begin, length},
                                     "`${{ }}` must be quoted here");
    error.help = "put the whole value in quotes: \"" + std::string(begin == hole ? "$" : "") +
                 std::string(line_.substr(begin, length)) + "\"";
    return true;
  }

  // A quoted text that runs over several lines and ends just here: most often its own end is what is missing.
  bool long_quote() {
    const auto* quote = layout_.long_quote_ending_on(file_, line_number_);
    if (quote == nullptr || stop_.offset < quote->begin) return false;
    auto& error = diagnostics_.error(
        code::yaml_quote, {&file_, quote->begin, 1},
        "this quote is closed only " + count_of(line_number_ - file_.line_at(quote->begin), "line") + " further down");
    error.label = "opened here";
    error.notes.push_back("line " + std::to_string(line_number_) + ": " + std::string(trim(line_)));
    error.help = "is its closing quote missing?";
    return true;
  }

  void open_bracket() {
    if (!stop_.open_bracket) return syntax("a bracket is not closed", "");
    const auto bracket = std::string(stop_.open_bracket.text().substr(0, 1));
    auto& error = diagnostics_.error(code::yaml_syntax, stop_.open_bracket, "this `" + bracket + "` is not closed");
    error.label = "opened here";
    const auto where = place();
    if (where.line() != stop_.open_bracket.line())
      error.notes.push_back("line " + std::to_string(where.line()) +
                            " cannot be part of it: " + std::string(trim(file_.line(where.line()))));
    error.help = bracket == "[" ? "close it with `]`; text with brackets or commas needs quotes"
                                : "close it with `}`; text with braces or commas needs quotes";
  }

  void map_value() {
    // `url: http: //x`: a second colon after a value that began on this line.
    if (stop_.last_value && stop_.last_value.line() == line_number_ && stop_.last_value.offset < stop_.offset)
      return syntax("a value cannot hold `: ` without quotes", "put the whole value in quotes: '…'");
    // The line before has no colon of its own, and so this line was read as its continuation.
    for (auto above = line_number_ - 1; above > 0; --above) {
      const auto text = trim(file_.line(above));
      if (text.empty() || text.starts_with('#')) continue;
      if (text.find(": ") == std::string_view::npos && !text.ends_with(':') && !text.starts_with("- ")) {
        auto& error = diagnostics_.error(code::yaml_no_colon,
                                         {&file_, file_.line_start(above) + file_.line(above).find(text), text.size()},
                                         "a key without its `:`");
        error.label = "no colon";
        const auto word = text.substr(0, text.find(' '));
        const auto rest = text.size() > word.size() ? trim(text.substr(word.size())) : std::string_view("…");
        error.help = "write `" + elide_middle(word, 40) + ": " + elide_middle(rest, 40) +
                     "`; if it is more text of the value above, indent it further";
        return;
      }
      break;
    }
    if (stop_.last_value && stop_.last_value.offset < stop_.offset) {
      const auto start = file_.line_start(line_number_) + std::min(line_.find_first_not_of(" -"), line_.size());
      const Span key{&file_, std::min(start, stop_.offset), stop_.offset - std::min(start, stop_.offset)};
      auto& error = diagnostics_.error(code::yaml_syntax, key, "this key is indented too far");
      error.notes.push_back("the key above it has its value already: line " + std::to_string(stop_.last_value.line()) +
                            ": " + elide_middle(trim(file_.line(stop_.last_value.line())), 60));
      error.help = "give it the indentation of the key above";
      return;
    }
    syntax("a `:` cannot stand here", "quote the text: '…'");
  }

  void reserved_character() {
    const auto where = place();
    syntax("a value cannot begin with `" + std::string(where.text()) + "`", "put the whole value in quotes: '…'");
  }

  void after_value() {
    const auto where = place();
    const bool same_line = stop_.last_value && stop_.last_value.line() == where.line();
    if (same_line && (stop_.last_value.text().starts_with('"') || stop_.last_value.text().starts_with('\''))) {
      auto& error = diagnostics_.error(code::yaml_syntax, where, "text after the closing quote");
      error.label = "not part of the value";
      error.help = "put the whole value in quotes, with \\\" or '' for quotes inside it";
      return;
    }
    if (same_line) return syntax("this cannot follow a value", "quote the text: '…'");
    auto& error = diagnostics_.error(code::yaml_syntax, where, "this line fits neither the map above nor its values");
    error.help = "mend its indentation";
  }

  const SourceFile& file_;
  const YamlLayout& layout_;
  const YamlStop& stop_;
  Diagnostics& diagnostics_;
  std::uint32_t line_number_;
  std::string_view line_;
};

}  // namespace

void report_yaml_stop(const SourceFile& file, const YamlLayout& layout, const YamlStop& stop,
                      Diagnostics& diagnostics) {
  Hint(file, layout, stop, diagnostics).report();
}

}  // namespace runbook
