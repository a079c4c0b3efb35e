#include "journal/chain.h"

namespace runbook {
namespace {

constexpr std::string_view before_hash = ",\"h\":\"";
constexpr std::string_view after_hash = "\"}";
static_assert(hash_suffix_size == before_hash.size() + 64 + after_hash.size());

}  // namespace

Digest chain_hash(const Digest& previous, std::string_view body) {
  char prefix[5 + 32 + 8] = {'r', 'b', 'j', '1', '\0'};
  for (std::size_t i = 0; i < previous.size(); ++i) prefix[5 + i] = static_cast<char>(previous[i]);
  for (int i = 0; i < 8; ++i) prefix[37 + i] = static_cast<char>(static_cast<std::uint64_t>(body.size()) >> 8 * i);
  Sha256 hash;
  hash.update({prefix, sizeof prefix});
  hash.update(body);
  return hash.finish();
}

void append_hash_suffix(std::string& line, std::size_t begin, Digest& head) {
  head = chain_hash(head, std::string_view(line).substr(begin));
  line += before_hash;
  line += hex(head);
  line += after_hash;
}

std::optional<ChainedLine> split_chained_line(std::string_view line) {
  if (line.size() < hash_suffix_size) return std::nullopt;
  ChainedLine parts;
  parts.body = line.substr(0, line.size() - hash_suffix_size);
  const auto suffix = line.substr(parts.body.size());
  const bool shaped = suffix.substr(0, before_hash.size()) == before_hash &&
                      suffix.substr(before_hash.size() + 64) == after_hash &&
                      parse_hex(suffix.substr(before_hash.size(), 64), parts.stated);
  return shaped ? std::optional(parts) : std::nullopt;
}

}  // namespace runbook
