"""`--step`: somebody at the terminal is asked before each step."""

import os
import unittest

from harness import RunbookTest
from terminal import Terminal

STEPS = """
runbook: v1
name: stepping
vars: { no: false }
steps:
  - id: one
    name: Write the first line
    shell: echo one >> did
    rollback: { shell: echo undo one >> did }
  - id: two
    shell: echo two >> did
    timeout: 30s
  - id: three
    when: vars.no
    shell: echo three >> did
  - id: both
    parallel:
      - { id: left, shell: echo left >> did }
      - { id: right, for_each: [a, b], shell: 'echo right ${{ item }} >> did' }
"""


class Stepwise(RunbookTest):
    def did(self):
        path = self.dir / "did"
        return path.read_text().splitlines() if path.exists() else []

    def begin(self, *args):
        self.terminal = Terminal(self, *(args or ("run", self.write("s.yaml", STEPS), "--step")), cwd=self.dir)
        self.addCleanup(self.terminal.close)
        return self.terminal

    def asked(self, step):
        """Waits until somebody is asked about it."""
        self.terminal.wait_to_show(f"{step}: [r]un, [s]kip")

    def say(self, step, key):
        self.asked(step)
        self.terminal.type(key + "\r")

    def choices(self):
        return [(record["step"], record["choice"]) for record in self.records("step_chosen")]

    def test_each_step_is_asked_about_one_after_another(self):
        terminal = self.begin()
        self.say("one", "r")
        self.asked("two")
        self.assertEqual(self.did(), ["one"])  # and nothing more until there is an answer
        self.say("two", "s")
        self.say("left", "run")
        self.say("right[1]", "s")
        self.say("right[2]", "r")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(self.did(), ["one", "left", "right b"])
        self.assertEqual(self.choices(), [("one", "run"), ("two", "skip"), ("left", "run"), ("right[1]", "skip"), ("right[2]", "run")])
        self.assertEqual(self.record("step_chosen", "two")["via"], "terminal")
        self.assertIn("skipped by", self.record("step_skipped", "two")["reason"])
        self.assertIn(b"Write the first line", terminal.screen)
        self.assertVerified()
        self.assertSays(self.runbook("report", "last", "--format", "md"), "`left` run by", "via terminal", "skipped by")

    def test_the_time_of_thinking_is_not_the_steps(self):
        terminal = self.begin()
        self.say("one", "r")
        self.asked("two")
        asked = self.record("step_asked", "two")["t"]
        self.say("two", "a")
        self.assertEqual(terminal.wait(), 0)
        ready = self.record("step_ready", "two")
        self.assertGreater(ready["t"], asked)
        self.assertEqual(ready["deadline"] - ready["t"], 30_000)
        self.assertEqual(sorted(self.did()), ["left", "one", "right a", "right b", "two"])
        self.assertEqual(self.choices(), [("one", "run"), ("two", "run_all")])

    def test_quit_stops_it_as_ctrl_c_does(self):
        terminal = self.begin()
        self.say("one", "r")
        self.say("two", "q")
        self.assertEqual(terminal.wait(), 7)
        self.assertEqual(self.did(), ["one", "undo one"])
        self.assertIn("at the terminal", self.record("stop_requested")["by"])
        self.assertVerified()

    def test_later_leaves_it_to_be_resumed(self):
        for leave in ("l\r", "\x04"):  # Ctrl-D: nobody is there any longer
            terminal = self.begin()
            self.say("one", "r")
            self.asked("two")
            terminal.type(leave)
            self.assertEqual(terminal.wait(), 7)
            self.assertEqual(self.did()[-1], "one")
            terminal = self.begin("resume", "last", "--step")
            self.say("two", "r")
            self.say("left", "a")
            self.assertEqual(terminal.wait(), 0)
            self.assertEqual(len(self.did()), 5)
            (self.dir / "did").unlink()

    def test_killed_while_it_asks_it_asks_again(self):
        terminal = self.begin()
        self.say("one", "r")
        self.asked("two")
        os.kill(self.engine_pid(), 9)
        terminal.wait()
        terminal = self.begin("resume", "last", "--step")
        self.say("two", "s")
        self.say("left", "a")
        self.assertEqual(terminal.wait(), 0)
        self.assertNotIn("two", self.did())
        self.assertEqual(len(self.records("step_asked", "two")), 2)

    def test_a_resume_without_it_asks_nobody(self):
        terminal = self.begin()
        self.say("one", "r")
        self.say("two", "l")
        self.assertEqual(terminal.wait(), 7)
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.assertEqual(len(self.did()), 5)

    def test_other_answers_are_explained(self):
        terminal = self.begin()
        self.say("one", "x")
        terminal.wait_to_show("resume later")
        terminal.type("a\r")
        self.assertEqual(terminal.wait(), 0)

    def test_without_a_terminal_it_is_refused(self):
        path = self.write("s.yaml", STEPS)
        refused = self.assertExit(self.runbook("run", path, "--step", cwd=self.dir), 64)
        self.assertSays(refused, "nobody is there", "leave out --step")
        self.assertEqual(self.run_dirs(), [])
        terminal = self.begin("run", path, "--step", "--no-input")
        self.assertEqual(terminal.wait(), 64)
        self.assertEqual(self.did(), [])


if __name__ == "__main__":
    unittest.main()
