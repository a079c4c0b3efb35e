// The key table as a whole, without what loads it: for the schema and the reference page.
#include "base/check.h"
#include "language/keys/keys.h"

namespace runbook {
namespace {

template <class T>
std::vector<KeyInfo> infos(const std::vector<Key<T>>& keys) {
  std::vector<KeyInfo> found;
  for (const auto& key : keys) found.push_back(key.info);
  return found;
}

std::vector<KeyInfo> infos_for(Place place) {
  std::vector<KeyInfo> found;
  for (const auto& key : step_keys())
    if ((key.info.places & place) != 0) found.push_back(key.info);
  return found;
}

}  // namespace

const std::vector<ObjectInfo>& all_objects() {
  static const std::vector<ObjectInfo> objects{
      {Object::runbook, "runbook", "a runbook", "One file is one runbook.", infos(runbook_keys())},
      {Object::defaults, "defaults", "`defaults`", "What holds for every step that says nothing else.",
       infos(defaults_keys())},
      {Object::param, "param", "a parameter",
       "A value given for a run. One that is neither required nor has a default may be left out; expressions then read "
       "nil.",
       infos(param_keys())},
      {Object::secret, "secret", "a secret", "Where a secret comes from: exactly one of these.", infos(secret_keys())},
      {Object::step, "step", "a step", "A step has exactly one action, and any of the other keys.",
       infos_for(in_steps)},
      {Object::precondition, "precondition", "a precondition",
       "A check that only reads. It holds when its action succeeds.", infos_for(in_preconditions)},
      {Object::probe, "probe", "a probe",
       "A check that only reads, whether the effect of its step or group is in place. It says yes when its action "
       "succeeds.",
       infos_for(in_probe)},
      {Object::rollback_step, "rollback_step", "a rollback step",
       "Undoes the step it belongs to; the steps of a list run one after another.", infos_for(in_rollback)},
      {Object::handler, "handler", "a handler",
       "A step of `on_failure`, `on_success`, `finally` or `on_overrun`; they run one after another.",
       infos_for(in_handlers)},
      {Object::shell, "shell", "`shell`", "The long form of `shell`.", infos(shell_keys())},
      {Object::http, "http", "`http`", "An HTTP request.", infos(http_keys())},
      {Object::http_auth, "http_auth", "`auth`", "Who asks: exactly one of these.", infos(http_auth_keys())},
      {Object::http_basic, "http_basic", "`basic`", "Basic authentication.", infos(http_basic_keys())},
      {Object::http_tls, "http_tls", "`tls`", "TLS of a request; paths are relative to the step's `cwd`.",
       infos(http_tls_keys())},
      {Object::manual, "manual", "`manual`", "What a person is asked to do, to confirm and to tell.",
       infos(manual_keys())},
      {Object::retry, "retry", "`retry`", "When an attempt fails, and how often, to try again.", infos(retry_keys())},
      {Object::expectation, "expectation", "an item of `expect`",
       "A condition with what becomes of the step when it does not hold.", infos(expectation_keys())},
      {Object::lock, "lock", "`lock`", "One run at a time under a name.", infos(lock_keys())},
  };
  return objects;
}

const ObjectInfo& object_info(Object object) {
  for (const auto& info : all_objects())
    if (info.object == object) return info;
  check_failed("an object without a table", __FILE__, __LINE__);
}

const std::vector<Choice>& shell_choices() {
  static const std::vector<Choice> choices{{"bash", "run as `bash -euo pipefail`"}, {"sh", "run as `sh -eu`"}};
  return choices;
}

KeyInfo not_yet(std::string_view name, std::string_view doc) {
  return {.name = name, .shape = anything_shape(), .doc = doc, .supported = false};
}

}  // namespace runbook
