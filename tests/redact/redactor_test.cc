#include "redact/redactor.h"

#include <catch2/catch.hpp>
#include <random>

using namespace runbook;

namespace {

std::shared_ptr<const Redactor> hiding(const std::vector<std::string>& values) {
  std::vector<SecretValue> secrets;
  for (const auto& value : values) secrets.push_back({"s" + std::to_string(secrets.size()), value});
  auto redactor = Redactor::make(secrets);
  REQUIRE(redactor);
  return *redactor;
}

std::string in_pieces(const std::shared_ptr<const Redactor>& redactor, const std::vector<std::string_view>& pieces) {
  std::string result;
  RedactingStream stream(redactor);
  const auto sink = [&](std::string_view piece) { result += piece; };
  for (const auto piece : pieces) stream.feed(piece, sink);
  stream.finish(sink);
  return result;
}

std::string base64(std::string_view bytes) {
  std::string padded(bytes);
  padded.append((3 - bytes.size() % 3) % 3, '\0');
  std::string text = base64_core(padded, 0, false);
  for (std::size_t i = 0; i < padded.size() - bytes.size(); ++i) text[text.size() - 1 - i] = '=';
  return text;
}

}  // namespace

TEST_CASE("a secret is hidden in each form in which programs print it") {
  const auto redactor = hiding({"p@ss w'rd\"<1>&$x"});
  CHECK(redactor->redact("password=p@ss w'rd\"<1>&$x!") == "password=***!");
  CHECK(redactor->redact(R"({"a":"p@ss w'rd\"<1>&$x"})") == R"({"a":"***"})");
  CHECK(redactor->redact(R"({"a":"p@ss w'rd\"\u003c1\u003e\u0026$x"})") == R"({"a":"***"})");
  CHECK(redactor->redact("?q=p%40ss%20w%27rd%22%3C1%3E%26%24x&r=1") == "?q=***&r=1");
  CHECK(redactor->redact("?q=p%40ss%20w%27rd%22%3c1%3e%26%24x&r=1") == "?q=***&r=1");
  CHECK(redactor->redact("q=p%40ss+w%27rd%22%3C1%3E%26%24x") == "q=***");
  CHECK(redactor->redact(R"(+ login 'p@ss w'\''rd"<1>&$x')") == "+ login '***'");
  CHECK(redactor->redact(R"(p@ss\ w\'rd\"\<1\>\&\$x)") == "***");
  CHECK(redactor->redact(R"("p@ss w'rd\"<1>&\$x")") == R"("***")");
  CHECK(redactor->redact("70407373207727726422"
                         "3c313e262478") == "***");
  CHECK(redactor->redact("70407373207727726422"
                         "3C313E262478") == "***");
  CHECK(redactor->redact("nothing of it") == "nothing of it");
}

TEST_CASE("lines of a multi-line secret are hidden by themselves, short ones are not") {
  const auto redactor = hiding({"-----BEGIN KEY-----\r\nMIIEvQIBADANBg\r\n}\r\n-----END KEY-----\n"});
  CHECK(redactor->redact("MIIEvQIBADANBg") == "***");
  CHECK(redactor->redact("if (a) { b }") == "if (a) { b }");
  CHECK(redactor->redact("-----BEGIN KEY-----\r\nMIIEvQIBADANBg\r\n}\r\n-----END KEY-----") == "***");
}

TEST_CASE("the strings of a JSON secret are hidden") {
  const auto redactor = hiding({R"({"user":"app","deep":[{"password":"correct horse"}],"port":12345678})"});
  CHECK(redactor->redact("login with correct horse as app") == "login with *** as app");
  CHECK(redactor->redact("x=" + base64("a:correct horse:b")).find(base64("correct horse").substr(4, 8)) ==
        std::string::npos);
  CHECK(redactor->redact("port 12345678") == "port 12345678");
}

TEST_CASE("a short secret is hidden as a whole word only, a shorter one is refused") {
  const auto redactor = hiding({"test", "$ab$"});
  REQUIRE(redactor->whole_words_only().size() == 2);
  CHECK(redactor->redact("test testing attest test_1 (test) test") == "*** testing attest test_1 (***) ***");
  CHECK(redactor->redact("x$ab$y") == "x***y");
  for (const char* value : {"", "a", "abc"}) {
    const auto refused = Redactor::make({{"pin", value}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("`pin`") != std::string::npos);
  }
}

TEST_CASE("overlapping and touching secrets become one") {
  const auto redactor = hiding({"abcdefgh", "efghijkl", "cdefghij"});
  CHECK(redactor->redact("<abcdefghijkl>") == "<***>");
  CHECK(redactor->redact("<abcdefghabcdefgh>") == "<***>");
  CHECK(redactor->redact("<abcdefgh abcdefgh>") == "<*** ***>");
  CHECK(hiding({"aaaaaaaa"})->redact(std::string(1000, 'a') + "b") == "***b");
}

TEST_CASE("the result does not depend on how the input is cut") {
  const auto redactor = hiding({"abcabcabd", "bcabcabc", "word", "line one of it\nline two of it", "xword-tail"});
  const std::string text =
      "abcabcabcabd word xword sword word. abcabcab bcabcabcabcabdword word-tail xword-tail line one of it\nline two "
      "of it line one of i " +
      base64("zzabcabcabdzz") + " wor";
  const std::string whole = redactor->redact(text);
  CHECK(whole.find("abcabcabd") == std::string::npos);
  CHECK(whole.find("sword") != std::string::npos);
  const std::string_view view = text;
  for (std::size_t a = 0; a <= text.size(); ++a) {
    for (std::size_t b = a; b <= text.size(); ++b) {
      const auto result = in_pieces(redactor, {view.substr(0, a), view.substr(a, b - a), view.substr(b)});
      if (result == whole) continue;
      CAPTURE(a, b);
      REQUIRE(result == whole);
    }
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(view.substr(i, 1));
  CHECK(in_pieces(redactor, bytes) == whole);
}

TEST_CASE("what cannot become a secret any more is passed on at once") {
  const auto redactor = hiding({"abcdefgh"});
  std::string seen;
  const auto sink = [&](std::string_view piece) { seen += piece; };
  RedactingStream stream(redactor);
  stream.feed("Continue? ", sink);
  CHECK(seen == "Continue? ");
  stream.feed("abcd", sink);
  CHECK(seen == "Continue? ");
  stream.feed("x", sink);
  CHECK(seen == "Continue? abcdx");
  stream.feed("abcdefgh? ", sink);
  CHECK(seen == "Continue? abcdx***? ");
  stream.feed("abc", sink);
  stream.finish(sink);
  CHECK(seen == "Continue? abcdx***? abc");
}

TEST_CASE("random texts over few letters agree with a search by hand, however they are cut") {
  std::mt19937 random(20261120);
  auto letters = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) text += static_cast<char>('a' + random() % 2);
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < 1 + random() % 4; ++i) values.push_back(letters(8 + random() % 4));
    const auto redactor = hiding(values);
    const std::string text = letters(200);
    std::vector<bool> hidden(text.size());
    for (const auto& value : values) {
      for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + 1)) {
        std::fill_n(hidden.begin() + static_cast<std::ptrdiff_t>(at), value.size(), true);
      }
    }
    std::string expected;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!hidden[i]) {
        expected += text[i];
      } else if (i == 0 || !hidden[i - 1]) {
        expected += "***";
      }
    }
    REQUIRE(redactor->redact(text) == expected);
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = 1 + random() % 7;
      pieces.push_back(std::string_view(text).substr(at, length));
      at += length;
    }
    REQUIRE(in_pieces(redactor, pieces) == expected);
  }
}

TEST_CASE("base64 of a secret is hidden wherever it stands in what was encoded") {
  std::mt19937 random(7);
  auto bytes = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) text += static_cast<char>(random() % 256);
    return text;
  };
  for (int round = 0; round < 2000; ++round) {
    const std::string secret = bytes(8 + random() % 30), before = bytes(random() % 9), after = bytes(random() % 9);
    const std::string core = base64_core(secret, before.size() % 3, false);
    const std::string text = base64(before + secret + after);
    REQUIRE(text.find(core) != std::string::npos);
    REQUIRE(hiding({secret})->redact(text).find(core) == std::string::npos);
  }
}

TEST_CASE("base64 in lines of 76 and 64 characters is hidden") {
  std::string secret;
  for (int i = 0; i < 40; ++i) secret += "part " + std::to_string(i * 7919) + ";";
  const std::string text = base64(secret);
  for (const std::size_t width : {std::size_t{76}, std::size_t{64}}) {
    std::string wrapped;
    for (std::size_t at = 0; at < text.size(); at += width) wrapped += text.substr(at, width) + "\n";
    std::string visible = hiding({secret})->redact(wrapped);
    for (std::size_t at; (at = visible.find("***\n")) != std::string::npos;) visible.erase(at, 4);
    CHECK(visible.size() < 12);
  }
}

TEST_CASE("without secrets bytes pass through as they are") {
  RedactingStream stream(nullptr);
  const std::string text = "abc";
  const void* seen = nullptr;
  stream.feed(text, [&](std::string_view piece) { seen = piece.data(); });
  CHECK(seen == text.data());
  CHECK(hiding({})->empty());
  CHECK(hiding({})->redact("abc") == "abc");
}
