#!/usr/bin/python3
"""What runs, in which order, how often, and what later steps know of it."""

from harness import RunbookTest, main


class Flow(RunbookTest):
    def note(self, word):
        """A command that writes the word to a common list."""
        return f"echo {word} >> {self.dir}/order"

    def order(self):
        path = self.dir / "order"
        return path.read_text().split() if path.exists() else []

    def test_steps_run_one_after_the_other(self):
        self.run_steps("".join(f"- {{ id: {w}, shell: {self.note(w)} }}\n" for w in ("a", "b", "c")))
        self.assertEqual(self.order(), ["a", "b", "c"])

    def test_members_of_parallel_run_together(self):
        # Each waits for the other: one after the other they would never end.
        meet = "touch {d}/{me}; while [ ! -e {d}/{other} ]; do sleep 0.02; done"
        ended = self.run_steps(f"""
            - id: both
              timeout: 60s
              parallel:
                - {{ id: left, shell: "{meet.format(d=self.dir, me="l", other="r")}" }}
                - {{ id: right, shell: "{meet.format(d=self.dir, me="r", other="l")}" }}
            - {{ id: after, shell: {self.note("after")} }}
        """)
        self.assertExit(ended, 0)
        self.assertEqual(self.order(), ["after"])

    def test_needs_decides_what_a_step_waits_for(self):
        wait = "while [ ! -e {d}/free ]; do sleep 0.02; done".format(d=self.dir)
        ended = self.run_steps(f"""
            - {{ id: slow, shell: "{wait}; {self.note("slow")}" }}
            - {{ id: free, needs: [], shell: "{self.note("free")}; touch {self.dir}/free" }}
            - {{ id: both, needs: [slow, free], shell: {self.note("both")} }}
        """)
        self.assertExit(ended, 0)
        self.assertEqual(self.order(), ["free", "slow", "both"])

    def test_a_group_is_one_step_to_those_around_it(self):
        ended = self.run_steps(f"""
            - id: phase
              steps:
                - {{ id: one, shell: {self.note("one")}, rollback: {{ shell: {self.note("undo-one")} }} }}
                - {{ id: two, shell: {self.note("two")}, rollback: {{ shell: {self.note("undo-two")} }} }}
              rollback: {{ shell: {self.note("undo-phase")} }}
            - {{ id: fails, needs: [phase], shell: "{self.note("fails")}; exit 1" }}
            - {{ id: never, shell: {self.note("never")} }}
        """)
        self.assertExit(ended, 3)
        self.assertEqual(self.order(), ["one", "two", "fails", "undo-two", "undo-one", "undo-phase"])

    def test_retry_until_it_works(self):
        ended = self.run_steps(f"""
            - id: third
              shell: |
                echo x >> {self.dir}/count
                [ "$(wc -l < {self.dir}/count)" -eq 3 ]
              retry: {{ attempts: 5, every: 10ms }}
            - id: never
              shell: exit 4
              retry: {{ attempts: 2, every: 10ms }}
        """)
        self.assertExit(ended, 1)
        self.assertEqual([r["attempt"] for r in self.records("attempt_finished", "third")], [1, 2, 3])
        self.assertEqual(self.outcome("third"), "succeeded")
        self.assertEqual(len(self.records("attempt_finished", "never")), 2)
        self.assertEqual(len(self.records("retry_scheduled")), 3)

    def test_retry_only_if(self):
        ended = self.run_steps("""
            - id: a
              shell: exit 4
              retry: { attempts: 5, every: 10ms, if: result.exit_code == 3 }
        """)
        self.assertExit(ended, 1)
        self.assertEqual(len(self.records("attempt_started", "a")), 1)

    def test_when_false_skips_and_satisfies(self):
        ended = self.run_steps(
            f"""
            - {{ id: eu, when: params.region == "eu", shell: {self.note("eu")} }}
            - {{ id: us, when: params.region == "us", shell: {self.note("us")} }}
            - {{ id: after, when: steps.eu.outcome == "skipped", shell: {self.note("after")} }}
            """,
            "-p", "region=us", top="params: { region: { type: string, one_of: [eu, us] } }",
        )  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(self.order(), ["us", "after"])
        self.assertEqual(self.outcome("eu"), "skipped")

    def test_outputs_reach_later_steps(self):
        ended = self.run_steps("""
            - id: makes
              shell: |
                echo '{"port": 8080, "names": ["a", "b"]}'
                echo "color=blue" >> "$RUNBOOK_OUTPUT"
                printf 'poem<<END\\nroses\\nviolets\\nEND\\n' >> "$RUNBOOK_OUTPUT"
              outputs: { port: result.json.port, second: "result.json.names[2]" }
            - id: uses
              exec: [printf, '%s|', "${{ steps.makes.outputs.port }}", "${{ steps.makes.outputs.second }}",
                     "${{ steps.makes.outputs.color }}", "${{ steps.makes.outputs.poem }}",
                     "${{ steps.makes.exit_code }}"]
        """)
        self.assertExit(ended, 0)
        self.assertEqual(self.stdout_of("uses"), "8080|b|blue|roses\nviolets|0|")

    def test_expect_judges_a_result(self):
        ended = self.run_steps("""
            - id: count
              shell: echo 41
              expect: [{ that: tonumber(result.stdout) == 42, message: "want 42, got ${{ result.stdout }}" }]
        """)
        self.assertExit(ended, 1)
        self.assertSays(ended, "want 42, got 41")

    def test_allow_failure_goes_on_and_warns(self):
        ended = self.run_steps(f"""
            - {{ id: a, shell: exit 1, allow_failure: true }}
            - {{ id: b, shell: {self.note("b")} }}
        """)
        self.assertExit(ended, 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertEqual(self.order(), ["b"])

    def test_siblings_finish_before_the_rollback_newest_first(self):
        wait = f"while [ ! -e {self.dir}/failed ]; do sleep 0.02; done"
        ended = self.run_steps(f"""
            - {{ id: zero, shell: {self.note("zero")}, rollback: {{ shell: {self.note("undo-zero")} }} }}
            - id: both
              parallel:
                - {{ id: long, shell: "{wait}; {self.note("long")}", rollback: {{ shell: {self.note("undo-long")} }} }}
                - {{ id: bad, needs: [], shell: "touch {self.dir}/failed; exit 1" }}
        """)
        self.assertExit(ended, 3)
        self.assertEqual(self.order(), ["zero", "long", "undo-long", "undo-zero"])

    def test_the_failed_step_is_undone_too(self):
        self.assertExit(self.run_steps(
            f"- {{ id: half, shell: \"{self.note('half')}; exit 1\", rollback: {{ shell: {self.note('undo-half')} }} }}"
        ), 3)  # fmt: skip
        self.assertEqual(self.order(), ["half", "undo-half"])

    def test_a_failed_undo_does_not_stop_the_others(self):
        ended = self.run_steps(f"""
            - {{ id: one, shell: 'true', rollback: {{ shell: {self.note("undo-one")} }} }}
            - id: two
              shell: 'true'
              rollback: {{ shell: "{self.note("undo-two")}; exit 1", retry: {{ attempts: 2, every: 10ms }} }}
            - {{ id: bad, shell: exit 1 }}
        """)
        self.assertExit(ended, 4)
        self.assertEqual(self.order(), ["undo-two", "undo-two", "undo-one"])

    def handlers(self):
        return "\n".join(
            f"{kind}:\n  - shell: {self.note(kind + '-${{ run.outcome }}')}"
            for kind in ("on_failure", "on_success", "finally")
        )

    def test_which_shell_runs_a_script_and_which_codes_are_success(self):
        ended = self.run_steps(f"""
            - {{ id: default, shell: 'echo "bash ${{BASH_VERSION:-none}}"; false | true' }}
            - id: own
              shell: {{ run: 'echo "${{BASH_VERSION:+bash}}"; exit 3', shell: bash, ok_exit_codes: [0, 3] }}
            - {{ id: other, shell: {{ run: exit 4, ok_exit_codes: [0, 3] }} }}
        """, top="defaults: { shell: sh }")
        self.assertExit(ended, 1)
        self.assertEqual(self.stdout_of("default"), "bash none\n")
        self.assertEqual((self.stdout_of("own"), self.outcome("own")), ("bash\n", "succeeded"))
        self.assertEqual(self.outcome("other"), "failed")

    def test_handlers_after_success(self):
        self.assertExit(self.run_steps("- { id: a, shell: 'true' }", top=self.handlers()), 0)
        self.assertEqual(self.order(), ["on_success-succeeded", "finally-succeeded"])

    def test_handlers_after_rollback(self):
        ended = self.run_steps(
            f"- {{ id: a, shell: exit 1, rollback: {{ shell: {self.note('undo')} }} }}", top=self.handlers()
        )
        self.assertExit(ended, 3)
        self.assertEqual(self.order(), ["undo", "on_failure-rolled_back", "finally-rolled_back"])

    def test_a_whole_run_has_a_deadline(self):
        ended = self.run_steps(f"- {{ id: a, shell: sleep 1000, kill_after: 1s }}",
                               top=f"timeout: 1s\nfinally: [{{ shell: {self.note('finally')} }}]")  # fmt: skip
        self.assertExit(ended, 1)
        self.assertEqual(self.order(), ["finally"])
        self.assertNobodyLeft()

    def test_a_wait_and_an_attempt_timeout(self):
        ended = self.run_steps("""
            - { id: pause, wait: 20ms }
            - id: hangs_once
              shell: '[ -e again ] || { touch again; sleep 1000; }'
              attempt_timeout: 1s
              kill_after: 1s
              retry: { attempts: 2, every: 10ms }
              cwd: %s
        """ % self.dir)  # fmt: skip
        self.assertExit(ended, 0)
        outcomes = [record["outcome"] for record in self.records("attempt_finished", "hangs_once")]
        self.assertEqual(outcomes, ["timed_out", "succeeded"])


if __name__ == "__main__":
    main()
