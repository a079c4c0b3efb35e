#!/usr/bin/python3
"""Steps that reach other machines: over ssh to a real sshd, and to a real Redis."""

import json

from harness import RunbookTest, main
from servers import Redis, Sshd
from waiting import wait_for


class Remote(RunbookTest):
    def test_a_step_over_ssh(self):
        sshd = Sshd(self.dir / "sshd")
        self.addCleanup(sshd.stop)
        ssh = json.dumps(sshd.command())[1:-1]
        ended = self.run_steps(f"""
            - id: create
              exec: [{ssh}, "echo made > {self.dir}/remote"]
              rollback: {{ exec: [{ssh}, "rm {self.dir}/remote"] }}
            - id: look
              exec: [{ssh}, cat, "{self.dir}/remote"]
              effect: read
              expect: [result.stdout == "made"]
            - id: fails
              exec: [{ssh}, "exit 42"]
        """)
        self.assertExit(ended, 3)
        self.assertSays(ended, "42")
        self.assertEqual(self.outcome("look"), "succeeded")
        self.assertFalse((self.dir / "remote").exists())

    def test_a_maintenance_flag_in_redis(self):
        redis = Redis(self.dir / "redis")
        self.addCleanup(redis.stop)
        cli = f"redis-cli, -h, 127.0.0.1, -p, '{redis.port}'"
        wait_for(lambda: redis.process.poll() is None, "redis to live")
        after = f"finally:\n  - exec: [{cli}, get, maintenance]\n    expect: [result.stdout == 'was:']"
        ended = self.run_steps(
            f"""
            - id: before
              exec: [{cli}, get, maintenance]
              effect: read
              outputs: {{ flag: result.stdout }}
            - id: begin
              exec: [{cli}, set, maintenance, "${{{{ run.id }}}}"]
              expect: [result.stdout == "OK"]
              rollback: {{ exec: [{cli}, set, maintenance, "was:${{{{ steps.before.outputs.flag }}}}"] }}
            - id: work
              shell: exit 1
            """,
            top=after,
        )
        self.assertExit(ended, 3)


if __name__ == "__main__":
    main()
