#!/usr/bin/python3
"""Secrets that a command prints: asked before anything runs, and never seen again."""

import signal

from harness import RunbookTest, main
from waiting import processes_marked, wait_for

VALUE = "correct-horse-battery-9000"


class ExecSecrets(RunbookTest):
    STEP = """
        - id: uses
          env:
            TOKEN: ${{ secrets.token }}
          shell: printf %s "$TOKEN" > "$PROOF"; echo "got $TOKEN"
    """

    def helper(self, text, name="helper"):
        path = self.write(name, "#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def use(self, command, *args, step=None, env=None, **options):
        top = f"env: {{ PROOF: {self.dir}/proof }}\nsecrets: {{ token: {{ exec: {command} }} }}"
        path = self.file(step or self.STEP, top)
        return self.runbook("run", path, *args, env=env, **options)

    def assertNowhere(self, *outputs):
        for path in self.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(VALUE.encode(), path.read_bytes(), path)
        for output in outputs:
            self.assertNotIn(VALUE, output.out + output.err)

    def refused(self, command, *words, **options):
        ended = self.assertExit(self.use(command, **options), 78)
        self.assertSays(ended, "error[RB053]", "secret `token` is not available", "test.yaml:4:", *words)
        self.assertEqual(self.run_dirs(), [], "nothing ran, and nothing is written")
        return ended

    def test_what_it_prints_is_the_value(self):
        helper = self.helper('printf "%s\\n" "$SOURCE"')
        ended = self.assertExit(self.use(f"[{helper}]", env={"SOURCE": VALUE}), 0)
        self.assertEqual((self.dir / "proof").read_text(), VALUE)
        self.assertEqual(self.stdout_of("uses"), "got ***\n")
        self.assertNowhere(ended, self.runbook("show", "last"), self.runbook("logs", "last"))
        self.assertEqual(self.record("run_started")["secrets"], ["token"])

    def test_arguments_are_no_shell_text(self):
        ended = self.use('[printf, "%s", "$HOME; `id` * correct-horse"]')
        self.assertExit(ended, 0)
        self.assertEqual((self.dir / "proof").read_text(), "$HOME; `id` * correct-horse")

    def test_several_commands_run_at_once(self):
        """Each waits for the other: one after another neither would end."""
        helper = self.helper(f'touch {self.dir}/$1; while [ ! -e {self.dir}/$2 ]; do sleep 0.01; done; echo "{VALUE}$1"')
        top = f"secrets:\n  a: {{ exec: [{helper}, one, two] }}\n  b: {{ exec: [{helper}, two, one] }}"
        self.assertExit(self.run_steps("- shell: 'true'", top=top), 0)

    def test_a_failure_tells_the_code_and_the_last_words(self):
        helper = self.helper('echo "some noise" >&2; echo "permission denied on secret/deploy" >&2; exit 2')
        self.refused(f"[{helper}]", "its command ended with exit code 2; its last words: permission denied on secret/deploy")

    def test_last_words_are_redacted(self):
        helper = self.helper(f'echo {VALUE}; echo "no {VALUE} for $VAULT_TOKEN" >&2; exit 1')
        ended = self.refused(f"[{helper}]", "its last words: no *** for ***", env={"VAULT_TOKEN": "hvs.CAESIJ1234"})
        self.assertNotIn(VALUE, ended.out + ended.err)
        self.assertNotIn("hvs.CAESIJ1234", ended.out + ended.err)

    def test_what_is_no_value(self):
        for text, words in (
            ("exit 0", "its command printed nothing"),
            ("echo", "its command printed nothing"),
            ("printf 'abcd\\000efgh'", "it holds a NUL byte"),
            ("printf '\\377\\376abcd'", "bytes that are no text (UTF-8)"),
            ("head -c 70000 /dev/zero | tr '\\0' x", "more than 64 KiB"),
            ("kill -9 $$", "its command was killed by signal 9"),
        ):
            with self.subTest(text):
                self.refused(f"[{self.helper(text)}]", words)
        self.refused("[no-such-program-here]", "no-such-program-here")

    def test_a_command_without_an_end_is_stopped(self):
        """With everything it started; the clock is the test's own: the engine's 30 s are not waited for."""
        helper = self.helper(f"export {self.mark}; sleep 1000 & trap '' TERM; sleep 1000")
        process = self.start("run", self.file(self.STEP, f"secrets: {{ token: {{ exec: [{helper}] }} }}"))
        wait_for(lambda: len(processes_marked(self.mark)) >= 2, "the command to run")
        process.send_signal(signal.SIGINT)
        ended = self.finish(process)
        self.assertEqual(ended.code, -signal.SIGINT)
        self.assertNobodyLeft()
        self.assertEqual(self.run_dirs(), [])

    def test_it_dies_with_the_engine(self):
        helper = self.helper(f"export {self.mark}; setsid sleep 1000 & sleep 1000")
        process = self.start("run", self.file(self.STEP, f"secrets: {{ token: {{ exec: [{helper}] }} }}"))
        wait_for(lambda: len(processes_marked(self.mark)) >= 2, "the command to run")
        process.kill()
        self.assertNobodyLeft()

    def test_validate_asks_nobody(self):
        helper = self.helper(f"touch {self.dir}/asked; echo {VALUE}")
        path = self.file(self.STEP, f"secrets: {{ token: {{ exec: [{helper}] }} }}")
        self.assertExit(self.runbook("validate", path), 0)
        self.assertFalse((self.dir / "asked").exists())

    def test_a_variable_that_is_a_secret_is_there_for_commands_only(self):
        helper = self.helper('echo "for-$VAULT_TOKEN"')
        top = f"secrets:\n  token: {{ env: VAULT_TOKEN }}\n  derived: {{ exec: [{helper}] }}"
        step = """
            - id: uses
              exec: [sh, -c, 'test -z "${VAULT_TOKEN:-}"']
            - id: says
              exec: [echo, "${{ secrets.derived }}"]
        """
        self.assertExit(self.run_steps(step, top=top, env={"VAULT_TOKEN": "hvs.12345678"}), 0)
        self.assertEqual(self.stdout_of("says").strip(), "***")

    def test_a_resume_asks_again(self):
        helper = self.helper(f"echo x >> {self.dir}/asked; echo {VALUE}")
        step = f"""
            - id: first
              idempotent: true
              env: {{ TOKEN: "${{{{ secrets.token }}}}" }}
              shell: |
                printf '%s\\n' "$TOKEN" >> {self.dir}/proof
                while [ ! -e {self.dir}/go ]; do sleep 0.01; done
        """
        process = self.start("run", self.file(step, f"secrets: {{ token: {{ exec: [{helper}] }} }}"))
        wait_for(lambda: (self.dir / "proof").exists() and (self.dir / "proof").read_text().endswith("\n"), "the step")
        process.kill()
        process.wait()
        (self.dir / "go").touch()
        self.assertExit(self.runbook("resume", "last"), 0)
        self.assertEqual((self.dir / "asked").read_text(), "x\nx\n")
        self.assertEqual((self.dir / "proof").read_text(), f"{VALUE}\n{VALUE}\n")
        self.assertNowhere()


if __name__ == "__main__":
    main()
