#!/usr/bin/python3
"""What a person is told about a mistake: where it is, and what was probably meant."""

from harness import ROOT, RUNBOOKS, RunbookTest, main


class Mistakes(RunbookTest):
    def test_an_unknown_key(self):
        path = self.file("- { id: one, shell: 'true' }\n- id: two\n  shell: 'true'\n  neeeds: [one]")
        ended = self.assertExit(self.runbook("validate", path), 65)
        line = path.read_text().split("\n").index("    neeeds: [one]") + 1
        self.assertSays(ended, "error[RB014]", "unknown key `neeeds`", f"test.yaml:{line}:5", "^^^^^^")
        self.assertSays(ended, "did you mean `needs`?")

    def test_all_mistakes_of_a_file_in_one_go(self):
        path = self.file("""
            - { id: a, shell: 'true', timeout: 5 }
            - { id: b, shell: 'true', exec: ['true'] }
            - { id: c, shell: 'true', when: 'steps.b.outcom == "x"' }
        """)
        ended = self.assertExit(self.runbook("validate", path), 65)
        self.assertSays(ended, "which unit?", "RB015", "outcom")
        self.assertGreaterEqual(ended.out.count("error[") + ended.err.count("error["), 3)

    def test_an_unknown_step(self):
        path = self.file("- { id: migrate, shell: 'true' }\n- { id: b, shell: 'true', needs: [migrat] }")
        ended = self.assertExit(self.runbook("validate", path), 65)
        self.assertSays(ended, "RB022", "`migrat`", "did you mean `migrate`")

    def test_a_cycle_is_printed(self):
        path = self.file("- { id: a, shell: 'true', needs: [b] }\n- { id: b, shell: 'true', needs: [a] }")
        self.assertSays(self.assertExit(self.runbook("validate", path), 65), "RB023", "a", "b")

    def test_yaml_traps(self):
        for name, text in {
            "tab": "runbook: v1\nname: x\nsteps:\n\t- shell: x\n",
            "duplicate": "runbook: v1\nname: x\nname: y\nsteps: []\n",
            "anchor": "runbook: v1\nname: &a x\nsteps: [{ shell: x }]\n",
            "quote": "runbook: v1\nname: 'x\nsteps: []\n",
            "empty": "",
            "comma": ",",
            "binary": "runbook: v1\nname: x\0\n",
        }.items():
            with self.subTest(name):
                path = self.dir / f"{name}.yaml"
                path.write_text(text)
                ended = self.assertExit(self.runbook("validate", path), 65)
                self.assertIn(f"{name}.yaml", ended.out + ended.err)

    def test_near_misses_on_the_command_line(self):
        path = self.file("- { id: a, shell: 'true' }", "params: { version: { type: string, default: x } }")
        self.assertSays(self.assertExit(self.runbook("valdate", path), 64), "did you mean", "validate")
        self.assertSays(self.assertExit(self.runbook("run", path, "--ouput", "plain"), 64), "did you mean", "--output")
        self.assertSays(self.assertExit(self.runbook("run", path, "-p", "versoin=1"), 65), "did you mean", "version")
        self.assertSays(self.assertExit(self.runbook("run", path, "--output", "fancy"), 64), "fancy")
        self.assertExit(self.runbook("run", path), 0)
        self.assertSays(self.assertExit(self.runbook("logs", "last", "aa"), 66), "did you mean", "`a`")

    def test_a_failed_step_is_explained(self):
        ended = self.run_steps("""
            - id: breaks
              shell: |
                seq 1 100
                echo the disk is full >&2
                exit 28
        """)
        self.assertExit(ended, 1)
        self.assertSays(ended, "breaks", "28", "the disk is full", "runbook logs")
        self.assertNotIn("\n1\n", ended.err, "only the last lines are shown")

    def test_control_characters_never_reach_a_terminal(self):
        ended = self.run_steps(r"""
            - { id: "evil", shell: "printf '\\033]0;owned\\007\\033[2J'; exit 1" }
        """, "--output", "plain")  # fmt: skip
        self.assertExit(ended, 1)
        self.assertNotIn("\x1b", ended.out + ended.err)
        self.assertNotIn("\x07", ended.out + ended.err)

    def test_the_procedures_of_this_repository_are_valid(self):
        files = sorted(RUNBOOKS.rglob("*.yaml"))
        self.assertGreaterEqual(len(files), 3)
        ended = self.assertExit(self.runbook("validate", *files, cwd=ROOT), 0)
        self.assertNotIn("warning", ended.out + ended.err)


if __name__ == "__main__":
    main()
