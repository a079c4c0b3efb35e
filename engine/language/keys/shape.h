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

// What a text must be like, or must not: a pattern that is searched for in it. It means the same to RE2 and ECMA-262,
// so it looks neither ahead nor behind.
struct TextRule {
  std::string pattern;
  std::string says;  // of a text that breaks it: "must …", for editors
  bool refuses = false;
};
using TextRules = std::vector<TextRule>;

struct Shape {
  enum class Kind {
    text,        // any scalar, as it is written; may hold `${{ }}` when `templated`
    pattern,     // text that is all of the first rule's pattern
    expression,  // a bare Lua expression
    boolean,
    integer,
    number,
    duration,  // 30s, 1h30m
    size,      // 10MiB
    choice,    // one of `choices`
    anything,  // any YAML value
    object,    // a map with the keys of `object`
    list,      // of `of[0]`; its first item is `of[1]`, if there is one
    map,       // of `of[0]`
    either,    // any of `of`
  };
  Kind kind = Kind::text;
  bool templated = false;
  bool may_be_empty = false;  // list: have no items; text: have no characters but blanks; duration: be zero
  TextRules rules;            // text and pattern; the keys of a map
  double min = 0, max = 0;    // integer and number
  Object object = Object::runbook;
  std::vector<Choice> choices;
  std::vector<Shape> of;
};

Shape text_shape(TextRules rules = {});
Shape text_or_empty();
Shape template_shape(TextRules rules = {});
Shape template_or_empty(TextRules rules = {});
Shape pattern_shape(TextRules rules);
Shape expression_shape();
Shape boolean_shape();
Shape integer_shape(double min, double max);
Shape number_shape(double min, double max);
Shape duration_shape();
Shape duration_or_zero();
Shape size_shape();
Shape choice_shape(std::vector<Choice> choices);
Shape anything_shape();
Shape object_shape(Object object);
Shape list_of(Shape item);
Shape list_or_empty(Shape item);
Shape list_with_first(Shape first, Shape item);
Shape map_of(Shape value, TextRules keys = {});
Shape either(Shape a, Shape b);

// What the loader says in code, said in patterns.
TextRules filled_rules();        // not only blanks
TextRules expression_rules();    // filled, and not in `${{ }}`
TextRules no_template_rules();   // without `${{ }}`
TextRules variable_rules();      // [A-Za-z_][A-Za-z0-9_]*
TextRules own_variable_rules();  // and not one that the engine sets itself
TextRules name_rules();          // what expressions can use after a dot
TextRules step_id_rules();
TextRules runbook_name_rules();

// Where a step-like map stands.
enum Place : unsigned {
  in_steps = 1,
  in_preconditions = 2,
  in_rollback = 4,
  in_handlers = 8,
  in_probe = 16,
  anywhere = 31
};
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
