// What asks about a step's effect, and what keeps the files it leaves.
#include "language/load_action.h"
#include "source/codes.h"

namespace runbook {

void load_probe(Loader& loader, const Field& field, Step& step) {
  if (field.value.is_map()) {
    step.probe.push_back(loader.step(field.value, in_probe));
  } else {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`probe` of a step is one check");
    problem.help = field.value.is_list() ? "join its parts in one `shell: …`" : "write `probe: { shell: … }`";
  }
}

void load_artifacts(Loader& loader, const Field& field, Step& step) {
  if (field.value.is_scalar()) {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`artifacts` must be a list, not text");
    problem.help = "write `artifacts: [" + field.value.text.value + "]`";
    return;
  }
  const auto* list = loader.list(field);
  if (list == nullptr) return;
  for (const auto& item : list->children)
    if (loader.filled_text(field.item(item)))
      if (auto pattern = loader.templated(field.item(item))) {
        if (const auto at = item.text.value.find("**"); at != std::string::npos) {
          loader.error(code::bad_value, item.text.span, "`**` is not a pattern: a `*` stays in its directory").help =
              "name each level: `out/*.log`, `out/*/*.log`";
        }
        step.artifacts.push_back(std::move(*pattern));
      }
}

}  // namespace runbook
