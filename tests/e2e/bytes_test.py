#!/usr/bin/python3
"""Bytes that are no text: what a run made of them, it makes of them again when it is resumed."""

from harness import RunbookTest, main
from waiting import wait_for


class Bytes(RunbookTest):
    def test_a_live_and_a_resumed_run_see_the_same(self):
        step = f"""
            - id: prints
              shell: |
                printf 'a\\377b\\342\\202'
                printf 'bad\\376' >&2
                printf 'own=x\\371y\\n' >> "$RUNBOOK_OUTPUT"
              outputs:
                size: string.len(result.stdout)
                cut: string.sub("käse", 1, 2)
                whole: 4 / 2
                digest: sha256(result.stdout .. result.stderr .. result.outputs.own)
            - id: sees
              idempotent: true
              env:
                SEEN: >-
                  ${{{{ json.encode({{steps.prints.stdout, steps.prints.stderr, sha256(steps.prints.stdout),
                  string.len(steps.prints.stdout), tostring(steps.prints.outputs.whole)}}) }}}}
                  ${{{{ json.encode(steps.prints.outputs) }}}}
              shell: |
                printf '%s\\n' "$SEEN" >> {self.dir}/proof
                while [ ! -e {self.dir}/go ]; do sleep 0.01; done
        """
        process = self.start("run", self.file(step))
        proof = self.dir / "proof"
        wait_for(lambda: proof.exists() and proof.read_bytes().endswith(b"\n"), "the second step")
        process.kill()
        process.wait()
        (self.dir / "go").touch()
        self.assertExit(self.runbook("resume", "last"), 0)
        live, resumed = proof.read_text().splitlines()
        self.assertEqual(live, resumed)
        self.assertIn('"a\ufffdb\ufffd\ufffd"', live)
        self.assertIn('"own":"x\ufffdy"', live)
        self.assertVerified()


if __name__ == "__main__":
    main()
