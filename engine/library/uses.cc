#include "library/uses.h"

#include <algorithm>

#include "base/text.h"
#include "language/load.h"
#include "language/param_value.h"
#include "source/codes.h"

namespace runbook {
namespace {

constexpr std::size_t deepest = 16;

// `a/./b/../c` → `a/c`; what leads out stays in front as `../`.
std::string normalise(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    const auto part = path.substr(at, slash - at);
    at = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string text;
  for (const auto part : parts) text += (text.empty() ? "" : "/") + std::string(part);
  return text;
}

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash + 1);
}

std::string with_extension(std::string name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") ? name : name + ".yaml";
}

// What a reference in a file may mean, in the order in which it is looked for.
std::vector<UsedFile> candidates(const std::string& reference, const UsedFile& from) {
  using Origin = UsedFile::Origin;
  if (reference.starts_with("std/")) return {{Origin::standard, with_extension(normalise(reference.substr(4)))}};
  const bool relative = reference.starts_with("./") || reference.starts_with("../");
  std::vector<UsedFile> found{{from.origin, with_extension(normalise(folder_of(from.name) + reference))}};
  if (!relative) found.push_back({Origin::path, with_extension(normalise(reference))});
  // What was found outside the first file's directory cannot lead out of where it was found.
  std::erase_if(found,
                [](const UsedFile& file) { return file.origin != Origin::beside && file.name.starts_with("../"); });
  return found;
}

void collect_used(const std::vector<Step>& steps, std::vector<const Runbook*>& all) {
  for (const auto& step : steps) {
    if (const auto* group = std::get_if<GroupAction>(&step.action)) collect_used(group->steps, all);
    const auto* use = step.use();
    if (!use || !use->runbook) continue;
    if (std::find(all.begin(), all.end(), use->runbook.get()) == all.end()) all.push_back(use->runbook.get());
  }
}

class Resolver {
 public:
  Resolver(RunbookFiles& files, Diagnostics& diagnostics, LuaModules* modules)
      : files_(files), diagnostics_(diagnostics), modules_(modules) {}

  void enter(Runbook& runbook, const UsedFile& file) {
    chain_.push_back({file, &runbook});
    seen_.push_back({file.snapshot_name(), runbook.file});
    for (auto& step : runbook.steps) visit(step);
    chain_.pop_back();
  }
  std::vector<NamedFile> take_files() { return std::move(seen_); }

 private:
  struct Open {
    UsedFile file;
    const Runbook* runbook;
  };
  struct Known {
    UsedFile file;
    std::shared_ptr<const Runbook> runbook;  // nullptr: it has mistakes, which have been told
  };

  void visit(Step& step) {
    if (auto* group = std::get_if<GroupAction>(&step.action))
      for (auto& member : group->steps) visit(member);
    auto* use = std::get_if<UseAction>(&step.action);
    if (!use || use->reference.value.empty()) return;
    use->runbook = find(use->reference);
    if (!use->runbook) return;
    check_usable(*use);
    check_inputs(*use);
  }

  std::shared_ptr<const Runbook> find(const Text& reference) {
    if (reference.value.starts_with("/")) {
      diagnostics_.error(code::bad_value, reference.span, "`use` takes no absolute path").help =
          "write it relative to this file, or put its directory into `RUNBOOK_PATH`";
      return nullptr;
    }
    const auto wanted = candidates(reference.value, chain_.back().file);
    for (const auto& file : wanted) {
      if (in_circle(reference, file)) return nullptr;
      for (const auto& known : known_)
        if (known.file == file) return known.runbook;
      const auto before = diagnostics_.errors();
      if (const auto source = files_.open(file, reference.span, diagnostics_)) return load(reference, file, source);
      if (diagnostics_.errors() > before) return nullptr;
    }
    auto& problem =
        diagnostics_.error(code::use_not_found, reference.span, "there is no runbook " + ticked(reference.value));
    for (const auto& file : wanted)
      for (const auto& place : files_.places(file)) problem.notes.push_back("not at " + printable(place));
    problem.help = "write `std/…` for the standard library, or a path relative to this file";
    return nullptr;
  }

  bool in_circle(const Text& reference, const UsedFile& file) {
    const auto open = std::find_if(chain_.begin(), chain_.end(), [&](const Open& o) { return o.file == file; });
    if (open == chain_.end() && chain_.size() < deepest) return false;
    auto& problem =
        diagnostics_.error(code::use_circle, reference.span,
                           open == chain_.end() ? "runbooks use each other too deeply" : "a runbook cannot use itself");
    std::string chain;
    for (auto at = open == chain_.end() ? chain_.begin() : open; at != chain_.end(); ++at)
      chain += printable(at->runbook->file->path()) + " → ";
    problem.notes.push_back(chain + ticked(reference.value));
    problem.help = "take one of these uses away";
    return true;
  }

  std::shared_ptr<const Runbook> load(const Text& reference, const UsedFile& file,
                                      const std::shared_ptr<const SourceFile>& source) {
    const auto before = diagnostics_.errors();
    auto loaded = load_runbook(source, diagnostics_, modules_);
    std::shared_ptr<Runbook> runbook;
    if (loaded) {
      runbook = std::make_shared<Runbook>(std::move(*loaded));
      enter(*runbook, file);
    }
    if (!loaded && diagnostics_.errors() > before) {
      diagnostics_.error(code::use_broken, reference.span, ticked(reference.value) + " has mistakes of its own").help =
          "mend " + printable(source->path());
    }
    known_.push_back({file, runbook});
    return runbook;
  }

  // What a whole run has, and a part of one cannot have.
  void check_usable(const UseAction& use) {
    const auto refuse = [&](const std::string& what, const std::string& help) {
      auto& problem = diagnostics_.error(code::use_refused, use.reference.span,
                                         ticked(use.reference.value) + " cannot be used: it has " + what);
      problem.notes.push_back("in " + printable(use.runbook->file->path()));
      problem.help = help;
    };
    const auto& used = *use.runbook;
    if (!used.on_failure.empty() || !used.on_success.empty() || !used.finally.empty())
      refuse("handlers, which are for the end of a run",
             "move `on_failure`, `on_success` and `finally` to the runbook that is run; what must be undone belongs "
             "into `rollback`");
    if (used.lock) refuse("a `lock`, which is for a whole run", "move the `lock` to the runbook that is run");
    if (used.rollback != RollbackPolicy::automatic)
      refuse("a `rollback` policy, which is for a whole run",
             "the policy is that of the runbook that is run; take this one away");
  }

  void check_inputs(const UseAction& use) {
    const auto& params = use.runbook->params;
    for (const auto& [name, value] : use.with) {
      const auto same = [&name = name](const Param& p) { return p.name.value == name.value; };
      const auto param = std::find_if(params.begin(), params.end(), same);
      if (param == params.end()) {
        unknown_input(use, name);
      } else if (const auto* literal = std::get_if<Value>(&value.data); literal && !literal->is_null()) {
        auto bound = fit(*param, *literal);
        const bool unit = param->type == ParamType::duration || param->type == ParamType::size;
        if (unit && literal->is_number())
          bound.error = "must be " + param_type_words(param->type) + ", not " + ticked(to_text(*literal));
        if (bound.error.empty()) continue;
        auto& problem =
            diagnostics_.error(code::param_value, value.span, "the input `" + name.value + "` " + bound.error);
        declared(problem, *param);
      }
    }
    for (const auto& param : params) {
      const auto given = std::any_of(use.with.begin(), use.with.end(),
                                     [&](const auto& input) { return input.first.value == param.name.value; });
      if (!param.required || given) continue;
      auto& problem = diagnostics_.error(code::param_missing, use.reference.span,
                                         ticked(use.reference.value) + " needs the input `" + param.name.value + "`");
      declared(problem, param);
      problem.help = "add it under `with`: " + param_type_words(param.type);
    }
  }

  static void declared(Diagnostic& problem, const Param& param) {
    const auto& at = param.name.span;
    problem.notes.push_back("declared in " + printable(at.file->path()) + ":" + std::to_string(at.line()) +
                            (param.description.empty() ? "" : ": " + printable(param.description)));
  }

  void unknown_input(const UseAction& use, const Text& name) {
    auto& problem = diagnostics_.error(code::param_unknown, name.span,
                                       ticked(use.reference.value) + " has no parameter " + ticked(name.value));
    std::vector<std::string_view> names;
    for (const auto& param : use.runbook->params) names.push_back(param.name.value);
    if (const auto near = nearest(name.value, names); !near.empty()) {
      problem.help = "did you mean `" + std::string(near) + "`?";
    } else {
      problem.help = names.empty() ? "it has none" : "it has " + join_ticked({names.begin(), names.end()});
    }
  }

 public:
  struct Fitted {
    Value value;
    std::string error;  // "must be an integer, not `x`"
  };
  static Fitted fit(const Param& param, const Value& given) {
    Value value = given;
    bool good = false;
    switch (param.type) {
      case ParamType::string: good = given.is_string(); break;
      case ParamType::integer: good = given.is_integer(); break;
      case ParamType::number: good = given.is_number(); break;
      case ParamType::boolean: good = given.is_bool(); break;
      case ParamType::list: good = given.is_list(); break;
      case ParamType::map: good = given.is_map(); break;
      case ParamType::duration:
      case ParamType::size:
        // A number is what the parameter of a runbook around it, `duration()` or `bytes()` gives.
        good = given.is_number();
        if (!given.is_string()) break;
        if (auto read = parse_param_value(param.type, given.as_string())) {
          value = std::move(*read);
          good = true;
        }
        break;
    }
    if (!good) {
      std::string error = "must be " + param_type_words(param.type) + ", not ";
      error += given.is_string() ? ticked(given.as_string()) : std::string(given.kind_name());
      if (param.type == ParamType::string && !given.is_list() && !given.is_map()) error += "; write it in quotes";
      return {{}, std::move(error)};
    }
    auto limit = broken_limit(param, value);
    if (!limit.empty()) return {{}, std::move(limit)};
    return {std::move(value), ""};
  }

 private:
  RunbookFiles& files_;
  Diagnostics& diagnostics_;
  LuaModules* modules_;
  std::vector<Open> chain_;
  std::vector<Known> known_;
  std::vector<NamedFile> seen_;
};

}  // namespace

std::string UsedFile::snapshot_name() const {
  if (origin == Origin::standard) return "@std/" + name;
  if (origin == Origin::path) return "@path/" + name;
  std::string rest = name, up;
  for (; rest.starts_with("../"); rest.erase(0, 3)) up += "@up/";
  return up + rest;
}

std::vector<NamedFile> resolve_uses(Runbook& runbook, const std::string& name, RunbookFiles& files,
                                    Diagnostics& diagnostics, LuaModules* modules) {
  Resolver resolver(files, diagnostics, modules);
  resolver.enter(runbook, {UsedFile::Origin::beside, name});
  return resolver.take_files();
}

std::vector<const Runbook*> all_runbooks(const Runbook& runbook) {
  std::vector<const Runbook*> all{&runbook};
  for (std::size_t i = 0; i < all.size(); ++i) collect_used(all[i]->steps, all);
  return all;
}

BoundInputs bind_inputs(const Runbook& runbook, const Value& given) {
  BoundInputs bound;
  for (const auto& param : runbook.params) {
    const auto* input = given.find(param.name.value);
    Value value;
    if (input && !input->is_null()) {
      auto fitted = Resolver::fit(param, *input);
      if (!fitted.error.empty()) {
        bound.error = "the input `" + param.name.value + "` " + fitted.error;
        return bound;
      }
      value = std::move(fitted.value);
    } else if (param.default_value) {
      value = *param.default_value;
    } else if (param.required) {
      bound.error = "the input `" + param.name.value + "` is required, and what is given for it has no value";
      return bound;
    }
    bound.params.as_map().emplace_back(param.name.value, std::move(value));
  }
  return bound;
}

}  // namespace runbook
