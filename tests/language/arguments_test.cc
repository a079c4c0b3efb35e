#include "language/arguments.h"

#include "language/loading.h"
#include "language/param_value.h"

using namespace runbook;

namespace {

const char* const declared = R"(params:
  name: { type: string, required: true, pattern: 'v\d+', description: Tag to deploy }
  count: { type: integer, default: 3, min: 1, max: 50 }
  ratio: { type: number, min: 0, max: 1 }
  fast: { type: boolean, default: false }
  grace: { type: duration, default: 30s, min: 1s, max: 1h }
  room: { type: size, default: 1MiB, max: 1GiB }
  hosts: { type: list, default: [a] }
  labels: { type: map }
  mode: { type: string, one_of: [rolling, blue-green], default: rolling })";

using Given = std::vector<std::pair<std::string, std::string>>;

struct Binding {
  explicit Binding(const Given& given) : loading(with_top(declared)) {
    REQUIRE(loading.runbook);
    values = bind_params(*loading.runbook, given, diagnostics);
  }
  std::string first() const { return diagnostics.all().empty() ? "" : Loading::brief(diagnostics.all()[0]); }
  std::string message() const { return diagnostics.all().empty() ? "" : diagnostics.all()[0].message; }
  std::string help() const { return diagnostics.all().empty() ? "" : diagnostics.all()[0].help; }
  Loading loading;
  Diagnostics diagnostics;
  Value values;
};

Binding with(std::string name, std::string text) {
  return Binding(Given{{"name", "v1"}, {std::move(name), std::move(text)}});
}

}  // namespace

TEST_CASE("parameters take their defaults, and null without one") {
  const Binding binding(Given{{"name", "v1"}});
  CHECK(binding.diagnostics.all().empty());
  CHECK(
      to_json(binding.values) ==
      R"({"name":"v1","count":3,"ratio":null,"fast":false,"grace":30,"room":1048576,"hosts":["a"],"labels":null,"mode":"rolling"})");
}

TEST_CASE("given text becomes a value of the parameter's type") {
  const auto value = [](const char* name, const char* text) {
    const auto binding = with(name, text);
    INFO(render_text(binding.diagnostics));
    CHECK(binding.diagnostics.all().empty());
    return *binding.values.find(name);
  };
  CHECK(value("name", "v2") == Value("v2"));
  CHECK(value("count", "7") == Value(7));
  CHECK(value("ratio", "0.5") == Value(0.5));
  CHECK(value("ratio", "1") == Value(1));
  CHECK(value("fast", "true") == Value(true));
  CHECK(value("grace", "1m30s") == Value(90));
  CHECK(value("grace", "1s500ms") == Value(1.5));
  CHECK(value("room", "64KiB") == Value(65536));
  CHECK(to_json(value("hosts", R"(["x", 2])")) == R"(["x",2])");
  CHECK(to_json(value("labels", R"({"a": null})")) == R"({"a":null})");
  CHECK(value("mode", "blue-green") == Value("blue-green"));
}

TEST_CASE("the last of two values counts") {
  CHECK(*Binding(Given{{"name", "v1"}, {"name", "v2"}}).values.find("name") == Value("v2"));
}

TEST_CASE("a missing parameter is reported at its declaration") {
  const Binding binding(Given{});
  CHECK(binding.first() == "RB050 4:3");
  CHECK(binding.diagnostics.all()[0].label == "Tag to deploy");
}

TEST_CASE("an unknown parameter gets a suggestion") {
  CHECK(with("cuont", "1").first() == "RB051 0:0");
  CHECK(with("cuont", "1").help() == "did you mean `count`?");
  CHECK(with("zzzzzz", "1").help().find("`grace`") != std::string::npos);
  const Loading none(with_steps("  - shell: a\n"));
  Diagnostics diagnostics;
  bind_params(*none.runbook, {{"a", "b"}}, diagnostics);
  CHECK(diagnostics.all().at(0).help == "it has none");
}

TEST_CASE("values of the wrong type or outside the limits are refused") {
  for (const auto& [name, text] : std::vector<std::pair<const char*, const char*>>{
           {"name", "1.0"},    {"name", ""},     {"name", "xv1"},  {"count", "x"},    {"count", ""},
           {"count", "0"},     {"count", "51"},  {"count", "1.0"}, {"count", "017"},  {"ratio", "1.5"},
           {"ratio", "nan"},   {"fast", "yes"},  {"fast", "True"}, {"grace", "30"},   {"grace", "2h"},
           {"grace", "500ms"}, {"room", "10MB"}, {"room", "2GiB"}, {"room", "100"},   {"hosts", "a,b"},
           {"hosts", "{}"},    {"labels", "[]"}, {"labels", "{"},  {"mode", "canary"}}) {
    INFO(name << "=" << text);
    CHECK(with(name, text).first().substr(0, 5) == "RB052");
  }
  CHECK(with("grace", "30").help() == "add a unit: `30s`");
  CHECK(with("count", "0x10").help() == "write `16`");
  CHECK(with("fast", "yes").help() == "write `true`");
  CHECK(with("count", "51").message() == "the parameter `count` must be at most 50, not `51`");
  CHECK(with("grace", "2h").message() == "the parameter `grace` must be at most `1h`, not `2h`");
  CHECK(with("room", "2GiB").message() == "the parameter `room` must be at most `1GiB`, not `2GiB`");
  CHECK(with("mode", "canary").message() == "the parameter `mode` must be `rolling` or `blue-green`, not `canary`");
  CHECK(with("name", "x\x1b[2J").message().find('\x1b') == std::string::npos);
}

TEST_CASE("all that is wrong is reported at once") {
  const Binding binding(Given{{"count", "x"}, {"nope", "1"}, {"fast", "1"}});
  CHECK(binding.diagnostics.errors() == 4);
}

TEST_CASE("values are written as authors write them") {
  CHECK(write_param_value(ParamType::duration, 90) == "1m30s");
  CHECK(write_param_value(ParamType::duration, 0.5) == "500ms");
  CHECK(write_param_value(ParamType::size, 65536) == "64KiB");
  CHECK(write_param_value(ParamType::size, 0) == "0B");
  CHECK(write_param_value(ParamType::list, Value::list()) == "[]");
}
