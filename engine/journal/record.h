// Record: one line of a journal. The format, its hash chain and what they can prove: design/journal.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/hash.h"
#include "base/result.h"
#include "journal/json_line.h"
#include "run/event.h"

namespace runbook {

// Closes a finished run: nothing may follow it.
struct Sealed {
  RunOutcome outcome;
  std::uint64_t records;  // before this one
  bool operator==(const Sealed&) const = default;
};

using RecordBody = std::variant<Event, Sealed>;

struct RecordStamp {
  std::uint64_t seq = 0;  // from 0
  std::uint64_t ack = 0;  // records known durable when this one was built
  std::string at;         // wall clock, RFC 3339 UTC with milliseconds; information only
  Time time{};            // run clock: what replay uses ("t", ms)
  bool operator==(const RecordStamp&) const = default;
};

struct Record : RecordStamp {
  RecordBody body;
  bool operator==(const Record&) const = default;
};

// Longer lines are neither written nor read.
inline constexpr std::size_t longest_line = 16 << 20;

// Appends the line without its newline, hash suffix included. `head` is the hash of the record before and becomes this
// one's. Records name nodes (`"step":"migrate"`), never number them. Bytes that are not UTF-8 become U+FFFD.
void append_record(std::string& out, const RecordStamp& stamp, const Event& event, const NodeNames& names, Digest& head,
                   const Redact& redact = {});
void append_record(std::string& out, const RecordStamp& stamp, const Sealed& sealed, Digest& head);
std::string encode_record(const Record& record, const NodeNames& names, Digest& head);

// The record of a line whose hash has been checked. `names` is filled from run_started. An error says what is missing
// or wrong; unknown keys are ignored, unknown types are an error.
Result<Record> decode_record(std::string_view line, NodeNames& names);

// The type an event has in a journal, by the kind of its node: `step_ready`, `undo_started`, `precondition_checked`…
std::string_view event_type(const Event& event, const NodeNames& names);
std::string_view record_type(const RecordBody& body, const NodeNames& names);

}  // namespace runbook
