"""Runs one runbook of stdlib/ by itself, as `runbook run stdlib/NAME.yaml` does."""

import json
import os
import pathlib
import shutil
import stat
import tempfile
import textwrap

from harness import ROOT, RunbookTest

STDLIB = ROOT / "stdlib"


class LibraryTest(RunbookTest):
    """One real server for all the tests of a class: `make_server(directory)` starts it."""

    server = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if hasattr(cls, "make_server"):
            directory = pathlib.Path(tempfile.mkdtemp(prefix="runbook-e2e-server-"))
            cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
            cls.server = cls.make_server(directory)
            cls.addClassCleanup(cls.server.stop)

    def std(self, name, *args, env=None, **params):
        """`std("postgres/backup", database="shop")`; lists and maps are given as JSON."""
        given = []
        for key, value in params.items():
            text = value if isinstance(value, (str, pathlib.Path)) else json.dumps(value)
            given += ["-p", f"{key}={text}"]
        return self.runbook("run", STDLIB / f"{name}.yaml", *given, *args, env=env)

    def environment(self, **extra):
        return super().environment(RUNBOOK_STDLIB=STDLIB, **extra)

    def use_std(self, name, then="", top="", env=None, **inputs):
        """A runbook whose step `it` uses the one of the library; `shows` prints what it gave, then comes `then`."""
        given = json.dumps({k: str(v) if isinstance(v, pathlib.Path) else v for k, v in inputs.items()})
        steps = f"""
            - id: it
              use: std/{name}
              with: {given}
            - id: shows
              exec: [printf, '%s', "${{{{ json.encode(steps.it.outputs) }}}}"]
              effect: read
        """
        return self.run_steps(textwrap.dedent(steps).strip() + "\n" + textwrap.dedent(then), top=top, env=env)

    def given(self):
        """What the library's runbook gave to the one that used it."""
        return json.loads(self.stdout_of("shows"))

    def outputs(self, step):
        finished = [r for r in self.records("attempt_finished", step) if r["outcome"] in ("succeeded", "warned")]
        self.assertTrue(finished, f"{step} did not succeed: {self.journal()}")
        return finished[-1]["result"]["outputs"]

    def make_directory(self, name):
        path = self.dir / name
        path.mkdir()
        return path

    def assertPrivate(self, path):
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode) & 0o077, 0, path)

    def assertNowhere(self, secret, *ended):
        for path in self.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        for one in ended:
            self.assertNotIn(secret, one.out + one.err)
