// Loader: YAML nodes -> the model. The keys and what each does are in the key table (keys.h); here is what they share.
#pragma once

#include <string>
#include <unordered_map>

#include "language/keys/shape.h"
#include "language/reader.h"
#include "runbook/runbook.h"

namespace runbook {

class LuaModules;

class Loader : public Reader {
 public:
  using Reader::Reader;

  Shell default_shell = Shell::bash;
  LuaModules* modules = nullptr;  // that scripts may require

  void missing_key(const YamlNode& map, std::string_view key, std::string_view title);

  // The steps of a list; what is not a step is reported and left out.
  std::vector<Step> steps(const Field& list, Place place, bool may_be_empty = false);
  Step step(const YamlNode& map, Place place);
  EnvTemplate env(const Field& field);
  std::vector<std::pair<Text, Expression>> outputs(const Field& field);

  // Explicit ids are taken while the file is read, derived ones when all of it is known.
  void claim_id(const Text& id);
  void derive_ids(Runbook& runbook);

 private:
  void derive_ids(std::vector<Step>& steps, int& position, bool by_name);
  void check_step(const YamlNode& map, Step& step, Place place);
  void check_probe(const YamlNode& map, const Step& step, Place place);

  std::unordered_map<std::string, Span> ids_;
};

// The name of an ActionKind's key in a step that has it: `shell`.
std::string_view place_title(Place place);  // "a step", "a precondition"

}  // namespace runbook
