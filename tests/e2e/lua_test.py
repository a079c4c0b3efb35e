#!/usr/bin/python3
"""`lua` steps: real scripts in processes of their own, with modules, secrets, and an engine that dies."""

import os
import signal

from harness import RunbookTest, main
from waiting import wait_for


def descendants(pid):
    """All processes below this one, by /proc."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry))
    found, open_ones = [], [pid]
    while open_ones:
        for child in parents.get(open_ones.pop(), []):
            found.append(child)
            open_ones.append(child)
    return found


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
            return comm.read().strip()
    except OSError:
        return None


def scripts_below(pid):
    return [p for p in descendants(pid) if name_of(p) == "rb-lua"]


STUCK = """
    - id: stuck
      lua: |
        log("going")
        -- one call of C that takes longer than anybody waits
        return { x = string.find(("a"):rep(5000), (".-"):rep(30) .. "b") }
"""


class Lua(RunbookTest):
    def test_what_a_script_returns_is_read_by_later_steps(self):
        ended = self.run_steps(f"""
            - id: measured
              shell: |
                echo '{{"disks": [{{"name": "a", "used": 41}}, {{"name": "b", "used": 97}}]}}'
            - id: judged
              lua: |
                local worst = {{ used = -1 }}
                for _, disk in ipairs(steps.measured.json.disks) do
                  log(disk.name, disk.used .. " %")
                  if disk.used > worst.used then worst = disk end
                end
                if worst.used > params.most then warn("disk " .. worst.name .. " is at " .. worst.used .. " %") end
                return {{ worst = worst.name, all = keys(worst) }}
            - id: told
              shell: echo "${{{{ steps.judged.outputs.worst }}}} ${{{{ steps.judged.outputs.all }}}}" > {self.dir}/told
        """, "-p", "most=90", top="params: { most: { type: integer, default: 50 } }")  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual((self.dir / "told").read_text(), 'b ["name","used"]\n')
        self.assertEqual(self.outcome("judged"), "warned")
        self.assertSays(ended, "disk b is at 97 %", "judged | a 41 %")
        self.assertEqual(self.record("attempt_finished", "judged")["warnings"], ["disk b is at 97 %"])
        self.assertExit(self.runbook("verify", "last"), 0)

    def test_a_script_that_is_stuck_is_stopped_by_its_timeout(self):
        ended = self.run_steps(STUCK + "      timeout: 1s\n")
        self.assertExit(ended, 1)
        self.assertEqual(self.outcome("stuck"), "timed_out")
        self.assertSays(ended, "stuck | going", "timed out after 1.0s")
        self.assertEqual(self.records("kill_sent"), [])

    def test_a_script_that_wants_all_memory_fails_and_says_so(self):
        ended = self.run_steps("""
            - id: hog
              lua: |
                local t = {}
                for i = 1, 1e9 do t[i] = ("x"):rep(100000) .. i end
        """)  # fmt: skip
        self.assertExit(ended, 1)
        self.assertSays(ended, "the script used more than 256 MiB of memory")

    def test_fail_says_why_and_errors_say_where(self):
        ended = self.run_steps("""
            - id: checked
              allow_failure: true
              lua: 'fail("only " .. 3 .. " replicas")'
            - id: broken
              lua: |
                local answer = {}

                return { n = answer.items.count }
        """)  # fmt: skip
        self.assertExit(ended, 1)
        self.assertEqual(self.record("step_finished", "checked")["message"], "only 3 replicas")
        self.assertEqual(self.record("step_finished", "broken")["message"], "`items` (nil) has no fields (line 13)")

    def test_scripts_are_preconditions_rollbacks_and_handlers_too(self):
        ended = self.run_steps("""
            - id: changed
              shell: echo v2
              rollback: { lua: 'log("undo of", steps.changed.outcome)' }
            - id: fails
              preconditions: [{ lua: 'if steps.changed.stdout ~= "v1" then fail("not v1 but " .. steps.changed.stdout) end' }]
              shell: exit 0
        """, top="""
            preconditions: [{ name: Has a name, lua: 'if run.name ~= "test" then fail("no") end' }]
            on_failure: [{ lua: 'log("told of", run.failed_step, run.outcome)' }]
        """)  # fmt: skip
        self.assertExit(ended, 3)
        self.assertSays(ended, "precondition not met: not v1 but v2", "undo of succeeded", "told of fails rolled_back")

    def test_an_unmet_precondition_refuses_the_run(self):
        ended = self.run_steps("- shell: exit 1", top="preconditions: [{ lua: 'fail(\"not today\")' }]")
        self.assertExit(ended, 77)
        self.assertSays(ended, "not today")

    def test_a_script_dies_with_its_engine_and_runs_again_on_resume(self):
        process = self.start("run", self.file("""
            - id: first
              lua: return { n = 7 }
            - id: stuck
              lua: |
                log("going")
                if attempt == 1 then string.find(("a"):rep(5000), (".-"):rep(30) .. "b") end
                return { n = steps.first.outputs.n + attempt }
            - id: last
              shell: echo "n=${{ steps.stuck.outputs.n }}"
        """))  # fmt: skip
        wait_for(lambda: len(scripts_below(process.pid)) == 1 and self.records("attempt_started", "stuck"), "the script to run")
        below = descendants(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for(lambda: all(name_of(p) is None for p in below), "everything to be gone with the engine")
        ended = self.runbook("resume", "last")
        self.assertExit(ended, 0)
        self.assertSays(ended, "last | n=9")

    def test_a_resume_runs_the_modules_of_the_start(self):
        (self.dir / "lua").mkdir()
        module = self.dir / "lua/version.lua"
        module.write_text('local base = require "base"\nreturn { name = base.prefix .. "one" }\n')
        (self.dir / "lua/base.lua").write_text('return { prefix = "from " }\n')
        gate = self.dir / "gate"
        path = self.file(f"""
            - id: early
              lua: 'return {{ name = require("version").name }}'
            - id: waits
              idempotent: true
              shell: touch {self.dir}/here; while [ ! -e {gate} ]; do sleep 0.02; done
            - id: late
              lua: 'return {{ name = require("version").name, same = require("version").name == steps.early.outputs.name }}'
        """)  # fmt: skip
        process = self.start("run", path)
        wait_for(lambda: (self.dir / "here").exists(), "the run to be under way")
        process.send_signal(signal.SIGKILL)
        process.wait()
        module.write_text('return { name = "another" }\n')
        gate.touch()
        self.assertExit(self.runbook("resume", "last"), 0)
        outputs = self.record("attempt_finished", "late")["result"]["outputs"]
        self.assertEqual(outputs, {"name": "from one", "same": True})
        self.assertEqual((self.run_dir() / "runbook/lua/base.lua").read_text(), 'return { prefix = "from " }\n')
        self.assertSays(self.assertExit(self.runbook("verify", "last"), 0), "the runbook's snapshot")

    def test_modules_come_from_RUNBOOK_PATH_too_and_mistakes_in_them_have_their_place(self):
        team = self.dir / "team/lua"
        team.mkdir(parents=True)
        (team / "hosts.lua").write_text("local M = {}\nfunction M.all() return { 'a', 'b' } end\nreturn M\n")
        path = self.file("- { id: s, lua: 'return { n = #require(\"hosts\").all() }' }")
        env = {"RUNBOOK_PATH": self.dir / "team"}
        self.assertExit(self.runbook("run", path, env=env), 0)
        self.assertEqual(self.record("attempt_finished", "s")["result"]["outputs"], {"n": 2})
        missing = self.assertExit(self.runbook("validate", self.file("- lua: 'require \"hots\"'", name="typo"), env=env), 65)
        self.assertSays(missing, "the module `hots` does not exist", "did you mean `hosts`?")
        (team / "hosts.lua").write_text("local M = {}\nfunction M.all() return params.hosts end\nreturn M\n")
        broken = self.assertExit(self.runbook("validate", path, env=env), 65)
        self.assertSays(broken, "a module does not see `params`", f"--> {team}/hosts.lua:2:25")

    def test_the_modules_of_the_standard_library_work_on_what_programs_print(self):
        ended = self.run_steps("""
            - id: disks
              shell: df -P -l
            - id: judged
              lua: |
                local columns, stats, version = require "columns", require "stats", require "version"
                local names = { "device", "blocks", "used", "free", "percent", "mount" }
                local rows = columns.parse(steps.disks.stdout, { names = names })
                local used = map(rows, function(row) return tonumber((row.percent:gsub("%%", ""))) or 0 end)
                log(columns.format(rows, { "mount", "percent" }))
                return { disks = #rows, worst = stats.summary(used).max, newer = version.satisfies("2.1.0", "^2") }
        """)  # fmt: skip
        self.assertExit(ended, 0)
        outputs = self.record("attempt_finished", "judged")["result"]["outputs"]
        self.assertGreater(outputs["disks"], 0)
        self.assertTrue(0 <= outputs["worst"] <= 100 and outputs["newer"], outputs)
        self.assertSays(ended, "judged | mount")

    def test_secrets_reach_a_script_but_nothing_that_is_kept(self):
        secret = "hunter2-and-more"
        ended = self.run_steps("""
            - id: used
              lua: |
                log("it is " .. secrets.token)
                warn(secrets.token)
                return { token = secrets.token, sum = sha256(secrets.token), list = { { secrets.token } } }
            - id: broken
              lua: error("with " .. secrets.token)
        """, top="secrets: { token: { env: TOKEN } }", env={"TOKEN": secret})  # fmt: skip
        self.assertExit(ended, 1)
        self.assertNotIn(secret, ended.out + ended.err)
        for path in self.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        outputs = self.record("attempt_finished", "used")["result"]["outputs"]
        self.assertEqual(outputs["token"], "***")
        self.assertEqual(len(outputs["sum"]), 64)

    def test_the_hidden_mode_says_what_it_is(self):
        ended = self.runbook("--lua-process")
        self.assertExit(ended, 64)
        self.assertSays(ended, "for the engine itself")


if __name__ == "__main__":
    main()
