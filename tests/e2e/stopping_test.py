#!/usr/bin/python3
"""Ctrl-C once, twice, three times at a terminal; SIGTERM without one."""

import signal

from harness import RunbookTest, main
from terminal import Terminal
from waiting import wait_for

STEPS = """
- id: first
  shell: echo did > {dir}/first
  rollback: {{ shell: echo undid >> {dir}/first }}
- id: slow
  shell: "touch {dir}/slow-runs; while [ ! -e {dir}/go ]; do sleep 0.02; done; touch {dir}/slow-done"
  rollback: {{ shell: touch {dir}/slow-undone }}
- id: never
  shell: touch {dir}/never
"""


# Ignores TERM: between the second Ctrl-C and its KILL there is time for the third.
STUBBORN = """
- id: first
  shell: echo did > {dir}/first
  rollback: {{ shell: echo undid >> {dir}/first }}
- id: slow
  shell: "trap '' TERM; touch {dir}/slow-runs; while :; do sleep 0.02; done"
  kill_after: 15s
  rollback: {{ shell: touch {dir}/slow-undone }}
- id: never
  shell: touch {dir}/never
"""


class Stopping(RunbookTest):
    def begin(self, steps=STEPS):
        """At a terminal, until `slow` runs."""
        terminal = Terminal(self, "run", self.file(steps.format(dir=self.dir)))
        self.addCleanup(terminal.close)
        wait_for(lambda: terminal.read() or self.exists("slow-runs") or terminal.ended(), "step slow to run")
        self.assertIsNone(terminal.process.poll(), terminal.screen.decode(errors="replace"))
        return terminal

    def exists(self, name):
        return (self.dir / name).exists()

    def press(self, terminal, times):
        """Ctrl-C, and that it was understood, as often."""
        for count in range(1, times + 1):
            terminal.ctrl_c()
            wait_for(
                lambda n=count: terminal.read() or len(self.records("stop_requested")) >= n or terminal.ended(),
                f"Ctrl-C number {count} to be understood",
            )

    def modes(self):
        return [record["mode"] for record in self.records("stop_requested")]

    def test_the_first_ctrl_c_finishes_the_step_then_undoes(self):
        terminal = self.begin()
        self.press(terminal, 1)
        self.assertEqual(self.modes(), ["finish_current"])
        (self.dir / "go").touch()
        self.assertEqual(terminal.wait(), 130)
        self.assertTrue(self.exists("slow-done"))
        self.assertTrue(self.exists("slow-undone"))
        self.assertEqual((self.dir / "first").read_text(), "did\nundid\n")
        self.assertFalse(self.exists("never"))
        self.assertEqual(self.record("run_finished")["undone"], ["slow", "first"])
        self.assertNobodyLeft()

    def test_the_second_stops_the_step_then_undoes(self):
        terminal = self.begin()
        self.press(terminal, 2)
        self.assertEqual(terminal.wait(), 130)
        self.assertEqual(self.modes(), ["finish_current", "stop_now"])
        self.assertEqual(self.outcome("slow"), "cancelled")
        self.assertFalse(self.exists("slow-done"))
        self.assertTrue(self.exists("slow-undone"))
        self.assertEqual((self.dir / "first").read_text(), "did\nundid\n")
        self.assertNobodyLeft()

    def test_the_third_leaves_everything_and_says_how_to_go_on(self):
        terminal = self.begin(STUBBORN)
        self.press(terminal, 3)
        self.assertEqual(terminal.wait(), 130)
        self.assertEqual(self.modes(), ["finish_current", "stop_now", "leave"])
        self.assertNothingUndone()
        self.assertWayOn(terminal.screen.decode(errors="replace"))
        self.assertNobodyLeft()

    def assertNothingUndone(self):
        self.assertEqual(self.records("undo_started"), [])
        self.assertEqual((self.dir / "first").read_text(), "did\n")
        self.assertFalse(self.exists("slow-undone"))

    def assertWayOn(self, text):
        """What was left, and a command that names the run."""
        self.assertIn("NOT undone", text)
        self.assertRegex(text, f"runbook [a-z]+ {self.run_dir().name}")

    def stop_without_terminal(self, number, *args):
        process = self.start("run", self.file(STEPS.format(dir=self.dir)), *args)
        wait_for(lambda: self.exists("slow-runs") or process.poll() is not None, "step slow to run")
        process.send_signal(number)
        return self.finish(process)

    def test_without_a_terminal_the_step_is_stopped_and_the_way_on_shown(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(number.name):
                (self.dir / "slow-runs").unlink(missing_ok=True)
                ended = self.assertExit(self.stop_without_terminal(number), code)
                self.assertNothingUndone()
                self.assertWayOn(ended.out + ended.err)
                self.assertNobodyLeft()

    def test_without_a_terminal_it_can_be_told_to_undo(self):
        self.assertExit(self.stop_without_terminal(signal.SIGTERM, "--on-cancel", "rollback"), 143)
        self.assertTrue(self.exists("slow-undone"))
        self.assertEqual((self.dir / "first").read_text(), "did\nundid\n")
        self.assertEqual(self.record("run_finished")["undone"], ["slow", "first"])
        self.assertNobodyLeft()


if __name__ == "__main__":
    main()
