#!/usr/bin/python3
"""`run --skip` and `run --from`: what a person leaves out of a run."""

import signal

from harness import RunbookTest, main
from waiting import wait_for


class Skips(RunbookTest):
    def steps(self):
        note = f"echo $RUNBOOK_STEP >> {self.dir}/order"
        return f"""
            - {{ id: build, shell: "{note}; echo app.tar", outputs: {{ file: result.stdout }} }}
            - id: deploy
              steps:
                - {{ id: copy, shell: "{note}" }}
                - {{ id: switch, shell: "{note}" }}
            - {{ id: tell, shell: "{note}; echo ${{{{ default(steps.build.outputs.file, 'nothing') }}}} > {self.dir}/told" }}
        """

    def order(self):
        path = self.dir / "order"
        return path.read_text().split() if path.exists() else []

    def reasons(self):
        return {r["step"]: r["reason"] for r in self.records("step_skipped")}

    def test_what_is_skipped_does_not_run_and_says_who_left_it_out(self):
        ended = self.run_steps(self.steps(), "--skip", "build", "--skip", "deploy.copy")
        self.assertExit(ended, 0)
        self.assertEqual(self.order(), ["switch", "tell"])
        self.assertEqual((self.dir / "told").read_text(), "nothing\n")
        by = f"--skip by {self.record('run_started')['user']}"
        self.assertEqual(self.reasons(), {"build": by, "copy": by})
        self.assertSays(ended, by)
        self.assertExit(self.runbook("verify", "last"), 0)

    def test_from_begins_inside_a_group_and_preconditions_still_count(self):
        path = self.file(self.steps(), top=f"preconditions: [{{ shell: '[ -e {self.dir}/ready ]' }}]")
        self.assertExit(self.runbook("run", path, "--from", "switch"), 77)
        self.assertEqual(self.order(), [])
        (self.dir / "ready").touch()
        self.assertExit(self.runbook("run", path, "--from", "switch"), 0)
        self.assertEqual(self.order(), ["switch", "tell"])
        self.assertEqual(self.reasons(), {"build": "--from switch", "copy": "--from switch"})

    def test_nothing_begins_when_a_step_is_unknown_or_would_be_missed(self):
        path = self.file(self.steps().replace("default(steps.build.outputs.file, 'nothing')", "steps.build.outputs.file"))
        typo = self.assertExit(self.runbook("run", path, "--from", "swich"), 64)
        self.assertSays(typo, "there is no step `swich`", "did you mean `switch`?")
        missed = self.assertExit(self.runbook("run", path, "--from", "switch"), 64)
        self.assertSays(missed, "`tell` reads `steps.build.outputs.file`, but `build` would be skipped (--from switch)",
                        "write `default(steps.build.outputs.file, …)`", f"--> {path}:")  # fmt: skip
        self.assertEqual(self.run_dirs(), [])
        self.assertEqual(self.order(), [])

    def test_a_resume_leaves_out_the_same(self):
        steps = self.steps() + f"""
            - {{ id: waits, idempotent: true, shell: "touch {self.dir}/here; while [ ! -e {self.dir}/gate ]; do sleep 0.02; done" }}
            - {{ id: late, shell: "echo late >> {self.dir}/order" }}
            - {{ id: last, shell: "echo last >> {self.dir}/order" }}
        """
        process = self.start("run", self.file(steps), "--skip", "late", "--from", "tell")
        wait_for(lambda: (self.dir / "here").exists(), "the run to be under way")
        process.send_signal(signal.SIGKILL)
        process.wait()
        (self.dir / "gate").touch()
        self.assertExit(self.runbook("resume", "last"), 0)
        self.assertEqual(self.order(), ["tell", "last"])
        self.assertEqual(sorted(self.reasons()), ["build", "deploy", "late"])


if __name__ == "__main__":
    main()
