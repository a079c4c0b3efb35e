"""Runs the real program: build/runbook, with a state directory of its own, as a user would."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import textwrap
import time
import unittest
import uuid

from kept_runs import keep_runs
from waiting import processes_marked, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RUNBOOK_PROGRAM", str(ROOT / "build/runbook"))
RUNBOOKS = ROOT / "runbooks"
RELEASES = RUNBOOKS / "deploy/example-releases"


class Ended:
    def __init__(self, argv, code, out, err, seconds):
        self.argv, self.code, self.out, self.err, self.seconds = argv, code, out, err, seconds

    def __str__(self):
        return f"{' '.join(map(str, self.argv))}\nexit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


# What tells the program where it runs: a test says it itself, whether people or CI started the tests.
SURROUNDINGS = {"CI", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE", "SUDO_USER"}


class RunbookTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="runbook-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.addCleanup(keep_runs, self.id(), self.dir)
        self.state = self.dir / "state"
        self.mark = "RUNBOOK_TEST_MARK=" + uuid.uuid4().hex  # in a runbook's env: it finds every process again

    # ---- running it

    def environment(self, **extra):
        env = {k: v for k, v in os.environ.items() if not k.startswith("RUNBOOK_") and k not in SURROUNDINGS}
        env["PATH"] = env.get("PATH", "") + ":/usr/sbin:/sbin"
        env.update(RUNBOOK_STATE_DIR=str(self.state), NO_COLOR="1")
        env.update({k: str(v) for k, v in extra.items()})
        return env

    def start(self, *args, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen([PROGRAM, *map(str, args)], env=self.environment(**(env or {})), **options)
        self.addCleanup(self.reap, process)
        return process

    @staticmethod
    def reap(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def runbook(self, *args, env=None, timeout=120, **options):
        begin = time.monotonic()
        process = self.start(*args, env=env, **options)
        return self.finish(process, timeout, begin)

    def finish(self, process, timeout=120, begin=None):
        begin = begin or time.monotonic()
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"not over after {timeout} s\n{Ended(process.args, None, out, err, timeout)}")
        text = [(b or b"").decode(errors="replace") for b in (out, err)]
        return Ended(process.args, process.returncode, *text, time.monotonic() - begin)

    def write(self, name, text):
        path = self.dir / name
        path.write_text(textwrap.dedent(text))
        return path

    def file(self, steps, top="", name="test"):
        """A runbook of these steps; the marked environment reaches every process it starts."""
        top = textwrap.dedent(top).strip()
        steps = textwrap.indent(textwrap.dedent(steps).strip(), "  ")
        variable, value = self.mark.split("=")
        text = f"runbook: v1\nname: {name}\n"
        if not re.search(r"^env:", top, re.MULTILINE):
            text += f"env: {{ {variable}: {value} }}\n"
        return self.write(f"{name}.yaml", f"{text}{top}\nsteps:\n{steps}\n")

    def run_steps(self, steps, *args, top="", **options):
        return self.runbook("run", self.file(steps, top), *args, **options)

    # ---- what must hold

    def assertExit(self, ended, code):
        self.assertEqual(ended.code, code, str(ended))
        return ended

    def assertSays(self, ended, *words):
        everything = ended.out + ended.err
        for word in words:
            self.assertIn(word, everything, str(ended))

    def assertNobodyLeft(self):
        wait_for(lambda: not processes_marked(self.mark), "every process of the run to be gone", 10)

    # ---- the run's directory

    def run_dirs(self):
        """Oldest first. (A run's id tells seconds only; its first record tells more.)"""
        begun = []
        for path in self.state.rglob("journal.jsonl"):
            with open(path, "rb") as journal:
                first = journal.readline()
            if first.endswith(b"\n"):
                begun.append((json.loads(first)["at"], path.parent))
        return [path for _, path in sorted(begun)]

    def run_dir(self):
        dirs = self.run_dirs()
        self.assertTrue(dirs, f"no run under {self.state}")
        return dirs[-1]

    def journal_path(self):
        return self.run_dir() / "journal.jsonl"

    def journal(self):
        """Whole records only: the engine may be writing."""
        dirs = self.run_dirs()
        if not dirs:
            return []
        lines = (dirs[-1] / "journal.jsonl").read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]

    def engine_pid(self):
        """Of the engine that drives the run: whoever holds it says so in its lock."""
        return int(re.search(r"process (\d+)", (self.run_dir() / "lock").read_text())[1])

    def records(self, kind, step=None):
        return [r for r in self.journal() if r["type"] == kind and (step is None or r.get("step") == step)]

    def record(self, kind, step=None):
        found = self.records(kind, step)
        self.assertEqual(len(found), 1, f"{kind} {step or ''}: {self.journal()}")
        return found[0]

    def outcome(self, step):
        for kind in ("step_finished", "undo_finished", "handler_finished"):
            for record in self.records(kind, step):
                return record["outcome"]
        return "skipped" if self.records("step_skipped", step) else None

    def run_outcome(self):
        return self.record("run_finished")["outcome"]

    def wait_for_record(self, kind, step=None):
        return wait_for(lambda: self.records(kind, step), f"the record {kind} {step or ''}")[0]

    def stdout_of(self, step, attempt=1):
        """What a step printed, as its log kept it."""
        return (self.run_dir() / "logs" / f"{step}.{attempt}.log").read_text(errors="replace")

    def assertVerified(self):
        self.assertExit(self.runbook("verify", "last"), 0)


main = unittest.main
