// Reader: typed reads of YAML values. Each read gives the value, or reports what is wrong at its place and gives
// nothing; null is never a value, broken nodes are passed over in silence.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "expr/template.h"
#include "yaml/yaml.h"

namespace runbook {

// A value and the key it stands under.
struct Field {
  const YamlNode& key;
  const YamlNode& value;
  bool is_item = false;  // one item of the list under the key

  std::string_view name() const { return key.text.value; }
  std::string describe() const;  // "`timeout`", "an item of `needs`"
  Field item(const YamlNode& node) const { return {key, node, true}; }
};

class Reader {
 public:
  Reader(const SourceFile& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  // After a hundred errors the file is not worth reading on; further ones are dropped.
  bool full() const { return full_; }
  Diagnostic& error(std::string_view code, Span span, std::string message);
  Diagnostic& warning(std::string_view code, Span span, std::string message);
  Diagnostics& diagnostics() { return diagnostics_; }
  const SourceFile& file() const { return file_; }

  std::optional<Text> text(const Field& field);         // any scalar, as it is written
  std::optional<Text> filled_text(const Field& field);  // not empty
  std::optional<bool> boolean(const Field& field);
  std::optional<std::int64_t> integer(const Field& field, std::int64_t min, std::int64_t max);
  std::optional<double> number(const Field& field, double min, double max);
  std::optional<Duration> duration(const Field& field, bool allow_zero = false);
  std::optional<std::uint64_t> size(const Field& field);  // larger than zero
  // The index of the choice.
  std::optional<std::size_t> choice(const Field& field, const std::vector<std::string_view>& choices);
  std::optional<Expression> expression(const Field& field);
  std::optional<Template> templated(const Field& field);
  std::optional<ValueTemplate> value_template(const Field& field);
  std::optional<Value> value(const Field& field);  // without templates

  // The node itself when it is a list (a map); not empty unless `may_be_empty`.
  const YamlNode* list(const Field& field, bool may_be_empty = false);
  const YamlNode* map(const Field& field, bool may_be_empty = false);

  // A name that expressions can use after a dot; reports and answers false when it is not one.
  bool check_name(const Text& name, std::string_view what);

 protected:
  Diagnostic& wrong_type(const Field& field, std::string_view wanted);

 private:
  bool usable(const Field& field);  // neither null nor broken
  bool scalar(const Field& field, std::string_view wanted);
  Value plain_value(const Text& text);

  const SourceFile& file_;
  Diagnostics& diagnostics_;
  bool full_ = false;
  Diagnostic dropped_;
};

}  // namespace runbook
