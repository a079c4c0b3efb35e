// Small pieces of the HTML report. They take foreign text and give markup.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/style.h"

namespace runbook::html {

// The class that colours a thing; the words beside it carry the meaning.
std::string_view tone(Color color);

// `✓ succeeded` as a label.
std::string chip(Symbol symbol, std::string_view word);
std::string code(std::string_view text);
// A message of ours: what stands between `ticks` becomes code.
std::string message(std::string_view text);
// Lines as they are, newlines kept.
std::string block(std::string_view text);
std::string block(const std::vector<std::string>& lines);
// A term and its description; `markup` is HTML already. Empty for none.
std::string fact(std::string_view term, std::string_view markup);
// A link where it is a web address, else text: `javascript:` never becomes one.
std::string link(std::string_view address);
// `2026-11-20T22:13:02Z` for people: `2026-11-20 22:13:02`, with what a machine reads.
std::string time(std::string_view rfc3339);

}  // namespace runbook::html
