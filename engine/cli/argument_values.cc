#include "cli/argument_values.h"

#include <cctype>

#include "base/io.h"

namespace runbook {
namespace {

constexpr std::size_t longest_param = 1 << 20;

}  // namespace

std::string upper_with_underscores(std::string text) {
  for (char& c : text) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

tl::expected<std::pair<std::string, std::string>, ArgumentError> param_argument(const std::string& given) {
  const auto equals = given.find('=');
  if (equals == std::string::npos || equals == 0)
    return tl::unexpected(ArgumentError{"`-p " + given + "` is not KEY=VALUE", "for example: -p version=v2.14.0"});
  std::string value = given.substr(equals + 1);
  if (!value.empty() && value[0] == '@') {
    auto content = read_file(value.substr(1), longest_param);
    if (!content) return tl::unexpected(ArgumentError{"`-p " + given + "`: " + content.error().message(), ""});
    value = std::move(*content);
    if (!value.empty() && value.back() == '\n') value.pop_back();
  }
  return std::pair(given.substr(0, equals), std::move(value));
}

std::optional<ReportFormat> report_format(const std::string& name, const std::string& file) {
  static constexpr std::pair<std::string_view, ReportFormat> formats[] = {
      {"md", ReportFormat::markdown}, {"html", ReportFormat::html}, {"json", ReportFormat::json},
      {"junit", ReportFormat::junit}, {"xml", ReportFormat::junit}, {"htm", ReportFormat::html}};
  const auto dot = file.rfind('.');
  const auto wanted = !name.empty() ? name : dot == std::string::npos ? "" : file.substr(dot + 1);
  for (const auto& [word, format] : formats)
    if (word == wanted) return format;
  return name.empty() ? std::optional(ReportFormat::markdown) : std::nullopt;
}

tl::expected<std::vector<std::pair<std::string, bool>>, ArgumentError> assume_arguments(
    const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, bool>> assumptions;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i] != "done" && words[i] != "not-done")
      return tl::unexpected(ArgumentError{"`--assume` takes done or not-done and a step, not `" + words[i] + "`",
                                          "for example: --assume done migrate"});
    assumptions.emplace_back(words[i + 1], words[i] == "done");
  }
  return assumptions;
}

}  // namespace runbook
