#include "report/live/prompt.h"

#include "base/text.h"

namespace runbook {
namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t most_said = 4;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

void Prompt::erase_character() {
  while (!line_.empty() && continues_character(line_.back())) line_.pop_back();
  if (!line_.empty()) line_.pop_back();
}

void Prompt::erase_word() {
  while (!line_.empty() && line_.back() == ' ') line_.pop_back();
  while (!line_.empty() && line_.back() != ' ') line_.pop_back();
}

void Prompt::feed(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (answered_ || later_) return;
    const char c = bytes[i];
    if (escape_ == 1) {
      // A lone Escape ends a chunk; `ESC [` and `ESC O` begin a key such as an arrow.
      escape_ = c == '[' || c == 'O' ? 2 : 0;
      continue;
    }
    if (escape_ == 2) {
      if (c >= 0x40 && c <= 0x7e) escape_ = 0;
      continue;
    }
    switch (c) {
      case '\r':
      case '\n':
        complaint_.clear();
        enter_line(std::string(trim(std::exchange(line_, ""))));
        break;
      case 0x7f:
      case 0x08: erase_character(); break;
      case 0x15: line_.clear(); break;  // Ctrl-U
      case 0x17: erase_word(); break;   // Ctrl-W
      case 0x1b:
        escape_ = i + 1 == bytes.size() ? 0 : 1;
        if (escape_ == 1) break;
        line_.clear();
        complaint_.clear();
        back();
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && line_.size() < longest_line) line_ += c;
    }
  }
}

void Prompt::answer(ControlRequest request) {
  answer_ = std::move(request);
  answered_ = true;
}

std::optional<ControlRequest> Prompt::take() { return std::exchange(answer_, std::nullopt); }

std::string Prompt::question(const Style& style) const {
  const auto asked = answered_ || later_ ? std::string() : ask();
  return style.clean(step_ + ": " + (complaint_.empty() ? "" : complaint_ + "; ") + asked) + " ";
}

std::vector<std::string> Prompt::rows(const Style& style, std::size_t columns) const {
  std::vector<std::string> rows;
  const auto add = [&](const std::string& text, Color color) {
    rows.push_back(style.paint(color, style.fit(text, columns)));
  };
  for (std::size_t i = said_.size() > most_said ? said_.size() - most_said : 0; i < said_.size(); ++i)
    add("  " + said_[i], Color::dim);
  if (!complaint_.empty()) add("  " + complaint_, Color::yellow);
  auto lead = style.clean(step_ + ": " + ask());
  // The end of a long line is what is being typed.
  auto typed = style.clean(line_) + "_";
  // A long question has a row of its own.
  if (display_width(lead) > columns / 2) {
    add(lead, Color::bold);
    lead = "  >";
  }
  lead += ' ';
  const auto room = columns > display_width(lead) ? columns - display_width(lead) : 1;
  while (display_width(typed) > room && !typed.empty()) {
    typed.erase(0, 1);
    while (!typed.empty() && continues_character(typed.front())) typed.erase(0, 1);
  }
  rows.push_back(style.paint(Color::bold, lead) + typed);
  return rows;
}

}  // namespace runbook
