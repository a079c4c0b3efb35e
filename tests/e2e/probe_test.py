"""A probe asks whether the effect is in place: before the action, after it, about a lost attempt, after the undo."""

import signal
import unittest

from harness import RunbookTest
from waiting import wait_for


class Probe(RunbookTest):
    def did(self):
        path = self.dir / "did"
        return path.read_text().splitlines() if path.exists() else []

    def steps(self, text, *args):
        return self.runbook("run", self.file(text), *args, cwd=self.dir)

    LINK = """
        - id: link
          shell: echo link >> did; ln -sfn new current
          probe: { shell: '[ "$(readlink current)" = new ]' }
          rollback: { shell: echo unlink >> did; rm current }
        """

    def test_what_is_in_place_is_left_alone(self):
        (self.dir / "current").symlink_to("new")
        ended = self.steps(self.LINK + "\n        - shell: exit 1\n          id: later\n")
        self.assertExit(ended, 1)
        self.assertEqual(self.did(), [])
        self.assertEqual(self.outcome("link"), "unchanged")
        self.assertEqual(self.records("attempt_started", "link"), [])
        self.assertSays(self.runbook("show", "last"), "already in place")

    def test_what_is_not_is_done_and_observed_and_its_undo_too(self):
        ended = self.steps(self.LINK + "\n        - shell: exit 1\n          id: later\n")
        self.assertExit(ended, 3)
        self.assertEqual(self.did(), ["link", "unlink"])
        answers = [self.record("probe_finished", f"link.probe.{moment}")["outcome"] for moment in ("before", "after", "undo")]
        self.assertEqual(answers, ["failed", "succeeded", "failed"])
        self.assertVerified()

    def test_an_effect_that_is_not_there_is_a_failure(self):
        ended = self.steps("""
            - id: pretend
              shell: echo pretend >> did
              probe: { shell: test -e effect }
              rollback: { shell: echo undo >> did }
            """)
        self.assertExit(ended, 3)
        self.assertEqual(self.did(), ["pretend", "undo"])
        self.assertSays(ended, "the effect of `pretend` was not observed", "test -e effect", "exit 1")
        self.assertIn("effect not observed", self.record("step_finished", "pretend")["message"])

    def test_an_effect_may_take_its_time(self):
        ended = self.steps("""
            - id: eventual
              shell: echo eventual >> did
              probe:
                shell: '[ -e did ] && echo . >> asked && [ "$(wc -l < asked)" -ge 3 ]'
                retry: { attempts: 5, every: 10ms }
            """)
        self.assertExit(ended, 0)
        self.assertEqual(self.did(), ["eventual"])
        self.assertEqual(len(self.records("attempt_started", "eventual.probe.before")), 1)
        self.assertEqual(len(self.records("attempt_started", "eventual.probe.after")), 3)

    def test_a_retry_of_the_step_acts_again(self):
        ended = self.steps("""
            - id: again
              shell: echo again >> did
              retry: { attempts: 3, every: 10ms }
              probe: { shell: '[ "$(wc -l < did)" -ge 2 ]' }
            """)
        self.assertExit(ended, 0)
        self.assertEqual(self.did(), ["again", "again"])

    def test_a_probe_that_cannot_tell_lets_nothing_happen(self):
        ended = self.steps("""
            - id: blind
              shell: echo blind >> did
              probe: { shell: there-is-no-such-program }
              rollback: { shell: echo undo >> did }
            """)
        self.assertExit(ended, 1)
        self.assertEqual(self.did(), [])
        self.assertSays(ended, "probe of `blind` gave no answer", "exit 127")

    def test_an_undo_that_undoes_nothing_needs_a_person(self):
        ended = self.steps("""
            - id: sticky
              shell: touch effect
              probe: { shell: test -e effect }
              rollback: { shell: 'true' }
            - { id: later, shell: exit 1 }
            """)
        self.assertExit(ended, 4)
        self.assertSays(ended, "the effect of `sticky` is still in place after its undo", "NOT undone", "still in place")
        for form in ("md", "html", "json", "junit"):
            self.assertSays(self.assertExit(self.runbook("report", "last", "--format", form), 0), "still in place")

    def test_a_group_is_asked_about_as_a_whole(self):
        group = """
            - id: phase
              probe: { shell: test -e one -a -e two }
              steps:
                - { id: one, shell: echo one >> did; touch one }
                - { id: two, shell: echo two >> did; touch two }
            """
        self.assertExit(self.steps(group), 0)
        self.assertEqual(self.did(), ["one", "two"])
        self.assertExit(self.steps(group), 0)
        self.assertEqual(self.did(), ["one", "two"])
        self.assertEqual(self.outcome("phase"), "unchanged")
        (self.dir / "two").unlink()
        self.assertExit(self.steps(group.replace("touch two", "true")), 1)
        self.assertSays(self.runbook("show", "last"), "the effect of `phase` was not observed")

    # ---- an engine that dies while the step acts

    def killed(self, action, probe="test -e effect", more=""):
        path = self.file(f"""
            - id: act
              shell: echo act >> did; [ -e go ] && touch effect && exit 0; {action}; touch ready; sleep 1000
              probe: {{ shell: '{probe}' }}
              {more}
            - {{ id: later, shell: echo later >> did }}
            """)
        process = self.start("run", path, cwd=self.dir)
        wait_for((self.dir / "ready").exists, "the action is under way")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (self.dir / "go").touch()

    def resume(self, *args):
        return self.runbook("resume", "last", *args, cwd=self.dir)

    def test_a_lost_step_that_took_effect_is_done(self):
        self.killed("touch effect")
        self.assertExit(self.resume(), 0)
        self.assertEqual(self.did(), ["act", "later"])
        self.assertIn("its probe found the effect in place", self.record("step_finished", "act")["message"])
        self.assertSays(self.runbook("show", "last"), "act.probe.resume", "in place")
        self.assertVerified()

    def test_a_lost_step_without_effect_runs_again(self):
        self.killed("true")
        self.assertExit(self.resume(), 0)
        self.assertEqual(self.did(), ["act", "act", "later"])

    def test_what_the_probe_cannot_tell_is_asked_again_and_left_to_a_person(self):
        self.killed("touch broken", "if [ -e broken ]; then exit 200; fi; test -e effect")
        self.assertSays(self.assertExit(self.resume(), 6), "--assume done|not-done act", "no answer")
        self.assertExit(self.resume(), 6)
        self.assertEqual(self.did(), ["act"])
        self.assertEqual(len(self.records("probe_finished", "act.probe.resume")), 2)
        (self.dir / "broken").unlink()
        (self.dir / "effect").touch()
        self.assertExit(self.resume(), 0)
        self.assertEqual(self.did(), ["act", "later"])

    def test_a_person_is_believed_without_asking(self):
        self.killed("true")
        self.assertExit(self.resume("--assume", "done", "act"), 0)
        self.assertEqual(self.did(), ["act", "later"])
        self.assertEqual(self.records("probe_started", "act.probe.resume"), [])

    def test_an_engine_that_dies_while_it_asks_asks_again(self):
        path = self.file("""
            - id: act
              shell: echo act >> did; touch effect
              probe: { shell: 'test -e effect || { if [ ! -e go ]; then touch ready; sleep 1000; fi; exit 1; }' }
            """)
        process = self.start("run", path, cwd=self.dir)
        wait_for((self.dir / "ready").exists, "the probe is asked")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (self.dir / "go").touch()
        self.assertExit(self.resume(), 0)
        self.assertEqual(self.did(), ["act"])


class Budget(RunbookTest):
    def test_the_work_goes_on_and_somebody_is_told(self):
        ended = self.runbook("run", self.file("""
            - id: slow
              shell: while [ ! -e told ]; do sleep 0.02; done; echo slow >> did
              budget: 50ms
              on_overrun:
                - { name: Tell somebody, shell: echo one >> did; touch told }
                - { shell: echo two >> did }
            - { id: quick, shell: echo quick >> did, budget: 5m, on_overrun: [{ shell: echo never >> did }] }
            """), cwd=self.dir)
        self.assertExit(ended, 0)
        did = (self.dir / "did").read_text().split()
        self.assertEqual(sorted(did), ["one", "quick", "slow", "two"])
        self.assertLess(did.index("one"), did.index("two"))
        self.assertEqual(self.record("budget_exceeded")["step"], "slow")
        self.assertSays(ended, "over budget")
        self.assertSays(self.runbook("show", "last"), "over its budget of", "slow.overrun[1]", "Tell somebody")
        self.assertVerified()

    def test_a_failing_escalation_is_shown_and_changes_nothing_else(self):
        ended = self.runbook("run", self.file("""
            - id: slow
              shell: while [ ! -e told ]; do sleep 0.02; done
              budget: 50ms
              on_overrun:
                - { id: page, shell: exit 9 }
                - { shell: touch told }
            - { id: next, shell: 'true' }
            """), cwd=self.dir)
        self.assertExit(ended, 1)
        self.assertEqual(self.run_outcome(), "succeeded")
        self.assertEqual(self.record("run_finished")["failed_handlers"], ["slow.overrun[1]"])
        self.assertSays(ended, "slow.overrun[1]", "exit 9")

    def test_a_begun_list_goes_on_after_a_resume(self):
        path = self.file("""
            - id: slow
              effect: read
              shell: while [ ! -e go ]; do sleep 0.02; done
              budget: 50ms
              on_overrun:
                - { effect: read, shell: 'touch begun; while [ ! -e go ]; do sleep 0.02; done; echo one >> did' }
                - { shell: echo two >> did }
            """)
        process = self.start("run", path, cwd=self.dir)
        wait_for((self.dir / "begun").exists, "the escalation has begun")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (self.dir / "go").touch()
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.assertEqual((self.dir / "did").read_text().split(), ["one", "two"])
        self.record("budget_exceeded")

    def test_a_budget_counts_on_after_a_resume(self):
        path = self.file("""
            - id: slow
              effect: read
              shell: 'touch begun; while [ ! -e told ]; do sleep 0.02; done'
              budget: 2s
              on_overrun: [{ shell: touch told }]
            """)
        process = self.start("run", path, cwd=self.dir)
        wait_for((self.dir / "begun").exists, "it runs")
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.record("budget_exceeded")

    def test_a_stop_ends_the_escalation(self):
        path = self.file("""
            - id: slow
              shell: while true; do sleep 0.02; done
              budget: 50ms
              on_overrun:
                - { shell: 'touch begun; sleep 1000' }
                - { shell: echo two >> did }
            """)
        process = self.start("run", path, "--on-cancel", "rollback", cwd=self.dir)
        wait_for((self.dir / "begun").exists, "the escalation has begun")
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertEqual(self.run_outcome(), "cancelled")
        self.assertEqual(self.record("overrun_finished", "slow.overrun[1]")["outcome"], "cancelled")
        self.assertFalse((self.dir / "did").exists())
        self.assertNobodyLeft()


if __name__ == "__main__":
    unittest.main()
