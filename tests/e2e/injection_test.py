#!/usr/bin/python3
"""A parameter is a value wherever it stands; it is never run as code."""

from harness import RunbookTest, main

PAYLOADS = [
    "$(touch CANARY)", "`touch CANARY`", "; touch CANARY", "& touch CANARY &", "| touch CANARY", "x\ntouch CANARY",
    '"; touch CANARY; "', "'; touch CANARY; '", "'\"; touch CANARY; \"'", "\\'; touch CANARY", "$((x=`touch CANARY`))",
    "a[$(touch CANARY)]", "${IFS}", "*", "~", "-rf", "--help", "a  b", "", "EOF\ntouch CANARY\nEOF", "%s%n", "{a,b}",
    "!!", "#", "\\", "käse 🧀", "${{ params.v }}", "$RB_V1", "\t tab \t", "x" * 5000,
]  # fmt: skip

STEP = r"""
- id: shell
  cwd: {dir}
  shell: |
    printf '%s' ${{{{ params.v }}}} > bare
    printf '%s' "<${{{{ params.v }}}}>" > double
    printf '%s' '<${{{{ params.v }}}}>' > single
    cat > here <<EOF
    ${{{{ params.v }}}}
    EOF
    [[ ${{{{ params.v }}}} == "$V" ]] && touch equal
  env:
    V: ${{{{ params.v }}}}
- id: exec
  cwd: {dir}
  exec: [sh, -c, 'printf "%s" "$1" > argument', sh, "${{{{ params.v }}}}"]
- id: env
  cwd: {dir}
  env:
    V: ${{{{ params.v }}}}
  shell: printf '%s' "$V" > variable
"""


class Injection(RunbookTest):
    def test_payloads_arrive_and_never_run(self):
        canary = self.dir / "canary"
        path = self.file(STEP.format(dir=self.dir), "params: { v: { type: string, required: true } }")
        for payload in PAYLOADS:
            value = payload.replace("CANARY", str(canary))
            with self.subTest(payload):
                ended = self.assertExit(self.runbook("run", path, "-p", f"v={value}"), 0)
                self.assertFalse(canary.exists(), f"it ran\n{ended}")
                for name, want in {
                    "bare": value, "double": f"<{value}>", "single": f"<{value}>", "here": f"{value}\n",
                    "argument": value, "variable": value,
                }.items():  # fmt: skip
                    self.assertEqual((self.dir / name).read_text(), want, name)
                self.assertTrue((self.dir / "equal").exists())
                (self.dir / "equal").unlink()

    def test_outputs_of_steps_are_values_too(self):
        canary = self.dir / "canary"
        ended = self.run_steps(f"""
            - id: says
              shell: printf '%s' '$(touch {canary})'
              outputs: {{ text: result.stdout }}
            - id: repeats
              shell: printf '%s' ${{{{ steps.says.outputs.text }}}}
        """)
        self.assertExit(ended, 0)
        self.assertEqual(self.stdout_of("repeats"), f"$(touch {canary})")
        self.assertFalse(canary.exists())

    def test_places_where_a_value_would_be_code_are_refused(self):
        for script in ("eval ${{ params.v }}", 'bash -c "${{ params.v }}"', "echo $(( ${{ params.v }} ))",
                       "${{ params.v }} --flag", "trap '${{ params.v }}' EXIT"):  # fmt: skip
            with self.subTest(script):
                quoted = script.replace("'", "''")
                path = self.file(f"- {{ id: a, shell: '{quoted}' }}", "params: { v: { type: string, default: x } }")
                ended = self.assertExit(self.runbook("validate", path), 65)
                self.assertRegex(ended.out + ended.err, "RB04[0-4]")

    def test_a_value_from_a_file(self):
        (self.dir / "value").write_text("$(touch canary)\n")
        path = self.file("- { id: a, shell: \"printf '%s' ${{ params.v }}\" }", "params: { v: { type: string } }")
        self.assertExit(self.runbook("run", path, "-p", f"v=@{self.dir}/value"), 0)
        self.assertIn("$(touch canary)", self.stdout_of("a"))
        self.assertFalse((self.dir / "canary").exists())


if __name__ == "__main__":
    main()
