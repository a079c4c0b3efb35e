"""Manual steps: a person answers at the terminal or from another one; a run without anybody there is paused."""

import json
import os
import signal
import unittest

from harness import RunbookTest
from terminal import Terminal
from waiting import wait_for

GATE = """
runbook: v1
name: gate
params: {{ where: {{ type: string, default: production }} }}
{top}
steps:
  - id: one
    shell: echo one >> did
    rollback: {{ shell: echo undo one >> did }}
  - id: go
    manual:
      instructions: Look at the graphs of ${{{{ params.where }}}}
      role: sre-oncall
      {ask}
  - id: two
    shell: echo "two $ROWS" >> did
    env: {{ ROWS: "{rows}" }}
"""
ASK = """checklist: [Graphs are flat, Nobody else deploys]
      inputs: { rows: { type: integer, required: true, min: 1 } }
      confirm: ${{ params.where }}"""


class Manual(RunbookTest):
    def gate(self, ask="", rows="", top=""):
        return self.write("gate.yaml", GATE.format(ask=ask, rows=rows, top=top))

    def full_gate(self):
        return self.gate(ASK, "${{ steps.go.outputs.rows }}")

    def did(self):
        path = self.dir / "did"
        return path.read_text().splitlines() if path.exists() else []

    def run_gate(self, *args, **options):
        return self.runbook("run", *args, cwd=self.dir, **options)

    def terminal(self, *args, **env):
        """At a terminal somebody is there, so the run waits."""
        terminal = Terminal(self, *args, cwd=self.dir, **env)
        self.addCleanup(terminal.close)
        return terminal

    def waiting(self, *args, path=None):
        terminal = self.terminal("run", path or self.gate(), *args)
        wait_for(lambda: terminal.read() or self.records("approval_requested"), "the run to wait")
        return terminal

    def type_into(self, terminal, text, then):
        terminal.type(text)
        terminal.wait_to_show(then)

    # ---- nobody is there

    def test_the_terminal_of_a_ci_job_is_nobody(self):
        self.assertEqual(self.terminal("run", self.gate(), CI="true").wait(), 5)

    def test_paused_then_approved_then_resumed(self):
        ended = self.assertExit(self.run_gate(self.full_gate()), 5)
        self.assertSays(ended, "PAUSED", "sre-oncall", "runbook approve", "--input rows=", "--checked", "runbook resume")
        self.assertEqual(self.did(), ["one"])
        self.assertSays(self.runbook("history"), "PAUSED")
        self.assertSays(self.runbook("show", "last"), "PAUSED", "waits for sre-oncall", "graphs of production")
        for form in ("md", "html", "json", "junit"):
            self.assertExit(self.runbook("report", "last", "--format", form), 0)
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 5)
        answer = ["approve", "last", "go", "--checked", "--input", "rows=7", "--confirm", "production", "-m", "all flat"]
        self.assertSays(self.assertExit(self.runbook(*answer), 0), "approved `go`", "runbook resume")
        self.assertExit(self.runbook(*answer), 64)  # once is enough
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.assertEqual(self.did(), ["one", "two 7"])
        approved = self.record("approved", "go")
        self.assertEqual((approved["via"], approved["why"], approved["inputs"]), ("runbook approve", "all flat", {"rows": 7}))
        self.assertEqual(approved["plan_hash"], self.record("run_started")["plan_hash"])
        self.assertVerified()

    def test_what_is_asked_for_must_be_given(self):
        self.assertExit(self.run_gate(self.full_gate()), 5)
        approve = ["approve", "last", "go"]
        self.assertSays(self.assertExit(self.runbook("approve", "last", "goo"), 66), "did you mean `go`?")
        self.assertSays(self.assertExit(self.runbook("approve", "last", "one"), 64), "`one` is no manual step")
        self.assertSays(self.assertExit(self.runbook(*approve), 64), "[ ] Graphs are flat", "--checked")
        self.assertSays(self.assertExit(self.runbook(*approve, "--checked", "--confirm", "prod"), 64), "`prod` is not")
        approve += ["--checked", "--confirm", "production"]
        self.assertSays(self.assertExit(self.runbook(*approve), 65), "input `rows` is required")
        self.assertSays(self.assertExit(self.runbook(*approve, "--input", "rows=x"), 65), "must be an integer")
        self.assertSays(self.assertExit(self.runbook(*approve, "--input", "rwos=1"), 65), "did you mean `rows`?")
        self.assertEqual(self.records("approved"), [])

    def test_approved_with_the_command(self):
        ended = self.run_gate(self.full_gate(), "--approve", "go", "--input", "go.rows=3")
        self.assertExit(ended, 0)
        self.assertEqual(self.did(), ["one", "two 3"])
        self.assertEqual(self.record("approved", "go")["via"], "--approve")
        # Before anything runs:
        self.assertSays(self.assertExit(self.run_gate(self.full_gate(), "--approve", "go"), 64), "`rows` is required")
        self.assertSays(self.assertExit(self.run_gate(self.full_gate(), "--approve", "goo"), 64), "did you mean `go`?")
        self.assertExit(self.run_gate(self.gate(), env={"RUNBOOK_APPROVE": "go"}), 0)

    def test_each_round_of_a_loop_is_approved(self):
        path = self.write("loop.yaml", """
            runbook: v1
            name: loop
            steps:
              - id: each
                for_each: [a, b]
                max_parallel: 1
                steps:
                  - id: go
                    manual: { instructions: 'Look at ${{ item }}', inputs: { n: { type: integer, required: true } } }
                  - id: did
                    shell: 'echo "${{ item }} ${{ steps.go.outputs.n }}" >> did'
            """)
        approved = ["--approve", "each.go", "--input", "each.go.n=3"]
        self.assertExit(self.run_gate(path, *approved), 0)
        self.assertEqual(self.did(), ["a 3", "b 3"])
        self.assertSays(self.assertExit(self.run_gate(path, "--approve", "each.og"), 64), "did you mean `each.go`?")
        self.assertSays(self.assertExit(self.run_gate(path, "--approve", "each.go"), 64), "`n` is required")
        self.assertExit(self.run_gate(path, "--approve", "each[1].go", "--input", "each[1].go.n=4"), 5)
        self.assertEqual(self.did()[2:], ["a 4"])

    def test_rejected_while_paused_it_rolls_back_on_resume(self):
        self.assertExit(self.run_gate(self.gate()), 5)
        self.assertExit(self.runbook("reject", "last", "go", "-m", "error rate is up"), 0)
        ended = self.assertExit(self.runbook("resume", "last", cwd=self.dir), 7)
        self.assertSays(ended, "rejected by", "error rate is up", "ROLLED BACK")
        self.assertEqual(self.did(), ["one", "undo one"])

    def test_nobody_answers(self):
        path = self.gate()
        path.write_text(path.read_text().replace("    manual:", "    timeout: 200ms\n    manual:"))
        terminal = self.terminal("run", path)
        self.assertEqual(terminal.wait(), 3)
        self.assertEqual(self.outcome("go"), "timed_out")
        path.write_text(path.read_text().replace("role: sre-oncall", "on_timeout: continue"))
        terminal = self.terminal("run", path)
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual((self.outcome("go"), self.run_outcome()), ("warned", "warned"))

    # ---- two terminals

    def test_another_terminal_approves(self):
        terminal = self.waiting(path=self.full_gate())
        answer = ["approve", "last", "go", "--checked", "--input", "rows=9", "--confirm", "production"]
        self.assertSays(self.assertExit(self.runbook(*answer), 0), "approved `go`")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(self.did(), ["one", "two 9"])
        self.assertEqual(self.record("approved", "go")["via"], "runbook approve")
        self.assertEqual(list((self.run_dir() / "requests").iterdir()), [])
        self.assertVerified()

    def test_the_terminal_itself_approves(self):
        terminal = self.waiting(path=self.full_gate())
        self.type_into(terminal, "", "pprove, [r]eject")
        self.type_into(terminal, "a\r", "Graphs are flat (1 of 2)")
        self.type_into(terminal, "y\r", "Nobody else deploys (2 of 2)")
        self.type_into(terminal, "y\r", "rows (an integer)")
        self.type_into(terminal, "0\r", "must be at least 1")
        self.type_into(terminal, "12\x7f1\r", "to approve:")
        self.type_into(terminal, "production\r", "for no reason")
        os.write(terminal.master, b"flat\r")
        self.assertEqual(terminal.wait(), 0)
        approved = self.record("approved", "go")
        self.assertEqual((approved["via"], approved["why"], approved["inputs"]), ("terminal", "flat", {"rows": 11}))

    def test_the_terminal_itself_rejects(self):
        terminal = self.waiting()
        self.type_into(terminal, "", "pprove, [r]eject")
        self.type_into(terminal, "r\r", "why not?")
        os.write(terminal.master, b"too late\r")
        self.assertEqual(terminal.wait(), 7)
        self.assertEqual(self.did(), ["one", "undo one"])
        self.assertEqual(self.record("rejected", "go")["why"], "too late")

    def test_later_pauses_it(self):
        terminal = self.waiting()
        self.type_into(terminal, "", "pprove, [r]eject")
        os.write(terminal.master, b"l\r")
        self.assertEqual(terminal.wait(), 5)

    def test_reject_and_notes_from_another_terminal(self):
        terminal = self.waiting()
        self.assertSays(self.assertExit(self.runbook("note", "last", "called", "the data centre"), 0), "noted")
        self.assertEqual(self.record("note_added")["text"], "called the data centre")
        self.assertExit(self.runbook("reject", "last", "go", "-m", "no"), 0)
        self.assertEqual(terminal.wait(), 7)
        self.assertExit(self.runbook("note", "last", "ticket 4711"), 0)
        self.assertVerified()
        for ended in (self.runbook("show", "last"), self.runbook("report", "last")):
            self.assertSays(ended, "called the data centre", "ticket 4711")
        notes = self.run_dir() / "notes.jsonl"
        notes.write_text(notes.read_text().replace("4711", "4712"))
        self.assertSays(self.assertExit(self.runbook("verify", "last"), 4), "notes.jsonl", "does not fit")

    def test_cancel_from_another_terminal(self):
        terminal = self.waiting()
        self.assertExit(self.runbook("cancel", "last"), 0)
        self.assertEqual(terminal.wait(), 7)
        self.assertEqual((self.did(), self.run_outcome()), (["one", "undo one"], "cancelled"))
        self.assertTrue(self.record("stop_requested")["by"].startswith("runbook cancel by "))
        self.assertSays(self.assertExit(self.runbook("cancel", "last"), 64), "has ended")

    def test_cancel_that_leaves_everything_can_be_resumed(self):
        terminal = self.waiting()
        self.assertExit(self.runbook("cancel", "last", "--on-cancel", "stop"), 0)
        self.assertEqual(terminal.wait(), 7)
        self.assertEqual(self.did(), ["one"])
        self.assertSays(self.assertExit(self.runbook("cancel", "last"), 64), "no engine drives", "runbook rollback")
        self.assertExit(self.runbook("approve", "last", "go"), 0)
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)

    def test_a_sibling_goes_on_while_a_person_is_waited_for(self):
        terminal = self.terminal("run", self.file(
            f"""
            - parallel:
                - id: go
                  manual: Look
                - id: work
                  shell: for i in 1 2 3; do echo line $i; done; touch {self.dir}/worked
            """))
        wait_for(lambda: terminal.read() or self.outcome("work"), "the other step to end")
        self.assertEqual(self.records("approved"), [])
        self.assertExit(self.runbook("approve", "last", "go"), 0)
        self.assertEqual(terminal.wait(), 0)

    # ---- what must not count

    def request(self, name, content):
        """A request file as another process would leave it."""
        folder = self.run_dir() / "requests"
        hidden = folder / ("." + name)
        hidden.write_text(content)
        hidden.rename(folder / name)

    def test_an_answer_to_another_plan_does_not_count(self):
        terminal = self.waiting()
        asked = self.record("approval_requested", "go")
        answer = {"request": "runbook.request/1", "kind": "approve", "step": "go", "by": "root", "plan_hash": "0" * 64}
        self.request("doctored.json", json.dumps(answer))
        refused = self.wait_for_record("request_refused")
        self.assertEqual((refused["request"], refused["what"]), ("doctored.json", "approve go"))
        self.assertIn("another plan", refused["reason"])
        self.assertEqual(self.records("approved"), [])
        answer["plan_hash"] = asked["plan_hash"]
        self.request("good.json", json.dumps(answer))
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(self.record("approved", "go")["request"], "good.json")

    def test_what_is_no_request_is_refused_and_harms_nobody(self):
        terminal = self.waiting()
        folder = self.run_dir() / "requests"
        self.request("a.json", "{ not json")
        os.symlink("/etc/passwd", folder / "b.json")
        os.mkfifo(folder / "c.json")
        self.request("d.json", json.dumps({"request": "runbook.request/1", "kind": "dance"}))
        wait_for(lambda: len(self.records("request_refused")) == 4, "all to be refused")
        wait_for(lambda: not list(folder.iterdir()), "all to be gone")
        self.assertExit(self.runbook("approve", "last", "go"), 0)
        self.assertEqual(terminal.wait(), 0)
        self.assertVerified()

    def test_killed_while_it_waits_it_waits_again(self):
        terminal = self.waiting()
        os.kill(self.engine_pid(), signal.SIGKILL)
        wait_for(lambda: terminal.ended(), "the engine to be gone")
        self.assertSays(self.runbook("history"), "PAUSED")
        terminal = self.terminal("resume", "last")
        self.type_into(terminal, "", "pprove, [r]eject")
        self.type_into(terminal, "a\r", "for no reason")
        os.write(terminal.master, b"\r")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(self.did(), ["one", "two "])
        self.assertEqual(self.records("attempt_lost"), [])

    def test_a_request_that_no_engine_has_seen_is_heard_by_the_next(self):
        self.assertExit(self.run_gate(self.gate()), 5)
        asked = self.record("approval_requested", "go")
        self.request("left.json", json.dumps(
            {"request": "runbook.request/1", "kind": "approve", "step": "go", "plan_hash": asked["plan_hash"]}))
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)

    def test_secrets_that_are_typed_are_not_recorded(self):
        path = self.gate("inputs: { token: { type: string } }", top="secrets: { key: { env: KEY } }")
        env = {"KEY": "hunter2-hunter2"}
        self.assertExit(self.run_gate(path, env=env), 5)
        answer = ["approve", "last", "go", "--input", "token=hunter2-hunter2", "-m", "with hunter2-hunter2"]
        self.assertExit(self.runbook(*answer, env=env), 0)
        self.assertExit(self.runbook("resume", "last", cwd=self.dir, env=env), 0)
        self.assertNotIn("hunter2", self.journal_path().read_text())
        self.assertEqual(self.record("approved", "go")["inputs"], {"token": "***"})


if __name__ == "__main__":
    unittest.main()
