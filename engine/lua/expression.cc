#include "lua/expression.h"

#include <utility>

#include "lua/lua_syntax.h"
#include "lua/lua_tokens.h"
#include "lua/names.h"
#include "source/codes.h"

namespace runbook {
namespace {

using Kind = LuaToken::Kind;

std::string ticked(std::string_view text) { return "`" + std::string(text) + "`"; }

// Walks the tokens of an expression that Lua can parse, knowing blocks and local names well enough to tell what is
// read from outside.
class Reader {
 public:
  Reader(Expression& expression, Diagnostics& diagnostics)
      : expression_(expression), diagnostics_(diagnostics), tokens_(lua_tokens(expression.text.value)) {}

  void read() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      const auto& token = tokens_[at_];
      if (token.kind == Kind::keyword) {
        keyword();
      } else if (token.kind == Kind::name) {
        name();
      } else if (token.kind == Kind::symbol) {
        symbol();
      }
    }
  }

 private:
  struct Block {
    char kind;  // ( [ { and f(unction) d(o) t(hen) r(epeat)
    std::vector<std::string_view> locals;
    std::vector<std::string_view> coming;  // declared by a `local` whose right side is still being read
    std::vector<std::string_view> loop;    // declared by a `for` whose `do` has not come
  };

  bool is(std::size_t i, std::string_view text) const { return i < tokens_.size() && tokens_[i].is(text); }
  bool is_name(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == Kind::name; }
  Block& top() { return blocks_.back(); }

  void refuse(const LuaToken& token, std::string message, std::string help) {
    auto& error = diagnostics_.error(code::expression_refused, place(token.offset, token.text.size()), message);
    error.help = std::move(help);
  }
  Span place(std::size_t offset, std::size_t length) const { return expression_.text.at(offset, length); }

  void open(char kind, std::vector<std::string_view> locals = {}) { blocks_.push_back({kind, std::move(locals), {}, {}}); }
  void close() {
    if (blocks_.size() > 1) blocks_.pop_back();
  }

  void keyword() {
    const auto word = tokens_[at_].text;
    if (word == "local" || word == "return" || word == "if" || word == "for" || word == "while" || word == "do" ||
        word == "repeat" || word == "goto" || word == "break")
      declare_coming();
    if (word == "function") return function();
    if (word == "local") return local();
    if (word == "for") return loop();
    if (word == "do") return open('d', std::exchange(top().loop, {}));
    if (word == "then") return open('t');
    if (word == "repeat") return open('r');
    if (word == "else") return close(), open('t');
    if (word == "elseif" || word == "end") return close();
    if (word == "until") {  // its condition still sees the block's names
      declare_coming();
      auto names = top().locals;
      close();
      top().locals.insert(top().locals.end(), names.begin(), names.end());
    }
  }

  void function() {
    const bool local = at_ > 0 && is(at_ - 1, "local");
    if (is_name(at_ + 1)) {
      if (local) {
        top().locals.push_back(tokens_[at_ + 1].text);
      } else {
        refuse(tokens_[at_ + 1], "an expression cannot define " + ticked(tokens_[at_ + 1].text), "write `local function`");
      }
      while (at_ + 1 < tokens_.size() && !is(at_ + 1, "(")) ++at_;
    }
    std::vector<std::string_view> parameters;
    for (++at_; at_ + 1 < tokens_.size() && !is(at_ + 1, ")"); ++at_)
      if (is_name(at_ + 1)) parameters.push_back(tokens_[at_ + 1].text);
    ++at_;  // now at `)`
    open('f', std::move(parameters));
  }

  std::vector<std::string_view> declared_names() {
    std::vector<std::string_view> names;
    while (is_name(at_ + 1)) {
      names.push_back(tokens_[++at_].text);
      if (is(at_ + 1, "<") && is_name(at_ + 2) && is(at_ + 3, ">")) at_ += 3;
      if (is(at_ + 1, ",")) ++at_;
    }
    return names;
  }

  void local() {
    if (is(at_ + 1, "function")) return;
    auto names = declared_names();
    auto& into = is(at_ + 1, "=") ? top().coming : top().locals;
    into.insert(into.end(), names.begin(), names.end());
    if (is(at_ + 1, "=")) ++at_;
  }

  void loop() {
    top().loop = declared_names();
    if (is(at_ + 1, "=")) ++at_;
  }

  void declare_coming() {
    auto& block = top();
    block.locals.insert(block.locals.end(), block.coming.begin(), block.coming.end());
    block.coming.clear();
  }

  void symbol() {
    const auto& token = tokens_[at_];
    if (token.is("(") || token.is("[") || token.is("{")) {
      open(token.text[0]);
    } else if (token.is(")") || token.is("]") || token.is("}")) {
      close();
    } else if (token.is(";")) {
      declare_coming();
    } else if (token.is("=") && top().kind != '{') {
      refuse(token, "an expression cannot assign", "to compare, write `==`; to keep a value, use `local` or the step's `outputs`");
    }
  }

  bool is_local(std::string_view name) const {
    for (const auto& block : blocks_)
      for (const auto& local : block.locals)
        if (local == name) return true;
    return false;
  }

  void name() {
    const auto& token = tokens_[at_];
    if (at_ > 0 && (is(at_ - 1, ".") || is(at_ - 1, ":") || is(at_ - 1, "::") || is(at_ - 1, "goto"))) return;
    if (is(at_ + 1, "=")) return;  // the name of a field; or an assignment, which is refused at its `=`
    if (is_local(token.text)) return;
    const auto reference = path();
    if (names::is_data(token.text)) {
      check_fields(reference);
      expression_.references.push_back(reference);
    } else if (names::is_function(token.text)) {
      check_member(reference);
    } else if (names::is_stock_lua(token.text)) {
      refuse(token, ticked(token.text) + " is not available in expressions",
             "an expression has no I/O, clock, randomness or error handling; do that work in a step");
    } else {
      unknown(reference, 0, names::all(), "is not known");
    }
  }

  Reference path() const {
    Reference path;
    path.offset = tokens_[at_].offset;
    auto end = tokens_[at_].end();
    path.path.emplace_back(tokens_[at_].text);
    path.offsets.push_back(path.offset);
    for (auto i = at_ + 1; i < tokens_.size();) {
      if (is(i, ".") && is_name(i + 1)) {
        path.path.emplace_back(tokens_[i + 1].text);
        path.offsets.push_back(tokens_[i + 1].offset);
        end = tokens_[i + 1].end();
        i += 2;
        continue;
      }
      if (!is(i, "[")) break;
      const auto key = i + 2 < tokens_.size() && is(i + 2, "]") ? plain_string(tokens_[i + 1]) : std::nullopt;
      if (!key) {
        path.dynamic = true;
        break;
      }
      path.path.emplace_back(*key);
      path.offsets.push_back(tokens_[i + 1].offset);
      end = tokens_[i + 2].end();
      i += 3;
    }
    path.length = end - path.offset;
    return path;
  }

  void unknown(const Reference& reference, std::size_t part, const std::vector<std::string_view>& candidates,
               std::string_view what) {
    std::string written;
    for (std::size_t i = 0; i <= part; ++i) written += (i ? "." : "") + reference.path[i];
    const auto& word = reference.path[part];
    auto& error = diagnostics_.error(code::unknown_name, place(reference.offsets[part], word.size()),
                                     ticked(written) + " " + std::string(what) + names::did_you_mean(word, candidates));
    if (word == "null" || word == "None" || word == "undefined") error.help = "write `nil`";
    if (word == "True" || word == "TRUE") error.help = "write `true`";
    if (word == "False" || word == "FALSE") error.help = "write `false`";
    if (part == 1 && reference.path[0] == "string" && error.message.find("did you") == std::string::npos)
      error.help = "to search, use `contains(text, part)` or `matches(text, re2)`";
    if (part == 0 && names::one_of(word, names::result_fields()))
      error.help = "write `result." + word + "`, or `steps.ID." + word + "` for a step before this one";
  }

  void check_fields(const Reference& reference) {
    const auto& path = reference.path;
    const std::size_t part = path[0] == "steps" ? 2 : path[0] == "result" || path[0] == "run" ? 1 : 0;
    if (part == 0 || path.size() <= part) return;
    const auto& fields = path[0] == "run" ? names::run_fields() : names::result_fields();
    if (!names::one_of(path[part], fields)) unknown(reference, part, fields, "does not exist");
  }

  void check_member(const Reference& reference) {
    const auto& members = names::members(reference.path[0]);
    if (members.empty() || reference.path.size() < 2 || names::one_of(reference.path[1], members)) return;
    unknown(reference, 1, members, "does not exist");
  }

  Expression& expression_;
  Diagnostics& diagnostics_;
  std::vector<LuaToken> tokens_;
  std::size_t at_ = 0;
  std::vector<Block> blocks_{Block{'d', {}, {}, {}}};
};

}  // namespace

Expression parse_expression(Text text, Diagnostics& diagnostics) {
  Expression expression{std::move(text), {}};
  const auto syntax = check_lua_syntax(expression.text.value);
  if (syntax) {
    const auto code = syntax->refused ? code::expression_refused : code::expression_syntax;
    auto& error = diagnostics.error(code, expression.text.at(syntax->offset, syntax->length), syntax->message);
    error.help = syntax->help;
    return expression;
  }
  Reader(expression, diagnostics).read();
  return expression;
}

}  // namespace runbook
