#include "expr/explain.h"

#include <vector>

#include "base/text.h"
#include "expr/expression.h"
#include "expr/interpreter.h"
#include "expr/scope.h"
#include "expr/syntax/names.h"

namespace runbook {
namespace {

struct Missing {
  std::string name;  // `result.json.data`, as far as it goes
  std::string part;  // `data`
  std::vector<std::string> siblings;
};

std::vector<Missing> find_missing(Interpreter& interpreter, const std::vector<Reference>& references) {
  std::vector<Missing> found;
  for (const auto& reference : references) {
    auto walk = scope::walk(interpreter, reference);
    if (!walk.missing) continue;
    Missing missing{"", reference.path[walk.present], std::move(walk.siblings)};
    for (std::size_t i = 0; i <= walk.present; ++i) missing.name += (i ? "." : "") + reference.path[i];
    bool known = false;
    for (const auto& other : found) known = known || other.name == missing.name;
    if (!known) found.push_back(std::move(missing));
  }
  return found;
}

std::string between(const std::string& text, std::string_view from, std::string_view to) {
  const auto begin = text.find(from);
  if (begin == std::string::npos) return "";
  const auto start = begin + from.size();
  const auto end = text.find(to, start);
  return end == std::string::npos ? "" : text.substr(start, end - start);
}

bool begins(const std::string& text, std::string_view with) { return text.compare(0, with.size(), with) == 0; }

std::string with_article(const std::string& type) { return type == "nil" ? type : "a " + type; }

std::string written(const Reference& reference) { return join(reference.path, "."); }

const Reference* only_dynamic(const std::vector<Reference>& references) {
  const Reference* found = nullptr;
  for (const auto& reference : references) {
    if (!reference.dynamic) continue;
    if (found != nullptr) return nullptr;
    found = &reference;
  }
  return found;
}

// "attempt to index a string value (field 'x')" without what an author cannot know.
std::string reword(const std::string& message) {
  const auto type = between(message, " a ", " value");
  auto name = between(message, "'", "'");
  const auto subject =
      (name.empty() || name == "?" || name == "integer index" ? with_article(type) : "`" + name + "` (" + type + ")");
  if (begins(message, "attempt to index")) return subject + " has no fields";
  if (begins(message, "attempt to call")) return subject + " is not a function";
  if (begins(message, "attempt to concatenate"))
    return "cannot join " + subject + " to a text" + (type == "nil" ? "" : "; use `tostring(…)`");
  if (begins(message, "attempt to perform arithmetic"))
    return "cannot calculate with " + subject + (type == "string" ? "; use `tonumber(…)`" : "");
  if (begins(message, "attempt to get length")) return subject + " has no length";
  if (begins(message, "attempt to compare two "))
    return "cannot compare two " + between(message, "two ", " value") + "s";
  if (begins(message, "attempt to compare ")) {
    const auto left = between(message, "compare ", " with"), right = message.substr(message.find(" with ") + 6);
    const bool text_and_number = (left == "string" && right == "number") || (left == "number" && right == "string");
    return "cannot compare " + with_article(left) + " with " + with_article(right) +
           (text_and_number ? "; use `tonumber(…)`" : "");
  }
  if (begins(message, "stack overflow") || begins(message, "C stack overflow")) return "calls itself too deeply";
  if (message.find("'n//0'") != std::string::npos || message.find("'n%") != std::string::npos ||
      message.find("divide by zero") != std::string::npos)
    return "cannot divide by zero";
  return message;
}

}  // namespace

std::string explain_nil(Interpreter& interpreter, const std::vector<Reference>& references, std::string_view field) {
  auto missing = find_missing(interpreter, references);
  if (!field.empty()) std::erase_if(missing, [&](const Missing& one) { return one.part != field; });
  if (missing.empty()) return "";
  if (missing.size() == 1) {
    const auto& one = missing.front();
    return "`" + one.name + "` does not exist or is null" +
           names::did_you_mean(one.part, {one.siblings.begin(), one.siblings.end()});
  }
  std::vector<std::string> all;
  for (auto& one : missing) all.push_back(std::move(one.name));
  return join_ticked(all) + " do not exist or are null";
}

std::string explain_lua_error(Interpreter& interpreter, const std::vector<Reference>& references, std::string message) {
  if (message.find("nil") != std::string::npos || message.find("integer index") != std::string::npos) {
    const auto field = between(message, "field '", "'");
    auto why = explain_nil(interpreter, references, field == "?" ? "" : field);
    if (!why.empty()) return why;
    if (message.find("'?'") != std::string::npos ||
        message.find("integer index") !=
            std::string::npos)  // `list[i].name`: Lua cannot name what it did not find by name
      if (const auto* list = only_dynamic(references))
        return "`" + written(*list) + "[…]` has nothing at that position";
  }
  return reword(message);
}

}  // namespace runbook
