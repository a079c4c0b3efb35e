#!/usr/bin/python3
"""stdlib/service: plain commands with real servers. There is no systemd and no container engine where tests run, so for
those two a stand-in that takes their place in PATH says what it was asked, and answers as they do."""

import os
import signal
import subprocess
import textwrap

from harness import main
from library import LibraryTest
from servers import Nginx, Server, program
from waiting import wait_for

SYSTEMCTL = r"""
    printf '%s\n' "$*" >> "$here/asked"
    state=$(cat "$here/state") count=$(cat "$here/count")
    case " $* " in
      *" show "*)
        case "${!#}" in nosuch*) load=not-found ;; *) load=loaded ;; esac
        case $state in
          crashing) active=active sub=running; echo $((count + 1)) > "$here/count" ;;
          active) sub=running active=active ;;
          failed) sub=failed active=failed ;;
          *) sub=dead active=inactive ;;
        esac
        printf 'Result=success\nInvocationID=id%s\nLoadState=%s\nActiveState=%s\nSubState=%s\n' "$count" $load $active $sub
        ;;
      *" restart "*)
        if [ -e "$here/broken" ]; then
          echo failed > "$here/state"
          echo "Job for shop.service failed" >&2
          exit 1
        fi
        [ -e "$here/lazy" ] || echo $((count + 1)) > "$here/count"
        [ "$state" = crashing ] || echo active > "$here/state"
        ;;
      *" status "*) echo "shop.service: main process exited, code=exited, status=203/EXEC" ;;
    esac
"""
DOCKER = r"""
    printf '%s|%s\n' "$PWD" "$*" >> "$here/asked"
    state=$(cat "$here/state") count=$(cat "$here/count")
    case "$*" in
      "compose version") [ ! -e "$here/old" ] ;;
      *"ps --all --quiet nosuch") echo "no such service: nosuch" >&2; exit 1 ;;
      *"ps --all --quiet "*) [ "$state" = none ] || printf 'c1\nc2\n' ;;
      "inspect "*) printf '%s - 2026-01-01T00:00:0%sZ /shop-1\nrunning healthy 2026-01-01T00:00:00Z /shop-2\n' "$state" "$count" ;;
      *restart*|*--force-recreate*) echo $((count + 1)) > "$here/count"; echo running > "$here/state" ;;
      *) echo "unknown: $*" >&2; exit 64 ;;
    esac
"""


class StandIn(LibraryTest):
    """`name` in PATH is `script`; `asked` is what it was called with."""

    def stand_in(self, name, script, state):
        self.bin = self.dir / "bin"
        self.bin.mkdir(exist_ok=True)
        path = self.bin / name
        path.write_text(f"#!/bin/bash\nhere={self.bin}\n" + textwrap.dedent(script))
        path.chmod(0o755)
        (self.bin / "state").write_text(state)
        (self.bin / "count").write_text("1")

    def service(self, name, **params):
        params.setdefault("settle", "10ms") if name == "restart" else None
        return self.std(f"service/{name}", env={"PATH": f"{self.bin}:{os.environ['PATH']}:/usr/sbin"}, **params)

    def asked(self):
        return (self.bin / "asked").read_text().splitlines()


class Systemd(StandIn):
    def systemd(self, name, state="active", **params):
        self.stand_in("systemctl", SYSTEMCTL, state)
        return self.service(name, manager="systemd", service="shop.service", **params)

    def test_status(self):
        self.assertExit(self.systemd("status"), 0)
        self.assertEqual(self.outputs("look"), {"state": "running", "instance": "id1", "detail": "active (running), success"})
        self.assertEqual(self.asked()[-1], "show -p LoadState,ActiveState,SubState,InvocationID,Result -- shop.service")
        failed = self.assertExit(self.systemd("status", state="failed"), 1)
        self.assertSays(failed, "it is failed, want running: failed (failed)")
        self.assertExit(self.systemd("status", state="inactive", want="stopped"), 0)
        self.assertExit(self.systemd("status", scope="user"), 0)
        self.assertTrue(self.asked()[-1].startswith("--user show"))

    def test_a_unit_that_is_not_there(self):
        self.stand_in("systemctl", SYSTEMCTL, "inactive")
        failed = self.service("status", manager="systemd", service="nosuch.service", want="any")
        self.assertSays(self.assertExit(failed, 1), "systemd has no unit nosuch.service: not-found")
        self.assertSays(self.assertExit(self.service("status", manager="systemd"), 77), "give `service`")
        self.assertExit(self.service("status", manager="systemd", service="--all"), 65)

    def test_restart(self):
        self.assertExit(self.systemd("restart"), 0)
        self.assertEqual([a for a in self.asked() if "restart" in a], ["--no-ask-password restart -- shop.service"])
        self.assertEqual(self.outputs("stays.look")["instance"], "id2")

    def test_a_restart_that_fails_shows_the_log(self):
        self.stand_in("systemctl", SYSTEMCTL, "active")
        (self.bin / "broken").touch()
        failed = self.assertExit(self.systemd("restart"), 1)
        self.assertSays(failed, "Job for shop.service failed", "status=203/EXEC")

    def test_a_restart_that_did_nothing_is_found_out(self):
        self.stand_in("systemctl", SYSTEMCTL, "active")
        (self.bin / "lazy").touch()
        self.assertSays(self.assertExit(self.systemd("restart"), 1), "it was not restarted")

    def test_a_service_that_crashes_again_and_again_is_found_out(self):
        failed = self.assertExit(self.systemd("restart", state="crashing"), 1)
        self.assertSays(failed, "it was restarted again while it should settle")


class Compose(StandIn):
    def compose(self, name, state="running", service="shop", **params):
        self.stand_in("docker", DOCKER, state)
        return self.service(name, manager="compose", service=service, project=self.dir, **params)

    def test_status(self):
        self.assertExit(self.compose("status"), 0)
        self.assertEqual(self.outputs("look")["state"], "running")
        self.assertIn(f"{self.dir}|compose ps --all --quiet shop", self.asked())
        for state, word in (("exited", "stopped"), ("restarting", "starting"), ("dead", "failed"), ("none", "stopped")):
            with self.subTest(state):
                failed = self.assertExit(self.compose("status", state=state), 1)
                self.assertSays(failed, f"it is {word}, want running")
        self.assertExit(self.compose("status", state="exited", want="stopped"), 0)
        self.assertSays(self.assertExit(self.compose("status", service="nosuch"), 1), "no such service: nosuch")

    def test_restart_and_recreate(self):
        self.assertExit(self.compose("restart", compose_file="prod.yml"), 0)
        self.assertIn(f"{self.dir}|compose -f prod.yml restart shop", self.asked())
        self.assertExit(self.compose("restart", state="exited", recreate=True), 0)
        self.assertIn(f"{self.dir}|compose up --detach --no-deps --force-recreate shop", self.asked())

    def test_the_older_program(self):
        self.stand_in("docker-compose", DOCKER, "running")
        (self.bin / "old").touch()
        self.assertExit(self.compose("restart"), 0)
        self.assertIn(f"{self.dir}|restart shop", self.asked())


class Supervised(Server):
    """A Redis that somebody starts again when it ends, as a service manager does."""

    def __init__(self, directory, program_text):
        super().__init__(directory)
        self.launch(lambda: ["bash", "-c", program_text, "supervisor", program("redis-server"), str(self.port)])

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def run_id(self):
        done = subprocess.run(["redis-cli", "-p", str(self.port), "info", "server"], capture_output=True, text=True)
        return next((line for line in done.stdout.splitlines() if line.startswith("run_id:")), None)


AGAIN = 'while :; do "$1" --port "$2" --bind 127.0.0.1 --save ""; done'
ONCE = '"$1" --port "$2" --bind 127.0.0.1 --save ""; sleep infinity'


class Commands(LibraryTest):
    def redis(self, name, server, **params):
        cli = ["redis-cli", "-p", str(server.port)]
        if name == "restart":
            params = {"settle": "100ms", "restart_command": [*cli, "shutdown", "nosave"], **params}
        return self.std(f"service/{name}", manager="command", status_command=[*cli, "ping"], **params)

    def test_a_real_server_is_restarted(self):
        server = Supervised(self.dir / "redis", AGAIN)
        self.addCleanup(server.stop)
        before = server.run_id()
        self.assertExit(self.redis("restart", server), 0)
        self.assertNotIn(server.run_id(), (None, before))
        self.assertEqual(self.outputs("stays.look")["state"], "running")
        self.assertExit(self.redis("status", server), 0)

    def test_a_server_that_does_not_come_back_is_found_out(self):
        server = Supervised(self.dir / "redis", ONCE)
        self.addCleanup(server.stop)
        failed = self.assertExit(self.redis("restart", server, attempts=2), 1)
        self.assertSays(failed, "it is stopped, want running")
        self.assertEqual(len(self.records("attempt_finished", "up.look")), 2)
        self.assertExit(self.redis("status", server, want="stopped"), 0)

    def test_nginx_is_reloaded(self):
        nginx = Nginx(self.dir / "nginx", "    location / { return 200 one; }")
        self.addCleanup(nginx.stop)
        pid = (self.dir / "nginx/nginx.pid").read_text().strip()
        nginx.conf.write_text(nginx.conf.read_text().replace("return 200 one", "return 200 two"))
        ended = self.std("service/restart", manager="command", settle="10ms",
                         restart_command=["nginx", "-s", "reload", "-c", str(nginx.conf)],
                         status_command=["kill", "-0", pid])  # fmt: skip
        self.assertExit(ended, 0)
        wait_for(lambda: self.get(nginx.url()) == b"two", "the new configuration")

    def test_words_arrive_as_they_are(self):
        words = ["a b", "$(touch x)", 'q"q', "käse,[x]", "line\nbreak"]
        out = self.dir / "out"
        script = self.write("prints", f"#!/bin/sh\nprintf '<%s>' \"$@\" > {out}\n")
        script.chmod(0o755)
        self.assertExit(self.std("service/status", manager="command", status_command=[str(script), *words]), 0)
        self.assertEqual(out.read_text(), "".join(f"<{word}>" for word in words))

    def test_what_is_missing_is_said(self):
        refused = self.assertExit(self.std("service/status", manager="command"), 77)
        self.assertSays(refused, "give `status_command`")
        refused = self.assertExit(self.std("service/restart", manager="command", status_command=["true"]), 77)
        self.assertSays(refused, "give `restart_command`")
        self.assertExit(self.std("service/restart", manager="initd"), 65)

    @staticmethod
    def get(url):
        import urllib.request

        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()


if __name__ == "__main__":
    main()
