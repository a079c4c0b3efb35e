"""Waiting for what must happen, and looking at who is alive."""

import os
import pathlib
import time

PATIENCE = 60.0  # seconds: only a broken program needs them


def wait_for(condition, what, patience=PATIENCE):
    """The condition's first true value. Never sleep and hope: name the event."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")
        time.sleep(0.01)


def processes_marked(mark):
    """Pids of living processes whose environment holds `mark`, whatever session or parent they fled to."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state not in "ZX":
                    found.append(int(entry.name))
        except (OSError, ProcessLookupError):
            pass  # it ended while we looked
    return found
