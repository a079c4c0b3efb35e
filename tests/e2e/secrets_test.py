#!/usr/bin/python3
"""A secret's value is in no file of the run and in no output, however it was printed."""

import base64
import json
import textwrap
import urllib.parse

from harness import RunbookTest, main

SECRET = 'hunter2/+= "käse" & $x'


def forms(secret):
    """What must be found nowhere: the value, and what is left of it in its usual disguises."""
    raw = secret.encode()
    yield "as it is", raw
    for shift in range(3):  # base64 of the value somewhere inside a longer text: its middle is always the same
        whole = base64.b64encode(b"\0" * shift + raw)
        yield f"base64, shifted by {shift}", whole[-(-shift * 8 // 6) + 1 : -5]
    yield "in a URL", urllib.parse.quote(secret, safe="").encode()
    yield "in JSON", json.dumps(secret, ensure_ascii=False)[1:-1].encode()


class Secrets(RunbookTest):
    TOP = "secrets: { token: { env: TOKEN } }"

    def run_printing(self, script, *args):
        """A step `leak` that has the value in $TOKEN; the proof of it lies outside the run."""
        script = f'printf %s "$TOKEN" > {self.dir}/proof\n' + textwrap.dedent(script).strip()
        step = "- id: leak\n  env:\n    TOKEN: ${{ secrets.token }}\n  shell: |\n" + textwrap.indent(script, "    ")
        ended = self.runbook("run", self.file(step, self.TOP), *args, env={"TOKEN": SECRET})
        self.assertEqual((self.dir / "proof").read_text(), SECRET, str(ended))
        return ended

    def assertNowhere(self, *outputs):
        for name, form in forms(SECRET):
            for path in self.state.rglob("*"):
                if path.is_file():
                    self.assertNotIn(form, path.read_bytes(), f"{name}, in {path}")
            for output in outputs:
                for text in (output.out, output.err):
                    self.assertNotIn(form, text.encode(), f"{name}, printed by {output.argv}")

    def looks(self):
        commands = (["show", "last"], ["logs", "last"], ["logs", "last", "leak"], ["history"])
        return [self.runbook(*words) for words in commands]

    def test_printed_in_pieces_of_every_size(self):
        # A builtin's printf is one write each, so that the value arrives in these pieces.
        ended = self.run_printing("""
            for ((size = 1; size <= ${#TOKEN}; size++)); do
              for ((at = 0; at < ${#TOKEN}; at += size)); do
                printf %s "${TOKEN:at:size}"
                printf %s "${TOKEN:at:size}" >&2
              done
              echo
            done
        """, "--output", "plain")  # fmt: skip
        self.assertExit(ended, 0)
        self.assertIn("***", self.stdout_of("leak"))
        self.assertNowhere(ended, *self.looks())

    def test_in_disguise(self):
        # From a file: written into the runbook they would be in the run's copy of it.
        disguises = self.dir / "disguises"
        disguises.write_text(
            urllib.parse.quote(SECRET, safe="") + "\n" + json.dumps(SECRET, ensure_ascii=False) + "\n"
        )
        script = f"""
            for prefix in "" a ab; do printf %s "$prefix$TOKEN" | base64 -w0; echo; done
            cat {disguises}
            exit 7
        """
        for output in ("plain", "json"):
            with self.subTest(output):
                self.assertNowhere(self.assertExit(self.run_printing(script, "--output", output), 1), *self.looks())

    def test_in_results_messages_and_outputs(self):
        path = self.file(
            """
            - id: keep
              env:
                TOKEN: ${{ secrets.token }}
              shell: |
                echo "$TOKEN"
                echo "copy=$TOKEN" >> "$RUNBOOK_OUTPUT"
              outputs: { printed: result.stdout }
            - id: use
              exec: [echo, "${{ steps.keep.outputs.printed }}", "${{ secrets.token }}"]
            - id: fails
              exec: [test, "${{ secrets.token }}", "=", x]
              expect:
                - { that: 1 == 2, message: "want ${{ secrets.token }}" }
            """,
            self.TOP,
        )
        ended = self.assertExit(self.runbook("run", path, env={"TOKEN": SECRET}), 1)
        self.assertNowhere(ended, *self.looks())

    def test_from_a_file(self):
        source = self.dir / "token"
        source.write_text(SECRET + "\n")
        source.chmod(0o600)
        path = self.file(
            """
            - id: leak
              env:
                TOKEN: ${{ secrets.token }}
              shell: printf '%s' "$TOKEN"
            """,
            f"secrets: {{ token: {{ file: {source} }} }}",
        )
        ended = self.assertExit(self.runbook("run", path), 0)
        self.assertEqual(self.stdout_of("leak").strip(), "***")  # without its last newline, as one means it
        self.assertNowhere(ended)

    def test_a_missing_secret_is_named_before_anything_runs(self):
        path = self.file("- { id: a, shell: 'true' }", self.TOP)
        ended = self.runbook("run", path)
        self.assertNotEqual(ended.code, 0)
        self.assertSays(ended, "TOKEN")
        self.assertEqual(self.records("attempt_started"), [])

    def test_nobody_else_can_read_a_run(self):
        self.assertExit(self.run_printing("echo ok"), 0)
        for path in [self.run_dir(), *self.run_dir().rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)


if __name__ == "__main__":
    main()
