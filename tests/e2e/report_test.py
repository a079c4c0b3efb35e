#!/usr/bin/python3
"""Reports of real runs: each format as its readers read it."""

import html.parser
import json
import pathlib
import subprocess
import xml.etree.ElementTree as ElementTree

from harness import RunbookTest, main

XSD = pathlib.Path(__file__).resolve().parents[1] / "report/junit-10.xsd"

STEPS = """
- { id: one, shell: echo "<b>first</b> | line", rollback: { shell: echo undone } }
- { id: two, shell: "echo second line; exit 3" }
"""


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = set(), ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


class Report(RunbookTest):
    def report(self, *args):
        return self.assertExit(self.runbook("report", "last", *args), 0).out

    def setUp(self):
        super().setUp()
        self.assertExit(self.run_steps(STEPS), 3)

    def test_a_page_with_everything_in_it(self):
        page = Page(self.report("--format", "html"))
        for words in ("ROLLED BACK", "<b>first</b> | line", "second line", "exit 3", "echo undone", "intact, sealed"):
            self.assertIn(words, page.text)
        self.assertIn(self.run_dir().name, page.text)
        self.assertFalse(page.tags & {"script", "link", "img"})

    def test_the_head_is_the_one_verify_says(self):
        head = json.loads(self.report("--format", "json"))["journal"]["head"]
        self.assertRegex(head, "^[0-9a-f]{64}$")
        self.assertSays(self.assertExit(self.runbook("verify", "last"), 0), head)

    def test_the_same_run_gives_the_same_report(self):
        for form in ("md", "html", "json", "junit"):
            self.assertEqual(self.report("--format", form), self.report("--format", form), form)

    def test_json(self):
        report = json.loads(self.report("--format", "json"))
        self.assertEqual(report["run"]["outcome"], "rolled_back")
        self.assertEqual(report["run"]["exit_code"], 3)
        self.assertEqual([s["status"] for s in report["steps"]], ["undone", "failed"])

    def test_what_the_runbook_says_of_itself(self):
        top = "title: One of the tests\nkind: check\nowner: platform\nlinks: [https://wiki.example/test]"
        self.assertExit(self.run_steps(STEPS, top=top), 3)
        runbook = json.loads(self.report("--format", "json"))["runbook"]
        self.assertEqual((runbook["title"], runbook["kind"], runbook["owner"]), ("One of the tests", "check", "platform"))
        self.assertEqual(runbook["links"], ["https://wiki.example/test"])
        page = Page(self.report("--format", "html"))
        for words in ("One of the tests", "platform", "https://wiki.example/test"):
            self.assertIn(words, page.text)

    def test_junit(self):
        path = self.dir / "results.xml"
        self.assertExit(self.runbook("report", "last", "-o", path), 0)
        judged = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", XSD, path], capture_output=True, text=True)
        self.assertEqual(judged.returncode, 0, judged.stderr)
        suites = {s.get("name"): s for s in ElementTree.parse(path).getroot()}
        self.assertEqual(list(suites), ["test", "test.rollback"])
        self.assertEqual(suites["test"].get("failures"), "1")
        self.assertEqual(suites["test.rollback"].get("failures"), "0")
        failure = suites["test"].find("testcase[@name='two']/failure")
        self.assertIn("test.yaml:", failure.text)
        self.assertIn("second line", failure.text)

    def test_a_file_is_written_in_the_format_of_its_name(self):
        begins = {"r.md": "# ROLLED BACK", "r.html": "<!DOCTYPE html>", "r.json": "{", "r.xml": "<?xml", "r": "# ROLLED"}
        for name, begin in begins.items():
            self.assertEqual(self.report("-o", self.dir / name), "")
            self.assertTrue((self.dir / name).read_text().startswith(begin), name)
        self.assertEqual(self.report("--format", "json", "-o", self.dir / "r.html"), "")
        json.loads((self.dir / "r.html").read_text())

    def test_mistakes(self):
        self.assertExit(self.runbook("report", "nobody"), 66)
        self.assertSays(self.assertExit(self.runbook("report", "last", "--format", "pdf"), 64), "md, html, json or junit")
        self.assertSays(self.assertExit(self.runbook("report", "last", "-o", self.dir / "no/x.md"), 69), "No such file")
        with open("/dev/full", "wb") as full:
            ended = self.assertExit(self.runbook("report", "last", stdout=full), 69)
        self.assertSays(ended, "No space left")

    def test_what_other_commands_read_from_the_environment_does_not_matter(self):
        env = {"RUNBOOK_OUTPUT_MODE": "plain", "RUNBOOK_FORMAT": "text"}
        ended = self.assertExit(self.runbook("report", "last", env=env, cwd=self.dir), 0)
        self.assertTrue(ended.out.startswith("# ROLLED BACK"), str(ended))
        self.assertFalse((self.dir / "plain").exists())

    def test_a_changed_journal_is_said_in_every_format(self):
        path = self.journal_path()
        path.write_bytes(path.read_bytes().replace(b'"exit 3"', b'"exit 4"', 1))
        for form in ("md", "html", "json", "junit"):
            self.assertIn("CORRUPT", self.report("--format", form), form)


if __name__ == "__main__":
    main()
