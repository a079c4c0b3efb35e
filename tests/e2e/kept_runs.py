"""Keeps what the tests really ran, for tests/coverage: one line of JSON a test, in a file for each test program.

Only when RUNBOOK_TEST_RUNS names a directory, as CTest does: whoever runs one test by hand keeps nothing."""

import json
import os
import pathlib
import sys

FOLDER = os.environ.get("RUNBOOK_TEST_RUNS")
_begun = set()  # files of this process: what an earlier one kept is replaced


def read_records(journal):
    """Those that can be read: tests damage journals, and kill who writes them."""
    records = []
    for line in journal.read_bytes().split(b"\n"):
        try:
            records.append(json.loads(line))
        except ValueError:
            continue
    return [r for r in records if isinstance(r, dict)]


def keep_runs(test_id, folder):
    """The runbooks of every run under `folder`, and which of their steps did something or were skipped."""
    if not FOLDER:
        return
    lines = []
    for journal in sorted(folder.rglob("journal.jsonl")):
        snapshot = journal.parent / "runbook"
        files = {
            str(path.relative_to(snapshot)): path.read_text(errors="replace")
            for path in sorted(snapshot.rglob("*.y*ml"))
            if path.is_file()
        }
        records = read_records(journal)
        steps = [(str(r["step"]), str(r.get("type"))) for r in records if "step" in r]
        ran = {name for name, kind in steps if not kind.endswith("_skipped")}
        skipped = {name for name, kind in steps if kind.endswith("_skipped")}
        if files and records:
            run = {"test": test_id, "files": files, "ran": sorted(ran), "skipped": sorted(skipped)}
            lines.append(json.dumps(run) + "\n")
    path = pathlib.Path(FOLDER) / f"{pathlib.Path(sys.argv[0]).stem}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a" if path in _begun else "w") as kept:
        kept.writelines(lines)
    _begun.add(path)
