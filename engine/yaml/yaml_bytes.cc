#include "yaml/yaml_bytes.h"

#include <cstdio>

#include "base/text.h"
#include "source/codes.h"
#include "yaml/yaml.h"

namespace runbook {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool looks_like_utf16(std::string_view text) {
  if (text.size() < 2) return false;
  const auto two = text.substr(0, 2);
  return two == "\xFF\xFE" || two == "\xFE\xFF" || (text[0] == '\0') != (text[1] == '\0');
}

std::string code_point(unsigned value) {
  char name[16];
  std::snprintf(name, sizeof name, "U+%04X", value);
  return name;
}

// Why a character may not stand in a runbook; empty: it may.
std::string refusal(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  if (lead == 0) return "a NUL byte";
  if ((lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r') || lead == 0x7f)
    return "the control character " + code_point(lead);
  if (sequence.size() == 2 && lead == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0 && sequence[1] != '\x85')
    return "the control character " + code_point(static_cast<unsigned char>(sequence[1]));
  if (sequence == "\xC2\x85") return "the line break U+0085, which not every reader takes for one";
  if (sequence.size() != 3) return {};
  const unsigned value = (lead & 0xfu) << 12 | (static_cast<unsigned>(sequence[1]) & 0x3f) << 6 |
                         (static_cast<unsigned>(sequence[2]) & 0x3f);
  if (value == 0x2028 || value == 0x2029)
    return "the line break " + code_point(value) + ", which not every reader takes for one";
  if ((value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069) || value == 0x200e ||
      value == 0x200f)
    return "the invisible character " + code_point(value) + ", which reorders the text around it on screen";
  if (value == 0xfeff) return "a byte order mark inside the text";
  return {};
}

}  // namespace

std::optional<std::size_t> check_bytes(const SourceFile& file, Diagnostics& diagnostics) {
  const auto text = file.text();
  if (text.size() > max_yaml_bytes) {
    auto& error = diagnostics.error(code::yaml_size, {&file, 0, 0},
                                    "the file is larger than " + std::to_string(max_yaml_bytes >> 20) + " MiB");
    error.help = "keep data out of the runbook: read it from a file in a step";
    return std::nullopt;
  }
  if (looks_like_utf16(text)) {
    auto& error = diagnostics.error(code::yaml_bytes, {&file, 0, 0}, "the file is UTF-16, not UTF-8");
    error.help = "convert it: iconv -f UTF-16 -t UTF-8";
    return std::nullopt;
  }
  const std::size_t begin = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  for (std::size_t i = begin; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x7f) {  // nearly all there is
      ++i;
      continue;
    }
    const auto length = utf8_sequence(text.substr(i));
    if (length == 0) {
      auto& error = diagnostics.error(code::yaml_bytes, {&file, i, 1}, "the file is not UTF-8");
      char label[40];
      std::snprintf(label, sizeof label, "byte 0x%02x is not part of a character", byte);
      error.label = label;
      error.help = "if it is Latin-1, convert it: iconv -f ISO-8859-1 -t UTF-8";
      return std::nullopt;
    }
    if (byte == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) {
      auto& error = diagnostics.error(code::yaml_bytes, {&file, i, 1}, "a carriage return without a line feed");
      error.help = "end lines with a line feed";
      return std::nullopt;
    }
    if (auto why = refusal(text.substr(i, length)); !why.empty()) {
      auto& error = diagnostics.error(code::yaml_bytes, {&file, i, length}, "the file holds " + why);
      error.help = "take it out; inside double quotes it can be written as an escape";
      return std::nullopt;
    }
    i += length;
  }
  return begin;
}

}  // namespace runbook
