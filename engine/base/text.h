// Text as people see it: UTF-8, width on a terminal, near misses.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace runbook {

// Length in bytes (1-4) of the valid UTF-8 sequence that `text` begins with; 0 when it does not begin with one.
std::size_t utf8_sequence(std::string_view text);
bool is_utf8(std::string_view text);
// Every byte that belongs to no character becomes U+FFFD, as in JSON that we write.
std::string valid_utf8(std::string text);
// Printable ASCII only: the common case, which needs no cleaning.
bool is_plain(std::string_view text);

// Columns on a terminal; control characters and bytes that are not UTF-8 count as one.
std::size_t display_width(std::string_view text);

// For terminals and one-line fields: control characters (ESC, CR, BEL, C1…) and invalid bytes become visible and
// harmless (`\x1b`, U+FFFD); tab becomes a space, newline becomes `\n` unless `keep_newlines`.
std::string printable(std::string_view text, bool keep_newlines = false);

// Cuts the middle out, with `…`, until it fits `columns`.
std::string elide_middle(std::string_view text, std::size_t columns);

std::vector<std::string_view> split_lines(std::string_view text);  // without "\n"; no empty last line
std::string_view trim(std::string_view text);

// The candidate nearest to `word` by Damerau-Levenshtein distance, if at most max(1, length / 3); else empty.
// Of equally near ones the first. (rustc's rule.)
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// "1 step", "3 steps".
std::string count_of(std::size_t count, std::string_view noun);
// Foreign text for a message: between ticks, on one line, short, unable to steer a terminal.
std::string ticked(std::string_view text, std::size_t columns = 60);
// `a`, `b` and `c`
std::string join_ticked(const std::vector<std::string>& words);
std::string join(const std::vector<std::string>& words, std::string_view separator);

}  // namespace runbook
