#!/usr/bin/python3
"""The table of exit codes, each produced by a real run. (130 and 143: stopping_test.)"""

from harness import RunbookTest, main

UNDOABLE = "- { id: change, shell: 'true', rollback: { shell: 'true' } }\n"


class ExitCodes(RunbookTest):
    def test_0_succeeded(self):
        self.assertExit(self.run_steps("- { id: a, shell: 'true' }"), 0)
        self.assertEqual(self.run_outcome(), "succeeded")

    def test_0_warned(self):
        ended = self.run_steps("- { id: a, shell: 'true', expect: [{ that: result.exit_code == 1, level: warn }] }")
        self.assertExit(ended, 0)
        self.assertEqual(self.run_outcome(), "warned")

    def test_1_failed_left_as_is(self):
        self.assertExit(self.run_steps("- { id: a, shell: exit 9 }"), 1)
        self.assertEqual(self.run_outcome(), "failed")
        self.assertExit(self.run_steps(UNDOABLE + "- { id: a, shell: exit 9 }", top="rollback: never"), 1)

    def test_1_a_handler_failed(self):
        ended = self.run_steps("- { id: a, shell: 'true' }", top="finally: [{ shell: exit 2 }]")
        self.assertExit(ended, 1)
        self.assertEqual(self.run_outcome(), "succeeded")

    def test_3_rolled_back(self):
        self.assertExit(self.run_steps(UNDOABLE + "- { id: a, shell: exit 9 }"), 3)
        self.assertEqual(self.run_outcome(), "rolled_back")

    def test_4_rollback_incomplete(self):
        ended = self.run_steps("""
            - { id: stuck, shell: 'true', rollback: { shell: exit 1 } }
            - { id: a, shell: exit 9 }
        """)
        self.assertExit(ended, 4)
        self.assertEqual(self.run_outcome(), "rollback_incomplete")
        self.assertSays(ended, "stuck")

    def test_4_something_irreversible_was_done(self):
        mail = "- { id: mail, shell: 'true', effect: irreversible, why: it is sent }\n"
        ended = self.run_steps(UNDOABLE + mail + "- { id: a, shell: exit 9 }")
        self.assertExit(ended, 4)
        self.assertSays(ended, "mail")

    def test_64_usage(self):
        for words in (["frobnicate"], ["run"], ["run", "a.yaml", "--no-such-flag"], ["verify"], []):
            with self.subTest(words):
                self.assertExit(self.runbook(*words), 64)

    def test_65_invalid(self):
        self.assertExit(self.runbook("run", self.write("bad.yaml", "runbook: v1\nname: x\nstepz: []\n")), 65)
        self.assertExit(self.runbook("validate", self.dir / "bad.yaml"), 65)
        path = self.file("- { id: a, shell: 'true' }", "params: { n: { type: integer, required: true } }")
        for args in ([], ["-p", "n=x"], ["-p", "n=1", "-p", "m=2"]):
            with self.subTest(args):
                self.assertExit(self.runbook("run", path, *args), 65)
        self.assertExit(self.runbook("run", path, "-p", "n=1"), 0)

    def test_66_not_found(self):
        ended = self.assertExit(self.runbook("run", self.dir / "missing.yaml"), 66)
        self.assertSays(ended, "missing.yaml")
        self.assertExit(self.runbook("show", "20000101"), 66)

    def test_74_the_journal_cannot_be_written(self):
        self.state.write_text("a file where the directory should be\n")
        ended = self.assertExit(self.run_steps(f"- {{ id: a, shell: touch {self.dir}/ran }}"), 74)
        self.assertSays(ended, str(self.state))
        self.assertFalse((self.dir / "ran").exists(), "a step ran without a journal")

    def test_77_refused(self):
        ended = self.run_steps(
            f"- {{ id: a, shell: touch {self.dir}/ran }}",
            top=f"preconditions: [{{ name: Moon is full, shell: 'false' }}]\n"
            f"on_failure: [{{ shell: touch {self.dir}/handled }}]\nfinally: [{{ shell: touch {self.dir}/handled }}]",
        )
        self.assertExit(ended, 77)
        self.assertSays(ended, "Moon is full")
        self.assertEqual(self.run_outcome(), "refused")
        self.assertFalse((self.dir / "ran").exists())
        self.assertFalse((self.dir / "handled").exists(), "a refused run runs no handlers")

    def test_help_and_version(self):
        self.assertSays(self.assertExit(self.runbook("--help"), 0), "run", "verify", "history")
        self.assertSays(self.assertExit(self.runbook("run", "--help"), 0), "--state-dir", "--on-cancel")
        self.assertSays(self.assertExit(self.runbook("--version"), 0), "runbook")


if __name__ == "__main__":
    main()
