#!/usr/bin/python3
"""Whatever a step starts ends with it: in time, and with nothing left."""

import os
import signal
import subprocess

from harness import RunbookTest, main
from servers import free_port
from waiting import processes_marked, wait_for

STUBBORN = {
    "background": "sleep 1000 & sleep 1000",
    "setsid": "setsid sleep 1000 & sleep 1000",
    "double_fork": "( ( setsid sleep 1000 & ) & ); sleep 1000",
    "ignores_term": "trap '' TERM; sleep 1000 & while :; do sleep 1000; done",
    "stopped": "sleep 1000 & kill -STOP $$; sleep 1000",
}


class Processes(RunbookTest):
    def test_a_timeout_ends_every_kind_of_process(self):
        for name, script in STUBBORN.items():
            with self.subTest(name):
                ended = self.run_steps(f"""
                    - id: {name}
                      shell: "{script}"
                      timeout: 1s
                      kill_after: 1s
                """)
                self.assertExit(ended, 1)
                self.assertEqual(self.outcome(name), "timed_out")
                self.assertLess(ended.seconds, 60)
                self.assertNobodyLeft()

    def test_nothing_outlives_a_killed_engine(self):
        steps = "- id: all\n  parallel:\n"
        for name, script in STUBBORN.items():
            steps += f"    - {{ id: {name}, shell: \"touch {self.dir}/{name}; {script}\" }}\n"
        engine = self.start("run", self.file(steps))
        wait_for(lambda: all((self.dir / name).exists() for name in STUBBORN), "all steps to run")
        wait_for(lambda: len(processes_marked(self.mark)) >= 2 * len(STUBBORN), "their children to run")
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        self.assertNobodyLeft()
        self.assertEqual(self.records("run_finished"), [])

    def test_a_background_child_does_not_hold_its_step(self):
        ended = self.assertExit(self.run_steps("- { id: daemon, shell: sleep 1000 & echo started }"), 0)
        self.assertLess(ended.seconds, 60)
        self.assertIn("started", self.stdout_of("daemon"))
        self.assertEqual(self.record("attempt_finished", "daemon")["killed_background"], 1)
        self.assertNobodyLeft()

    def test_a_gibibyte_of_output_stays_out_of_memory(self):
        top = "secrets: { token: { env: TOKEN } }"
        path = self.file("- { id: flood, shell: \"head -c 1G /dev/zero | tr '\\\\0' x\" }", top)
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        engine = self.start("run", path, env={"TOKEN": "correct-horse-battery"}, **silent)
        _, status, usage = os.wait4(engine.pid, 0)
        engine.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(engine.returncode, 0)
        self.assertLess(usage.ru_maxrss, 64 * 1024, "KiB resident at most")
        log = self.run_dir() / "logs/flood.1.log"
        self.assertLess(log.stat().st_size, 65 << 20)

    def test_a_pipe_fails_with_its_first_command(self):
        out = self.dir / "dump.gz"
        ended = self.run_steps(f"""
            - id: dump
              shell: pg_dump -h 127.0.0.1 -p {free_port()} -U nobody shop | gzip > {out}
        """)
        self.assertExit(ended, 1)
        self.assertEqual(self.outcome("dump"), "failed")

    def test_a_step_reads_nothing_and_has_no_terminal(self):
        ended = self.run_steps("""
            - id: stdin
              shell: test -z "$(cat)"
            - id: tty
              shell: '! : 2>/dev/null < /dev/tty'
            - id: descriptors
              shell: |
                for fd in /proc/self/fd/*; do echo "${fd##*/}"; done
        """)
        self.assertExit(ended, 0)
        numbers = {int(line) for line in self.stdout_of("descriptors").split()}
        # 10 is the script; what bash opens for itself lies above.
        self.assertTrue(numbers <= {0, 1, 2, 3, 10, 255}, numbers)

    def test_what_cannot_start_is_told_from_what_failed(self):
        missing = self.assertExit(self.run_steps("- { id: gone, exec: [/no/such/program] }"), 1)
        self.assertSays(missing, "/no/such/program", "No such file or directory")
        nowhere = self.assertExit(self.run_steps("- { id: gone, exec: ['true'], cwd: /no/such/place }"), 1)
        self.assertSays(nowhere, "/no/such/place")
        self.assertSays(self.assertExit(self.run_steps("- { id: own, shell: exit 127 }"), 1), "127")

    def test_a_step_sees_the_environment_it_was_given_and_little_else(self):
        ended = self.run_steps(
            "- { id: env, shell: 'echo \"$GIVEN/${LEAKED:-}\"' }",
            top="env: { GIVEN: given }", env={"LEAKED": "leaked"},
        )  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(self.stdout_of("env"), "given/\n")


if __name__ == "__main__":
    main()
