"""A terminal of its own for the program."""

import os
import pty
import select
import subprocess

from harness import PROGRAM
from waiting import wait_for


class Terminal:
    """The program behind a terminal: what is typed here reaches it as it would a person's keys."""

    def __init__(self, test, *args, cwd=None, **env):
        self.master, slave = pty.openpty()
        env = test.environment(**{"TERM": "xterm", **env})
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", PROGRAM, *map(str, args)], stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd
        )
        os.close(slave)
        self.screen = b""

    def read(self):
        """Takes what is on the screen so far; a terminal that nobody reads would block the program."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                chunk = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                return
            if not chunk:
                return
            self.screen += chunk

    def wait_to_show(self, text):
        """Until the program has written it; one that ends without is wrong."""
        def shown():
            ended = self.ended()
            return text.encode() in self.screen or ended

        wait_for(shown, f"`{text}` on the screen")
        if text.encode() not in self.screen:
            raise AssertionError(f"it ended without saying `{text}`:\n{self.screen.decode(errors='replace')}")

    def ctrl_c(self):
        os.write(self.master, b"\x03")

    def type(self, text):
        os.write(self.master, text.encode())

    def ended(self):
        self.read()
        return self.process.poll() is not None

    def wait(self):
        wait_for(self.ended, "the program to end")
        self.read()
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
