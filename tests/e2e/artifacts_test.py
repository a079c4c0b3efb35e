"""Files that a step leaves are kept with the run, and what is not kept is said."""

import hashlib
import stat
import unittest

from harness import RunbookTest


class Artifacts(RunbookTest):
    def setUp(self):
        super().setUp()
        self.work = self.dir / "work"
        self.work.mkdir()

    def steps(self, text, *args, top="", **options):
        return self.runbook("run", self.file(text, top), *args, cwd=self.work, **options)

    def kept(self, step):
        return {a["path"]: a for r in self.records("attempt_finished", step) for a in r.get("artifacts", [])}

    def test_files_are_kept_with_their_hashes(self):
        ended = self.steps("""
            - id: build
              cwd: ${{ params.place }}
              shell: mkdir -p out/deep; echo one > out/a.xml; echo two > out/deep/b.xml; echo no > out/c.txt
              artifacts: ["out/*.${{ params.kind }}", "out/*/*.xml"]
            """, "-p", f"place={self.dir}/work", top="params: { kind: { type: string, default: xml }, place: { type: string } }")
        self.assertExit(ended, 0)
        self.assertEqual(self.run_outcome(), "succeeded")
        kept = self.kept("build")
        self.assertEqual(sorted(kept), ["build.1/out/a.xml", "build.1/out/deep/b.xml"])
        for path, artifact in kept.items():
            file = self.run_dir() / "artifacts" / path
            self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), artifact["sha256"])
            self.assertEqual(file.stat().st_size, artifact["size"])
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertSays(self.runbook("show", "last"), "artifacts", "build.1/out/a.xml")
        self.assertSays(self.assertExit(self.runbook("verify", "last"), 0), "2 artifacts")
        for form in ("md", "html", "json"):
            self.assertSays(self.assertExit(self.runbook("report", "last", "--format", form), 0), "build.1/out/deep/b.xml")

    def test_verify_finds_what_was_changed(self):
        self.assertExit(self.steps("- { id: build, shell: echo one > a, artifacts: [a] }"), 0)
        file = self.run_dir() / "artifacts/build.1/a"
        file.write_text("two\n")
        self.assertSays(self.assertExit(self.runbook("verify", "last"), 4), "artifact `build.1/a`", "was changed")
        file.unlink()
        self.assertSays(self.assertExit(self.runbook("verify", "last"), 4), "is missing")
        file.symlink_to("/etc/passwd")
        self.assertExit(self.runbook("verify", "last"), 4)

    def test_every_attempt_keeps_its_own(self):
        ended = self.steps("""
            - id: flaky
              shell: echo "$RUNBOOK_ATTEMPT" > log; [ "$RUNBOOK_ATTEMPT" -ge 2 ]
              retry: { attempts: 2, every: 10ms }
              artifacts: [log, never]
              allow_failure: true
            """)
        self.assertExit(ended, 0)
        self.assertEqual(sorted(self.kept("flaky")), ["flaky.1/log", "flaky.2/log"])
        self.assertEqual((self.run_dir() / "artifacts/flaky.2/log").read_text(), "2\n")
        # What a failed attempt did not get to leave is not missed; after the success it is.
        first, second = self.records("attempt_finished", "flaky")
        self.assertNotIn("warnings", first)
        self.assertEqual(second["warnings"], ["artifact `never` matches no file"])

    def test_what_matches_nothing_is_a_warning(self):
        ended = self.steps("""
            - { id: none, shell: mkdir dir, artifacts: ["*.xml", dir] }
            """)
        self.assertExit(ended, 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertSays(ended, "artifact `*.xml` matches no file", "artifact `dir` is a directory: write `dir/*`")

    def test_only_regular_files_of_a_sane_size_within_reach(self):
        (self.dir / "outside").write_text("secret of another\n")
        ended = self.steps("""
            - id: odd
              shell: |
                mkfifo pipe; ln -s ../outside out; echo x > real; ln -s real in
                truncate -s 1073741825 big; mkdir dir; printf 'odd\\n' > $'na\\nme'
              artifacts: ["*", ../outside, /proc/self/nothing]
            """)
        self.assertExit(ended, 0)
        self.assertEqual(sorted(self.kept("odd")), sorted(["odd.1/in", "odd.1/na%0ame", "odd.1/real", self.outside()]))
        warnings = "\n".join(self.record("attempt_finished", "odd")["warnings"])
        for words in ("pipe` was not kept: it is not a regular file", "out` was not kept: it is a link that leads out of",
                      "big` was not kept: it is larger than 1 GiB", "`/proc/self/nothing` matches no file"):
            self.assertIn(words, warnings)
        self.assertVerified()

    def outside(self):
        return "odd.1" + str(self.dir / "outside")

    def test_a_secret_is_not_kept(self):
        ended = self.steps("""
            - id: dump
              shell: printf 'token=%s\\n' "$T" > dump
              env: { T: "${{ secrets.token }}" }
              artifacts: [dump]
            """, top="secrets: { token: { env: TOKEN } }", env={"TOKEN": "correct-horse-battery"})
        self.assertExit(ended, 0)
        self.assertEqual((self.run_dir() / "artifacts/dump.1/dump").read_text(), "token=***\n")
        self.assertSays(ended, "held the value of a secret")
        self.assertVerified()

    def test_a_disk_that_refuses_is_said(self):
        # A file that stands where the copies' directory should be: no copy can be made, whoever runs this.
        ended = self.steps("""
            - id: build
              shell: for d in "$RUNS"/*/artifacts; do touch "$d/build.1"; done; echo one > a
              env: { RUNS: "${{ params.runs }}" }
              artifacts: [a]
            """, "-p", f"runs={self.state}/runs", top="params: { runs: { type: string } }")
        self.assertExit(ended, 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertSays(ended, "a` was not kept", "ot a directory")


if __name__ == "__main__":
    unittest.main()
