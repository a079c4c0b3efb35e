// Random nestings of quotes, substitutions and here-documents around a hole, judged by the real shells: what arrives
// must be the value, or the hole was refused.
#include <catch2/catch.hpp>
#include <random>

#include "base/text.h"
#include "shell/shell_testing.h"

namespace runbook {
namespace {

const std::string hole = "${{ params.x }}";
const std::string harmless = "SAFE";
const std::vector<std::string> hostile{"$(touch CANARY)`touch CANARY`",
                                       "'; touch CANARY; \"; touch CANARY; '",
                                       "a[$(touch CANARY)]",
                                       ") touch CANARY; } ; touch CANARY #",
                                       "* ~ {a,b} \\ $HOME",
                                       "\nEOF\ntouch CANARY\n)\nx"};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  // A word that stands for some text with one hole in it, as the shell will print it (`@` the hole).
  struct Word {
    std::string code, means;
  };
  Word word(int depth) {
    Word made = depth == 0 ? Word{hole, "@"} : wrapped(depth);
    if (pick(3) == 0) made = {plain() + made.code, made.means}, made.means = last_plain_ + made.means;
    if (pick(3) == 0) {
      made.code += plain();
      made.means += last_plain_;
    }
    return made;
  }

  // Anything at all, the hole somewhere in it.
  std::string garbage() {
    static const std::vector<std::string> pieces{"'",
                                                 "\"",
                                                 "`",
                                                 "$(",
                                                 ")",
                                                 "(",
                                                 "((",
                                                 "))",
                                                 "${a:-",
                                                 "}",
                                                 "{",
                                                 "$((",
                                                 "\\",
                                                 "\n",
                                                 " ",
                                                 ";",
                                                 "|",
                                                 "&&",
                                                 "||",
                                                 "<<EOF\n",
                                                 "\nEOF\n",
                                                 "<<'EOF'\n",
                                                 "<<-E\n",
                                                 "\nE\n",
                                                 "#",
                                                 " # ",
                                                 "$'",
                                                 "$\"",
                                                 "case a in a) ",
                                                 ";; esac",
                                                 "if :; then ",
                                                 "; fi",
                                                 "for i in a ",
                                                 "; do ",
                                                 "; done",
                                                 "[[ a == ",
                                                 " ]]",
                                                 "printf '<%s>' ",
                                                 "a=",
                                                 "a=(",
                                                 "a[",
                                                 "]",
                                                 "$a",
                                                 "$1",
                                                 "~",
                                                 "*",
                                                 "{1..",
                                                 "<(",
                                                 "echo ",
                                                 "cat ",
                                                 ": ",
                                                 "! ",
                                                 "{ ",
                                                 "; }",
                                                 "> f",
                                                 "< f",
                                                 "<<< ",
                                                 "x",
                                                 "=",
                                                 "\t",
                                                 "\\\n",
                                                 "$"};
    std::string text = pick(4) == 0 ? "" : "printf '<%s>' ";
    const int count = 2 + pick(9), at = pick(count);
    for (int i = 0; i < count; ++i) {
      if (i == at) text += hole;
      text += pieces[static_cast<std::size_t>(pick(static_cast<int>(pieces.size())))];
    }
    return text;
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string plain() {
    static const std::vector<Word> words{{"ab", "ab"},
                                         {"'a \"b'", "a \"b"},
                                         {"\"a 'b\"", "a 'b"},
                                         {"\\'", "'"},
                                         {"\\\"", "\""},
                                         {"\"\\\"#(\"", "\"#("},
                                         {"'#;)'", "#;)"},
                                         {"$((1+2))", "3"},
                                         {"\"$(printf x)\"", "x"},
                                         {"\"${HOME#/}\"", "nonexistent"},
                                         {"''", ""},
                                         {"\"}\"", "}"}};
    const auto& chosen = words[static_cast<std::size_t>(pick(static_cast<int>(words.size())))];
    last_plain_ = chosen.means;
    return chosen.code;
  }

  Word wrapped(int depth) {
    switch (pick(10)) {
      case 0: return {"\"a '" + hole + "` \"", "a '@` "};  // refused: a backtick
      case 1: return {"\"a '" + hole + " b)\"", "a '@ b)"};
      case 2: return {"'a \"" + hole + " b(`'", "a \"@ b(`"};
      case 3: return substituted(depth, "printf %s ", "");
      case 4: return substituted(depth, "# it's a \"comment (\n printf %s ", "");
      case 5: return substituted(depth, "case a in (b) ;; a) printf %s ", ";; esac");
      case 6: return substituted(depth, "( { if true; then printf %s ", "; fi; } )");
      case 7: return substituted(depth, "false || for i in 1; do printf %s ", " | cat; done");
      case 8: {
        const auto inner = word(depth - 1);
        return {"\"$(v=" + inner.code + "; printf %s \"$v\")\"", inner.means};
      }
      default: return {"\"$(cat <<EOF\n(\"' " + hole + " $(printf %s " + "'x)'" + ")\nEOF\n)\"", "(\"' @ x)"};
    }
  }
  Word substituted(int depth, const std::string& before, const std::string& after) {
    const auto inner = word(depth - 1);
    return {"\"$(" + before + inner.code + after + ")\"", inner.means};
  }

  std::mt19937 random_;
  std::string last_plain_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

TEST_CASE("a value arrives through any nesting") {
  int accepted = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    Generator generate(seed);
    const auto word = generate.word(1 + static_cast<int>(seed % 4));
    const auto shell = seed % 3 == 0 ? Shell::sh : Shell::bash;
    const auto compiled = compile("printf '<%s>' " + word.code, shell);
    if (!compiled.refused.empty()) continue;
    ++accepted;
    const auto& value = hostile[seed % hostile.size()];
    const ShellRoom room;
    const auto ran = room.run(shell, compiled.shell.script, with_value(compiled.shell, value));
    INFO("seed " << seed << "\n" << word.code << "\n-> " << compiled.shell.script);
    CHECK(!room.canary());
    CHECK(ran.out == "<" + replaced(word.means, "@", value) + ">");
  }
  CHECK(accepted > 100);  // or the generator tests nothing
}

// The shell itself says what the text means: with another value the same must happen, with that value in its place.
TEST_CASE("no text around a hole turns its value into code") {
  int accepted = 0;
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    const auto text = Generator(seed).garbage();
    const auto shell = seed % 4 == 0 ? Shell::sh : Shell::bash;
    const auto compiled = compile(text, shell);
    if (!compiled.refused.empty()) continue;
    if (compiled.shell.script.find("$$") != std::string::npos) continue;  // the process id differs
    ++accepted;
    const auto& value = hostile[seed % hostile.size()];
    const ShellRoom first, second;
    const auto expected = first.run(shell, compiled.shell.script, with_value(compiled.shell, harmless));
    const auto ran = second.run(shell, compiled.shell.script, with_value(compiled.shell, value));
    INFO("seed " << seed << "\n" << text << "\n-> " << compiled.shell.script);
    CHECK(!second.canary());
    constexpr int broken_pipe = 128 + 13;  // a race, when nobody reads
    if (ran.status != broken_pipe && expected.status != broken_pipe) CHECK(ran.status == expected.status);
    CHECK(ran.out == replaced(expected.out, harmless, value));
  }
  CHECK(accepted > 50);
}

}  // namespace
}  // namespace runbook
