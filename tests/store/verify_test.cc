#include "store/files/verify.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "journal/chain.h"
#include "journal/damage.h"
#include "journal/fixture.h"
#include "store/files/run_lock.h"

using namespace runbook;
using namespace runbook::test;

namespace {

Verification verify(const SampleRun& run) {
  const auto result = verify_run(run.directory);
  REQUIRE(result);
  return *result;
}

Verification verify(const SampleRun& run, const Damage& damage) {
  write_text(run.journal, damage.bytes());
  return verify(run);
}

// The record that a byte belongs to.
std::size_t record_at(const SampleRun& run, std::size_t at) {
  std::size_t record = 0;
  while (at >= run.ends[record]) ++record;
  return record;
}

bool mentions(const std::vector<std::string>& texts, std::string_view what) {
  for (const auto& text : texts)
    if (text.find(what) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a finished run verifies and says what was looked at") {
  SampleRun run;
  auto result = verify(run);
  CHECK(result.verdict == Verdict::intact_sealed);
  CHECK(result.summary() == "intact, sealed, 17 records");
  CHECK(result.run_id == run.id);
  CHECK(result.head == run.head);
  CHECK(result.outcome == RunOutcome::rolled_back);
  CHECK_FALSE(result.live);
  CHECK(result.checked == std::vector<std::string>{"chain of 17 records", "the runbook's snapshot", "seal", "1 log"});
  CHECK(result.not_checked == std::vector<std::string>{"anchors: there are none"});

  run.anchor();
  result = verify(run);
  CHECK(result.verdict == Verdict::intact_sealed);
  CHECK(mentions(result.checked, "1 anchor, unsigned"));
  CHECK(result.not_checked.empty());
}

TEST_CASE("every verdict has an exit code of its own") {
  CHECK(exit_code(Verdict::intact_sealed) == 0);
  CHECK(exit_code(Verdict::intact_unsealed) == 1);
  CHECK(exit_code(Verdict::torn) == 2);
  CHECK(exit_code(Verdict::cut_short) == 3);
  CHECK(exit_code(Verdict::corrupt) == 4);
  CHECK(exit_code(Verdict::missing) == 66);
}

TEST_CASE("no byte can change unseen; in records proven durable it is corruption") {
  SampleRun run;
  const std::size_t last = run.ends.size() - 1;  // the seal: nothing later vouches for it
  for (std::size_t at = 0; at < run.bytes.size(); ++at) {
    const auto record = record_at(run, at);
    for (const char value : {static_cast<char>(run.bytes[at] ^ 1), '\n', '\0', '}'}) {
      if (value == run.bytes[at]) continue;
      // Before the seal, the only voucher for the record before it, a newline joins or a new one splits the lines so
      // that the seal no longer follows anything.
      const auto voucher = run.ends[last - 1];
      const bool in_suffix = at < voucher && at + 1 + hash_suffix_size >= voucher;
      const bool unhinged = at + 1 == voucher || (value == '\n' && in_suffix);
      const bool proven = record < last && !unhinged;
      const auto result = verify(run, Damage(run.bytes).set_byte(at, value));
      INFO("byte " << at << " of record " << record << " set to " << static_cast<int>(value));
      REQUIRE(result.verdict == (proven ? Verdict::corrupt : Verdict::torn));
      REQUIRE(result.records == record);
    }
  }
}

TEST_CASE("with an anchor the last record is proven, too") {
  SampleRun run;
  run.anchor();
  for (std::size_t at = 0; at < run.bytes.size(); ++at) {
    const auto result = verify(run, Damage(run.bytes).set_byte(at, static_cast<char>(run.bytes[at] ^ 1)));
    INFO("byte " << at);
    // Without its last newline a file ends inside a line, as a cut one does.
    REQUIRE(result.verdict == (at + 1 == run.bytes.size() ? Verdict::cut_short : Verdict::corrupt));
  }
}

TEST_CASE("a cut is classified at every byte") {
  SampleRun run;
  const auto classify_all = [&](bool anchored) {
    for (std::size_t size = 0; size < run.bytes.size(); ++size) {
      const auto whole = record_at(run, size);
      const bool at_border = size == (whole == 0 ? 0 : run.ends[whole - 1]);
      const auto result = verify(run, Damage(run.bytes).cut(size));
      INFO("cut to " << size << " bytes, " << whole << " records");
      REQUIRE(result.verdict == (anchored ? Verdict::cut_short : at_border ? Verdict::intact_unsealed : Verdict::torn));
      REQUIRE(result.records == whole);
    }
  };
  classify_all(false);
  run.anchor();
  classify_all(true);
  CHECK(verify(run, Damage(run.bytes).cut(run.ends[13])).summary() == "cut short: anchor says 17 records, file has 14");
  CHECK(verify(run, Damage(run.bytes)).verdict == Verdict::intact_sealed);
}

TEST_CASE("a torn tail and damage say where") {
  SampleRun run;
  const auto torn = verify(run, Damage(run.bytes).cut(run.ends[4] + 10));
  CHECK(torn.summary() == "torn tail at record 5 (byte " + std::to_string(run.ends[4]) + "): its line has no end");
  const auto corrupt = verify(run, Damage(run.bytes).set_byte(run.ends[4] + 10, 'x'));
  CHECK(corrupt.summary() == "CORRUPT at record 5 (byte " + std::to_string(run.ends[4]) +
                                 "): its hash does not fit, although a later record says that it was on disk");
}

TEST_CASE("no record can be taken out, put elsewhere or added") {
  SampleRun run;
  const std::size_t count = run.ends.size();
  for (std::size_t line = 0; line + 1 < count; ++line) {
    INFO("record " << line);
    const auto removed = verify(run, Damage(run.bytes).remove_line(line));
    // Of the record before the seal nothing later tells.
    CHECK(removed.verdict == (line + 2 < count ? Verdict::corrupt : Verdict::torn));
    CHECK(verify(run, Damage(run.bytes).swap_lines(line, line + 1)).verdict >= Verdict::torn);
    CHECK(verify(run, Damage(run.bytes).swap_lines(line, (line + 5) % count)).verdict >= Verdict::torn);
  }
  CHECK(verify(run, Damage(run.bytes).remove_line(count - 1)).verdict == Verdict::intact_unsealed);
  run.anchor();
  for (std::size_t line = 0; line < count; ++line) {
    INFO("record " << line);
    const auto removed = verify(run, Damage(run.bytes).remove_line(line));
    CHECK(removed.verdict == (line + 1 < count ? Verdict::corrupt : Verdict::cut_short));
  }
}

TEST_CASE("nothing may follow the seal") {
  SampleRun run;
  for (const char* more : {"x", "\n", "{}\n", "{\"seq\":17"}) {
    const auto result = verify(run, Damage(run.bytes).append(more));
    CHECK(result.verdict == Verdict::corrupt);
    CHECK(result.summary().find("goes on after the record that seals it") != std::string::npos);
  }
  const auto sealed_line = run.bytes.substr(run.ends[15]);
  const auto again = Damage(run.bytes).append(sealed_line).renumber_from(17).fix_hashes_from(17);
  CHECK(verify(run, again).verdict == Verdict::corrupt);
}

TEST_CASE("an edit with all later hashes made anew is seen by who has an anchor, and only then") {
  SampleRun run;
  const auto lie = Damage(run.bytes).replace(9, "exit code 1", "exit code 0").fix_hashes_from(9);
  CHECK(verify(run, lie).verdict == Verdict::intact_sealed);
  run.anchor();
  const auto result = verify(run, lie);
  CHECK(result.verdict == Verdict::corrupt);
  CHECK(result.summary() == "CORRUPT: written anew, the first 17 records are not those of its anchor");

  const auto shorter = Damage(run.bytes).remove_line(9).renumber_from(9).fix_hashes_from(9);
  CHECK(verify(run, shorter).verdict == Verdict::corrupt);
  // A tail that was cut and written on differently, long enough not to look cut.
  const auto longer = Damage(run.bytes).cut(run.ends[15]).replace(15, "rolled_back", "succeeded").fix_hashes_from(15);
  CHECK(verify(run, longer).verdict == Verdict::cut_short);
}

TEST_CASE("a right hash does not make a wrong record right") {
  SampleRun run;
  const auto verdict = [&](std::size_t line, std::string_view from, std::string_view to) {
    const auto result = verify(run, Damage(run.bytes).replace(line, from, to).fix_hashes_from(line));
    INFO(result.summary());
    CHECK(result.records == line);
    CHECK(result.verdict == Verdict::corrupt);
    return result.summary();
  };
  CHECK(verdict(5, "{\"seq\":5", "not JSON").find("it is not JSON") != std::string::npos);
  CHECK(verdict(5, "{\"seq\":5", "{\"seq\":6").find("it has the number 6") != std::string::npos);
  CHECK(verdict(5, "\"ack\":4", "\"ack\":6").find("acknowledges 6 records") != std::string::npos);
  CHECK(verdict(5, "\"ack\":4", "\"ack\":2").find("acknowledges fewer") != std::string::npos);
  CHECK(verdict(5, "step_finished", "step_vanished").find("type `step_vanished`") != std::string::npos);
  CHECK(verdict(0, "run_started", "run_resumed").find("first record is not `run_started`") != std::string::npos);
  CHECK(verdict(16, "\"records\":16", "\"records\":15").find("seals 15 records") != std::string::npos);
  // Even where nothing later proves that it was on disk: a crash leaves no fitting hash.
  CHECK(verdict(15, "run_finished", "run_vanished").find("type `run_vanished`") != std::string::npos);

  const auto first = run.bytes.substr(0, run.ends[0]);
  auto twice = Damage(run.bytes).cut(run.ends[3]).append(first).renumber_from(4);
  twice.replace(4, "\"ack\":0", "\"ack\":3").fix_hashes_from(4);
  CHECK(verify(run, twice).summary().find("`run_started` comes a second time") != std::string::npos);
}

TEST_CASE("a changed, missing or planted log is reported by name") {
  SampleRun run;
  const auto log = run.directory + "/logs/migrate.1.log";
  const auto original = read_text(log);

  auto changed = original;
  changed[3] ^= 1;
  write_text(log, changed);
  auto result = verify(run);
  CHECK(result.verdict == Verdict::corrupt);
  CHECK(result.summary() ==
        "CORRUPT: log `migrate.1.log`, named by record 8, was changed: its SHA-256 is not the recorded one");

  write_text(log, original + "x");
  CHECK(verify(run).summary() ==
        "CORRUPT: log `migrate.1.log`, named by record 8, has 34 bytes and was recorded with 33");

  std::filesystem::remove(log);
  CHECK(verify(run).summary() == "CORRUPT: log `migrate.1.log`, named by record 8, is missing");

  write_text(run.state.path() + "/elsewhere", original);
  std::filesystem::create_symlink(run.state.path() + "/elsewhere", log);
  CHECK(verify(run).summary().find("it is a symbolic link") != std::string::npos);
  std::filesystem::remove(log);

  REQUIRE(::mkfifo(log.c_str(), 0600) == 0);
  CHECK(verify(run).summary().find("it is not a regular file") != std::string::npos);
}

TEST_CASE("a log's name cannot lead out of the run") {
  SampleRun run;
  const auto damage = Damage(run.bytes).replace(8, "migrate.1.log", "../../../x").fix_hashes_from(8);
  const auto result = verify(run, damage);
  CHECK(result.verdict == Verdict::corrupt);
  CHECK(result.summary().find("leads out of its directory") != std::string::npos);
}

TEST_CASE("a changed, added or missing runbook is reported") {
  SampleRun run;
  const auto file = run.directory + "/runbook/deploy.yaml";
  write_text(run.directory + "/runbook/more.yaml", "");
  CHECK(verify(run).verdict == Verdict::corrupt);
  std::filesystem::remove(run.directory + "/runbook/more.yaml");
  CHECK(verify(run).verdict == Verdict::intact_sealed);
  write_text(file, "runbook: v2\n");
  CHECK(verify(run).summary() ==
        "CORRUPT: the files in " + run.directory + "/runbook are not those the run started with");
  std::filesystem::remove(file);
  CHECK(verify(run).verdict == Verdict::corrupt);
  std::filesystem::remove(run.directory + "/runbook");
  CHECK(verify(run).verdict == Verdict::corrupt);
}

TEST_CASE("another run's journal does not pass for this one's") {
  SampleRun run;
  const auto other = Damage(run.bytes).replace(0, "k3f9", "zzzz").fix_hashes_from(0);
  CHECK(verify(run, other).summary() == "CORRUPT: the journal is that of run `20261120-231502-deploy-checkout-zzzz`");
}

TEST_CASE("what is not there is missing, not intact") {
  SampleRun run;
  std::filesystem::remove(run.journal);
  CHECK(verify(run).verdict == Verdict::missing);
  run.anchor();
  CHECK(verify(run).verdict == Verdict::missing);
  CHECK(verify(run).problems.back() == "an anchor says 17 records");
  std::filesystem::remove_all(run.directory);
  const auto result = verify(run);
  CHECK(result.verdict == Verdict::missing);
  CHECK(result.summary().find("no journal") == 0);
}

TEST_CASE("a live run's half-written record is no tear") {
  SampleRun run;
  const Damage half = Damage(run.bytes).cut(run.ends[4] + 10);
  CHECK(verify(run, half).verdict == Verdict::torn);
  const auto lock = RunLock::take(run.directory);
  REQUIRE(lock);
  const auto result = verify(run, half);
  CHECK(result.live);
  CHECK(result.verdict == Verdict::intact_unsealed);
  CHECK(result.summary() == "intact, not sealed, 5 records; the run goes on");
  // Damage in the middle stays damage.
  CHECK(verify(run, Damage(run.bytes).cut(run.ends[9]).set_byte(20, 'x')).verdict == Verdict::corrupt);
}

TEST_CASE("anchors survive a torn line of their own and those of other runs") {
  SampleRun run;
  const auto path = run.state.path() + "/anchors.jsonl";
  REQUIRE(append_anchor(run.state.path(), "another", 99, Digest{}));
  write_text(path, read_text(path) + "{\"run\":\"20261120-23");
  run.anchor();
  const auto anchors = read_anchors(run.state.path(), run.id);
  REQUIRE(anchors);
  REQUIRE(anchors->anchors.size() == 1);
  CHECK(anchors->anchors[0].records == run.ends.size());
  CHECK(anchors->anchors[0].head == run.head);
  CHECK(anchors->bad_lines == std::vector<std::uint64_t>{2});
  const auto result = verify(run);
  CHECK(result.verdict == Verdict::intact_sealed);
  CHECK(mentions(result.not_checked, "line 2 of anchors.jsonl"));
  CHECK(verify(run, Damage(run.bytes).cut(run.ends[3])).verdict == Verdict::cut_short);

  struct stat info;
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("an anchor file that is a link is neither written nor believed") {
  SampleRun run;
  const auto target = run.state.path() + "/target";
  write_text(target, "");
  std::filesystem::create_symlink(target, run.state.path() + "/anchors.jsonl");
  CHECK_FALSE(append_anchor(run.state.path(), run.id, 1, Digest{}));
  CHECK(read_text(target).empty());
  CHECK(mentions(verify(run).not_checked, "symbolic link"));
}
