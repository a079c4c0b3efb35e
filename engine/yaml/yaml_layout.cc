#include "yaml/yaml_layout.h"

#include <algorithm>

#include "source/codes.h"
#include "yaml/yaml.h"

namespace runbook {

class LayoutScanner {
 public:
  LayoutScanner(const SourceFile& file, std::size_t begin, Diagnostics& diagnostics, YamlLayout& layout)
      : file_(file), text_(file.text()), diagnostics_(diagnostics), layout_(layout), at_(begin), line_(begin) {}

  bool run() {
    start_line();
    while (at_ < text_.size() && ok_) token();
    return ok_;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n'; }
  static bool blank(char c) { return c == ' ' || c == '\t'; }
  static bool space(char c) { return blank(c) || c == '\n' || c == '\r'; }
  static bool flow_mark(char c) { return c == '[' || c == ']' || c == '{' || c == '}' || c == ','; }
  bool in_flow() const { return !open_.empty(); }
  std::size_t column() const { return at_ - line_; }

  Diagnostic& fatal(std::string_view code, std::size_t at, std::size_t length, std::string message) {
    ok_ = false;
    return diagnostics_.error(code, {&file_, at, length}, std::move(message));
  }

  // At the first byte of a line: its indentation.
  void start_line() {
    line_ = at_;
    while (peek() == ' ' && at_ < text_.size()) ++at_;
    if (peek() != '\t') {
      if (peek() == '%' && column() == 0 && !in_flow() && at_ < text_.size()) {
        fatal(code::yaml_tag, at_, 1, "YAML directives are not part of a runbook").help = "remove the line";
      }
      return;
    }
    const auto tab = at_;
    while (blank(peek()) && at_ < text_.size()) ++at_;
    if (!space(peek()) && peek() != '#') report_tab(tab);
  }

  void report_tab(std::size_t at) {
    auto& error = fatal(code::yaml_tab, at, 1, "a tab is used as indentation");
    error.label = "a tab";
    error.help = "indent with spaces";
  }

  void next_line() {
    const auto end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  void token() {
    const char c = text_[at_];
    if (c == '\n') {
      ++at_;
      start_line();
    } else if (space(c)) {
      ++at_;
    } else if (c == '#' && (at_ == line_ || space(text_[at_ - 1]))) {
      next_line();
      start_line();
    } else if (c == '"' || c == '\'') {
      quoted();
    } else if (c == '[' || c == '{') {
      open_flow();
    } else if ((c == ']' || c == '}') && in_flow()) {
      open_.pop_back();
      ++at_;
    } else if (in_flow() && (c == ',' || c == ':')) {
      ++at_;
    } else if ((c == '|' || c == '>') && !in_flow()) {
      block_scalar();
    } else if ((c == '-' || c == '?' || c == ':') && space(peek(1))) {
      if (c != ':' && !in_flow()) parent_column_ = column();
      ++at_;
    } else if (column() == 0 && (text_.substr(at_, 3) == "---" || text_.substr(at_, 3) == "...") && space(peek(3))) {
      at_ += 3;
    } else if (c == '!' || c == '&' || c == '*') {
      while (at_ < text_.size() && !space(peek()) && !flow_mark(peek())) ++at_;
    } else {
      plain();
    }
  }

  void open_flow() {
    open_.push_back(at_);
    if (open_.size() > max_yaml_depth) {
      auto& error = fatal(code::yaml_depth, at_, 1, "nested too deep");
      error.label = "more than " + std::to_string(max_yaml_depth) + " levels";
      return;
    }
    ++at_;
  }

  // A key's column is what the lines of its value must be indented beyond.
  void note_key(std::size_t key_column) {
    if (!in_flow() && peek() == ':' && space(peek(1))) parent_column_ = key_column;
  }

  void quoted() {
    const auto begin = at_;
    const auto begin_column = column();
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\n') line_ = at_;
      if (c == '\\' && quote == '"' && at_ < text_.size()) {
        if (text_[at_] == '\n') line_ = at_ + 1;
        ++at_;
      } else if (c == quote && quote == '\'' && peek() == '\'' && at_ < text_.size()) {
        ++at_;
      } else if (c == quote) {
        remember(begin);
        if (line_ > begin) layout_.long_quotes_.push_back({begin, at_});
        if (line_ <= begin) {
          skip_blanks_before_colon();
          note_key(begin_column);
        }
        return;
      }
    }
    auto& error = fatal(code::yaml_quote, begin, 1, "this quote is never closed");
    error.label = "opened here";
    error.help = quote == '"' ? "end the text with \", or write \\\" for a quote inside it"
                              : "end the text with ', or write '' for a quote inside it";
  }

  void skip_blanks_before_colon() {
    auto ahead = at_;
    while (ahead < text_.size() && blank(text_[ahead])) ++ahead;
    if (ahead < text_.size() && text_[ahead] == ':') at_ = ahead;
  }

  void remember(std::size_t begin) {
    layout_.scalars_.push_back({begin, at_});
    if (layout_.scalars_.size() > max_yaml_values) {
      fatal(code::yaml_size, begin, 1, "the file holds more than " + std::to_string(max_yaml_values) + " values").help =
          "keep data out of the runbook";
    }
    check_flow_size();
  }

  void check_flow_size() {
    if (!in_flow() || at_ - open_.front() <= max_flow_bytes) return;
    const auto begin = open_.front();
    auto& error = fatal(code::yaml_size, begin, 1,
                        "this collection in brackets is longer than " + std::to_string(max_flow_bytes >> 10) + " KiB");
    error.help = "write it as a block, one `- item` or `key: value` a line";
  }

  // Ends at `: `, ` #`, in a flow collection at its marks, or where a line is not indented enough to go on.
  void plain() {
    const auto begin_column = column();
    const auto begin_line = line_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ':' && (space(peek(1)) || (in_flow() && flow_mark(peek(1))))) break;
      if (in_flow() && flow_mark(c)) break;
      if (c == '#' && space(text_[at_ - 1])) return;  // the comment is the next token
      if (c != '\n') {
        ++at_;
        continue;
      }
      if (!continues_after_line_end()) break;
    }
    if (line_ == begin_line) note_key(begin_column);
    check_flow_size();
  }

  // At a line end inside a plain scalar. Moves to the next line's text when the scalar goes on there.
  bool continues_after_line_end() {
    auto next = at_;
    auto next_line = line_;
    while (next < text_.size() && space(text_[next])) {
      if (text_[next] == '\n') next_line = next + 1;
      ++next;
    }
    if (next == text_.size() || text_[next] == '#') return false;
    const auto indent = static_cast<std::ptrdiff_t>(next - next_line);
    if (!in_flow() && indent <= parent_column_) return false;
    if (text_.substr(next_line, next - next_line).find('\t') != std::string_view::npos) return false;  // reported there
    at_ = next;
    line_ = next_line;
    return true;
  }

  void block_scalar() {
    const auto begin = at_;
    std::ptrdiff_t indent = -1;  // of the content; -1 until its first line says
    for (++at_; at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '#'; ++at_) {
      if (text_[at_] >= '1' && text_[at_] <= '9')
        indent = std::max<std::ptrdiff_t>(parent_column_, 0) + (text_[at_] - '0');
    }
    next_line();
    auto end = at_;
    while (at_ < text_.size()) {
      const auto line = at_;
      auto first = line;
      while (first < text_.size() && text_[first] == ' ') ++first;
      const auto spaces = static_cast<std::ptrdiff_t>(first - line);
      auto visible = first;
      while (visible < text_.size() && (blank(text_[visible]) || text_[visible] == '\r')) ++visible;
      const bool is_blank = visible == text_.size() || text_[visible] == '\n';
      if (!is_blank) {
        if (text_[first] == '\t' && spaces <= (indent < 0 ? parent_column_ : indent - 1)) {
          report_tab(first);
          return;
        }
        if (spaces <= parent_column_ || (indent >= 0 && spaces < indent)) break;
        if (indent < 0) indent = spaces;
      }
      next_line();
      if (!is_blank) end = at_;
    }
    const auto resume = at_;
    at_ = end;
    while (at_ > begin + 1 && (text_[at_ - 1] == '\n' || text_[at_ - 1] == '\r')) --at_;
    remember(begin);
    at_ = resume;
    start_line();
  }

  const SourceFile& file_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  YamlLayout& layout_;
  std::size_t at_;
  std::size_t line_;                   // where the current line begins
  std::ptrdiff_t parent_column_ = -1;  // of the innermost block collection
  std::vector<std::size_t> open_;      // flow collections
  bool ok_ = true;
};

bool YamlLayout::scan(const SourceFile& file, std::size_t begin, Diagnostics& diagnostics) {
  return LayoutScanner(file, begin, diagnostics, *this).run();
}

std::size_t YamlLayout::scalar_end(std::size_t begin) const {
  const auto found = std::lower_bound(scalars_.begin(), scalars_.end(), begin,
                                      [](const Extent& extent, std::size_t at) { return extent.begin < at; });
  return found != scalars_.end() && found->begin == begin ? found->end : begin;
}

const YamlLayout::Extent* YamlLayout::long_quote_ending_on(const SourceFile& file, std::uint32_t line) const {
  for (auto quote = long_quotes_.rbegin(); quote != long_quotes_.rend(); ++quote)
    if (file.line_at(quote->end - 1) == line) return &*quote;
  return nullptr;
}

}  // namespace runbook
