// What the tests of this layer share.
#pragma once

#include <string>

#include "expr/sandbox.h"

namespace runbook {

inline Text text_of(std::string value) { return Text{std::move(value), {}, false, false}; }

// Parses without diagnostics, or says which there are.
inline std::string problems(const std::string& text) {
  Diagnostics diagnostics;
  parse_expression(text_of(text), diagnostics);
  std::string out;
  for (const auto& one : diagnostics.all())
    out += (out.empty() ? "" : " | ") + std::string(one.code) + " " + one.message;
  return out;
}

inline Expression expression(const std::string& text) {
  Diagnostics diagnostics;
  auto parsed = parse_expression(text_of(text), diagnostics);
  return parsed;
}

// The value as JSON, or "error: MESSAGE".
inline std::string eval(Sandbox& sandbox, const std::string& text) {
  const auto value = sandbox.evaluate(expression(text));
  return value ? to_json(*value) : "error: " + value.error().message;
}
inline std::string eval(const std::string& text) {
  Sandbox sandbox;
  return eval(sandbox, text);
}

inline Value json(std::string_view text) {
  Value value;
  if (!from_json(text, value)) throw std::runtime_error("bad JSON in a test");
  return value;
}

}  // namespace runbook
