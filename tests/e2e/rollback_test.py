#!/usr/bin/python3
"""`runbook rollback` of a run that has ended: another run undoes it."""

import signal

from harness import RunbookTest, main
from terminal import Terminal
from waiting import wait_for

DEPLOY = """
    runbook: v1
    name: deploy
    params: {{ word: {{ type: string, default: hello }} }}
    {top}
    steps:
      - id: one
        shell: echo "one" >> did; echo kept
        outputs: {{ said: result.stdout }}
        rollback: {{ shell: 'echo "undo one $SAID $WORD $RUN $RUNBOOK_RUN_ID" >> did', env: {{ SAID: "${{{{ steps.one.outputs.said }}}}", WORD: "${{{{ params.word }}}}", RUN: "${{{{ run.id }}}}" }} }}
      - {{ id: look, effect: read, shell: 'true' }}
      - {{ id: mail, shell: echo mail >> did }}
      - id: two
        shell: echo two >> did
        rollback: {{ shell: 'echo undo two >> did; if [ -e stuck ]; then exit 1; fi; until [ ! -e hold ]; do sleep 0.05; done' }}
      {more}
    on_failure: [{{ shell: echo failed >> did }}]
    on_success: [{{ shell: echo succeeded >> did }}]
    finally: [{{ shell: echo finally >> did }}]
"""


class Rollback(RunbookTest):
    def deployed(self, top="", more="", code=0):
        text = DEPLOY.format(top=top, more=more)
        path = self.write("deploy.yaml", "\n".join(line for line in text.splitlines() if line.strip()) + "\n")
        self.assertExit(self.runbook("run", path, "-p", "word=once", cwd=self.dir), code)
        self.first = self.run_dir()
        self.before = (self.first / "journal.jsonl").read_bytes()
        self.took = self.did()
        (self.dir / "did").write_text("")
        return self.first.name

    def did(self):
        return (self.dir / "did").read_text().splitlines()

    def undone(self, run):
        return ["undo two", f"undo one kept once {run} {run}", "finally"]

    def rollback(self, run, *args):
        return self.runbook("rollback", run, *args, cwd=self.dir)

    def test_a_run_that_succeeded_is_undone_with_the_values_it_had(self):
        run = self.deployed()
        (self.dir / "deploy.yaml").unlink()  # the snapshot counts
        ended = self.assertExit(self.rollback(run), 0)
        self.assertSays(ended, "will be undone, newest first", "NOT undone: mail, which has no rollback",
                        f"as before run {run}, except: mail")
        self.assertEqual(self.did(), self.undone(run))
        self.assertEqual((self.first / "journal.jsonl").read_bytes(), self.before)
        second = self.run_dir().name
        self.assertNotEqual(second, run)
        started = self.record("run_started")
        self.assertEqual(started["rollback_of"], run)
        self.assertIn(started["rollback_of_head"].encode(), self.before)
        self.assertEqual(self.run_outcome(), "rolled_back")
        self.assertEqual(self.record("run_finished")["undone"], ["two", "one"])
        self.assertSays(self.assertExit(self.runbook("verify", second), 0), f"the link to run `{run}`")
        self.assertExit(self.runbook("verify", run), 0)

        shown = self.runbook("show", run)
        self.assertSays(shown, f"later by {second}")
        shown = self.runbook("show", second)
        self.assertSays(shown, f"rollback of {run}", "undo, newest first")
        self.assertNotIn("look", shown.out)
        history = self.runbook("history")
        self.assertSays(history, f"rollback of {run}", f"rolled back later by {second}")
        for form, words in {"md": "rollback asked for", "json": f'"rollback_of": "{run}"', "html": "rollback asked for",
                            "junit": "<testsuite"}.items():
            self.assertSays(self.assertExit(self.runbook("report", second, "--format", form), 0), words)
        self.assertSays(self.runbook("report", run), "later by")

    def test_it_is_undone_once(self):
        run = self.deployed()
        self.assertExit(self.rollback(run), 0)
        second = self.run_dir().name
        self.assertSays(self.assertExit(self.rollback(run), 64), f"rolled back already, by {second}")
        self.assertSays(self.assertExit(self.rollback(second), 64), "nothing that could be undone")
        self.assertEqual(self.did(), self.undone(run))

    def test_a_failure_that_was_left_as_it_is(self):
        run = self.deployed(top="rollback: manual", more="- { id: three, shell: 'exit 3' }", code=1)
        self.assertIn("failed", self.took)
        self.assertExit(self.rollback(run), 0)
        self.assertEqual(self.did(), self.undone(run))

    def test_at_a_terminal_it_asks(self):
        run = self.deployed()
        for answer, code in (("no", 7), ("yes", 0)):
            terminal = Terminal(self, "rollback", run, cwd=self.dir)
            self.addCleanup(terminal.close)
            wait_for(lambda: terminal.read() or b"Undo 2 steps? [yes / no]" in terminal.screen, "the question")
            self.assertEqual(self.did(), [])
            terminal.type(f"perhaps\n{answer}\n")
            self.assertEqual(terminal.wait(), code, terminal.screen)
        self.assertEqual(self.did(), self.undone(run))
        self.assertEqual(len(self.run_dirs()), 2)

    def test_at_a_terminal_it_need_not_ask(self):
        run = self.deployed()
        terminal = Terminal(self, "rollback", run, "--yes", cwd=self.dir)
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait(), 0, terminal.screen)
        self.assertNotIn(b"[yes / no]", terminal.screen)
        self.assertEqual(self.did(), self.undone(run))

    def test_of_a_run_that_was_left_it_asks_too(self):
        path = self.file("""
            - { id: one, shell: echo one >> did, rollback: { shell: echo undo one >> did } }
            - { id: kept, shell: echo kept >> did }
            - { id: gate, manual: { instructions: wait } }""")
        self.assertExit(self.runbook("run", path, cwd=self.dir), 5)
        for answer, code in (("no", 7), ("yes", 7)):
            terminal = Terminal(self, "rollback", "last", cwd=self.dir)
            self.addCleanup(terminal.close)
            terminal.wait_to_show("Undo 1 step? [yes / no]")
            self.assertIn(b"NOT undone: kept, which has no rollback", terminal.screen)
            self.assertNotIn("undo one", self.did())
            terminal.type(f"perhaps\n{answer}\n")
            self.assertEqual(terminal.wait(), code, terminal.screen)
            self.assertExit(self.runbook("verify", "last"), 1 if answer == "no" else 0)
        self.assertEqual(self.did(), ["one", "kept", "undo one"])

    def test_nothing_to_undo(self):
        path = self.file("- shell: 'true'")
        self.assertExit(self.runbook("run", path), 0)
        self.assertSays(self.assertExit(self.runbook("rollback", "last"), 64), "nothing that could be undone")
        self.assertEqual(len(self.run_dirs()), 1)

    def test_an_undo_that_failed_is_tried_again(self):
        run = self.deployed(top="lock: deploy")
        (self.dir / "stuck").touch()
        ended = self.assertExit(self.rollback(run), 4)
        second = self.run_dir().name
        self.assertSays(ended, "A HUMAN IS NEEDED", f"runbook rollback {second}", "lock `deploy` stays with this run")
        self.assertEqual(self.did(), self.undone(run))
        (self.dir / "did").write_text("")
        (self.dir / "stuck").unlink()
        self.assertSays(self.assertExit(self.rollback(run), 64), f"runbook rollback {second}")
        self.assertExit(self.runbook("run", self.dir / "deploy.yaml", cwd=self.dir), 75)
        self.assertExit(self.rollback(second), 0)
        self.assertEqual(self.did(), ["undo two", "finally"])
        self.assertExit(self.runbook("verify", "last"), 0)
        self.assertExit(self.runbook("run", self.dir / "deploy.yaml", cwd=self.dir), 0)

    def test_killed_in_the_middle_it_is_taken_up_again(self):
        run = self.deployed(more="- { id: three, shell: 'true', rollback: { idempotent: true, shell: 'touch at; until [ ! -e hold ]; do sleep 0.05; done; echo undo three >> did' } }")
        (self.dir / "hold").touch()
        for command in ("resume", "rollback"):
            process = self.start("rollback" if command == "resume" else "resume",
                                 run if command == "resume" else self.run_dir().name, cwd=self.dir)
            wait_for((self.dir / "at").exists, "the undo to run")
            if command == "resume":
                self.assertExit(self.rollback(run), 75)  # somebody is at it
            process.send_signal(signal.SIGKILL)
            process.communicate()
            (self.dir / "at").unlink()
            second = self.run_dir().name
            self.assertSays(self.assertExit(self.rollback(run), 64), f"runbook resume {second}")
        (self.dir / "hold").unlink()
        self.assertExit(self.rollback(second), 0)
        self.assertEqual(self.did(), ["undo three", *self.undone(run)])
        self.assertEqual(len(self.run_dirs()), 2)
        self.assertExit(self.runbook("verify", second), 0)

    def test_what_was_changed_is_not_believed(self):
        run = self.deployed()
        journal = self.first / "journal.jsonl"
        journal.write_bytes(self.before.replace(b"once", b"ONCE", 1))
        self.assertNotIn(self.rollback(run).code, (0, 3, 4, 7))
        journal.write_bytes(self.before)
        snapshot = self.first / "runbook" / "deploy.yaml"
        text = snapshot.read_text()
        snapshot.write_text(text.replace("undo one", "undo ONE"))
        self.assertSays(self.assertExit(self.rollback(run), 74), "are not those the run started with")
        snapshot.unlink()
        self.assertNotIn(self.rollback(run).code, (0, 3, 4, 7))
        self.assertEqual(self.did(), [])
        snapshot.write_text(text)
        self.assertExit(self.rollback(run), 0)
        # The link holds the first journal: what comes later cannot change it unseen.
        journal.write_bytes(self.before.replace(b"once", b"ONCE", 1))
        self.assertSays(self.assertExit(self.runbook("verify", "last"), 4), "is not the one it began with")


if __name__ == "__main__":
    main()
