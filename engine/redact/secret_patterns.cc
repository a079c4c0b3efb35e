#include "redact/secret_patterns.h"

#include <cstdint>
#include <utility>

#include "base/text.h"
#include "base/value.h"

namespace runbook {
namespace {

bool is_letter_or_digit(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string hexadecimal(std::string_view secret, const char* digits) {
  std::string text;
  for (const unsigned char c : secret) {
    text += digits[c >> 4];
    text += digits[c & 15];
  }
  return text;
}

std::string percent_encoded(std::string_view secret, const char* digits, bool plus_for_space) {
  std::string text;
  for (const unsigned char c : secret) {
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      text += static_cast<char>(c);
    } else if (c == ' ' && plus_for_space) {
      text += '+';
    } else {
      text += '%';
      text += digits[c >> 4];
      text += digits[c & 15];
    }
  }
  return text;
}

std::string json_escaped(std::string_view secret) {
  std::string text;
  append_json_string(text, secret);
  return text.substr(1, text.size() - 2);
}

// As Go's encoding/json writes it, and with it kubectl, docker and terraform.
std::string json_escaped_for_html(std::string_view secret) {
  std::string text;
  for (const char c : json_escaped(secret)) {
    if (c == '<') {
      text += "\\u003c";
    } else if (c == '>') {
      text += "\\u003e";
    } else if (c == '&') {
      text += "\\u0026";
    } else {
      text += c;
    }
  }
  return text;
}

std::string single_quoted(std::string_view secret) {  // without the outer quotes
  std::string text;
  for (const char c : secret) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text;
}

std::string double_quoted(std::string_view secret) {
  std::string text;
  for (const char c : secret) {
    if (c == '"' || c == '$' || c == '`' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::string backslash_quoted(std::string_view secret) {  // printf %q
  std::string text;
  for (const char c : secret) {
    const bool plain = is_letter_or_digit(static_cast<unsigned char>(c)) ||
                       std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
    if (!plain) text += '\\';
    text += c;
  }
  return text;
}

class Collector {
 public:
  void add(std::string bytes) {
    if (bytes.size() < shortest_secret) return;
    const bool whole_word = bytes.size() < shortest_free_pattern;
    patterns_.push_back({std::move(bytes), whole_word});
  }

  // Base64 runs into what stands around it, so a short core could only be hidden inside of words.
  void add_base64(std::string_view secret) {
    for (const bool url_alphabet : {false, true}) {
      for (unsigned offset = 0; offset < 3; ++offset) {
        std::string core = base64_core(secret, offset, url_alphabet);
        if (core.size() < shortest_free_pattern) continue;
        if (offset == 0 && !url_alphabet) add_wrapped(core);
        patterns_.push_back({std::move(core), false});
      }
    }
  }

  // `base64` and PEM break long text into lines.
  void add_wrapped(std::string_view core) {
    for (const std::size_t width : {std::size_t{76}, std::size_t{64}}) {
      for (std::size_t at = 0; core.size() > width && at < core.size(); at += width) {
        const std::string_view line = core.substr(at, width);
        if (line.size() >= shortest_free_pattern) patterns_.push_back({std::string(line), false});
      }
    }
  }

  void add_forms(std::string_view secret) {
    constexpr const char* lower = "0123456789abcdef";
    constexpr const char* upper = "0123456789ABCDEF";
    add(std::string(secret));
    add_base64(secret);
    for (const char* digits : {lower, upper}) {
      add(hexadecimal(secret, digits));
      add(percent_encoded(secret, digits, false));
      add(percent_encoded(secret, digits, true));
    }
    add(json_escaped(secret));
    add(json_escaped_for_html(secret));
    add(single_quoted(secret));
    add(double_quoted(secret));
    add(backslash_quoted(secret));
  }

  // A line of one or two characters would hide every `e` of the log.
  void add_lines(std::string_view secret) {
    if (secret.find('\n') == std::string_view::npos) return;
    for (const std::string_view line : split_lines(secret)) {
      if (const auto part = trim(line); part.size() >= shortest_free_pattern) add(std::string(part));
    }
  }

  // A document of credentials is rarely printed whole; its strings are.
  void add_leaves(const Value& value) {
    if (value.is_string()) {
      if (value.as_string().size() < shortest_free_pattern) return;
      add_forms(value.as_string());
      add_lines(value.as_string());
    } else if (value.is_list()) {
      for (const Value& item : value.as_list()) add_leaves(item);
    } else if (value.is_map()) {
      for (const auto& [key, item] : value.as_map()) add_leaves(item);
    }
  }

  std::vector<SecretPattern> take() { return std::move(patterns_); }

 private:
  std::vector<SecretPattern> patterns_;
};

}  // namespace

std::string base64_core(std::string_view secret, unsigned offset, bool url_alphabet) {
  const char* alphabet = url_alphabet ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                                      : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto bit = [&](std::size_t i) {
    const auto byte = static_cast<unsigned char>(secret[i / 8 - offset]);
    return (byte >> (7 - i % 8)) & 1;
  };
  const std::size_t begin = (8 * offset + 5) / 6, end = 8 * (offset + secret.size()) / 6;
  std::string core;
  for (std::size_t sextet = begin; sextet < end; ++sextet) {
    unsigned index = 0;
    for (std::size_t i = 6 * sextet; i < 6 * sextet + 6; ++i) index = index << 1 | static_cast<unsigned>(bit(i));
    core += alphabet[index];
  }
  return core;
}

std::vector<SecretPattern> secret_patterns(std::string_view secret) {
  Collector collector;
  collector.add_forms(secret);
  // A file's value is often printed without its last newline.
  const std::string_view trimmed = trim(secret);
  if (trimmed.size() >= shortest_secret && trimmed.size() < secret.size()) collector.add_forms(trimmed);
  collector.add_lines(secret);
  Value document;
  if (!trimmed.empty() && (trimmed[0] == '{' || trimmed[0] == '[') && from_json(trimmed, document)) {
    collector.add_leaves(document);
  }
  return collector.take();
}

}  // namespace runbook
