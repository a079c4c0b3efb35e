#!/usr/bin/python3
"""What a step can say of its timeouts, attempts and results, its checks, probe, undo and the handlers can say too."""

import signal

from harness import RunbookTest, main
from recorder import Recorder
from waiting import wait_for

HANGS_ONCE = "[ -e again ] || { touch again; sleep 1000; }"


class Places(RunbookTest):
    def steps(self, text, *args, top="", **options):
        return self.runbook("run", self.file(text, top), *args, cwd=self.dir, **options)

    def outcomes(self, step):
        return [record["outcome"] for record in self.records("attempt_finished", step)]

    def did(self):
        path = self.dir / "did"
        return path.read_text().splitlines() if path.exists() else []

    def assertKilled(self, step):
        """It ignored TERM, and KILL ended it: `kill_after` was heard."""
        self.assertEqual(len(self.records("term_sent", step)), 1)
        self.assertEqual(len(self.records("kill_sent", step)), 1)
        self.assertNobodyLeft()


class Preconditions(Places):
    def test_it_is_checked_only_when(self):
        self.assertExit(self.steps("- { id: work, shell: echo work >> did }", top="""
            params: { strict: { type: boolean, default: false } }
            preconditions: [{ name: Ready, when: params.strict, shell: test -e ready }]
            """), 0)
        self.assertEqual(self.did(), ["work"])
        ended = self.runbook("run", self.dir / "test.yaml", "-p", "strict=true", cwd=self.dir)
        self.assertSays(self.assertExit(ended, 77), "Ready")
        self.assertEqual(self.did(), ["work"])

    def test_it_judges_by_what_it_expects(self):
        self.assertExit(self.steps("""
            - id: work
              preconditions:
                - { name: Version 2, shell: cat version, cwd: "${{ params.place }}", expect: [result.stdout == "2"] }
              shell: echo work >> did
            """, "-p", f"place={self.place('version', '1')}", top="params: { place: { type: string } }"), 1)
        self.assertEqual((self.outcome("work"), self.did()), ("failed", []))
        self.assertSays(self.runbook("show", "last"), "Version 2", 'precondition not met: expected result.stdout == "2"')
        self.place("version", "2")
        ended = self.runbook("run", self.dir / "test.yaml", "-p", f"place={self.dir}/place", cwd=self.dir)
        self.assertExit(ended, 0)
        self.assertEqual(self.did(), ["work"])

    def place(self, name, text):
        place = self.dir / "place"
        place.mkdir(exist_ok=True)
        (place / name).write_text(text + "\n")
        return place

    def test_it_may_try_again(self):
        ended = self.steps("- { id: work, shell: echo work >> did }", top=f"""
            preconditions:
              - shell: "{HANGS_ONCE}"
                attempt_timeout: 1s
                kill_after: 1s
                retry: {{ attempts: 2, every: 10ms }}
            """)
        self.assertExit(ended, 0)
        self.assertEqual(self.outcomes("precondition[1]"), ["timed_out", "succeeded"])

    def test_one_that_does_not_end_is_killed(self):
        ended = self.steps("- { id: work, shell: echo work >> did }", top=f"""
            env: {{ {self.mark.replace("=", ": ")} }}
            preconditions: [{{ shell: "trap '' TERM; sleep 1000 & while :; do sleep 1000; done", timeout: 500ms, kill_after: 200ms }}]
            """)
        self.assertExit(ended, 77)
        self.assertEqual(self.did(), [])
        self.assertKilled("precondition[1]")


class Probes(Places):
    def place(self):
        place = self.dir / "place"
        place.mkdir(exist_ok=True)
        return place

    def test_it_is_asked_in_its_own_place_and_by_its_own_name(self):
        self.place()
        ended = self.steps("""
            - id: make
              shell: echo made > place/made
              probe: { name: Is it made, exec: [cat, made], cwd: place, expect: [result.stdout == "made"] }
            """)
        self.assertExit(ended, 0)
        self.assertEqual(self.record("probe_finished", "make.probe.before")["outcome"], "failed")
        self.assertEqual(self.record("probe_finished", "make.probe.after")["outcome"], "succeeded")
        (self.dir / "place/made").write_text("by another\n")
        self.assertExit(self.runbook("run", self.dir / "test.yaml", cwd=self.dir), 0)
        self.assertEqual(self.outcome("make"), "succeeded", "what is there was not what it expects")
        self.assertExit(self.runbook("run", self.dir / "test.yaml", cwd=self.dir), 0)
        self.assertEqual(self.outcome("make"), "unchanged")

    def test_a_service_can_be_asked(self):
        service = Recorder()
        self.addCleanup(service.stop)
        service.answers = [(404, {}, ""), (200, {}, "ok")]
        ended = self.steps("""
            - id: publish
              shell: echo published >> did
              probe: { http: { url: "${{ params.url }}" } }
            """, "-p", f"url={service.url('/item')}", top="params: { url: { type: string } }")
        self.assertExit(ended, 0)
        self.assertEqual(self.did(), ["published"])
        self.assertEqual([path for _, path, _, _ in service.requests], ["/item", "/item"])
        self.assertExit(self.runbook("run", self.dir / "test.yaml", "-p", f"url={service.url('/item')}", cwd=self.dir), 0)
        self.assertEqual((self.outcome("publish"), self.did()), ("unchanged", ["published"]))

    def test_a_script_can_judge(self):
        self.assertExit(self.steps("""
            - { id: look, effect: read, shell: cat version || echo 0, outputs: { version: result.stdout } }
            - id: upgrade
              shell: echo upgrade >> did
              probe:
                lua: |
                  if steps.look.outputs.version ~= params.version then fail("it is " .. steps.look.outputs.version) end
            """, top="params: { version: { type: string, default: '0' } }"), 0)
        self.assertEqual((self.outcome("upgrade"), self.did()), ("unchanged", []))
        ended = self.runbook("run", self.dir / "test.yaml", "-p", "version=2", cwd=self.dir)
        self.assertExit(ended, 1)
        self.assertEqual(self.did(), ["upgrade"])
        self.assertSays(ended, "the effect of `upgrade` was not observed", "it is 0")

    def test_each_try_has_its_time(self):
        ended = self.steps(f"""
            - id: make
              shell: echo made >> did
              probe:
                shell: "[ -e did ] && {{ {HANGS_ONCE}; }}"
                timeout: 60s
                attempt_timeout: 1s
                kill_after: 1s
                retry: {{ attempts: 2, every: 10ms }}
            """)
        self.assertExit(ended, 0)
        self.assertEqual(self.outcomes("make.probe.after"), ["timed_out", "succeeded"])

    def test_one_that_does_not_end_is_no_answer(self):
        ended = self.steps("""
            - id: make
              shell: echo made >> did
              probe: { shell: "trap '' TERM; sleep 1000 & while :; do sleep 1000; done", timeout: 500ms, kill_after: 200ms }
            """)
        self.assertExit(ended, 1)
        self.assertEqual((self.outcome("make"), self.did()), ("failed", []))
        self.assertKilled("make.probe.before")


class Undo(Places):
    def undone(self, rollback, *args, code=3, **options):
        return self.assertExit(self.steps(f"""
            - id: work
              shell: echo work >> did
              rollback:
                {rollback}
            - {{ id: bad, shell: exit 1 }}
            """, *args, **options), code)

    def test_each_try_has_its_time(self):
        self.undone(f'{{ shell: "{HANGS_ONCE}; echo undo >> did", attempt_timeout: 1s, kill_after: 1s,'
                    " retry: { attempts: 2, every: 10ms } }")
        self.assertEqual(self.outcomes("work.undo"), ["timed_out", "succeeded"])
        self.assertEqual(self.did(), ["work", "undo"])

    def test_one_that_does_not_end_is_killed(self):
        self.undone("""{ shell: "trap '' TERM; sleep 1000 & while :; do sleep 1000; done", timeout: 500ms, kill_after: 200ms }""",
                    code=4)
        self.assertEqual(self.outcome("work.undo"), "timed_out")
        self.assertKilled("work.undo")

    def test_it_can_wait(self):
        self.undone("[{ shell: echo drain >> did }, { wait: 20ms }, { shell: echo stop >> did }]")
        self.assertEqual(self.did(), ["work", "drain", "stop"])
        self.assertEqual(self.outcome("work.undo[2]"), "succeeded")

    def test_a_person_can_undo(self):
        rollback = "- { name: Move the cable back, manual: Move the cable back }"
        self.undone(rollback, code=5)
        self.assertSays(self.runbook("show", "last"), "Move the cable back")
        self.assertExit(self.runbook("approve", "last", "work.undo"), 0)
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 3)
        self.assertEqual((self.outcome("work.undo"), self.run_outcome()), ("succeeded", "rolled_back"))

    def test_one_that_only_reads_runs_again_after_the_engine_died(self):
        self.lost_in_the_undo("effect: read")
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 3)
        self.assertEqual(self.did(), ["work", "undo", "undo"])

    def test_one_that_cannot_be_repeated_is_left_to_a_person(self):
        self.lost_in_the_undo("effect: irreversible, why: the letter is sent twice")
        ended = self.assertExit(self.runbook("resume", "last", cwd=self.dir), 4)
        self.assertSays(ended, "whether it took effect is unknown", "runbook rollback")
        self.assertEqual(self.did(), ["work", "undo"])

    def lost_in_the_undo(self, effect):
        path = self.file(f"""
            - id: work
              shell: echo work >> did
              rollback: {{ shell: "echo undo >> did; [ -e go ] || sleep 1000", {effect} }}
            - {{ id: bad, shell: exit 1 }}
            """)
        engine = self.start("run", path, cwd=self.dir)
        wait_for(lambda: "undo" in self.did(), "the undo to run")
        engine.send_signal(signal.SIGKILL)
        engine.communicate()
        (self.dir / "go").touch()


class Handlers(Places):
    def finally_(self, handlers, *args, code=0, steps="- { id: work, shell: 'true' }", top="", **options):
        top = f"{top}\nfinally:\n" + "".join(f"  - {handler}\n" for handler in handlers)
        return self.assertExit(self.steps(steps, *args, top=top, **options), code)

    def test_one_that_may_fail_changes_nothing(self):
        self.finally_(["{ shell: exit 7, allow_failure: true }", "{ shell: echo after >> did }"])
        self.assertEqual(self.did(), ["after"])
        self.assertEqual((self.record("run_finished")["failed_handlers"], self.run_outcome()), ([], "warned"))
        self.assertVerified()
        self.finally_(["{ shell: exit 7 }", "{ shell: echo after >> did }"], code=1)
        self.assertEqual(self.record("run_finished")["failed_handlers"], ["finally[1]"])

    def test_its_files_are_kept(self):
        self.finally_(["{ shell: echo report > report.txt, artifacts: [report.txt] }"])
        kept = self.record("attempt_finished", "finally[1]")["artifacts"]
        self.assertEqual([artifact["path"] for artifact in kept], ["finally[1].1/report.txt"])
        self.assertEqual((self.run_dir() / "artifacts/finally[1].1/report.txt").read_text(), "report\n")
        self.assertVerified()

    def test_each_try_has_its_time(self):
        self.finally_([f'{{ shell: "{HANGS_ONCE}; echo after >> did", attempt_timeout: 1s, kill_after: 1s,'
                       " retry: { attempts: 2, every: 10ms } }"])
        self.assertEqual(self.outcomes("finally[1]"), ["timed_out", "succeeded"])
        self.assertEqual(self.did(), ["after"])

    def test_one_that_does_not_end_is_killed_and_the_next_runs(self):
        self.finally_(["{ shell: \"trap '' TERM; sleep 1000 & while :; do sleep 1000; done\", timeout: 500ms, kill_after: 200ms }",
                       "{ shell: echo after >> did }"], code=1)
        self.assertEqual((self.outcome("finally[1]"), self.did()), ("timed_out", ["after"]))
        self.assertKilled("finally[1]")

    def test_when_it_has_something_to_do(self):
        self.finally_(["{ when: run.outcome ~= 'succeeded', shell: echo never >> did }",
                       "{ when: run.outcome == 'succeeded', wait: 20ms }", "{ shell: echo after >> did }"])
        self.assertEqual(self.record("handler_skipped")["step"], "finally[1]")
        self.assertEqual(self.outcome("finally[2]"), "succeeded")
        self.assertEqual(self.did(), ["after"])

    def test_what_it_gives_is_read_by_the_next(self):
        self.finally_(["{ id: ticket, shell: echo INC-7, outputs: { number: result.stdout } }",
                       "{ shell: 'echo \"closed ${{ steps.ticket.outputs.number }}\" >> did' }"])
        self.assertEqual(self.did(), ["closed INC-7"])

    def test_what_it_gives_is_not_there_before_it(self):
        path = self.file("- { id: work, shell: 'echo \"${{ steps.ticket.outputs.number }}\"' }",
                         "on_failure: [{ id: ticket, shell: echo INC-7, outputs: { number: result.stdout } }]\n"
                         "finally: [{ shell: 'echo \"${{ default(steps.ticket.outputs.number, \"none\") }}\" >> did' }]")
        self.assertSays(self.assertExit(self.runbook("validate", path), 65), "`ticket` may not have run yet", "it is a handler")
        path.write_text(path.read_text().replace("echo \"${{ steps.ticket.outputs.number }}\"' }", "[ -e fine ]' }", 1))
        self.assertExit(self.runbook("run", path, cwd=self.dir), 1)
        (self.dir / "fine").touch()
        self.assertExit(self.runbook("run", path, cwd=self.dir), 0)
        self.assertEqual(self.did(), ["INC-7", "none"])

    def test_those_of_a_budget_read_each_other(self):
        self.assertExit(self.steps("""
            - id: slow
              shell: until [ -e told ]; do sleep 0.02; done
              budget: 20ms
              timeout: 60s
              on_overrun:
                - { id: page, shell: echo INC-8, outputs: { number: result.stdout } }
                - shell: echo "paged ${{ steps.page.outputs.number }}" >> did; touch told
            """, top="finally: [{ shell: 'echo \"closed ${{ steps.page.outputs.number }}\" >> did' }]"), 0)
        self.assertEqual(self.did(), ["paged INC-8", "closed INC-8"])

    def test_a_person_can_act(self):
        self.finally_(["{ name: Tell the customers, manual: Tell the customers }", "{ shell: echo after >> did }"], code=5)
        self.assertEqual(self.did(), [])
        self.assertExit(self.runbook("approve", "last", "finally[1]"), 0)
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.assertEqual(self.did(), ["after"])

    def lost_in_the_handler(self, keys):
        path = self.file("- { id: work, shell: 'true' }",
                         f"finally: [{{ shell: 'echo after >> did; [ -e go ] || sleep 1000', {keys} }}]")
        engine = self.start("run", path, cwd=self.dir)
        wait_for(lambda: "after" in self.did(), "the handler to run")
        engine.send_signal(signal.SIGKILL)
        engine.communicate()
        (self.dir / "go").touch()

    def test_one_that_may_run_again_does_after_the_engine_died(self):
        self.lost_in_the_handler("idempotent: true")
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.assertEqual(self.did(), ["after", "after"])

    def test_one_that_only_reads_runs_again_after_the_engine_died(self):
        self.lost_in_the_handler("effect: read")
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.assertEqual(self.did(), ["after", "after"])

    def test_one_that_cannot_be_repeated_is_told_as_unknown(self):
        self.lost_in_the_handler("effect: irreversible, why: the mail is sent twice")
        ended = self.assertExit(self.runbook("resume", "last", cwd=self.dir), 1)
        self.assertSays(ended, "whether it took effect is unknown")
        self.assertEqual(self.did(), ["after"])


if __name__ == "__main__":
    main()
