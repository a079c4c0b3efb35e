// Text as other places want it: base64 (RFC 4648), percent-encoded (RFC 3986).
#pragma once

#include <string>
#include <string_view>

namespace runbook {

std::string base64_encode(std::string_view bytes);

enum class Blank { percent, plus };  // `%20` as in URLs, `+` as in the body of a form
// Everything but letters, digits and `-._~` is encoded, byte by byte.
std::string percent_encode(std::string_view bytes, Blank blank = Blank::percent);

}  // namespace runbook
