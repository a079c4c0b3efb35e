// The keys of `retry` and of an item of `expect`: what judges an attempt, and whether there is another.
#include "language/keys/keys.h"
#include "language/load_action.h"
#include "source/codes.h"

namespace runbook {

const std::vector<Key<Retry>>& retry_keys() {
  static const std::vector<Key<Retry>> keys{
      {{.name = "attempts",
        .shape = integer_shape(1, 10000),
        .doc = "How many in all, the first included; 3 unless given",
        .also = {"count", "max", "times", "max_attempts", "limit"}},
       [](Loader& loader, const Field& field, Retry& retry) {
         if (field.value.is_scalar() && field.value.text.value == "unlimited") {
           loader.error(code::wrong_type, field.value.span(), "`attempts` must be an integer").help =
               "write `unlimited: true` instead";
         } else if (const auto value = loader.integer(field, 1, 10000)) {
           retry.attempts = static_cast<int>(*value);
         }
       }},
      {{.name = "unlimited",
        .shape = boolean_shape(),
        .doc = "As many attempts as fit into the step's `timeout`; instead of `attempts`"},
       [](Loader& loader, const Field& field, Retry& retry) {
         if (const auto value = loader.boolean(field)) retry.unlimited = *value;
       }},
      {{.name = "every",
        .shape = duration_shape(),
        .doc = "The wait before the second attempt; 1s unless given",
        .also = {"delay", "interval", "wait", "sleep"}},
       [](Loader& loader, const Field& field, Retry& retry) {
         if (const auto value = loader.duration(field)) retry.every = *value;
       }},
      {{.name = "backoff",
        .shape = number_shape(1, 100),
        .doc = "Each wait is the one before times this; 1 unless given",
        .also = {"factor", "multiplier"}},
       [](Loader& loader, const Field& field, Retry& retry) {
         if (const auto value = loader.number(field, 1, 100)) retry.backoff = *value;
       }},
      {{.name = "max_every",
        .shape = duration_shape(),
        .doc = "The longest wait",
        .also = {"max_delay", "max_interval"}},
       [](Loader& loader, const Field& field, Retry& retry) { retry.max_every = loader.duration(field); }},
      {{.name = "jitter",
        .shape = number_shape(0, 1),
        .doc = "The part of each wait that is drawn at random; 0 unless given"},
       [](Loader& loader, const Field& field, Retry& retry) {
         if (const auto value = loader.number(field, 0, 1)) retry.jitter = *value;
       }},
      {{.name = "if",
        .shape = expression_shape(),
        .doc = "Try again only when this holds for the failed attempt's `result`",
        .also = {"when", "retry_if", "on"}},
       [](Loader& loader, const Field& field, Retry& retry) { retry.condition = loader.expression(field); }},
  };
  return keys;
}

const std::vector<Key<Expectation>>& expectation_keys() {
  static const std::vector<Key<Expectation>> keys{
      {{.name = "that",
        .shape = expression_shape(),
        .doc = "What must hold for `result`",
        .required = true,
        .also = {"expr", "condition", "expect"}},
       [](Loader& loader, const Field& field, Expectation& expectation) {
         if (auto expression = loader.expression(field)) expectation.that = std::move(*expression);
       }},
      {{.name = "level",
        .shape = choice_shape({{"fail", "when it does not hold, the attempt failed"},
                               {"warn", "when it does not hold, the step ends `warned`"}}),
        .doc = "`fail` unless given"},
       [](Loader& loader, const Field& field, Expectation& expectation) {
         if (const auto choice = loader.choice(field, {"fail", "warn"})) expectation.warn = *choice == 1;
       }},
      {{.name = "message", .shape = template_or_empty(), .doc = "What is said when it does not hold", .also = {"msg"}},
       [](Loader& loader, const Field& field, Expectation& expectation) {
         expectation.message = loader.templated(field);
       }},
  };
  return keys;
}

void load_retry(Loader& loader, const Field& field, Step& step) {
  if (field.value.is_scalar()) {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`retry` must be a map, not text");
    problem.help = "write `retry: { attempts: 3, every: 10s }`";
    return;
  }
  const auto* map = loader.map(field);
  if (map == nullptr) return;
  Retry retry;
  retry.every = std::chrono::seconds(1);
  load_keys(loader, *map, retry_keys(), "`retry`", retry);
  if (retry.unlimited && map->find("attempts") != nullptr)
    loader.error(code::bad_value, map->find("unlimited")->span(), "`retry` has both `attempts` and `unlimited`").help =
        "remove one of them";
  if (retry.max_every && *retry.max_every < retry.every)
    loader.error(code::bad_value, map->find("max_every")->span(), "`max_every` is shorter than `every`").help =
        "make it at least " + write_duration(retry.every);
  step.retry = std::move(retry);
}

void load_expect(Loader& loader, const Field& field, Step& step) {
  const auto add = [&](const Field& item) {
    Expectation expectation;
    if (item.value.is_map()) {
      load_keys(loader, item.value, expectation_keys(), "an item of `expect`", expectation);
    } else if (auto expression = loader.expression(item)) {
      expectation.that = std::move(*expression);
    } else {
      return;
    }
    step.expect.push_back(std::move(expectation));
  };
  if (field.value.is_scalar() || field.value.is_map()) {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`expect` is a list of conditions");
    problem.help = "write each on a line of its own, behind `- `";
    return;
  }
  if (const auto* list = loader.list(field))
    for (const auto& item : list->children) add(field.item(item));
}

}  // namespace runbook
