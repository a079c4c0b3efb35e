// Foreign text inside XML and HTML: nothing of it is ever markup. What XML has no way to say (control characters,
// U+FFFE, bytes that are not UTF-8) becomes visible or U+FFFD; newlines stay.
#pragma once

#include <string>
#include <string_view>

namespace runbook {

std::string xml_text(std::string_view text);
// Between double quotes; newlines and tabs survive the parser.
std::string xml_attribute(std::string_view text);

}  // namespace runbook
