#!/usr/bin/python3
"""stdlib/README.md says of every runbook what its file says, and its examples are valid."""

import re

from harness import main
from library import STDLIB, LibraryTest


def keys_below(text, key):
    """The names right below a top-level key."""
    found = re.search(rf"^{key}:\n((?:[ #].*\n|\n)*)", text + "\n", re.MULTILINE)
    return re.findall(r"^  (\w+):", found[1], re.MULTILINE) if found else []


class Readme(LibraryTest):
    def setUp(self):
        super().setUp()
        self.text = (STDLIB / "README.md").read_text()
        self.rows = {row[0]: row[1:] for row in re.findall(r"^\| `(std/[\w/-]+)` \| (.*?) \| (.*?) \| (.*?) \|$", self.text, re.M)}
        self.files = {f"std/{path.relative_to(STDLIB).with_suffix('')}": path for path in STDLIB.glob("*/*.yaml")}

    def test_every_runbook_has_its_row(self):
        self.assertEqual(sorted(self.rows), sorted(self.files))
        for name, path in self.files.items():
            text = path.read_text()
            title, inputs, outputs = self.rows[name]
            with self.subTest(name):
                self.assertEqual(title, re.search(r"^title: (.*)$", text, re.M)[1])
                self.assertEqual(sorted(re.findall(r"`(\w+)`", inputs)), sorted(keys_below(text, "params")))
                self.assertEqual(re.findall(r"`(\w+)`", outputs), keys_below(text, "outputs"))
                required = re.findall(r"^  (\w+): \{ type: \w+[^}]*?required: true", text, re.MULTILINE)
                self.assertEqual(sorted(re.findall(r"\*\*`(\w+)`\*\*", inputs)), sorted(required))
                described = len(re.findall(r"description:", text.split("\nparams:")[1].split("\nsteps:")[0]))
                self.assertEqual(described, len(keys_below(text, "params")), "every input is described")

    def test_every_runbook_and_example_is_valid(self):
        for name, path in self.files.items():
            with self.subTest(name):
                self.assertExit(self.runbook("validate", path), 0)
        used = set()
        examples = re.findall(r"```yaml\n(.*?)```", self.text, re.DOTALL)
        self.assertGreater(len(examples), 5)
        for number, example in enumerate(examples):
            used |= set(re.findall(r"use: (\S+)", example))
            if "secrets:" not in example and "secrets." in example:
                example = "secrets: { db: { env: DB } }\n" + example
            with self.subTest(example):
                path = self.dir / f"example{number}.yaml"
                path.write_text(f"runbook: v1\nname: example\n{example}")
                self.assertExit(self.runbook("validate", path), 0)
        self.assertEqual(used, set(self.files), "each has an example")


if __name__ == "__main__":
    main()
