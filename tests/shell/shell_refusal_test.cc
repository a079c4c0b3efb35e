// Where a value would be evaluated again, or would not arrive, a hole is refused with the code of its reason.
#include <catch2/catch.hpp>

#include "base/text.h"
#include "shell/shell_testing.h"
#include "source/codes.h"

namespace runbook {
namespace {

// `@` stands for a written.
std::string with_holes(std::string text) {
  const std::string written = "${{ params.x }}";
  for (auto at = text.find('@'); at != std::string::npos; at = text.find('@', at + written.size()))
    text.replace(at, 1, written);
  return text;
}

struct Case {
  std::string_view code;
  std::vector<std::string> scripts;
};

const std::vector<Case> refusals{
    {code::shell_reevaluated,
     {"eval @", "eval \"echo @\"", "command eval @", "builtin eval @", "trap \"echo @\" EXIT", "bash -c \"echo @\"",
      "bash -c 'echo @'", "sh -c @", "bash -ec 'echo \"$1\"' _ @", "bash -lc \"x @\"", "/bin/bash -c \"x @\"",
      "zsh -c @", "ksh -c @", "dash -c @", "bash @", "bash -x @", "sh \"$dir/@\"", "ssh host \"x @\"", "ssh @ uptime",
      "su - app -c \"x @\"", "su app --command=@", "runuser -u app -- @ -c x", "python3 -c \"print('@')\"",
      "python -c 'print(1)' @", "python3 @", "perl -e \"print @\"", "perl -lane \"print @\"", "ruby -e @", "node -e @",
      "node --eval @", "php -r @", "awk \"{print @}\"", "gawk '{print \"@\"}' f", "awk -v x=@ '{print x}'",
      "awk -F @ '{print}'", "sed \"s/a/@/\" f", "sed -n -e \"s/a/@/p\" f", "sed -i.bak 's/@/b/' f",
      "sed --expression=@ f", "jq \".a = \\\"@\\\"\" f", "find . -exec sh -c \"echo @\" \\;",
      "find . -ok bash -c @ \\;", "ls | xargs sh -c \"rm @\"", "xargs -I{} bash -c '{} @'", "source @", ". @",
      ". ./lib.sh @", "alias x=@", "watch \"ls @\"", "parallel @", "mapfile -C @ a", "env -S @", "env BASH_ENV=@ ls",
      "sudo bash -c \"x @\"", "sudo -u app sh -c @", "timeout -k 1 5 bash -c @", "nohup nice -n 5 sh -c @",
      "docker exec web sh -c \"x @\"", "kubectl exec p -- bash -lc \"x @\"", "$SHELL -c @", "\"$python\" -c @", "PS4=@",
      "PROMPT_COMMAND=@", "BASH_ENV=@ bash x", "LD_PRELOAD=@ ls", "bash <<EOF\necho @\nEOF",
      "bash -s <<EOF\necho @\nEOF", "ssh host <<EOF\nls @\nEOF", "ssh host bash -s <<EOF\nls @\nEOF",
      "sudo -i <<EOF\nls @\nEOF", "python3 - <<EOF\nprint(@)\nEOF", "bash <<< \"ls @\"", "cat <<EOF | sh\nls @\nEOF",
      "cat <<EOF |\nls @\nEOF\nsh", "echo @ | bash", "echo @ | sudo bash -s", "echo @ |& sh", "echo @ | ssh host",
      "echo @ | ssh host bash", "echo @ | tr a b | sh", "{ echo @; } | bash", "(echo @) | bash",
      "while read -r l; do echo @; done | python3", "echo @ | { read -r x; bash; }", "{ bash; } <<EOF\nls @\nEOF",
      "echo @ | xargs -I{} sh -c 'rm {}'", "eval \"$(echo @)\"", "bash -c \"$(printf %s @)\"", "echo @ | crontab -",
      // through a variable
      "n=@; eval \"$n\"", "n=@\nm=x$n\nbash -c \"$m\"", "f() { eval \"$1\"; }; f @", "f() { eval \"$*\"; }; f a @",
      "set -- @; eval \"$1\"", "n=@; echo \"$n\" | bash", "for n in a @; do eval \"$n\"; done",
      "read -r n <<< @; eval $n", "printf -v n %s @; eval \"$n\"", "n=@; bash <<EOF\n$n\nEOF"}},
    {code::shell_arithmetic,
     {"(( x > @ ))",
      "((@))",
      "echo $(( @ + 1 ))",
      "echo \"$((@))\"",
      "echo $[ @ ]",
      "for (( i = 0; i < @; i++ )); do :; done",
      "[[ @ -eq 3 ]]",
      "[[ 3 -lt \"@\" ]]",
      "[[ a == b || $x -ge @ ]]",
      "[[ -v @ ]]",
      "a[@]=1",
      "a[@]+=1",
      "a=([@]=1)",
      "echo ${a[@]}",
      "echo \"${a[@]}\"",
      "echo ${s:@}",
      "echo ${s:1:@}",
      "let x=@",
      "let \"x = @\"",
      "declare x=@",
      "declare -i x=@",
      "typeset x=@",
      "f() { local x=@; }",
      "export X=@",
      "export @",
      "export \"$(echo @)\"",
      "readonly X=\"@\"",
      "read @",
      "read -r \"@\"",
      "printf -v @ x",
      "printf -v@ x",
      "test -v @",
      "[ -v @ ]",
      "unset @",
      "unset a[@]",
      "echo $(( $(echo @) ))",
      "cat <<EOF\n$(( @ ))\nEOF",
      "wait -p @",
      "n=@; (( n > 3 ))",
      "n=@; echo $((n + 1))",
      "n=@; [[ $n -gt 3 ]]",
      "n=@; [[ n -gt 3 ]]",
      "n=@; echo ${a[n]}",
      "n=@; a[n]=1",
      "n=@; echo ${!n}",
      "n=@; let m=n",
      "f() { (( $1 > 3 )); }; f @",
      "f() { local n=$1; [[ $n -gt 3 ]]; }; f @",
      "declare -i n; n=@",
      "n=@; declare -gi n",
      "for n in @; do (( n )); done"}},
    {code::shell_command_word,
     {"@",
      "@ foo",
      "./@/run",
      "\"/opt/@/bin/x\" a",
      "@=1",
      "FOO=1 @",
      "if @; then :; fi",
      "while @; do :; done",
      "! @",
      "a && @",
      "a | @",
      "(@)",
      "{ @; }",
      "$(echo @)",
      "echo \"$(@)\"",
      "exec @",
      "sudo @",
      "sudo -n @",
      "env A=b @",
      "nohup @",
      "timeout 5 @",
      "xargs @",
      "find . -exec @ {} \\;",
      "time @",
      "@() { :; }",
      "function @ { :; }",
      "for @ in a; do :; done",
      "select @ in a; do :; done",
      "ls >&@",
      "cat <&@",
      "case a in a) @;; esac"}},
    {code::shell_literal,
     {"cat <<'EOF'\n@\nEOF", "cat <<\"EOF\"\n@\nEOF", "cat <<\\EOF\n@\nEOF", "# @", "ls # @", "echo \\@",
      "echo \"\\@\"", "cat <<EOF\n\\@\nEOF", "echo $'@'", "echo $'a\\'@'", "cd ~@", "echo {1..@}", "echo {@..9}",
      "x=~@/a; echo"}},
    {code::shell_unsure,
     {"echo ${x:-@}",
      "echo \"${x:-@}\"",
      "echo ${x:=\"@\"}",
      "echo \"${x#@}\"",
      "echo ${x/a/@}",
      "echo `echo @`",
      "echo \"`echo @`\"",
      "echo \"@",
      "echo '@",
      "echo @)",
      "if true; then echo @",
      "echo $(echo @",
      "coproc x @",
      "cat <<EOF\n@\n",
      "cat <<@\nx\n@",
      "echo !(@)",
      "cat <<EOF \"\n\"@\nEOF",
      "echo @ > >(sh)",
      "( (a); ((b) ) ; echo @",
      "((a) ; (b)); echo @",
      "echo $(cat <<EOF)\n@\nEOF",
      "$\\\n(x) @",
      "echo @ ;; echo",
      "echo \x01 @",
      "RB_V1=2; echo @",
      "cat <<EOF\n${x:-'@'}\nEOF",
      "echo \"${x:-'}'}\" @"}},
};

TEST_CASE("a hole that could become code, or would not arrive, is refused") {
  for (const auto& [code, scripts] : refusals) {
    for (const auto& script : scripts) {
      const auto compiled = compile(with_holes(script), Shell::bash);
      INFO(script << "\n-> " << compiled.shell.script << "\n" << join(compiled.messages, "\n"));
      CHECK(!compiled.refused.empty());
      if (compiled.refused.empty()) continue;
      CHECK(compiled.refused.front() == code);
      CHECK(!compiled.helps.front().empty());
    }
  }
}

TEST_CASE("sh refuses what not every sh reads alike") {
  for (const std::string script : {"[[ a == @ ]]", "echo <(@)", "cat <<< @", "a=(@)", "echo $'a' @",
                                   "function f { :; }; f @", "ls &> x; echo @", "((a)); echo @", "echo $[1] @"}) {
    const auto compiled = compile(with_holes(script), Shell::sh);
    INFO(script << "\n-> " << compiled.shell.script);
    REQUIRE(!compiled.refused.empty());
    CHECK((compiled.refused.front() == code::shell_unsure || compiled.refused.front() == code::shell_command_word));
  }
}

TEST_CASE("a value is fine where the program takes it as data") {
  for (const std::string script : {"sh script @",
                                   "bash ./x.sh @",
                                   "bash -x x.sh @",
                                   "python3 x.py @",
                                   "perl x.pl -e @",
                                   "awk '{print}' @",
                                   "sed -e 's/a/b/' -- @",
                                   "jq --arg v @ '.x = $v' f",
                                   "jq -r .x @",
                                   "echo @ | python3 x.py",
                                   "echo @ | ssh host 'cat > f'",
                                   "echo @ | xargs rm",
                                   "sudo -u @ ls",
                                   "sudo systemctl restart @",
                                   "docker exec web cat @",
                                   "command -v @",
                                   "export X=$(cat x@)",
                                   "n=$(wc -l x@); (( n > 3 ))",
                                   "f() { echo \"$1\"; }; f @",
                                   "trap 'rm -f x' EXIT; echo @",
                                   "eval 'true'; echo @",
                                   "n=$((1 + 2)); echo @",
                                   "declare -i n=3; echo @",
                                   "echo @ | tee >(cat)",
                                   "ssh host uptime; echo @",
                                   "psql -v name=@ -c 'select 1'",
                                   "ln -sfn releases/@ current",
                                   "curl -fsS http://@/health",
                                   "kill -TERM 1; echo @"}) {
    const auto compiled = compile(with_holes(script), Shell::bash);
    INFO(script << "\n" << join(compiled.messages, "\n"));
    CHECK(compiled.refused.empty());
  }
}

TEST_CASE("text without holes is never looked at") {
  for (const std::string script : {"eval \"$x\"", "echo \"unclosed", "((((", "cat <<EOF", "RB_V1=3", "\x01", "case"}) {
    const auto compiled = compile(script, Shell::bash);
    CHECK(compiled.messages.empty());
    CHECK(compiled.shell.script == script);
    CHECK(compiled.shell.variables.empty());
  }
  CHECK(compile("echo $${{ x }}", Shell::bash).shell.script == "echo ${{ x }}");
}

TEST_CASE("equal expressions share a variable") {
  const auto compiled = compile("a ${{ params.x }} ${{params.x}} ${{ params.y }}", Shell::bash);
  CHECK(compiled.shell.script == "a \"${RB_V1}\" \"${RB_V1}\" \"${RB_V2}\"");
  REQUIRE(compiled.shell.variables.size() == 2);
  CHECK(compiled.shell.variables[1].value.text.value == "params.y");
}

TEST_CASE("a value that could be read as an option is pointed out") {
  for (const std::string script : {"rm -rf @", "rm @", "tar czf a.tgz @", "git checkout @", "find @ -delete",
                                   "sed 's/a/b/' @", "sudo rm @", "rm \"@\"", "rm '@'"})
    CHECK(compile(with_holes(script), Shell::bash).warned == std::vector<std::string>{"RB045"});
  for (const std::string script :
       {"rm -rf -- @", "rm ./@", "git commit -m @", "curl -o @ http://x", "echo @", "find . -name @"})
    CHECK(compile(with_holes(script), Shell::bash).warned.empty());
}

TEST_CASE("a secret in shell text is pointed out") {
  const auto compiled = compile("curl -H \"Authorization: ${{ secrets.token }}\" http://x", Shell::bash);
  CHECK(compiled.refused.empty());
  CHECK(compiled.warned == std::vector<std::string>{"RB046"});
}

TEST_CASE("a refusal points at its hole") {
  const SourceFile file("x.yaml", "shell: eval \"${{ params.x }}\"\n");
  Diagnostics diagnostics;
  Text text{"eval \"${{ params.x }}\"", Span{&file, 7, 22}, true, false};
  compile_shell(text, Shell::bash, diagnostics);
  REQUIRE(diagnostics.errors() == 1);
  CHECK(diagnostics.all()[0].span.text() == "params.x");
  CHECK(diagnostics.all()[0].message ==
        "`${{ params.x }}` cannot stand here: an argument of `eval` can be run as code");
}

}  // namespace
}  // namespace runbook
