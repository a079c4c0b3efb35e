#!/usr/bin/python3
"""What a run shows while it goes: to a person, to a log, to a program, to nobody."""

import json
import os
import re
import signal
import subprocess

from harness import PROGRAM, RunbookTest, main
from terminal import Terminal
from waiting import wait_for

STEPS = """
- { id: one, shell: echo first line, rollback: { shell: echo undone } }
- { id: two, shell: "echo second line; exit 3" }
"""


class Output(RunbookTest):
    def test_json_is_the_journal(self):
        """Event for event, but for what only a file needs (the chain, its seal), and with what the steps print.

        `at` is left out: the stream stamps an event a moment after the journal did.
        """

        def told(records):
            return [{k: v for k, v in r.items() if k not in ("ack", "h")} for r in records]

        events = self.dir / "events.ndjson"
        ended = self.assertExit(self.run_steps(STEPS, "--output", "json", "--events", events), 3)
        journal = told(r for r in self.journal() if r["type"] != "sealed")
        for text in (ended.out, events.read_text()):
            records = [json.loads(line) for line in text.splitlines()]
            self.assertEqual(told(r for r in records if "seq" in r), journal)
            printed = "".join(r["text"] for r in records if r["type"] == "output" and r["step"] == "one")
            self.assertEqual(printed.strip(), "first line")

    def test_plain_is_one_dated_line_a_fact(self):
        ended = self.assertExit(self.run_steps(STEPS, "--output", "plain"), 3)
        lines = ended.err.splitlines()
        for line in lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")
        self.assertTrue(any("first line" in line for line in lines), str(ended))
        self.assertIn("ROLLED BACK", ended.out)

    def test_a_terminal_is_left_as_it_was(self):
        terminal = Terminal(self, "run", self.file(STEPS))
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait(), 3)
        screen = terminal.screen.decode()
        self.assertIn("ROLLED BACK", screen)
        self.assertNotIn("\x1b[?1049h", screen, "no alternate screen")
        self.assertEqual(screen.count("\x1b[?25l"), screen.count("\x1b[?25h"), "the cursor is shown again")

    def test_a_reader_that_goes_away_does_not_end_the_run(self):
        for output in ("plain", "json"):
            with self.subTest(output):
                read_end, write_end = os.pipe()
                os.close(read_end)
                ended = self.run_steps(STEPS, "--output", output, stdout=write_end, stderr=write_end)
                os.close(write_end)
                self.assertExit(ended, 3)
                self.assertEqual(self.run_outcome(), "rolled_back")

    def test_what_a_dead_engine_left_can_be_looked_at(self):
        engine = self.start("run", self.file("- { id: long, shell: sleep 1000 }"))
        self.wait_for_record("attempt_started", "long")
        self.assertSays(self.assertExit(self.runbook("show", "last"), 0), "long")
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        self.assertNobodyLeft()
        self.assertSays(self.assertExit(self.runbook("show", "last"), 0), "long", "in flight", "A HUMAN IS NEEDED")
        self.assertNotEqual(self.runbook("verify", "last").code, 0)  # intact, but not sealed
        self.assertExit(self.runbook("history"), 0)

    def test_logs_are_what_was_printed(self):
        steps = "- { id: prints, shell: 'echo out; echo err >&2' }\n- { id: b, shell: echo b }"
        self.assertExit(self.run_steps(steps), 0)
        one = self.assertExit(self.runbook("logs", "last", "prints"), 0)
        self.assertEqual(sorted(one.out.split()), ["err", "out"])
        self.assertSays(self.assertExit(self.runbook("logs", "last"), 0), "out", "err", "b")

    def test_the_usual_place_for_runs(self):
        path = self.file("- { id: a, shell: 'true' }")
        home = self.dir / "home"
        home.mkdir()
        for env, place in (({"HOME": home}, home / ".local/state/runbook"),
                           ({"HOME": home, "XDG_STATE_HOME": home / "xdg"}, home / "xdg/runbook")):  # fmt: skip
            with self.subTest(place.name):
                given = {k: v for k, v in self.environment(**env).items() if k != "RUNBOOK_STATE_DIR"}
                if "XDG_STATE_HOME" not in env:
                    given.pop("XDG_STATE_HOME", None)
                done = subprocess.run([PROGRAM, "run", path], env=given, capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(len(list(place.glob("runs/*/journal.jsonl"))), 1)

    def test_runs_side_by_side(self):
        path = self.file(f"- {{ id: a, shell: 'while [ ! -e {self.dir}/go ]; do sleep 0.02; done' }}")
        engines = [self.start("run", path) for _ in range(8)]
        wait_for(lambda: len(self.run_dirs()) == 8, "eight runs")
        (self.dir / "go").touch()
        for engine in engines:
            self.assertExit(self.finish(engine), 0)
        names = {path.name for path in self.run_dirs()}
        self.assertEqual(len(names), 8)
        for name in names:
            self.assertRegex(name, re.compile(r"^\d{8}-\d{6}-test-[a-z0-9]{4}$"))
            self.assertExit(self.runbook("verify", name), 0)


if __name__ == "__main__":
    main()
