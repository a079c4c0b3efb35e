#include "runbook/runbook.h"

namespace runbook {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::none: return "";
    case Kind::deploy: return "deploy";
    case Kind::rollback: return "rollback";
    case Kind::recovery: return "recovery";
    case Kind::incident: return "incident";
    case Kind::maintenance: return "maintenance";
    case Kind::check: return "check";
  }
  return "";
}

std::string_view effect_name(Effect effect) {
  switch (effect) {
    case Effect::read: return "read";
    case Effect::change: return "change";
    case Effect::irreversible: return "irreversible";
  }
  return "";
}

std::string_view param_type_name(ParamType type) {
  switch (type) {
    case ParamType::string: return "string";
    case ParamType::integer: return "integer";
    case ParamType::number: return "number";
    case ParamType::boolean: return "boolean";
    case ParamType::duration: return "duration";
    case ParamType::size: return "size";
    case ParamType::list: return "list";
    case ParamType::map: return "map";
  }
  return "";
}

}  // namespace runbook
