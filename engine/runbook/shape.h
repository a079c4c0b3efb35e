// Shape: what a value may look like. KeyInfo: one key of the language. Together they are the key table, from which
// come the loader's checks, the JSON Schema and the reference page, so that the three cannot disagree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

enum class Object {
  runbook,
  defaults,
  param,
  secret,
  step,
  precondition,
  probe,
  rollback_step,
  handler,
  shell,
  http,
  http_auth,
  http_basic,
  http_tls,
  manual,
  retry,
  expectation,
  lock,
};

struct Choice {
  std::string_view value, doc;
};

struct Shape {
  enum class Kind {
    text,        // any scalar, as it is written; may hold `${{ }}` when `templated`
    pattern,     // text that matches `pattern`
    expression,  // a bare Lua expression
    boolean,
    integer,
    number,
    duration,  // 30s, 1h30m
    size,      // 10MiB
    choice,    // one of `choices`
    anything,  // any YAML value
    object,    // a map with the keys of `object`
    list,
    map,     // of `of[0]`; a map's keys match `pattern`, if there is one
    either,  // any of `of`
  };
  Kind kind = Kind::text;
  bool templated = false;
  bool may_be_empty = false;  // list
  std::string_view pattern;
  double min = 0, max = 0;  // integer and number
  Object object = Object::runbook;
  std::vector<Choice> choices;
  std::vector<Shape> of;
};

Shape text_shape();
Shape template_shape();
Shape pattern_shape(std::string_view pattern);
Shape expression_shape();
Shape boolean_shape();
Shape integer_shape(double min, double max);
Shape number_shape(double min, double max);
Shape duration_shape();
Shape size_shape();
Shape choice_shape(std::vector<Choice> choices);
Shape anything_shape();
Shape object_shape(Object object);
Shape list_of(Shape item);
Shape list_or_empty(Shape item);
Shape map_of(Shape value, std::string_view key_pattern = {});
Shape either(Shape a, Shape b);

inline constexpr std::string_view identifier_pattern = "^[A-Za-z_][A-Za-z0-9_]*$";
inline constexpr std::string_view step_id_pattern = "^[a-z][a-z0-9_]{0,63}$";
inline constexpr std::string_view runbook_name_pattern = "^[a-z0-9-]{1,64}$";

// Where a step-like map stands.
enum Place : unsigned { in_steps = 1, in_preconditions = 2, in_rollback = 4, in_handlers = 8, in_probe = 16, anywhere = 31 };
// What a step-like map does.
enum ActionKind : unsigned {
  does_shell = 1,
  does_exec = 2,
  does_http = 4,
  does_wait = 8,
  does_group = 16,
  does_lua = 32,
  does_use = 64,
  does_manual = 128,
  does_process = does_shell | does_exec,
  does_call = does_process | does_http | does_lua,
  does_one_thing = does_call | does_wait,
  does_any = 255,
};

struct KeyInfo {
  std::string_view name;
  Shape shape;
  std::string_view doc;  // sentences without a last full stop, Markdown
  bool required = false;
  bool supported = true;
  unsigned action = 0;                      // the ActionKind it is, for actions
  unsigned places = anywhere;               // for keys of step-like maps: where it may stand,
  unsigned actions = does_any;              // and with which actions
  std::vector<std::string_view> also = {};  // what people write when they mean it
};

struct ObjectInfo {
  Object object;
  std::string_view name;   // "step": of its definition in the schema
  std::string_view title;  // "a step": for messages
  std::string_view doc;
  std::vector<KeyInfo> keys;  // for step-like maps: those of its place
};

// Every object of the language, the runbook first.
const std::vector<ObjectInfo>& all_objects();
const ObjectInfo& object_info(Object object);

}  // namespace runbook
