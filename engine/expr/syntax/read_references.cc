#include "expr/syntax/read_references.h"

#include <utility>

#include "base/text.h"
#include "expr/syntax/lua_tokens.h"
#include "expr/syntax/names.h"
#include "source/codes.h"

namespace runbook {
namespace {

using Kind = LuaToken::Kind;

// Walks the tokens of Lua that Lua can parse, knowing blocks and local names well enough to tell what is read from
// outside.
class Walker {
 public:
  Walker(const Text& text, Dialect dialect, Diagnostics& diagnostics)
      : text_(text), dialect_(dialect), diagnostics_(diagnostics), tokens_(lua_tokens(text.value)) {}

  LuaReferences walk() {
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
    return std::move(found_);
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
  Span place(std::size_t offset, std::size_t length) const { return text_.at(offset, length); }

  void open(char kind, std::vector<std::string_view> locals = {}) {
    blocks_.push_back({kind, std::move(locals), {}, {}});
  }
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
    if (at_ > 0 && ends_operand(tokens_[at_ - 1])) declare_coming();  // a statement of its own
    std::vector<std::string_view> parameters;
    if (is_name(at_ + 1)) {
      const auto& name = tokens_[at_ + 1];
      if (local) {
        top().locals.push_back(name.text);
      } else if (is_expression() || is(at_ + 2, "(")) {
        refuse(name, what() + " cannot define " + ticked(name.text), "write `local function`");
      } else {
        check_target(name);
      }
      for (; at_ + 1 < tokens_.size() && !is(at_ + 1, "("); ++at_)
        if (is(at_ + 1, ":")) parameters.push_back("self");
    }
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
    } else if (token.is("=") && top().kind != '{' && is_expression()) {
      refuse(token, "an expression cannot assign",
             "to compare, write `==`; to keep a value, use `local` or the step's `outputs`");
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
    if (at_ > 0 && ends_operand(tokens_[at_ - 1])) declare_coming();  // a new statement
    if (at_ > 0 && (is(at_ - 1, ".") || is(at_ - 1, ":") || is(at_ - 1, "::") || is(at_ - 1, "goto"))) return;
    if (is(at_ + 1, "=") && top().kind == '{') return;  // the name of a field
    if (is(at_ + 1, "=") && is_expression()) return;    // refused at its `=`
    if (is_local(token.text)) return;
    const auto reference = path();
    if (assigned(reference)) return refuse_target(token);
    if (names::is_data(token.text)) {
      if (dialect_ == Dialect::module)
        return refuse(token, "a module does not see " + ticked(token.text),
                      "let its functions take what they need as arguments");
      check_fields(reference);
      found_.data.push_back(reference);
    } else if (names::is_function(token.text, dialect_)) {
      check_member(reference);
      if (token.text == "require") see_module(token);
    } else if (names::is_stock_lua(token.text)) {
      refuse(token, ticked(token.text) + " is not available in " + kind() + "s", instead_of(token.text));
    } else {
      unknown(reference, 0, names::all(dialect_), "is not known");
    }
  }

  // `params.x = 1`, `count = 1`: is this path what an assignment assigns to?
  bool assigned(const Reference& reference) const {
    if (is_expression()) return false;
    const auto end = reference.offset + reference.length;
    for (auto i = at_ + 1; i < tokens_.size(); ++i)
      if (tokens_[i].offset >= end) return tokens_[i].is("=") && top_kind() != '{';
    return false;
  }

  // A function's name, or what is assigned to, must be one's own.
  void check_target(const LuaToken& token) {
    if (!is_local(token.text)) refuse_target(token);
  }
  void refuse_target(const LuaToken& token) {
    const bool given = names::is_data(token.text) || names::is_function(token.text, dialect_);
    refuse(token, given ? ticked(token.text) + " cannot be changed" : what() + " has no variable " + ticked(token.text),
           given ? "keep a value of your own: `local x = …`"
                 : "declare it first: `local " + std::string(token.text) + " = …`");
  }

  // `require "name"` or `require("name")`.
  void see_module(const LuaToken& token) {
    const auto at = is(at_ + 1, "(") ? at_ + 2 : at_ + 1;
    const auto name = at < tokens_.size() ? plain_string(tokens_[at]) : std::nullopt;
    if (!name)
      return refuse(token, "`require` needs the module's name as plain text",
                    "write `require \"name\"`: what a run uses is known before it runs");
    found_.modules.push_back(
        Text{std::string(*name), place(tokens_[at].offset, tokens_[at].text.size()), false, false});
  }

  std::string instead_of(std::string_view name) const {
    if (!is_expression() && name == "print") return "write `log(text)`";
    if (!is_expression() && name == "xpcall") return "write `pcall(function, …)`";
    if (!is_expression() && name == "next") return "to ask whether a table is empty, write `#keys(t) == 0`";
    if (!is_expression() && name == "unpack") return "write `table.unpack`";
    return is_expression()
               ? "an expression has no I/O, clock, randomness or error handling; do that work in a step"
               : "a " + kind() + " has no I/O, clock or randomness, and loads no code but modules by `require`";
  }

  // After such a token an expression may be complete; a name behind it begins a new statement.
  static bool ends_operand(const LuaToken& token) {
    return token.kind == Kind::name || token.kind == Kind::number || token.kind == Kind::string || token.is(")") ||
           token.is("]") || token.is("}") || token.is("...") || token.is("end") || token.is("nil") ||
           token.is("true") || token.is("false");
  }

  bool is_expression() const { return dialect_ == Dialect::expression; }
  std::string kind() const {
    return is_expression() ? "expression" : dialect_ == Dialect::script ? "script" : "module";
  }
  std::string what() const { return is_expression() ? "an expression" : "a " + kind(); }
  char top_kind() const { return blocks_.back().kind; }

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
    if (is_expression() && part == 1 && reference.path[0] == "string" &&
        error.message.find("did you") == std::string::npos)
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
    const auto& members = names::members(reference.path[0], dialect_);
    if (members.empty() || reference.path.size() < 2 || names::one_of(reference.path[1], members)) return;
    unknown(reference, 1, members, "does not exist");
  }

  const Text& text_;
  const Dialect dialect_;
  Diagnostics& diagnostics_;
  const std::vector<LuaToken> tokens_;
  LuaReferences found_;
  std::size_t at_ = 0;
  std::vector<Block> blocks_{Block{'d', {}, {}, {}}};
};

}  // namespace

LuaReferences read_references(const Text& text, Dialect dialect, Diagnostics& diagnostics) {
  return Walker(text, dialect, diagnostics).walk();
}

}  // namespace runbook
