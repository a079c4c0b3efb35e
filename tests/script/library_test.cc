// The modules of stdlib/lua, run as steps run them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "expr/lua_testing.h"
#include "script/script.h"
#include "script/script_run.h"

namespace runbook {
namespace {

std::string module_text(const std::string& name) {
  std::ifstream file(RUNBOOK_SOURCE_DIR "/stdlib/lua/" + name + ".lua");
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What `return { r = EXPRESSION }` gives, with the module as M and `statements` before; or the error.
std::string with(const std::string& name, const std::string& expression, const std::string& statements = "",
                 const std::string& values = "{}") {
  ScriptJob job;
  job.text = "local M = require \"" + name + "\"\n" + statements + "\nreturn { r = " + expression + " }";
  job.modules = {{name, module_text(name)}};
  job.values = json(values);
  const auto end = run_script(job, [](ScriptOutput, std::string_view) {});
  if (end.kind != ScriptEnd::Kind::returned) return "error: " + end.message;
  const auto* result = end.outputs.find("r");
  return result ? to_json(*result) : "nil";
}

TEST_CASE("the modules of the standard library are modules") {
  int modules = 0;
  for (const auto& entry : std::filesystem::directory_iterator(RUNBOOK_SOURCE_DIR "/stdlib/lua")) {
    const auto text = module_text(entry.path().stem().string());
    Diagnostics diagnostics;
    parse_script(text_of(text), Dialect::module, diagnostics);
    for (const auto& each : diagnostics.all()) UNSCOPED_INFO(entry.path() << ": " << each.message);
    CHECK(diagnostics.all().empty());
    ++modules;
  }
  CHECK(modules == 4);
}

TEST_CASE("stats") {
  const auto stats = [](const std::string& expression) { return with("stats", expression); };
  CHECK(stats("M.mean({1, 2, 6})") == "3");
  CHECK(stats("M.median({9, 1, 5})") == "5");
  CHECK(stats("M.median({4, 1, 2, 3})") == "2.5");
  CHECK(stats("M.percentile({15, 20, 35, 40, 50}, 40)") == "29");
  CHECK(stats("M.percentile({1, 2, 3}, 100)") == "3");
  CHECK(stats("M.percentile({7}, 99)") == "7");
  CHECK(stats("string.format('%.4f', M.stddev({2, 4, 4, 4, 5, 5, 7, 9}))") == "\"2.1381\"");
  CHECK(stats("M.stddev({3})") == "0");
  CHECK(stats("M.summary({1, 2, 3, 4}).count + M.summary({1, 2, 3, 4}).max") == "8");
  CHECK(stats("M.outliers({10, 11, 9, 10, 95, 10, 11, -60})") == "[5,8]");
  CHECK(stats("M.outliers({5, 5, 5, 6, 5})") == "[4]");
  CHECK(stats("M.outliers({5, 5, 5})") == "[]");
  CHECK(stats("M.mean({})") == "error: stats.mean needs a list of numbers, not an empty one");
  CHECK(stats("M.mean({1, 'x'})") == "error: stats.mean needs numbers, but item 2 is string");
  CHECK(with("stats", "list", "local list = {3, 1, 2}\nM.median(list)") == "[3,1,2]");
}

TEST_CASE("version") {
  CHECK(with("version", "M.parse('v1.20.3-rc.1+b7')") == R"({"major":1,"minor":20,"patch":3,"pre":"rc.1"})");
  CHECK(with("version", "M.parse('1.2')") == "nil");
  CHECK(with("version", "M.sort({'1.10.0', 'v1.9.0', '1.10.0-rc.1'})") == R"(["v1.9.0","1.10.0-rc.1","1.10.0"])");
  CHECK(with("version", "M.newest({'1.4.0', '2.0.0', '1.5.1', '1.6.0-rc.1'}, '^1.4')") == "\"1.5.1\"");
  CHECK(with("version", "M.newest({'1.4.0'}, '^3')") == "nil");
  struct Case {
    const char *version, *range;
    bool holds;
  };
  // As npm's own semver answers.
  for (const auto& one : {
           Case{"1.2.3", ">=1.2.3 <2", true},
           {"2.0.0", ">=1.2.3 <2", false},
           {"2.0.0-rc.1", "<2", false},
           {"1.2.3", "1.2.3", true},
           {"v1.2.3", "=1.2.3", true},
           {"1.2.4", "1.2.3", false},
           {"1.9.9", "^1.2", true},
           {"2.0.0", "^1.2", false},
           {"1.1.9", "^1.2", false},
           {"0.2.9", "^0.2.3", true},
           {"0.3.0", "^0.2.3", false},
           {"0.0.3", "^0.0.3", true},
           {"0.0.4", "^0.0.3", false},
           {"0.0.9", "^0.0", true},
           {"0.9.0", "^0", true},
           {"1.0.0", "^0", false},
           {"1.2.9", "~1.2.3", true},
           {"1.3.0", "~1.2.3", false},
           {"1.9.0", "~1", true},
           {"2.0.0", "~1", false},
           {"1.5.0", "1.x", true},
           {"2.0.0", "1.x", false},
           {"1.2.7", "1.2.*", true},
           {"9.9.9", "*", true},
           {"1.0.0", ">1", false},
           {"2.0.0", ">1", true},
           {"1.9.9", "<=1", true},
           {"2.0.0", "<=1", false},
           {"3.1.0", "^1.2 || ^3", true},
           {"2.1.0", "^1.2 || ^3", false},
           {"1.5.0", ">= 1.2 < 2", true},
           {"1.3.0-rc.1", "^1.2.0", false},
           {"1.2.0-rc.2", ">=1.2.0-rc.1", true},
           {"1.2.0-rc.1", "1.2.0-rc.1", true},
           {"1.3.0-rc.1", ">=1.2.0-rc.1", false},
       }) {
    INFO(one.version << " in " << one.range);
    CHECK(with("version", "M.satisfies('" + std::string(one.version) + "', '" + one.range + "')") ==
          (one.holds ? "true" : "false"));
  }
  CHECK(with("version", "M.satisfies('1.2', '^1')") == "error: `1.2` is not a version such as 1.2.3 or v1.2.3-rc.1");
  CHECK(with("version", "M.satisfies('1.2.3', 'newer')") == "error: `newer` is not a range of versions: see `newer`");
  CHECK(with("version", "M.satisfies('1.2.3', '=> 1')") ==
        "error: `=> 1` is not a range of versions: there is no `=>`");
  CHECK(with("version", "M.satisfies('1.2.3', '^1 ||')") ==
        "error: `^1 ||` is not a range of versions: an alternative is empty");
}

TEST_CASE("columns") {
  const std::string df =
      R"({"params":{"text":"Filesystem Size Used Mounted\n/dev/a 10 5 /\n\n/dev/b 20 1 /mnt/my disk\n"}})";
  CHECK(
      with("columns", "M.parse(params.text)", "", df) ==
      R"([{"Filesystem":"/dev/a","Mounted":"/","Size":"10","Used":"5"},{"Filesystem":"/dev/b","Mounted":"/mnt/my disk","Size":"20","Used":"1"}])");
  CHECK(with("columns", "M.parse('a 1\\nb 2', { header = false, names = { 'k', 'v' } })") ==
        R"([{"k":"a","v":"1"},{"k":"b","v":"2"}])");
  CHECK(with("columns", "M.parse('a', { header = false })") ==
        "error: columns.parse needs `names` when there is no header");
  CHECK(with("columns", "M.parse('')") == "[]");
  const std::string ps =
      R"({"params":{"text":"NAME    CREATED AT   PORTS\nweb     2 days ago   80\nworker  1 hour ago   \n"}})";
  CHECK(
      with("columns", "M.parse_fixed(params.text)", "", ps) ==
      R"([{"CREATED AT":"2 days ago","NAME":"web","PORTS":"80"},{"CREATED AT":"1 hour ago","NAME":"worker","PORTS":""}])");
  CHECK(with("columns", "M.format({ { host = 'a', n = 7 }, { host = 'möwe', n = 120 } }, { 'host', 'n' })") ==
        R"("host    n\na       7\nmöwe  120")");
}

TEST_CASE("prometheus") {
  const std::string text =
      "# HELP http_requests_total Requests\\n# TYPE http_requests_total counter\\n"
      "http_requests_total{method=\\\"get\\\",code=\\\"200\\\"} 1027 1395066363000\\n"
      "http_requests_total{method=\\\"post\\\", code=\\\"500\\\",} 3\\n"
      "# TYPE up gauge\\nup 1\\nweird{path=\\\"C:\\\\\\\\a\\\\\\\"}\\\\n\\\"} +Inf\\n"
      "# TYPE t histogram\\nt_bucket{le=\\\"0.1\\\"} 10\\nt_bucket{le=\\\"0.5\\\"} 20\\nt_bucket{le=\\\"+Inf\\\"} "
      "20\\nt_sum 3.5\\nt_count 20\\n";
  const std::string values = "{\"params\":{\"text\":\"" + text + "\"}}";
  const auto prometheus = [&](const std::string& expression) {
    return with("prometheus", expression, "local s = M.parse(params.text)", values);
  };
  CHECK(prometheus("#s") == "9");
  CHECK(prometheus("M.value(s, 'up')") == "1");
  CHECK(prometheus("s[1]") ==
        R"({"labels":{"code":"200","method":"get"},"name":"http_requests_total","type":"counter","value":1027})");
  CHECK(prometheus("M.value(s, 'http_requests_total', { code = 500 })") == "3");
  CHECK(prometheus("M.sum(s, 'http_requests_total')") == "1030");
  CHECK(prometheus("M.sum(s, 'nothing')") == "0");
  CHECK(prometheus("M.select(s, 'weird')[1].labels.path") == R"("C:\\a\"}\n")");
  CHECK(prometheus("M.value(s, 'weird') == math.huge") == "true");
  CHECK(prometheus("string.format('%.3f', M.quantile(s, 't', 0.75))") == "\"0.300\"");
  CHECK(prometheus("M.quantile(s, 't', 0.25)") == "0.05");
  CHECK(prometheus("M.value(s, 'http_requests_total')") ==
        "error: there are 2 samples `http_requests_total`; name more labels");
  CHECK(prometheus("M.value(s, 'down', { a = 1 })") == "error: there is no sample `down` with {\"a\":1}");
  CHECK(prometheus("M.quantile(s, 'u', 0.5)") == "error: there is no histogram `u`");
  CHECK(with("prometheus", "M.parse('up one')") == "error: line 1: `one` is not a number");
  CHECK(with("prometheus", "M.parse('up{a=\"b} 1')") == "error: line 1: the labels are not closed");
  CHECK(with("prometheus", "M.parse('up{a=b} 1')") == "error: line 1: labels cannot be read at `a=b`");
  CHECK(with("prometheus", "M.parse('404 not found')") == "error: line 1: `404 not found` is no sample");
}

}  // namespace
}  // namespace runbook
