// Every context a hole can stand in, run by the real bash and dash with values that try to get out: the value arrives
// as it is, or the hole was refused.
#include <catch2/catch.hpp>
#include <string_view>

#include "base/text.h"
#include "shell/shell_testing.h"

namespace runbook {
namespace {

const std::string H = "${{ params.x }}";

const std::vector<std::string> payloads{"plain",
                                        "",
                                        "two  words",
                                        "*",
                                        "~",
                                        "-n",
                                        "$(touch CANARY)",
                                        "`touch CANARY`",
                                        "; touch CANARY #",
                                        "'; touch CANARY; '",
                                        "\"; touch CANARY; \"",
                                        "'\"$(touch CANARY)\"'",
                                        "a[$(touch CANARY)]",
                                        "\\",
                                        "$HOME ${HOME} $$",
                                        "\nEOF\ntouch CANARY\n",
                                        ") touch CANARY",
                                        "x && touch CANARY || touch CANARY",
                                        "}; touch CANARY"};

// `@` is the value, in what the script prints.
struct Allowed {
  std::string script;
  std::string prints;
  enum { both, bash_only } shells = both;
};

const std::vector<Allowed> allowed{
    {"printf '<%s>' " + H, "<@>"},
    {"printf '<%s>' \"" + H + "\"", "<@>"},
    {"printf '<%s>' '" + H + "'", "<@>"},
    {"printf '<%s>' a" + H + "b", "<a@b>"},
    {"printf '<%s>' a\"b " + H + " c\"d", "<ab @ cd>"},
    {"printf '<%s>' 'a \"b\" " + H + " c'\"'\"", "<a \"b\" @ c'>"},
    {"printf '<%s>' " + H + H, "<@@>"},
    {"printf '<%s>' " + H + " \"" + H + "\" '" + H + "'", "<@><@><@>"},
    {"printf '<%s>' x=" + H, "<x=@>"},
    {"printf '<%s>' {a," + H + "}", "<a><@>", Allowed::bash_only},
    {"printf '<%s>' \"$(printf '[%s]' " + H + ")\"", "<[@]>"},
    {"printf '<%s>' \"$(printf '[%s]' \"" + H + "\")\"", "<[@]>"},
    {"printf '<%s>' \"$(printf '[%s]' '" + H + "')\"", "<[@]>"},
    {"printf '<%s>' \"$(printf '[%s]' \"$(printf '(%s)' \"" + H + "\")\")\"", "<[(@)]>"},
    {"v=" + H + "; printf '<%s>' \"$v\"", "<@>"},
    {"v=a" + H + "'b'; printf '<%s>' \"$v\"", "<a@b>"},
    {"v=" + H + " sh -c 'printf \"<%s>\" \"$v\"'", "<@>"},
    {"env V=" + H + " sh -c 'printf \"<%s>\" \"$V\"'", "<@>"},
    {"cat <<EOF\n<" + H + ">\nEOF\n", "<@>\n"},
    {"cat <<EOF\n\"" + H + "\" '" + H + "' $((1+1)) $(printf '[%s]' " + H + ")\nEOF\n", "\"@\" '@' 2 [@]\n"},
    {"cat <<-EOF\n\t<" + H + ">\n\tEOF\nprintf '<%s>' " + H, "<@>\n<@>"},
    {"cat <<A; cat <<B\n1" + H + "\nA\n2" + H + "\nB\n", "1@\n2@\n"},
    {"cat <<'A'\nliteral $x\nA\nprintf '<%s>' " + H, "literal $x\n<@>"},
    {"printf '<%s>' \"$(cat <<EOF\n" + H + "x\nEOF\n)\"", "<@x>"},
    {"cat <<< " + H + "x", "@x\n", Allowed::bash_only},
    {"if [ " + H + " = q ]; then echo yes; else printf '<%s>' " + H + "; fi", "<@>"},
    {"if true; then printf '<%s>' " + H + "; elif false; then :; else :; fi", "<@>"},
    {"for i in a " + H + " \"" + H + "\"; do printf '<%s>' \"$i\"; done", "<a><@><@>"},
    {"while :; do printf '<%s>' " + H + "; break; done", "<@>"},
    {"until printf '<%s>' " + H + "; do :; done", "<@>"},
    {"case " + H + "x in a) echo no;; b|c) echo no;; *) printf '<%s>' " + H + ";; esac", "<@>"},
    {"case z" + H + " in z" + H + ") printf ok;; *) printf no;; esac", "ok"},
    {"case z in (z) printf '<%s>' " + H + " ;; esac", "<@>"},
    {"[[ z" + H + " == z" + H + " ]] && printf ok", "ok", Allowed::bash_only},
    {"[[ zz != z" + H + "q ]] && printf '<%s>' " + H, "<@>", Allowed::bash_only},
    {"[[ -n x" + H + " && ( a = a ) ]] && printf ok", "ok", Allowed::bash_only},
    {"f() { printf '<%s>' \"$1\"; }; f " + H, "<@>"},
    {"f() {\n  printf '<%s>' \"$@\"\n}\nf a " + H, "<a><@>"},
    {"function f { printf '<%s>' \"$1\"; }; f " + H, "<@>", Allowed::bash_only},
    {"{ printf '<%s>' " + H + "; }", "<@>"},
    {"(printf '<%s>' " + H + ")", "<@>"},
    {"! (false; printf '<%s>' " + H + "; false)", "", Allowed::both},
    {"printf '<%s>' " + H + " | cat", "<@>"},
    {"printf '<%s>' " + H + " | { cat; }", "<@>"},
    {"printf '<%s>' " + H + " && true || false", "<@>"},
    {"true; printf '<%s>' " + H + " & wait", "<@>"},
    {"printf '<%s>' \\\n  " + H + "\n", "<@>"},
    {"# a comment it's \"fine\"\nprintf '<%s>' " + H + " # and here 'too", "<@>"},
    {"printf '<%s>' \"a # " + H + "\"", "<a # @>"},
    {"printf '<%s>' a#" + H, "<a#@>"},
    {"printf '<%s>' \"$((1 + 2))\" " + H, "<3><@>"},
    {"printf '<%s>' \"${HOME:-x}\" \"${HOME#/}\" " + H, "</nonexistent><nonexistent><@>"},
    {"printf '<%s>' `echo a` " + H, "<a><@>"},
    {"printf '<%s>' " + H + " > out; cat out", "<@>"},
    {"printf '<%s>' " + H + " 2>&1", "<@>"},
    {"printf '<%s>' " + H + " >out 2>&1 </dev/null; cat < out", "<@>"},
    {"a=(x " + H + " \"" + H + "\"); printf '<%s>' \"${a[@]}\"", "<x><@><@>", Allowed::bash_only},
    {"printf '<%s>' $'a\\'b' " + H, "<a'b><@>", Allowed::bash_only},
    {"printf '<%s>' $\"a\" " + H, "<a><@>", Allowed::bash_only},
    {"cat <(printf '<%s>' " + H + ")", "<@>", Allowed::bash_only},
    {"read -r v <<EOF\nq\nEOF\nprintf '<%s>' \"$v\" " + H, "<q><@>"},
    {"printf '%s\\n' b a | sort | while read -r l; do printf '<%s>' \"$l\" " + H + "; done", "<a><@><b><@>"},
    {"x=1; export x; printf '<%s>' \"$x\" " + H, "<1><@>"},
    {"eval 'printf hi'; printf '<%s>' " + H, "hi<@>"},
    {"bash -c 'printf hi'; printf '<%s>' " + H, "hi<@>"},
    {"printf 'a\\n' | awk '{print $1}'; printf '<%s>' " + H, "a\n<@>"},
    {"printf 'a\\n' > f; awk '{print $1}' f ; sed -n 's/a/b/p' f; printf '<%s>' " + H, "a\nb\n<@>"},
    {"sudo() { \"$@\"; }; timeout 5 printf '<%s>' " + H, "<@>"},
    {"env A=b printf '<%s>' " + H, "<@>"},
    {"command printf '<%s>' " + H, "<@>"},
    {"set -- a " + H + "; printf '<%s>' \"$@\"", "<a><@>"},
    {"printf -v out '%s' " + H + "; printf '<%s>' \"$out\"", "<@>", Allowed::bash_only},
    {"mkdir -p d; printf x > d/f; find d -name f -exec printf '<%s>' " + H + " \\;", "<@>"},
    {"printf 'a\\n' | xargs printf '<%s>' " + H, "<@><a>"},
    {"bash ./no-such 2>/dev/null || printf '<%s>' " + H, "<@>"},
    {"printf 'printf \"<%%s>\" \"$1\"' > s; sh s " + H, "<@>"},
    {"sh -s <<'EOF'\nprintf hi\nEOF\nprintf '<%s>' " + H, "hi<@>"},
    {"echo 'printf hi' | sh; printf '<%s>' " + H, "hi<@>"},
};

std::string replaced(std::string text, const std::string& value) {
  for (auto at = text.find('@'); at != std::string::npos; at = text.find('@', at + value.size()))
    text.replace(at, 1, value);
  return text;
}

TEST_CASE("a value arrives as it is, wherever a hole may stand") {
  for (const auto& one : allowed) {
    for (const auto shell : {Shell::bash, Shell::sh}) {
      if (shell == Shell::sh && one.shells == Allowed::bash_only) continue;
      const auto compiled = compile(one.script, shell);
      INFO(one.script << "\n-> " << compiled.shell.script << "\n" << join(compiled.messages, "\n"));
      REQUIRE(compiled.refused.empty());
      for (const auto& payload : payloads) {
        INFO("value: " << payload << (shell == Shell::sh ? " in dash" : " in bash"));
        const ShellRoom room;
        const auto ran = room.run(shell, compiled.shell.script, with_value(compiled.shell, payload));
        CHECK(!room.canary());
        if (!one.prints.empty()) CHECK(ran.out == replaced(one.prints, payload));
      }
    }
  }
}

}  // namespace
}  // namespace runbook
