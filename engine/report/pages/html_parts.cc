#include "report/pages/html_parts.h"

#include "base/text.h"
#include "report/pages/xml_text.h"

namespace runbook::html {

std::string_view tone(Color color) {
  switch (color) {
    case Color::green: return "good";
    case Color::red: return "bad";
    case Color::yellow: return "warn";
    case Color::magenta: return "undo";
    case Color::cyan: return "info";
    case Color::none:
    case Color::dim:
    case Color::bold: return "calm";
  }
  return "calm";
}

std::string chip(Symbol symbol, std::string_view word) {
  const Style style{false, true};
  return "<span class=\"chip " + std::string(tone(color_of(symbol))) + "\"><span aria-hidden=\"true\">" +
         std::string(style.symbol(symbol)) + "</span>&nbsp;" + xml_text(word) + "</span>";
}

std::string code(std::string_view text) { return "<code>" + xml_text(text) + "</code>"; }

std::string message(std::string_view text) {
  std::string out;
  while (true) {
    const auto begin = text.find('`');
    const auto end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
    if (end == std::string_view::npos) return out + xml_text(text);
    out += xml_text(text.substr(0, begin)) + code(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
}

// HTML drops a newline that directly follows <pre>: a text that begins with one gets it back.
std::string block(std::string_view text) {
  return std::string("<pre>") + (text.substr(0, 1) == "\n" ? "\n" : "") + xml_text(text) + "</pre>\n";
}

std::string block(const std::vector<std::string>& lines) { return block(join(lines, "\n")); }

std::string fact(std::string_view term, std::string_view markup) {
  if (markup.empty()) return "";
  return "<dt>" + xml_text(term) + "</dt><dd>" + std::string(markup) + "</dd>\n";
}

std::string link(std::string_view address) {
  const bool web = address.substr(0, 8) == "https://" || address.substr(0, 7) == "http://";
  if (!web) return xml_text(address);
  return "<a href=\"" + xml_attribute(address) + "\" rel=\"noreferrer noopener\">" + xml_text(address) + "</a>";
}

std::string time(std::string_view rfc3339) {
  const auto shown = std::string(rfc3339.substr(0, 10)) + " " + std::string(rfc3339.substr(11, 8));
  return "<time datetime=\"" + xml_attribute(rfc3339) + "\">" + xml_text(shown) + "</time>";
}

}  // namespace runbook::html
