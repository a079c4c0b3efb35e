#!/usr/bin/python3
"""Named locks: one run at a time, first come, first served, whoever dies."""

import json
import random
import signal
import stat

from harness import RunbookTest, main
from waiting import wait_for


class Locks(RunbookTest):
    def locked(self, steps, lock="lock: deploy-${{ params.env }}", name="locked", more=""):
        return self.write(
            f"{name}.yaml",
            f"""
            runbook: v1
            name: {name}
            params: {{ env: {{ type: string, default: prod }} }}
            {lock}
            {more}
            env: {{ {self.mark.replace("=", ": ")} }}
            steps:
            {steps}
            """.replace("\n            \n", "\n"),
        )

    def held(self):
        """A runbook whose step holds its lock until the file `go` is there."""
        return self.locked("  - { id: hold, shell: 'touch began; until [ -e go ]; do sleep 0.05; done' }")

    def start_holder(self, path):
        holder = self.start("run", path, cwd=self.dir)
        wait_for((self.dir / "began").exists, "the holder's step to run")
        return holder

    def let_go(self):
        (self.dir / "go").touch()

    def lock_dir(self):
        return self.state / "locks" / "deploy-prod"

    def tickets(self):
        return sorted(p.name for p in self.lock_dir().glob("ticket.*"))

    def run_on(self, *args, **options):
        return self.runbook(*args, cwd=self.dir, **options)

    # ---- held

    def test_another_run_is_told_who_holds_it(self):
        path = self.held()
        holder = self.start_holder(path)
        run = self.run_dir().name
        refused = self.assertExit(self.run_on("run", path), 75)
        self.assertSays(refused, "RB301", "lock `deploy-prod` is held", run, f"process {holder.pid}", "now `hold`")
        self.assertSays(refused, "--lock-wait", f"runbook show {run}", "locked.yaml:5:7")
        self.assertEqual(len(self.run_dirs()), 1, "nothing ran, so there is no run")
        other = self.start("run", path, "-p", "env=test", cwd=self.dir)  # another name is another lock
        wait_for(lambda: len(self.run_dirs()) == 2, "the other run to begin")
        self.let_go()
        self.assertExit(self.finish(other), 0)
        self.assertExit(self.finish(holder), 0)
        firsts = [json.loads((d / "journal.jsonl").read_text().splitlines()[0]) for d in self.run_dirs()]
        self.assertEqual(sorted(first["locks"][0] for first in firsts), ["deploy-prod", "deploy-test"])
        self.assertEqual(self.tickets(), [])

    def test_files_of_a_lock_are_private(self):
        holder = self.start_holder(self.held())
        for path in [self.state / "locks", *(self.state / "locks").rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            self.assertEqual(mode, 0o700 if path.is_dir() else 0o600, path)
        self.let_go()
        self.assertExit(self.finish(holder), 0)

    def test_any_name_is_a_safe_file_name(self):
        for env in ["../../etc", "a/b", "", ".", "ümläut", "x" * 500, "%", "a b\tc"]:
            path = self.locked("  - shell: 'true'", lock="lock: \"n${{ params.env }}\"")
            self.assertExit(self.run_on("run", path, "-p", f"env={env}"), 0)
        folders = [p.name for p in (self.state / "locks").iterdir()]
        self.assertEqual(len(folders), 8)
        self.assertIn("n..%2f..%2fetc", folders)
        self.assertEqual(sorted(p.name for p in self.state.iterdir()), ["anchors.jsonl", "locks", "runs"])

    def test_a_name_without_a_value_is_no_lock(self):
        path = self.locked("  - shell: 'true'", lock="lock: \"${{ params.env }}\"")
        self.assertSays(self.assertExit(self.run_on("run", path, "-p", "env="), 65), "the name of the lock is empty")
        path = self.locked("  - shell: 'true'", lock="lock: \"a-${{ vars.x }}-${{ params.enw }}\"", more="vars: { x: y }")
        self.assertSays(self.assertExit(self.run_on("validate", path), 65), "cannot speak of `vars`", "did you mean `env`?")
        self.assertEqual(self.run_dirs(), [])

    # ---- waiting

    def test_who_waits_is_told_what_for_and_gets_its_turn(self):
        path = self.held()
        holder = self.start_holder(path)
        run = self.run_dir().name
        waiter = self.start("run", path, "--lock-wait", "10m", cwd=self.dir)
        wait_for(lambda: len(self.tickets()) == 2, "the second ticket")
        self.let_go()
        self.assertExit(self.finish(holder), 0)
        ended = self.assertExit(self.finish(waiter), 0)
        self.assertSays(ended, "waiting up to 10m for lock `deploy-prod`, next in the queue", f"held by run {run}")
        self.assertEqual(len(self.run_dirs()), 2)

    def test_it_waits_as_long_as_the_runbook_says(self):
        path = self.held()
        holder = self.start_holder(path)
        short = self.locked("  - shell: 'true'", lock="lock: { name: deploy-prod, wait: 300ms }", name="short")
        self.assertSays(self.assertExit(self.run_on("run", short), 75), "its turn did not come in time")
        self.let_go()
        self.assertExit(self.finish(holder), 0)
        self.assertExit(self.run_on("run", short), 0)

    def test_a_signal_ends_the_waiting_at_once(self):
        path = self.held()
        holder = self.start_holder(path)
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            waiter = self.start("run", path, "--lock-wait", "10m", cwd=self.dir)
            wait_for(lambda: len(self.tickets()) == 2, "the second ticket")
            line = waiter.stderr.readline()  # it waits, and listens
            self.assertIn(b"waiting up to 10m", line)
            waiter.send_signal(number)
            self.assertSays(self.assertExit(self.finish(waiter), code), "nothing ran")
            self.assertEqual(len(self.tickets()), 1)
        self.assertEqual(len(self.run_dirs()), 1)
        self.let_go()
        self.assertExit(self.finish(holder), 0)

    def test_one_at_a_time_and_none_is_lost_whoever_is_killed(self):
        """20 at once; holders and waiters are killed at random. Whoever is inside leaves its pid in a file that must
        not be there yet, unless a dead one left it."""
        script = """
            if ! (set -C; echo $$ > inside) 2> /dev/null; then
              if kill -0 "$(cat inside)" 2> /dev/null; then echo "two at once"; exit 9; fi
              echo $$ > inside
            fi
            sleep 0.1
            echo done >> ran
            rm inside
        """
        path = self.locked("  - id: only\n                shell: |\n" + "\n".join(
            " " * 20 + line.strip() for line in script.strip().splitlines()))
        seed = random.randrange(1 << 30)
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        runs = []
        for index in range(20):
            with open(self.dir / f"said.{index}", "wb") as said:
                runs.append(self.start("run", path, "--lock-wait", "5m", cwd=self.dir, stdout=said, stderr=said))
        killed = set()
        for turn in range(8):
            before = self.done()
            wait_for(lambda: self.done() > before or all(run.poll() is not None for run in runs), "the queue to move")
            alive = [index for index, run in enumerate(runs) if run.poll() is None]
            holder = [index for index in alive if runs[index].pid == self.holder()]
            victims = holder if turn % 2 == 0 and holder else alive
            if victims:
                victim = chance.choice(victims)
                runs[victim].send_signal(signal.SIGKILL)
                killed.add(victim)
        for index, run in enumerate(runs):
            code = run.wait(timeout=120)
            said = (self.dir / f"said.{index}").read_text()
            self.assertIn(code, (0, -signal.SIGKILL) if index in killed else (0,), said)
            self.assertNotIn("two at once", said)
        self.assertGreaterEqual(self.done(), 20 - len(killed))
        # A dead one's ticket lies there until somebody comes by; it keeps nobody waiting.
        self.assertExit(self.run_on("run", path), 0)
        self.assertEqual(self.tickets(), [])
        self.assertNobodyLeft()

    def holder(self):
        for name in self.tickets():
            try:
                ticket = json.loads((self.lock_dir() / name).read_text().splitlines()[0])
            except (OSError, IndexError, ValueError):
                continue  # just given back
            if ticket["holds"]:
                return ticket["pid"]
        return None

    def done(self):
        ran = self.dir / "ran"
        return len(ran.read_text().splitlines()) if ran.exists() else 0

    # ---- kept without an engine

    def broken_undo(self, **options):
        """A run whose rollback fails: exit 4."""
        return self.locked(
            """
              - id: migrate
                shell: touch migrated
                rollback: { shell: 'test ! -e stuck && rm migrated' }
              - { id: check, shell: 'test ! -e stuck' }""".rstrip(), **options)

    def incomplete(self):
        path = self.broken_undo()
        (self.dir / "stuck").touch()
        ended = self.assertExit(self.run_on("run", path), 4)
        self.assertSays(ended, "lock `deploy-prod` stays with this run (rollback incomplete)", "runbook resolve")
        return path, self.run_dir().name

    def test_an_incomplete_rollback_keeps_it_until_a_person_resolves_it(self):
        path, run = self.incomplete()
        (self.dir / "stuck").unlink()
        refused = self.assertExit(self.run_on("run", path, "--lock-wait", "5m"), 75)
        self.assertSays(refused, "RB302", f"lock `deploy-prod` is kept by run {run}", "rollback incomplete",
                        f"runbook show {run}", f"runbook resolve {run} -m WHY")
        self.assertExit(self.run_on("resolve", run), 64)
        self.assertExit(self.run_on("resolve", run, "-m", "  "), 64)
        self.assertExit(self.run_on("run", path), 75)
        self.assertSays(self.run_on("show", run), "`deploy-prod` is kept since", f"runbook resolve {run} -m WHY")
        self.assertSays(self.assertExit(self.run_on("resolve", run, "-m", "reverted by hand"), 0), "free again")
        self.assertSays(self.run_on("show", run), "`deploy-prod` resolved at", "reverted by hand")
        self.assertSays(self.assertExit(self.run_on("resolve", run, "-m", "again"), 64), "keeps no lock")
        self.assertExit(self.run_on("run", path), 0)
        self.assertExit(self.run_on("verify", run), 0)

    def test_only_the_run_that_keeps_it_is_resolved(self):
        path, run = self.incomplete()
        other = self.locked("  - shell: 'true'", lock="", name="other")
        self.assertExit(self.run_on("run", other), 0)
        self.assertSays(self.assertExit(self.run_on("resolve", "last", "-m", "why"), 64), "keeps no lock")
        self.assertExit(self.run_on("run", path), 75)
        # It can be resolved even when its directory is gone.
        self.run_dirs()[0].rename(self.dir / "elsewhere")
        self.assertExit(self.run_on("run", path), 75)
        self.assertExit(self.run_on("resolve", run, "-m", "why"), 0)

    def test_an_engine_that_is_killed_gives_it_back_and_the_next_is_warned(self):
        path = self.held()
        holder = self.start_holder(path)
        run = self.run_dir().name
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        self.let_go()
        next_one = self.assertExit(self.run_on("run", path), 0)
        self.assertSays(next_one, f"warning: run {run}", "died holding lock `deploy-prod` and is unfinished",
                        f"runbook resume {run}")
        self.assertNotIn("warning", self.assertExit(self.run_on("run", path), 0).err)
        self.assertNobodyLeft()

    def test_a_run_that_is_stuck_keeps_it_and_takes_it_again(self):
        path = self.held()
        holder = self.start_holder(path)
        run = self.run_dir().name
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        self.let_go()
        self.assertExit(self.run_on("resume", run), 6)
        self.assertSays(self.assertExit(self.run_on("run", path), 75), f"kept by run {run}", f"runbook resume {run}")
        # Another holds the lock while it is resumed: it waits its turn like everybody.
        self.assertExit(self.run_on("resume", run, "--assume", "done", "hold"), 0)
        self.assertExit(self.run_on("run", path), 0)

    def test_a_run_that_was_left_half_way_keeps_it(self):
        path = self.held()
        holder = self.start_holder(path)
        run = self.run_dir().name
        holder.send_signal(signal.SIGTERM)
        ended = self.assertExit(self.finish(holder), 143)
        self.assertSays(ended, "lock `deploy-prod` stays with this run")
        self.assertSays(self.assertExit(self.run_on("run", path), 75), f"kept by run {run}")
        self.let_go()
        self.assertExit(self.run_on("rollback", run), 7)
        self.assertExit(self.run_on("run", path), 0)

    def test_a_run_that_only_looked_gives_it_back_when_it_is_left(self):
        path = self.locked(
            "  - { id: hold, effect: read, shell: 'touch began; until [ -e go ]; do sleep 0.05; done' }")
        holder = self.start_holder(path)
        holder.send_signal(signal.SIGTERM)
        self.assertExit(self.finish(holder), 143)
        self.let_go()
        self.assertExit(self.run_on("run", path), 0)

    def test_a_resumed_run_waits_for_whoever_holds_its_lock(self):
        path = self.held()
        first = self.start_holder(path)
        run = self.run_dir().name
        first.send_signal(signal.SIGKILL)
        first.wait()
        (self.dir / "began").unlink()
        second = self.start_holder(path)
        self.assertSays(self.assertExit(self.run_on("resume", run, "--assume", "done", "hold"), 75), "RB301", "is held")
        self.let_go()
        self.assertExit(self.finish(second), 0)
        self.assertExit(self.run_on("resume", run, "--assume", "done", "hold"), 0)


if __name__ == "__main__":
    main()
