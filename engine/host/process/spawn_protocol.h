// What the engine, its supervisor and its keepers say to each other: one message a packet over SOCK_SEQPACKET pairs,
// so that none is ever read half. All three are the same program on the same machine, forked from each other.
//
//   engine → supervisor   NewKeeper + one end of a pair      EndKeeper
//   supervisor → engine   KeeperGone
//   engine → keeper       Spawn + descriptors                SendSignal
//   keeper → engine       Exited | NotSpawned, later Swept
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "drive/host.h"

namespace runbook::spawn {

using KeeperId = std::uint32_t;

struct NewKeeper {
  KeeperId id;
};
struct EndKeeper {  // kill it; it does not answer
  KeeperId id;
};
struct KeeperGone {
  KeeperId id;
  int error;           // fork failed: errno; else 0
  std::uint32_t left;  // orphans it left behind that KILL did not end
};

struct SendSignal {
  bool kill;  // false: TERM, then CONT. true: KILL until nothing is left, answered by Swept
};
struct Exited {
  int status;            // as waitpid gives it
  bool leaves_children;  // then the keeper waits for SendSignal{kill}
};
struct NotSpawned {
  int error;
};
struct Swept {
  std::uint32_t killed, left;
};

// Descriptors that travel with Spawn, in this order; the last two only when flagged.
struct SpawnHead {
  std::uint32_t argc, envc;
  bool has_script;     // becomes descriptor 10 of the child
  bool in_file;        // the strings did not fit the packet: they are the content of a memory file
  std::uint64_t size;  // of the strings
};
inline constexpr int script_descriptor = 10;
inline constexpr std::size_t max_packet_strings = 32 << 10;
inline constexpr std::string_view output_variable = "RUNBOOK_OUTPUT";
inline constexpr std::size_t max_fds = 4;  // out, err, script, strings

using Message = std::variant<NewKeeper, EndKeeper, KeeperGone, SendSignal, Exited, NotSpawned, Swept, SpawnHead>;

struct Packet {
  Message message;
  std::string strings;  // of SpawnHead, unless in_file
  std::vector<UniqueFd> fds;
};

// Never blocks; fails with EAGAIN when the other side does not read, with EPIPE when it is gone.
Result<> send(int socket, const Message& message, std::string_view strings = {}, const std::vector<int>& fds = {});

// The same, but waits up to 5 s while the other side is behind.
Result<> send_patiently(int socket, const Message& message, std::string_view strings, const std::vector<int>& fds);

enum class Received { packet, nothing, closed };
// Does not block.
Received receive(int socket, Packet& packet);

// The strings of a Spawn: program, cwd, then argv and env, each ended by NUL.
struct Strings {
  std::uint32_t argc = 0, envc = 0;
  std::string bytes;
};
// The variable RUNBOOK_OUTPUT is set to `output_path` whatever `work.env` says of it.
Strings pack(const std::string& program, const std::string& cwd, const ProcessWork& work,
             const std::string& output_path);

// A sealed file in memory with this content, at its beginning.
Result<UniqueFd> memory_file(const char* name, std::string_view content);

Result<std::pair<UniqueFd, UniqueFd>> socket_pair();

}  // namespace runbook::spawn
