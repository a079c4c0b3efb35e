"""A run whose engine died, or that was left, is taken up again from its journal."""

import signal
import unittest

from harness import RunbookTest
from waiting import wait_for


class Resume(RunbookTest):
    def runbook_file(self, second=""):
        return self.write(
            "test.yaml",
            f"""
            runbook: v1
            name: resumed
            params: {{ word: {{ type: string, required: true }} }}
            steps:
              - id: one
                shell: echo "one $WORD" >> did; echo kept
                env: {{ WORD: "${{{{ params.word }}}}" }}
                outputs: {{ said: result.stdout }}
                rollback: {{ shell: echo undo one >> did }}
              - id: two
                shell: echo two >> did; if [ -e go ]; then exit 0; fi; sleep 1000
                rollback: {{ shell: echo undo two >> did }}
                {second}
              - id: three
                shell: echo "three $SAID" >> did
                env: {{ SAID: "${{{{ steps.one.outputs.said }}}}" }}
            """,
        )

    def did(self):
        path = self.dir / "did"
        return path.read_text().splitlines() if path.exists() else []

    def killed_in_two(self, second=""):
        process = self.start("run", self.runbook_file(second), "-p", "word=hello", cwd=self.dir)
        wait_for(lambda: "two" in self.did(), "step two runs")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (self.dir / "go").touch()

    def resume(self, *args):
        return self.runbook("resume", "last", *args, cwd=self.dir)

    def test_a_step_in_flight_is_nobodys_guess(self):
        self.killed_in_two()
        ended = self.assertExit(self.resume(), 6)
        self.assertSays(ended, "UNKNOWN", "two", "--assume done|not-done two")
        self.assertEqual(self.did(), ["one hello", "two"])
        # Asked again it is as unknown as before, and a wrong name is not taken.
        self.assertExit(self.resume("--assume", "done", "one"), 64)
        self.assertExit(self.resume(), 6)

    def test_taken_as_done_it_goes_on_behind_it(self):
        self.killed_in_two()
        self.assertExit(self.resume("--assume", "done", "two"), 0)
        self.assertEqual(self.did(), ["one hello", "two", "three kept"])
        self.assertExit(self.runbook("verify", "last"), 0)
        self.assertExit(self.resume(), 64)

    def test_taken_as_not_done_it_runs_again(self):
        self.killed_in_two()
        self.assertExit(self.resume("--assume", "not-done", "two"), 0)
        self.assertEqual(self.did(), ["one hello", "two", "two", "three kept"])
        self.assertSays(self.runbook("show", "last"), "resumed", "2 attempts", "intact, sealed")

    def test_what_only_reads_runs_again_by_itself(self):
        self.killed_in_two("effect: read")
        self.assertExit(self.resume(), 0)
        self.assertEqual(self.did(), ["one hello", "two", "two", "three kept"])

    def test_what_is_idempotent_runs_again_by_itself(self):
        self.killed_in_two("idempotent: true")
        self.assertExit(self.resume(), 0)
        self.assertEqual(self.did(), ["one hello", "two", "two", "three kept"])

    def test_instead_of_going_on_it_can_be_rolled_back(self):
        self.killed_in_two()
        ended = self.assertExit(self.runbook("rollback", "last", cwd=self.dir), 7)
        self.assertSays(ended, "CANCELLED", "undone", "two, one")
        self.assertEqual(self.did(), ["one hello", "two", "undo two", "undo one"])
        self.assertExit(self.runbook("verify", "last"), 0)
        self.assertExit(self.runbook("rollback", "last", cwd=self.dir), 64)

    def test_a_runbook_that_would_not_undo_is_undone_when_asked(self):
        path = self.runbook_file()
        path.write_text(path.read_text().replace("steps:", "rollback: manual\nsteps:", 1))
        process = self.start("run", path, "-p", "word=hello", cwd=self.dir)
        wait_for(lambda: "two" in self.did(), "step two runs")
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertExit(self.runbook("rollback", "last", cwd=self.dir), 7)
        self.assertEqual(self.did(), ["one hello", "two", "undo two", "undo one"])

    def test_two_engines_never_drive_one_run(self):
        process = self.start("run", self.runbook_file(), "-p", "word=hello", cwd=self.dir)
        wait_for(lambda: "two" in self.did(), "step two runs")
        self.assertExit(self.resume(), 75)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def test_left_by_a_signal_it_can_be_taken_up(self):
        process = self.start("run", self.runbook_file("effect: read"), "-p", "word=hello", cwd=self.dir)
        wait_for(lambda: "two" in self.did(), "step two runs")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
        self.assertEqual(process.returncode, 143)
        self.assertIn(b"runbook resume", out + err)
        (self.dir / "go").touch()
        self.assertExit(self.resume(), 0)
        self.assertEqual(self.did(), ["one hello", "two", "two", "three kept"])


    def test_a_round_of_a_loop_is_settled_by_a_person(self):
        path = self.write("loop.yaml", """
            runbook: v1
            name: loop
            steps:
              - { id: each, for_each: [a, b, c], max_parallel: 1, shell: 'echo "${{ item }}" >> did; test -e go || sleep 1000' }
            """)
        did = self.dir / "did"
        process = self.start("run", path, cwd=self.dir)
        wait_for(lambda: did.exists() and did.read_text() == "a\n", "the first round to run")
        process.kill()
        process.wait()
        (self.dir / "go").touch()
        self.assertSays(self.assertExit(self.runbook("resume", "last", cwd=self.dir), 6), "each[1]")
        self.assertSays(self.assertExit(self.runbook("resume", "last", "--assume", "done", "each[2]", cwd=self.dir), 64),
                        "`each[1]`")
        self.assertExit(self.runbook("resume", "last", "--assume", "done", "each[1]", cwd=self.dir), 0)
        self.assertEqual(did.read_text(), "a\nb\nc\n")


if __name__ == "__main__":
    unittest.main()
