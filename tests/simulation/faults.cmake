# Faults planted in the machine and the driver: file | the line as it is | the line with the fault. Each becomes a
# program of its own with that one file compiled anew; the simulation must find it. A list entry that no longer
# matches its file stops the configuration, so the list cannot rot.
add_library(fault_main OBJECT simulation/fault_main.cc)
target_include_directories(fault_main PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(fault_main PRIVATE runbook_drive)
target_precompile_headers(fault_main PRIVATE ${CMAKE_SOURCE_DIR}/engine/run/run_state.h <algorithm> <csignal> <map>)
target_compile_options(fault_main PRIVATE -w ${quickly_compiled})
function(plant name file right wrong)
  file(READ ${CMAKE_SOURCE_DIR}/engine/${file} text)
  string(FIND "${text}" "${right}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "fault ${name}: engine/${file} has no `${right}`")
  endif()
  string(REPLACE "${right}" "${wrong}" text "${text}")
  set(mutant ${CMAKE_CURRENT_BINARY_DIR}/faults/${name}.cc)
  file(CONFIGURE OUTPUT ${mutant} CONTENT "${text}" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/engine/${file})
  add_executable(fault_${name} ${mutant} $<TARGET_OBJECTS:simulation_objects> $<TARGET_OBJECTS:fault_main>)
  target_compile_options(fault_${name} PRIVATE -w ${quickly_compiled})
  target_precompile_headers(fault_${name} REUSE_FROM fault_main)
  target_link_libraries(fault_${name} PRIVATE runbook_drive)
  add_test(NAME fault.${name} COMMAND fault_${name})
endfunction()

plant(started_steps_are_forgotten run/run_outcome.cc
  "nodes_[node.id].started() &&\n        nodes_[node.id].undo"
  "nodes_[node.id].phase == Phase::ended && nodes_[node.id].outcome == Outcome::succeeded &&\n        nodes_[node.id].undo")
plant(oldest_is_undone_first run/run_outcome.cc
  "std::sort(stack.begin(), stack.end(),\n            [&](NodeId a, NodeId b) { return *nodes_[a].start_rank > *nodes_[b].start_rank; });"
  "std::sort(stack.begin(), stack.end(),\n            [&](NodeId a, NodeId b) { return *nodes_[a].start_rank < *nodes_[b].start_rank; });")
plant(failed_undo_is_not_told run/run_outcome.cc
  "if (undo_failed || (rolled_back && irreversible)) return RunOutcome::rollback_incomplete;"
  "if (rolled_back && irreversible) return RunOutcome::rollback_incomplete;")
plant(irreversible_is_not_told run/run_outcome.cc
  "if (undo_failed || (rolled_back && irreversible))" "if (undo_failed)")
plant(siblings_start_after_a_failure run/run_next.cc
  "if ((nodes_[g].failing && !finishing) || nodes_[g].stop) return true;" "if (nodes_[g].stop) return true;")
plant(no_kill run/run_next.cc
  "if (now >= *state.wake) return KillSent{id};" "if (now >= *state.wake + std::chrono::hours(1)) return KillSent{id};")
plant(kill_without_grace run/run_next.cc
  "if (now >= *state.wake) return KillSent{id};" "return KillSent{id};")
plant(no_timeout run/run_next.cc
  "if (state.wake && now >= *state.wake) return TermSent{id, StopReason::timed_out};" "")
plant(stop_does_not_reach_what_runs run/run_next.cc
  "if (const auto reason = stop_of(node)) return TermSent{id, *reason};" "")
plant(lost_step_runs_again run/run_next.cc
  "  if (again)\n" "  if (true)\n")
plant(one_attempt_too_many run/run_next.cc
  "|| attempts < node.retry.attempts;" "|| attempts <= node.retry.attempts;")
plant(retry_without_waiting run/run_next.cc
  "if (now < *state.wake || !has_slot(node)) return std::nullopt;" "if (!has_slot(node)) return std::nullopt;")
plant(retries_while_stopping run/run_next.cc
  "if (scope_closed(node)) return exhausted(\"; not tried again: the run is stopping\");" "")
plant(max_parallel_is_ignored run/run_next.cc
  "(limit == 0 || parent.active < static_cast<std::size_t>(limit))" "(limit == 0 || parent.active <= static_cast<std::size_t>(limit))")
plant(jobs_are_ignored run/run_next.cc
  "return jobs_ == 0 || !limited(node) || jobs_taken_ < static_cast<std::size_t>(jobs_);" "return true;")
plant(stopped_counts_as_succeeded run/run_next.cc
  "  if (!state.stop) return judged;" "  return judged;")
plant(refused_runs_all_the_same run/run_follow.cc
  "if (root.failing || !held) {" "if (root.failing) {")
plant(dependents_start_after_a_failure run/run_follow.cc
  "  if (!failed || allowed) {" "  if (true) {")
plant(rest_of_a_failed_undo_runs run/run_follow.cc
  "  if (!failed && undo != steps.back()) {" "  if (undo != steps.back()) {")
plant(handlers_are_forgotten run/run_follow.cc
  "handlers_.insert(handlers_.end(), plan_->finally.begin(), plan_->finally.end());" "")
plant(leaving_forgets_the_cancel run/run_state.cc
  "    stop_ = before_leave_;" "    stop_.reset();")
plant(effect_before_the_journal drive/driver.cc
  "    if (unsynced_) RUNBOOK_TRY(journal_.sync());\n    unsynced_ = false;\n    if (effects.empty()) return {};\n    for (const auto& event : effects) perform(event);"
  "    for (const auto& event : effects) perform(event);\n    if (unsynced_) RUNBOOK_TRY(journal_.sync());\n    unsynced_ = false;\n    if (effects.empty()) return {};")
plant(believed_before_recorded drive/driver.cc
  "  RUNBOOK_TRY(journal_.append(event, now));\n  unsynced_ = true;\n  state_.apply(event, now);\n  evaluator_.on_event(event, now, state_);"
  "  state_.apply(event, now);\n  evaluator_.on_event(event, now, state_);\n  RUNBOOK_TRY(journal_.append(event, now));\n  unsynced_ = true;")
plant(last_records_are_not_synced drive/driver.cc
  "    if (unsynced_) RUNBOOK_TRY(journal_.sync());" "    if (unsynced_ && !effects.empty() && std::holds_alternative<AttemptStarted>(effects.back())) RUNBOOK_TRY(journal_.sync());")
plant(what_was_undone_is_undone_again run/run_state.cc
  "if (node.is_step() && state.undo != NodeState::Undo::undone) state.undo" "if (node.is_step()) state.undo")
plant(a_failed_undo_gets_no_other_turn run/run_state.cc
  "if (node.is_step() && state.undo != NodeState::Undo::undone) state.undo" "if (false) state.undo")
plant(handlers_of_a_failure_run_when_asked_to_undo run/run_follow.cc
  "if (!reopened_) handlers_ =" "handlers_ =")
plant(handlers_have_no_other_turn run/run_state.cc
  "const bool beside = node.kind == NodeKind::handler || node.kind == NodeKind::overrun;" "const bool beside = false;")
# Probes and budgets.
plant(action_runs_although_in_place run/run_probe.cc
  "      if (before) {\n        owner.outcome = Outcome::unchanged;" "      if (before) {\n        return open(id);\n        owner.outcome = Outcome::unchanged;")
plant(probe_is_not_asked_before run/run_follow.cc
  "  if (!ask(id, ProbeMoment::before)) open(id);" "  open(id);")
plant(probe_is_not_asked_after run/run_state.cc
  "  if (satisfies(e.outcome) && ask(e.node, ProbeMoment::after)) return;" "")
plant(unobserved_effect_succeeds run/run_probe.cc
  "      fail(\"effect not observed: \" + probe.message);" "")
plant(blind_probe_lets_the_action_run run/run_probe.cc
  "      owner.retryable = false;\n" "      if (before) return open(id);\n")
plant(blind_probe_repeats_the_action run/run_probe.cc
  "      owner.retryable = false;\n" "")
plant(lost_step_is_not_probed run/run_probe.cc
  "  ask(id, ProbeMoment::resume);\n}\n\n// What a probe could not tell" "}\n\n// What a probe could not tell")
plant(blind_probe_settles run/run_probe.cc
  "    if (answer == ProbeAnswer::no) settled(probe.owner);" "    settled(probe.owner);")
plant(blind_probe_is_not_asked_again run/run_state.cc
  "  ask_again();\n" "")
plant(found_effect_is_done_again run/run_probe.cc
  "  if (answer == ProbeAnswer::yes) {\n    owner.outcome = Outcome::succeeded;" "  if (false) {\n    owner.outcome = Outcome::succeeded;")
plant(undo_is_not_probed run/run_follow.cc
  "  if (!failed && ask(target, ProbeMoment::undo)) return;" "")
plant(undo_that_undid_nothing_is_believed run/run_probe.cc
  "answer == ProbeAnswer::no ? NodeState::Undo::undone : NodeState::Undo::failed" "NodeState::Undo::undone")
plant(effect_of_a_group_is_not_observed run/run_follow.cc
  "  ask(node.parent, ProbeMoment::after);\n" "")
plant(probes_are_not_stopped run/run_next.cc
  "      node.kind == NodeKind::check || (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);\n  return serves"
  "      node.kind == NodeKind::check;\n  return serves")
plant(budget_is_forgotten run/run_next.cc
  "  if (is_over_budget(node, now)) return BudgetExceeded{id};" "")
plant(escalation_all_at_once run/run_next.cc
  "return nodes_[node.owner].overran && std::all_of(all.begin(), std::find(all.begin(), all.end(), node.id), ended);"
  "return nodes_[node.owner].overran;")
plant(escalation_starts_after_a_stop run/run_next.cc
  "  if (node.kind == NodeKind::overrun) return stop_.has_value();" "  if (node.kind == NodeKind::overrun) return false;")
plant(escalation_outlives_a_stop run/run_next.cc
  "  if (node.kind == NodeKind::overrun && stop_ && stop_ != StopMode::finish_current) return StopReason::cancelled;" "")
plant(run_ends_before_its_escalation run/run_follow.cc
  "handler_ == handlers_.size() && !overrun_goes_on()) mode_" "handler_ == handlers_.size()) mode_")
plant(failed_escalation_is_not_told run/run_outcome.cc
  "    for (const auto id : node.overrun) tell_failed(id);" "")
plant(loop_goes_on_after_a_stop run/run_next.cc
  "if (node.is_loop() && !state.expanded && !closed) {" "if (node.is_loop() && !state.expanded) {")
plant(instances_undone_as_one plan/plan.cc
  "&node.members, &node.checks, &node.undo, &node.overrun})" "&node.members, &node.checks, &node.overrun})")
plant(another_plan_is_approved drive/control_request.cc
  "if (request.plan_hash != asked.plan_hash || asked.plan_hash != hex(state.plan().hash))" "if (false)")
plant(a_stop_does_not_end_the_waiting run/run_people.cc
  "  if (scope_closed(node)) return NodeFinished{node.id, Outcome::cancelled, \"no longer waited for: the run is stopping\"};" "")
plant(a_person_is_waited_for_for_ever run/run_people.cc
  "  if (!state.deadline || now < *state.deadline) return std::nullopt;\n  const auto limit" "  if (now >= Time{}) return std::nullopt;\n  const auto limit")
plant(on_timeout_is_ignored run/run_people.cc
  "node.continue_on_timeout ? Outcome::warned : Outcome::timed_out" "Outcome::timed_out")
plant(what_a_person_began_is_not_undone run/run_people.cc
  "  mark_started(e.node);\n  waiting_[e.node] = e;" "  waiting_[e.node] = e;")
plant(no_counts_as_yes run/run_people.cc
  "answered(e.node, Outcome::failed, \"rejected by \"" "answered(e.node, Outcome::succeeded, \"rejected by \"")
plant(paused_without_a_word drive/driver.cc
  "  RUNBOOK_TRY(record(pause));\n" "")
plant(the_waiting_is_forgotten drive/driver.cc
  "    for (const auto& [node, asked] : state_.waiting()) ask(asked);\n" "")
plant(another_step_is_asked_about run/run_next.cc
  "if (stepwise_ && node.is_step() && !is_quiet()) return std::nullopt;" "if (stepwise_ && node.manual && !is_quiet()) return std::nullopt;")
plant(a_question_does_not_hold_its_group run/run_people.cc
  "++nodes_[(*plan_)[e.node].parent].active;  // its" "nodes_[(*plan_)[e.node].parent].active += 0;  // its")
plant(no_to_a_step_counts_as_yes run/run_people.cc
  "if (const auto skip = skips_.find(node.id); skip != skips_.end()) return NodeSkipped{node.id, skip->second};\n  return nodes_[node.id].chosen ? std::optional<Todo>(ready(node, now)) : std::nullopt;"
  "return nodes_[node.id].chosen || skips_.count(node.id) ? std::optional<Todo>(ready(node, now)) : std::nullopt;")
plant(a_stop_does_not_end_the_question run/run_people.cc
  "if (scope_closed(node)) return NodeFinished{node.id, Outcome::cancelled, \"not started: the run is stopping\"};\n  if (const auto skip" "if (const auto skip")
plant(asked_no_longer_asks_on run/run_people.cc
  "if (e.choice != StepChoice::run_all) return;" "if (e.choice == StepChoice::skip) return;")
plant(lost_escalation_outlives_a_stop run/run_next.cc
  "if (forward || node.kind == NodeKind::overrun) return finish" "if (forward) return finish")
