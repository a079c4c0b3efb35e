#include "yaml/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "base/text.h"
#include "source/codes.h"
#include "yaml/yaml_bytes.h"
#include "yaml/yaml_duplicates.h"
#include "yaml/yaml_hints.h"
#include "yaml/yaml_layout.h"

namespace runbook {
namespace {

constexpr std::size_t max_yaml_errors = 50;

// Thrown through the parser to leave it; what was wrong is reported already.
struct Leave {};

bool blank(char c) { return c == ' ' || c == '\t'; }
bool space(char c) { return blank(c) || c == '\n' || c == '\r'; }

// Receives yaml-cpp's events and builds the tree, refusing what it lets through.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceFile& file, std::size_t begin, const YamlLayout& layout, Diagnostics& diagnostics)
      : file_(file), text_(file.text()), begin_(begin), layout_(layout), diagnostics_(diagnostics) {}

  YamlNode take() { return std::move(root_); }
  Span last_value() const { return last_value_; }
  Span open_bracket() const {
    for (auto node = open_.rbegin(); node != open_.rend(); ++node)
      if (const auto c = first_byte(node->node.span()); c == '[' || c == '{')
        return {&file_, node->node.span().offset, 1};
    return {};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    second_document(offset(mark));
    throw Leave();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    auto node = begin_node(YamlNode::Kind::null, mark);
    // `~` or `null` was written, or nothing at all: then the mark is wherever the parser stood.
    const auto at = node.text.span.offset;
    std::size_t length = 0;
    if (first_byte(node.span()) == '~') length = 1;
    for (std::string_view word : {"null", "Null", "NULL"})
      if (text_.substr(at, 4) == word) length = 4;
    node.text.span.length = length;
    if (length > 0) node.text.value = std::string(text_.substr(at, length));
    finish(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    const auto at = offset(mark);
    auto end = at;
    while (end < text_.size() && !space(text_[end])) ++end;
    refuse_alias({&file_, at, end - at});
    finish(begin_node(YamlNode::Kind::broken, mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    auto node = begin_node(YamlNode::Kind::scalar, mark);
    auto& text = node.text;
    text.value = value;
    const auto c = first_byte(node.span());
    text.plain = tag == "?";  // the parser's mark for a scalar without quotes
    if (!text.plain) {
      const auto end = layout_.scalar_end(text.span.offset);
      text.block = c == '|' || c == '>';
      if (end > text.span.offset) text.span.length = end - text.span.offset;
    } else {
      text.span.length = plain_end(text.span.offset, value) - text.span.offset;
      refuse_swallowed_item(text);
    }
    last_value_ = text.span;
    refuse_nul(text);
    finish(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(begin_node(YamlNode::Kind::list, mark));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(begin_node(YamlNode::Kind::map, mark));
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    bool is_key = false;      // a list or map in the place of a key
    bool broken = false;      // holds something that makes the whole of it meaningless
    bool skip_value = false;  // the next value belongs to a key that was refused
  };

  std::size_t offset(const YAML::Mark& mark) const {
    return std::min(begin_ + static_cast<std::size_t>(mark.pos < 0 ? 0 : mark.pos), text_.size());
  }
  char first_byte(const Span& span) const { return span.offset < text_.size() ? text_[span.offset] : '\0'; }

  Diagnostic& error(std::string_view code, Span span, std::string message) {
    if (diagnostics_.errors() >= max_yaml_errors) {
      diagnostics_.error(code::yaml_syntax, span, "too many errors; the rest of the file was not read");
      throw Leave();
    }
    return diagnostics_.error(code, span, std::move(message));
  }

  // A node at `mark`, behind its anchor and tag, which are refused.
  YamlNode begin_node(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (++values_ > max_yaml_values) {
      error(code::yaml_size, {&file_, offset(mark), 0},
            "the file holds more than " + std::to_string(max_yaml_values) + " values")
          .help = "keep data out of the runbook";
      throw Leave();
    }
    YamlNode node;
    node.kind = kind;
    auto at = offset(mark);
    while (at < text_.size() && (text_[at] == '&' || text_[at] == '!') && kind != YamlNode::Kind::broken) {
      auto end = at;
      while (end < text_.size() && !space(text_[end])) ++end;
      refuse_property({&file_, at, end - at});
      while (end < text_.size() && space(text_[end])) ++end;
      at = end;
    }
    node.text.span = {&file_, at, std::min<std::size_t>(1, text_.size() - at)};
    return node;
  }

  void refuse_property(Span span) {
    if (first_byte(span) == '!') {
      error(code::yaml_tag, span, "YAML tags are not part of a runbook").help =
          "remove `" + std::string(span.text()) + "`; for text that begins with `!` use quotes";
    } else {
      error(code::yaml_anchor, span, "YAML anchors are not part of a runbook").help =
          "put the value under `vars` and use it as `${{ vars.NAME }}`";
    }
  }

  void refuse_alias(Span span) {
    error(code::yaml_anchor, span, "YAML aliases are not part of a runbook").help =
        "put the value under `vars` and use it as `${{ vars.NAME }}`; for text that begins with `*` use quotes";
  }

  // The end of a plain scalar: its words stand in the file as in its value, only the space between them differs.
  std::size_t plain_end(std::size_t at, std::string_view value) const {
    auto end = at;
    for (const char c : value) {
      if (space(c)) continue;
      while (at < text_.size() && space(text_[at])) ++at;
      if (at == text_.size() || text_[at] != c) break;
      end = ++at;
    }
    return end;
  }

  // Written as an escape; a system call would end the text there.
  void refuse_nul(const Text& text) {
    if (text.value.find('\0') == std::string::npos) return;
    error(code::yaml_bytes, text.span, "the text holds a NUL character").help = "take the `\\0` out";
  }

  // `- b` that is indented further than `- a` above it is, for YAML, the text "a - b".
  void refuse_swallowed_item(const Text& text) {
    const auto written = text.span.text();
    for (auto end = written.find('\n'); end != std::string_view::npos; end = written.find('\n', end + 1)) {
      const auto start = written.find_first_not_of(" \t\r\n", end);
      if (start == std::string_view::npos || written.substr(start, 2) != "- ") continue;
      auto& problem = error(code::yaml_syntax, {&file_, text.span.offset + start, 1}, "this is not a list item");
      problem.label = "YAML reads it as more text of the value above";
      problem.help = "indent it like the items before it, or quote the text";
      return;
    }
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().node.is_map() && open_.back().node.children.size() % 2 == 0;
  }
  // What stands inside something that was refused as a whole is not refused again.
  bool inside_broken() const {
    return std::any_of(open_.begin(), open_.end(), [](const Open& node) { return node.broken || node.is_key; });
  }

  void open(YamlNode node) {
    Open next;
    const auto span = node.span();
    if (expects_key()) {
      if (!inside_broken()) refuse_complex_key(span);
      open_.back().broken = true;
      next.is_key = true;
    }
    next.node = std::move(node);
    open_.push_back(std::move(next));
    if (open_.size() > max_yaml_depth) {
      error(code::yaml_depth, span, "nested too deep").label =
          "more than " + std::to_string(max_yaml_depth) + " levels";
      throw Leave();
    }
  }

  void refuse_complex_key(Span span) {
    const bool braces = first_byte(span) == '{' && span.offset > 0 && text_[span.offset - 1] == '{';
    if (braces) {
      const auto end = text_.find("}}", span.offset);
      const auto length = end == std::string_view::npos ? 2 : end + 3 - span.offset;
      const Span hole{&file_, span.offset - 1, std::min<std::size_t>(length, 80)};
      auto& problem = error(code::yaml_complex_key, hole, "`{{` begins a YAML map here, not an expression");
      problem.help = "write \"$" + std::string(hole.text()) + "\", with the quotes";
    } else {
      error(code::yaml_complex_key, span, "a key must be text").help = "quote it if it is meant as text";
    }
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.broken) {
      done.node.kind = YamlNode::Kind::broken;
      done.node.children.clear();
    } else if (done.node.is_map()) {
      drop_duplicate_keys(done.node, [&](Span span, std::string message) -> Diagnostic& {
        return error(code::yaml_duplicate_key, span, std::move(message));
      });
    }
    auto& span = done.node.text.span;
    const auto c = first_byte(span);
    const bool flow = c == '[' || c == '{';
    // Of a list or map: its bracket, or its first item or key.
    if (!flow && !done.node.children.empty() && done.node.children[0].span().length > 0)
      span.length = std::min(done.node.children[0].span().length, text_.size() - span.offset);
    finish(std::move(done.node), done.is_key);
  }

  void finish(YamlNode node, bool is_key_already_refused = false) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (expects_key() && !is_key_already_refused && !inside_broken()) check_key(node, parent);
    parent.node.children.push_back(std::move(node));
    if (parent.skip_value && parent.node.is_map() && parent.node.children.size() % 2 == 0) {
      parent.node.children.resize(parent.node.children.size() - 2);
      parent.skip_value = false;
    }
  }

  void check_key(const YamlNode& key, Open& map) {
    const auto span = key.span();
    if (key.is_broken()) {
      map.skip_value = true;
      return;
    }
    if (key.is_null()) {
      error(code::yaml_complex_key, span, span.length == 0 ? "a value without its key" : "`null` cannot be a key")
          .help = "write a key before the `:`";
      map.skip_value = true;
      return;
    }
    auto before = span.offset;
    while (before > begin_ && blank(text_[before - 1])) --before;
    if (before < span.offset && before > begin_ && text_[before - 1] == '?' &&
        (before - 1 == begin_ || space(text_[before - 2]) || text_[before - 2] == '{' || text_[before - 2] == ',')) {
      error(code::yaml_complex_key, {&file_, before - 1, 1}, "a key is written without `?`").help =
          "write `" + elide_middle(key.text.value, 40) + ": …`";
      map.skip_value = true;
      return;
    }
    auto after = span.offset + span.length;
    while (after < text_.size() && blank(text_[after])) ++after;
    if (after == text_.size() || text_[after] != ':') {
      auto& problem = error(code::yaml_no_colon, span, "a key without its `:`");
      problem.label = "no colon";
      problem.help = "write `" + elide_middle(key.text.value, 40) + ": …`";
      map.skip_value = true;
      return;
    }
    if (key.text.value == "<<" && key.text.plain) {
      error(code::yaml_anchor, span, "YAML merge keys are not part of a runbook").help =
          "write the keys out; what is the same everywhere belongs under `defaults`, `env` or `vars`";
      map.skip_value = true;
    }
  }

  void second_document(std::size_t at) {
    while (at < text_.size() && space(text_[at])) ++at;
    // The parser tells where the content begins; the separator stands in front of it.
    const auto separator = std::max(text_.rfind("\n---", at) + 1, text_.rfind("\n...", at) + 1);
    if (separator > 0 && separator >= (last_value_ ? last_value_.offset : 0)) {
      auto& problem = error(code::yaml_documents, {&file_, separator, 3}, "a second YAML document begins");
      problem.help = "one file is one runbook: put the second in a file of its own";
      return;
    }
    if (at == text_.size()) at = text_.size() - 1;
    auto& problem = error(code::yaml_syntax, {&file_, at, 1}, "this does not belong to what stands above it");
    problem.label = "not part of the list or map above";
    problem.help = "the whole file is one map, its first line `runbook: v1`";
  }

  const SourceFile& file_;
  std::string_view text_;
  std::size_t begin_;
  const YamlLayout& layout_;
  Diagnostics& diagnostics_;
  YamlNode root_;
  std::vector<Open> open_;
  Span last_value_;
  std::size_t values_ = 0;
  int documents_ = 0;
};

// Runs the parser. False when it did not reach the end; the reason is reported.
bool read_events(const SourceFile& file, std::size_t begin, const YamlLayout& layout, TreeBuilder& builder,
                 Diagnostics& diagnostics) {
  YamlStop stop;
  std::string message;
  try {
    // The document end behind the text turns what would be silently cut off at the end of the file into an error.
    std::istringstream input(std::string(file.text().substr(begin)) + "\n...\n");
    YAML::Parser parser(input);
    // Never a third call: on some bytes the parser would give documents forever.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
    return true;
  } catch (const Leave&) {
    return false;
  } catch (const YAML::Exception& exception) {
    message = exception.msg;
    const bool placed = !exception.mark.is_null();
    stop.offset = placed ? begin + static_cast<std::size_t>(exception.mark.pos) : file.text().size();
  } catch (const std::exception& exception) {
    message = exception.what();
    stop.offset = file.text().size();
  }
  stop.message = message;
  stop.open_bracket = builder.open_bracket();
  stop.last_value = builder.last_value();
  stop.offset = std::min(stop.offset, file.text().size());
  report_yaml_stop(file, layout, stop, diagnostics);
  return false;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  if (!is_map()) return nullptr;
  for (std::size_t i = 0; i < entries(); ++i)
    if (key(i).text.value == name) return &value(i);
  return nullptr;
}

std::optional<YamlNode> parse_yaml(const SourceFile& file, Diagnostics& diagnostics) {
  const auto begin = check_bytes(file, diagnostics);
  if (!begin) return std::nullopt;
  YamlLayout layout;
  if (!layout.scan(file, *begin, diagnostics)) return std::nullopt;
  TreeBuilder builder(file, *begin, layout, diagnostics);
  if (!read_events(file, *begin, layout, builder, diagnostics)) return std::nullopt;
  auto root = builder.take();
  if (root.is_null()) {
    diagnostics.error(code::yaml_documents, {&file, *begin, 0}, "the file holds no runbook").help =
        "begin it with `runbook: v1`";
    return std::nullopt;
  }
  return root;
}

}  // namespace runbook
