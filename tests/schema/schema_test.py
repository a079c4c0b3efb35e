#!/usr/bin/python3
"""The generated JSON Schema agrees with the loader: judged by ajv, by yaml-language-server as editors run it, and by the
real program.

A mistake is seen by the schema when a judge complains in a line in which the loader does. What a schema cannot see is in
LOADER_ONLY, with the reason; every other golden mistake must be seen by both judges. The files in `refused` have a
mistake a line, and the judges must complain in just the lines in which the loader does; those in `unseen.yaml` are for
the loader alone."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = os.environ.get("RUNBOOK_PROGRAM", str(ROOT / "build/runbook"))
SCHEMA = "schemas/runbook.v1.schema.json"
MODELINE = re.compile(r"^# yaml-language-server: \$schema=(\S+)$", re.MULTILINE)

NOT_YAML = "no YAML: it ends before any schema is asked"
WARNINGS = "warnings only: the loader accepts it"
SPELLING = "how the YAML is written: a schema is asked about the values it stands for"
CHARACTERS = "which characters a text holds"

LOADER_ONLY = {
    "first_key.yaml": "the order of keys: to a schema a map has none",
    "http_warnings.yaml": WARNINGS,
    "lookalikes.yaml": WARNINGS,
    "several_mistakes.yaml": NOT_YAML,
    "yaml_anchor_alias.yaml": SPELLING,
    "yaml_bad_escape.yaml": NOT_YAML,
    "yaml_bidi.yaml": CHARACTERS,
    "yaml_brace_not_closed.yaml": NOT_YAML,
    "yaml_bracket_not_closed.yaml": NOT_YAML,
    "yaml_colon_in_value.yaml": NOT_YAML,
    "yaml_complex_key.yaml": SPELLING,
    "yaml_control_character.yaml": CHARACTERS,
    "yaml_directive.yaml": SPELLING,
    "yaml_duplicate_key.yaml": NOT_YAML,
    "yaml_empty.yaml": NOT_YAML,
    "yaml_indented_too_far.yaml": NOT_YAML,
    "yaml_indented_too_little.yaml": NOT_YAML,
    "yaml_item_swallowed.yaml": "the lost item is part of a text, and text is allowed there",
    "yaml_key_without_colon.yaml": NOT_YAML,
    "yaml_key_without_colon_at_end.yaml": NOT_YAML,
    "yaml_list_and_map.yaml": NOT_YAML,
    "yaml_not_utf8.yaml": NOT_YAML,
    "yaml_quote_closed_late.yaml": NOT_YAML,
    "yaml_quote_never_closed.yaml": NOT_YAML,
    "yaml_reserved_character.yaml": NOT_YAML,
    "yaml_tab.yaml": NOT_YAML,
    "yaml_tab_in_block.yaml": NOT_YAML,
    "yaml_tags.yaml": SPELLING,
    "yaml_text_after_quote.yaml": NOT_YAML,
    "yaml_too_deep.yaml": "how deep values are nested: a schema has no word for it",
    "yaml_two_documents.yaml": NOT_YAML,
    "yaml_unquoted_template_in_list.yaml": NOT_YAML,
    "yaml_utf16.yaml": NOT_YAML,
}  # fmt: skip

GOOD = sorted(
    str(path.relative_to(ROOT))
    for folder in ("runbooks", "stdlib", "tests/golden/good", "tests/schema/accepted")
    for path in (ROOT / folder).rglob("*.yaml")
)
UNSEEN = str((HERE / "unseen.yaml").relative_to(ROOT))
REFUSED = sorted(str(path.relative_to(ROOT)) for path in (HERE / "refused").glob("*.yaml"))
BAD = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/golden").glob("*.yaml"))
ALL = [*GOOD, *REFUSED, UNSEEN, *BAD]


def name(file):
    return pathlib.Path(file).name


def check_installed():
    """The judges are those of package-lock.json, or the test fails: it is never left out."""
    installed = HERE / "node_modules/.installed-lock.json"
    if shutil.which("node") is None:
        raise AssertionError("there is no `node` program: run tools/setup")
    if not installed.exists() or installed.read_bytes() != (HERE / "package-lock.json").read_bytes():
        raise AssertionError("tests/schema/node_modules is missing, or not of this package-lock.json: run tools/setup")


def judge(script, files):
    """file -> {"yaml": […], "schema": […]}, for all files at once."""
    argv = ["node", str(HERE / script), SCHEMA, *files]
    ended = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    if ended.returncode != 0:
        raise AssertionError(f"{script}: exit {ended.returncode}\n{ended.stdout[-2000:]}\n{ended.stderr[-4000:]}")
    said = {verdict["file"]: verdict for verdict in map(json.loads, ended.stdout.splitlines())}
    if set(said) != set(files):
        raise AssertionError(f"{script} left out {sorted(set(files) - set(said))}\n{ended.stderr}")
    return said


def loader(files):
    """file -> lines with an error, as the real program says."""
    argv = [PROGRAM, "validate", "--format", "json", *files]
    ended = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    if ended.returncode != 65:  # some are wrong
        raise AssertionError(f"validate: exit {ended.returncode}\n{ended.stdout[-2000:]}\n{ended.stderr[-4000:]}")
    lines = {file: set() for file in files}
    for diagnostic in map(json.loads, ended.stdout.splitlines()):
        if diagnostic["severity"] == "error":
            lines[diagnostic["file"]].add(diagnostic["line"])
    return lines


class Schema(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        check_installed()
        cls.judges = {"ajv": judge("ajv_judge.mjs", ALL), "yaml-language-server": judge("editor_judge.mjs", ALL)}
        cls.errors = loader(ALL)

    def seen(self, judge, file):
        """What the judge says of the schema in lines in which the loader finds an error, too."""
        return [said for said in self.judges[judge][file]["schema"] if said["line"] in self.errors[file]]

    def test_there_is_something_to_judge(self):
        folders = {file.split("/")[0] for file in GOOD}
        self.assertEqual(folders, {"runbooks", "stdlib", "tests"})
        self.assertGreater(len(BAD), len(LOADER_ONLY))

    def test_every_runbook_of_the_repository_is_accepted_by_all(self):
        for file in GOOD:
            with self.subTest(file):
                self.assertEqual(self.errors[file], set(), "the loader refuses it")
                for who, said in self.judges.items():
                    self.assertEqual((said[file]["yaml"], said[file]["schema"]), ([], []), f"{who} refuses it")

    def test_a_mistake_is_seen_by_both_judges_unless_it_is_the_loaders_alone(self):
        for file in BAD:
            for who in self.judges:
                with self.subTest(file, judge=who):
                    seen = self.seen(who, file)
                    if name(file) in LOADER_ONLY:
                        self.assertEqual(seen, [], "the schema sees this now: take it off LOADER_ONLY")
                    else:
                        said = self.judges[who][file]
                        self.assertTrue(seen, f"the schema does not see it: mend the key table, or add it to "
                                              f"LOADER_ONLY with the reason; {who} says {said}")  # fmt: skip

    def test_both_judges_complain_in_just_the_lines_in_which_the_loader_does(self):
        self.assertGreater(len(REFUSED), 5)
        for file in REFUSED:
            text = (ROOT / file).read_text().splitlines()

            def quote(lines, text=text):
                return [f"{line}: {text[line - 1]}" for line in sorted(lines)]

            for who, said in self.judges.items():
                with self.subTest(file, judge=who):
                    self.assertEqual(said[file]["yaml"], [])
                    seen = {one["line"] for one in said[file]["schema"]}
                    self.assertEqual(quote(self.errors[file] - seen), [], "the schema does not see it")
                    self.assertEqual(quote(seen - self.errors[file]), [], "the loader accepts it")

    def test_what_no_schema_can_see_is_refused_by_the_loader_alone(self):
        for who, said in self.judges.items():
            with self.subTest(judge=who):
                self.assertEqual((said[UNSEEN]["yaml"], said[UNSEEN]["schema"]), ([], []), "move it to `refused`")

    def test_what_the_loader_accepts_of_random_changes_the_schema_accepts(self):
        with tempfile.TemporaryDirectory() as folder:
            sources = [file for file in GOOD if file.startswith("tests/")]
            argv = ["node", str(HERE / "mutations.mjs"), "1", "1000", folder, *sources]
            made = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
            files = made.stdout.splitlines()
            errors, said = loader(files), judge("ajv_judge.mjs", files)
            accepted = [file for file in files if not errors[file]]
            self.assertGreater(len(accepted), 100)
            for file in accepted:
                self.assertEqual(said[file]["schema"], [], pathlib.Path(file).read_text())

    def test_the_refused_files_hold_nothing_but_mistakes(self):
        """A line that is accepted belongs into `accepted`: here it would say nothing."""
        for file in (*REFUSED, UNSEEN):
            for number, line in enumerate((ROOT / file).read_text().splitlines(), 1):
                if number > 2 and not line.endswith(":") and not line.startswith("#") and number not in self.errors[file]:
                    self.fail(f"{file}:{number}: the loader accepts it: {line}")

    def test_the_loader_refuses_all_but_what_is_only_warned_of(self):
        for file in BAD:
            with self.subTest(file):
                accepted = LOADER_ONLY.get(name(file)) == WARNINGS
                self.assertEqual(not self.errors[file], accepted)
                if accepted:
                    for who, said in self.judges.items():
                        self.assertEqual((said[file]["yaml"], said[file]["schema"]), ([], []), f"{who} refuses it")

    def test_what_is_said_to_be_no_yaml_is_none(self):
        for file in BAD:
            with self.subTest(file):
                none = LOADER_ONLY.get(name(file)) == NOT_YAML
                self.assertEqual(bool(self.judges["ajv"][file]["yaml"]), none, self.judges["ajv"][file]["yaml"])

    def test_the_list_names_only_files_that_are_there(self):
        self.assertEqual(set(LOADER_ONLY) - {name(file) for file in BAD}, set())

    def test_modelines_lead_to_the_schema(self):
        for file in GOOD:
            for schema in MODELINE.findall((ROOT / file).read_text()):
                with self.subTest(file):
                    self.assertEqual(((ROOT / file).parent / schema).resolve(), ROOT / SCHEMA)


if __name__ == "__main__":
    unittest.main()
