#include "script/lua_modules.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "language/load.h"
#include "source/render.h"

namespace runbook {
namespace {

namespace fs = std::filesystem;

class Tree {
 public:
  Tree() {
    std::string path = (fs::temp_directory_path() / "lua-modules-XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Tree() { fs::remove_all(path_); }
  std::string at(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(at(name)).parent_path());
    std::ofstream(at(name)) << text;
  }

 private:
  std::string path_;
};

const std::string head = "runbook: v1\nname: x\nsteps:\n  - lua: |\n";

// A runbook of one script, with modules from `one`, then from `two`.
struct Linked {
  explicit Linked(const Tree& tree, const std::string& script) : modules({tree.at("one"), tree.at("two")}) {
    std::string text = head;
    for (std::string_view rest = script; !rest.empty();) {
      const auto end = rest.find('\n');
      text += "      " + std::string(rest.substr(0, end)) + "\n";
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    file = std::make_shared<SourceFile>("x.yaml", text);
    runbook = load_runbook(file, diagnostics, &modules);
  }
  const LuaAction& action() const {
    INFO(render_text(diagnostics));
    REQUIRE(diagnostics.errors() == 0);
    return std::get<LuaAction>(runbook->steps.at(0).action);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& module : action().modules) names.push_back(module->name);
    return names;
  }
  // "FILE:LINE:COLUMN message (help)" of each, without the tree's own path.
  std::string problems(const Tree& tree) const {
    std::string text;
    for (const auto& each : diagnostics.all()) {
      text += (text.empty() ? "" : "\n") + each.span.file->path() + ":" + std::to_string(each.span.line()) + ":" +
              std::to_string(each.span.column()) + " " + each.message +
              (each.help.empty() ? "" : " (" + each.help + ")");
    }
    for (auto found = text.find(tree.at("")); found != std::string::npos; found = text.find(tree.at("")))
      text.erase(found, tree.at("").size());
    return text;
  }

  LuaModules modules;
  Diagnostics diagnostics;
  std::shared_ptr<const SourceFile> file;
  std::optional<Runbook> runbook;
};

using Names = std::vector<std::string>;

TEST_CASE("modules are found in the first directory that has them, with all that they require") {
  const Tree tree;
  tree.write("one/lua/a.lua", "local c = require 'net/c'\nreturn { from = 'one', c = c }");
  tree.write("two/lua/a.lua", "return { from = 'two' }");
  tree.write("two/lua/b.lua", "local a, c = require 'a', require('net/c')\nreturn { a = a, c = c }");
  tree.write("two/lua/net/c.lua", "return {}");
  const Linked linked(tree, "local b = require 'b'\nlocal a = require 'a'\nreturn { x = a.from }");
  CHECK(linked.names() == Names{"net/c", "a", "b"});
  CHECK(linked.action().modules[1]->file->path() == tree.at("one/lua/a.lua"));
  CHECK(linked.modules.loaded().size() == 3);
  CHECK(linked.modules.available() == Names{"a", "b", "net/c"});
  CHECK(module_file_name("net/c") == "lua/net/c.lua");
}

TEST_CASE("a module that does not exist is named, and what there is") {
  const Tree tree;
  CHECK(Linked(tree, "require 'stats'").problems(tree) ==
        "x.yaml:5:15 the module `stats` does not exist (make it: `lua/stats.lua` beside the runbook, or in a directory "
        "of "
        "RUNBOOK_PATH)");
  tree.write("one/lua/stats.lua", "return {}");
  tree.write("two/lua/prom.lua", "return {}");
  CHECK(Linked(tree, "require 'stat'").problems(tree) ==
        "x.yaml:5:15 the module `stat` does not exist (did you mean `stats`?)");
  CHECK(Linked(tree, "require 'kubernetes'").problems(tree) ==
        "x.yaml:5:15 the module `kubernetes` does not exist (there are `prom` and `stats`)");
  CHECK(Linked(tree, "require 'stats.lua'").problems(tree) ==
        "x.yaml:5:15 this cannot be the name of a module (write it without `.lua`)");
  for (const char* name : {"../stats", "/etc/passwd", "a//b", "", "a/", "-a", "a b"}) {
    INFO(name);
    CHECK_THAT(
        Linked(tree, "require '" + std::string(name) + "'").problems(tree),
        Catch::Matchers::StartsWith("x.yaml:5:15 this cannot be the name of a module (modules are found by name"));
  }
}

TEST_CASE("what is wrong in a module is told at its place there, once") {
  const Tree tree;
  tree.write("one/lua/a.lua", "local M = {}\nfunction M.f(\nreturn M\n");
  tree.write("one/lua/b.lua", "local a = require 'a'\nreturn { p = params.x, t = os.time }");
  const Linked linked(tree, "local a, b = require 'a', require 'b'");
  CHECK(linked.problems(tree) ==
        "one/lua/a.lua:3:1 <name> or `...` expected\n"
        "one/lua/b.lua:2:14 a module does not see `params` (let its functions take what they need as arguments)\n"
        "one/lua/b.lua:2:28 `os` is not available in modules (a module has no I/O, clock or randomness, and loads no "
        "code "
        "but modules by `require`)");
}

TEST_CASE("modules that require each other in a circle are refused") {
  const Tree tree;
  tree.write("one/lua/a.lua", "return { b = require 'b' }");
  tree.write("one/lua/b.lua", "return { a = require 'a' }");
  CHECK(Linked(tree, "require 'a'").problems(tree) ==
        "one/lua/b.lua:1:22 modules require each other in a circle: a → b → a (move what both need into a module of "
        "its own)");
}

TEST_CASE("a module that is no text is refused") {
  const Tree tree;
  tree.write("one/lua/a.lua", "return '\xff'");
  CHECK(Linked(tree, "require 'a'").problems(tree) == "x.yaml:5:15 the module `a` is not UTF-8 text: one/lua/a.lua");
}

}  // namespace
}  // namespace runbook
