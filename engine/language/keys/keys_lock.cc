// The keys of `lock` in its long form.
#include "language/keys/keys.h"
#include "language/load_lock.h"
#include "source/codes.h"

namespace runbook {
namespace {

void load_lock_name(Loader& loader, const Field& field, LockRule& lock) {
  if (!loader.filled_text(field)) return;
  if (auto name = loader.templated(field)) lock.name = std::move(*name);
}

}  // namespace

const std::vector<Key<LockRule>>& lock_keys() {
  static const std::vector<Key<LockRule>> keys{
      {{.name = "name",
        .shape = template_shape(),
        .doc = "Runs of the same name exclude each other",
        .required = true,
        .also = {"key", "group"}},
       load_lock_name},
      {{.name = "wait",
        .shape = duration_or_zero(),
        .doc = "How long a run waits for its turn, first come, first served; not at all unless given. `--lock-wait` "
               "says otherwise",
        .also = {"timeout", "queue"}},
       [](Loader& loader, const Field& field, LockRule& lock) {
         if (const auto wait = loader.duration(field, true)) lock.wait = *wait;
       }},
  };
  return keys;
}

void load_lock(Loader& loader, const Field& field, Runbook& runbook) {
  LockRule lock;
  lock.span = field.value.span();
  if (field.value.is_map()) {
    load_keys(loader, field.value, lock_keys(), "`lock`", lock);
    if (lock.name.source.span) lock.span = lock.name.source.span;
  } else if (field.value.is_list()) {
    loader.error(code::wrong_type, field.value.span(), "`lock` must be text or a map, not a list").help =
        "write `lock: NAME`, or `lock: { name: NAME, wait: 10m }`: a run has one lock";
  } else {
    load_lock_name(loader, field, lock);
  }
  runbook.lock = std::move(lock);
}

}  // namespace runbook
