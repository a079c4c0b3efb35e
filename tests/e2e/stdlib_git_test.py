#!/usr/bin/python3
"""stdlib/git with real repositories."""

import os
import subprocess

from harness import main
from library import STDLIB, LibraryTest


class LibraryGit(LibraryTest):
    def setUp(self):
        super().setUp()
        self.origin = self.make_directory("origin")
        self.git("init", "-q", "-b", "main")
        self.url = f"file://{self.origin}"  # through the protocol, not by hard links
        self.commits = [self.commit(version) for version in ("one", "two", "three")]
        self.git("tag", "v1", self.commits[0])
        self.git("tag", "-a", "-m", "second", "v2", self.commits[1])
        self.place = self.dir / "app"

    def git(self, *args, where=None):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *who, *args], cwd=where or self.origin, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, text):
        (self.origin / "version").write_text(text)
        self.git("add", ".")
        self.git("commit", "-q", "-m", text)
        return self.git("rev-parse", "HEAD")

    def checkout(self, revision, **params):
        return self.std("git/checkout", repository=self.url, directory=self.place, revision=revision, **params)

    def assertThere(self, text, commit):
        self.assertEqual((self.place / "version").read_text(), text)
        self.assertEqual(self.git("rev-parse", "HEAD", where=self.place), commit)
        self.assertEqual(self.git("status", "--porcelain", where=self.place), "")
        self.assertEqual(sorted(p.name for p in self.dir.iterdir() if p.name.startswith("app")), ["app"])

    def test_tags_branches_and_commits(self):
        for revision, number in (("v1", 0), ("v2", 1), ("main", 2), (self.commits[0], 0)):
            with self.subTest(revision):
                self.assertExit(self.checkout(revision), 0)
                self.assertEqual(self.outputs("resolve")["commit"], self.commits[number])
                self.assertThere(("one", "two", "three")[number], self.commits[number])
        self.assertEqual(self.outputs("before")["previous"], self.commits[2])
        self.assertExit(self.checkout("v1"), 0)
        self.assertEqual(self.outcome("checkout"), "unchanged")

    def test_only_that_commit_is_fetched(self):
        self.assertExit(self.checkout("main"), 0)
        self.assertEqual(self.git("rev-list", "--all", "--count", "HEAD", where=self.place), "1")

    def test_an_empty_directory_will_do(self):
        self.place.mkdir()
        self.assertExit(self.checkout("v1"), 0)
        self.assertThere("one", self.commits[0])

    def test_a_dirty_tree_is_refused(self):
        self.assertExit(self.checkout("v1"), 0)
        for name, text in (("version", "by hand"), ("new", "untracked")):
            with self.subTest(name):
                kept = (self.place / name).read_text() if (self.place / name).exists() else None
                (self.place / name).write_text(text)
                self.assertSays(self.assertExit(self.checkout("v2"), 77), "changed in", name)
                self.assertEqual((self.place / name).read_text(), text)
                (self.place / name).unlink() if kept is None else (self.place / name).write_text(kept)

    def test_what_is_not_this_repository_is_refused(self):
        self.place.mkdir()
        (self.place / "precious").write_text("x")
        self.assertSays(self.assertExit(self.checkout("v1"), 77), "no git work tree, and not empty")
        (self.place / "precious").unlink()
        self.assertExit(self.checkout("v1"), 0)
        other = self.std("git/checkout", repository=f"file://{self.dir}/other", directory=self.place, revision="v1")
        self.assertSays(self.assertExit(other, 77), f"is of {self.url}, not of")

    def test_what_is_not_there_is_said(self):
        self.assertExit(self.checkout("v1"), 0)
        text = (STDLIB / "git/checkout.yaml").read_text()
        self.assertIn("every: 5s", text)
        for revision, repository, says in (
            ("v9", self.url, "has no tag or branch 'v9'"),
            ("f" * 40, self.url, "f" * 40),
            ("v1", f"file://{self.dir}/none", "none"),
        ):  # fmt: skip
            with self.subTest(revision):
                path = self.dir / "checkout.yaml"
                path.write_text(text.replace("every: 5s", "every: 10ms"))
                place = self.place if repository == self.url else self.dir / "other"
                ended = self.runbook("run", path, "-p", f"repository={repository}", "-p", f"directory={place}",
                                     "-p", f"revision={revision}")  # fmt: skip
                self.assertIn(ended.code, (1, 3), str(ended))
                self.assertSays(ended, says)
                self.assertThere("one", self.commits[0])
                self.assertFalse((self.dir / "other").exists())

    def test_it_goes_back_with_the_run(self):
        for before in (None, "v1"):
            with self.subTest(before):
                if before:
                    self.assertExit(self.checkout(before), 0)
                ended = self.use_std("git/checkout", "- { id: fails, shell: exit 1 }", repository=self.url,
                                     directory=self.place, revision="v2")  # fmt: skip
                self.assertExit(ended, 3)
                self.assertEqual(self.given()["commit"], self.commits[1])
                self.assertEqual(self.place.exists(), before is not None)
        self.assertThere("one", self.commits[0])

    def test_a_value_is_never_an_option_or_code(self):
        for revision in ("--upload-pack=touch touched", "-h"):
            self.assertExit(self.checkout(revision), 65)
        self.assertExit(self.checkout("$(touch touched)"), 1)
        self.assertEqual([name for name in os.listdir(self.dir) if name == "touched"], [])


if __name__ == "__main__":
    main()
