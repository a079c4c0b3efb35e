#include "journal/reader.h"

#include <algorithm>
#include <utility>

#include "base/io.h"
#include "journal/chain.h"
#include "journal/line_reader.h"

namespace runbook {
namespace {

struct Damage {
  std::string why;
  // The hash fits, so the line was written as it is: no crash leaves that.
  bool made_on_purpose = false;
};

// Follows the chain, line by line, up to the first bad one.
class ChainFollower {
 public:
  // nullopt: the line is the next record.
  std::optional<Damage> take(const Line& line, Record& record) {
    if (state.sealed) return Damage{"the journal goes on after the record that seals it", true};
    if (line.too_long) return Damage{"its line is longer than 16 MiB"};
    if (!line.terminated) return Damage{"its line has no end"};
    const auto parts = split_chained_line(line.text);
    if (!parts) return Damage{"its line does not end in a hash"};
    if (chain_hash(state.head, parts->body) != parts->stated) return Damage{"its hash does not fit"};

    auto decoded = decode_record(line.text, names);
    if (!decoded) return Damage{"it " + decoded.error().reason, true};
    record = std::move(*decoded);
    if (auto why = misplaced(record); !why.empty()) return Damage{why, true};

    state.head = parts->stated;
    state.good_bytes = line.offset + line.text.size() + 1;
    ++state.records;
    last_ack_ = record.ack;
    if (const auto* sealed = std::get_if<Sealed>(&record.body)) state.sealed = *sealed;
    return std::nullopt;
  }

  JournalState state;
  NodeNames names;

 private:
  std::string misplaced(const Record& record) const {
    const auto n = state.records;
    if (record.seq != n) return "it has the number " + std::to_string(record.seq);
    if (record.ack > n) return "it acknowledges " + std::to_string(record.ack) + " records, more than come before it";
    if (record.ack < last_ack_) return "it acknowledges fewer records than the one before it";
    const auto* event = std::get_if<Event>(&record.body);
    if ((event && std::holds_alternative<RunStarted>(*event)) != (n == 0))
      return n == 0 ? "the first record is not `run_started`" : "`run_started` comes a second time";
    const auto* sealed = std::get_if<Sealed>(&record.body);
    if (sealed && sealed->records != n)
      return "it seals " + std::to_string(sealed->records) + " records, not the " + std::to_string(n) + " before it";
    return "";
  }

  std::uint64_t last_ack_ = 0;
};

std::uint64_t acknowledged(std::string_view line) {
  Value object;
  if (!from_json(line, object)) return 0;
  const auto* ack = object.find("ack");
  return ack && ack->is_integer() && ack->as_integer() > 0 ? static_cast<std::uint64_t>(ack->as_integer()) : 0;
}

// Does a line after the bad one, correctly linked to the line before itself, say that the bad one was on disk?
Result<bool> was_durable(LineReader& lines, const Line& bad, const ChainFollower& chain) {
  std::vector<Digest> before;  // what the hash of the line before may be
  if (!bad.too_long) {
    if (const auto parts = split_chained_line(bad.text)) before.push_back(parts->stated);
    // When only the hash was damaged its body still tells what it was.
    if (bad.text.size() >= hash_suffix_size)
      before.push_back(chain_hash(chain.state.head, bad.text.substr(0, bad.text.size() - hash_suffix_size)));
  }
  while (true) {
    const auto line = lines.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) return false;
    const auto parts = (*line)->terminated ? split_chained_line((*line)->text) : std::nullopt;
    const auto links_to = [&](const Digest& head) { return parts && chain_hash(head, parts->body) == parts->stated; };
    const bool linked = std::any_of(before.begin(), before.end(), links_to);
    if (linked && acknowledged((*line)->text) > chain.state.records) return true;
    before.clear();
    if (parts) before.push_back(parts->stated);
  }
}

}  // namespace

Result<JournalState> scan_journal(const std::string& path, const OnRecord& on_record) {
  auto file = open_file(path);
  if (!file) return tl::unexpected(file.error());
  ChainFollower chain;
  auto& state = chain.state;
  const auto size = file_size(*file, path);
  if (!size) return tl::unexpected(size.error());
  state.file_bytes = *size;
  LineReader lines(std::move(*file), path);
  while (true) {
    const auto line = lines.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) break;
    Record record;
    auto damage = chain.take(**line, record);
    if (!damage) {
      on_record(record, state.head, chain.names);
      continue;
    }
    state.why = std::move(damage->why);
    state.cut_in_line = !(*line)->terminated;
    const auto durable = was_durable(lines, **line, chain);
    if (!durable) return tl::unexpected(durable.error());
    if (*durable) state.why += ", although a later record says that it was on disk";
    state.integrity = damage->made_on_purpose || *durable ? Integrity::corrupt : Integrity::torn;
    break;
  }
  return std::move(state);
}

Result<Journal> read_journal(const std::string& path) {
  Journal journal;
  auto state = scan_journal(path, [&](const Record& record, const Digest&, const NodeNames&) {
    if (const auto* event = std::get_if<Event>(&record.body)) learn(journal.names, *event);
    journal.records.push_back(record);
  });
  if (!state) return tl::unexpected(state.error());
  journal.state = std::move(*state);
  return journal;
}

}  // namespace runbook
