"""Runbooks used by runbooks, and loops: run for real, killed, resumed and rolled back."""

import json
import signal
import unittest

from harness import RunbookTest
from waiting import wait_for

PART = """
    runbook: v1
    name: part
    params:
      target: { type: string, required: true, pattern: '[a-z]+' }
      size: { type: size, default: 1KiB }
    vars: { path: "out/${{ params.target }}" }
    env: { SIZE: "${{ params.size }}" }
    preconditions:
      - shell: test -d out
    steps:
      - id: dump
        shell: touch "${{ vars.path }}"; echo "dump ${{ params.target }} $SIZE $AROUND" >> did; if [ "${{ params.target }}" = b ] && [ ! -e go ]; then sleep 1000; fi
        idempotent: true
        outputs: { path: vars.path }
        rollback: { shell: 'rm "${{ vars.path }}"; echo "undo ${{ params.target }}" >> did' }
      - id: verify
        shell: test -e "${{ steps.dump.outputs.path }}"; echo ok
        effect: read
    outputs: { path: steps.dump.outputs.path, said: steps.verify.stdout }
"""
MAIN = """
    runbook: v1
    name: main
    steps:
      - id: targets
        shell: echo '["a", "b", "c"]'
        effect: read
      - id: backup
        for_each: steps.targets.json
        use: lib/part
        with: { target: "${{ item }}", size: 2KiB }
        env: { AROUND: "n${{ index }}" }
      - id: last
        shell: echo "paths ${{ json.encode(steps.backup.outputs.path) }}" >> did; if [ -e fail ]; then exit 1; fi
        effect: read
"""


class Reuse(RunbookTest):
    def setUp(self):
        super().setUp()
        (self.dir / "lib").mkdir()
        (self.dir / "out").mkdir()
        self.write("lib/part.yaml", PART)
        self.main = self.write("main.yaml", MAIN)

    def did(self):
        path = self.dir / "did"
        return path.read_text().splitlines() if path.exists() else []

    ALL = ["dump a 2048 n1", "dump b 2048 n2", "dump c 2048 n3", 'paths ["out/a","out/b","out/c"]']

    def test_each_item_has_the_whole_runbook(self):
        (self.dir / "go").touch()
        self.assertExit(self.runbook("run", self.main, cwd=self.dir), 0)
        self.assertEqual(self.did(), self.ALL)
        shown = self.assertExit(self.runbook("show", "last", cwd=self.dir), 0)
        # What a loop added stands where the loop does.
        order = ["targets", "backup[1].dump", "backup[1].verify", "backup[2].dump", "backup[3].verify", "last"]
        places = [shown.out.index(name) for name in order]
        self.assertEqual(places, sorted(places))
        self.assertExit(self.runbook("verify", "last", cwd=self.dir), 0)

    def test_a_failure_undoes_each_instance_newest_first(self):
        (self.dir / "go").touch()
        (self.dir / "fail").touch()
        self.assertExit(self.runbook("run", self.main, cwd=self.dir), 3)
        self.assertEqual(self.did(), self.ALL + ["undo c", "undo b", "undo a"])
        self.assertEqual(list((self.dir / "out").iterdir()), [])

    def killed_in_b(self):
        process = self.start("run", self.main, cwd=self.dir)
        wait_for(lambda: "dump b 2048 n2" in self.did(), "the second instance runs")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (self.dir / "go").touch()
        # The run has its own copy of both files.
        (self.dir / "lib" / "part.yaml").unlink()
        (self.dir / "main.yaml").write_text("no longer a runbook\n")

    def test_killed_inside_a_loop_it_is_resumed_to_the_end(self):
        self.killed_in_b()
        self.assertExit(self.runbook("resume", "last", cwd=self.dir), 0)
        self.assertEqual(self.did(), ["dump a 2048 n1", "dump b 2048 n2", *self.ALL[1:]])
        self.assertExit(self.runbook("verify", "last", cwd=self.dir), 0)

    def test_killed_inside_a_loop_it_is_rolled_back(self):
        self.killed_in_b()
        self.assertExit(self.runbook("rollback", "last", cwd=self.dir), 7)
        self.assertEqual(self.did()[-1], "undo a")

    def test_a_run_with_loops_that_succeeded_is_rolled_back_later(self):
        (self.dir / "go").touch()
        self.assertExit(self.runbook("run", self.main, cwd=self.dir), 0)
        self.assertExit(self.runbook("rollback", "last", "--yes", cwd=self.dir), 0)
        self.assertEqual(self.did(), self.ALL + ["undo c", "undo b", "undo a"])
        shown = self.assertExit(self.runbook("show", "last", cwd=self.dir), 0)
        self.assertSays(shown, "backup[2].dump")
        self.assertExit(self.runbook("verify", "last", cwd=self.dir), 0)

    def test_the_event_stream_tells_what_a_loop_added(self):
        (self.dir / "go").touch()
        ended = self.assertExit(self.runbook("run", self.main, "--output", "json", cwd=self.dir), 0)
        events = [json.loads(line) for line in ended.out.splitlines() if line.startswith("{")]
        expanded = [event for event in events if event.get("type") == "loop_expanded"]
        self.assertEqual([event["items"] for event in expanded], [["a", "b", "c"]])
        self.assertIn("backup[3].dump", [node["name"] for node in expanded[0]["nodes"]])

    def test_an_input_that_does_not_fit_fails_before_anything_runs(self):
        self.write("main.yaml", MAIN.replace('"a", "b"', '"A7", "b"'))
        ended = self.assertExit(self.runbook("run", self.main, cwd=self.dir), 1)
        self.assertSays(ended, "the input `target` must match")
        self.assertEqual(self.did(), [])
        self.assertSays(self.runbook("show", "last", cwd=self.dir), "backup[1]", "the input `target` must match")

    def test_mistakes_are_told_with_places_in_both_files(self):
        self.write("main.yaml", MAIN.replace("size: 2KiB", "sice: 2KiB"))
        ended = self.assertExit(self.runbook("validate", self.main, cwd=self.dir), 65)
        self.assertSays(ended, "`lib/part` has no parameter `sice`", "did you mean `size`?")
        self.write("lib/part.yaml", PART.replace("effect: read", "use: ../main.yaml").replace('shell: test -e "${{ steps.dump.outputs.path }}"; echo ok', ""))
        ended = self.assertExit(self.runbook("validate", self.main, cwd=self.dir), 65)
        self.assertSays(ended, "a runbook cannot use itself", "→")

    def test_the_library_and_runbook_path(self):
        (self.dir / "own").mkdir()
        self.write("own/tool.yaml", "runbook: v1\nname: tool\nsteps: [{ id: s, shell: echo tool >> did }]\n")
        self.write("main.yaml", "runbook: v1\nname: main\nsteps: [{ use: tool }, { use: std/tool }]\n")
        env = {"RUNBOOK_PATH": str(self.dir / "own"), "RUNBOOK_STDLIB": str(self.dir / "own")}
        self.assertExit(self.runbook("run", self.main, cwd=self.dir, env=env), 0)
        self.assertEqual(self.did(), ["tool", "tool"])


if __name__ == "__main__":
    unittest.main()
