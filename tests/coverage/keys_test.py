#!/usr/bin/python3
"""Every key of the language is run for real by a test, and a wrong use of it has a golden diagnostic.

The keys are those of `runbook schema` and of the reference, object by object. What ran is what the end-to-end tests
kept (tests/e2e/kept_runs.py): CTest runs them first. What is said about a wrong use is in tests/golden."""

import json
import os
import pathlib
import re
import subprocess
import unittest

from language import Language

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests/e2e").glob("*_test.py"))
GOLDEN = ROOT / "tests/golden"
PROGRAM = os.environ.get("RUNBOOK_PROGRAM", str(ROOT / "build/runbook"))
RUNS = pathlib.Path(os.environ.get("RUNBOOK_TEST_RUNS", ROOT / "build/tests/runs"))

DIAGNOSTIC = re.compile(r"^(?:error|warning)\[(RB\d+)\]: .*\n +--> [^\n]*:(\d+):(\d+)$", re.MULTILINE)
NOT_OF_A_KEY = re.compile(r"RB00\d|RB011")  # the file's YAML; a key that is missing
NOT_SUPPORTED_YET = "RB013"


def ask(*args):
    return subprocess.run([PROGRAM, *args], check=True, capture_output=True, text=True).stdout


LANGUAGE = Language(json.loads(ask("schema")), ask("schema", "--reference"))


def listed(keys):
    return [f"`{key}` of {name}" for name, key in sorted(keys)]


def complaints():
    """(code, the innermost key that it points into) of each diagnostic in the golden files."""
    for path in sorted(GOLDEN.glob("*.yaml")):
        uses = list(LANGUAGE.uses(path.read_bytes().decode(errors="replace")))
        for code, line, column in DIAGNOSTIC.findall(path.with_suffix(".err.expect").read_text()):
            inner = [use for use in uses if use.holds((int(line) - 1, int(column) - 1))][-1:]
            if inner and not NOT_OF_A_KEY.fullmatch(code):
                yield code, inner[0]


def kept_by(test):
    return RUNS / f"{test.stem}.jsonl"


def kept_runs():
    for test in TESTS:
        yield from (json.loads(line) for line in kept_by(test).read_text().splitlines())


def keys_that_ran():
    """A key of a step counts when the journal knows the step; `when` also when it was skipped."""
    uses_of = {}
    found = set()
    for run in kept_runs():
        for text in run["files"].values():
            if text not in uses_of:
                uses_of[text] = [use for use in LANGUAGE.uses(text) if use.name]
            for use in uses_of[text]:
                names = run["ran"] + run["skipped"] * (use.name == "when")
                if (use.object, use.name) in found:
                    continue
                if use.step is None or any(re.search(use.step, name) for name in names):
                    found.add((use.object, use.name))
    return found


class Keys(unittest.TestCase):
    maxDiff = None

    def test_the_language_is_read(self):
        for key in [("runbook", "steps"), ("step", "retry"), ("probe", "shell"), ("http_basic", "user"), ("lock", "wait")]:
            self.assertIn(key, LANGUAGE.keys)
        self.assertIn(("runbook", "hosts"), LANGUAGE.reserved)

    def test_a_wrong_use_of_each_has_a_golden_diagnostic(self):
        said = {(use.object, use.name) for _, use in complaints()}
        self.assertEqual(listed(LANGUAGE.keys - said), [], "add a wrong use to a file of tests/golden")

    def test_each_that_is_reserved_is_refused(self):
        said = {(use.object, use.key.value) for code, use in complaints() if code == NOT_SUPPORTED_YET}
        self.assertEqual(listed(LANGUAGE.reserved - said), [], "add it to tests/golden/not_supported_yet.yaml")

    def test_each_is_run_for_real(self):
        missing = [test.stem for test in TESTS if not kept_by(test).exists()]
        self.assertEqual(missing, [], f"these kept nothing in {RUNS}; CTest runs them before this test")
        self.assertEqual(listed(LANGUAGE.keys - keys_that_ran()), [], "add a run of it to a test in tests/e2e")


if __name__ == "__main__":
    unittest.main()
