#include "report/markup.h"

#include <string_view>

namespace runbook::test {
namespace {

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

class Reader {
 public:
  explicit Reader(const std::string& text) : rest_(text) {}

  Markup read() {
    for (const std::string_view prolog : {"<!DOCTYPE html>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"})
      take(prolog);
    while (markup_.mistake.empty() && !rest_.empty()) {
      if (rest_.front() == '<') {
        tag();
      } else {
        words();
      }
    }
    if (!open_.empty()) wrong("not closed: " + open_.back());
    return std::move(markup_);
  }

 private:
  bool take(std::string_view prefix) {
    if (rest_.substr(0, prefix.size()) != prefix) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  void wrong(const std::string& what) {
    if (markup_.mistake.empty()) markup_.mistake = what + " before " + std::string(rest_.substr(0, 60));
  }
  std::string name() {
    const auto length = std::min(rest_.size(), rest_.find_first_not_of(name_characters));
    const std::string found(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (found.empty()) wrong("no name");
    return found;
  }

  void words() {
    const auto text = rest_.substr(0, rest_.find('<'));
    entities(text);
    if (text.find('>') != std::string_view::npos) wrong("a bare >");
    rest_.remove_prefix(text.size());
  }

  void entities(std::string_view text) {
    for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
      const auto name = text.substr(at, text.find(';', at) - at + 1);
      bool known = false;
      for (const auto* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#10;", "&nbsp;"})
        known |= name == entity;
      if (!known) wrong("a bare &");
    }
  }

  void tag() {
    take("<");
    if (take("/")) {
      const auto closed = name();
      if (open_.empty() || open_.back() != closed) return wrong("closes " + closed);
      open_.pop_back();
      if (!take(">")) wrong("no end of a closing tag");
      return;
    }
    const auto element = name();
    ++markup_.elements[element];
    while (markup_.mistake.empty() && take(" ")) attribute();
    if (take("/>") || (element == "meta" && take(">"))) return;
    if (!take(">")) wrong("no end of <" + element);
    open_.push_back(element);
  }

  void attribute() {
    const auto key = name();
    markup_.attributes.insert(key);
    if (!take("=\"")) return wrong("no quoted value");
    const auto value = std::string(rest_.substr(0, rest_.find('"')));
    entities(value);
    rest_.remove_prefix(value.size());
    if (!take("\"")) wrong("no end of a value");
    if (key == "id" && !markup_.ids.insert(value).second) wrong("twice: id " + value);
    if (key == "href") markup_.links.push_back(value);
  }

  std::string_view rest_;
  Markup markup_;
  std::vector<std::string> open_;
};

}  // namespace

Markup read_markup(const std::string& text) { return Reader(text).read(); }

}  // namespace runbook::test
