#!/usr/bin/python3
"""stdlib/redis against a real server with a password."""

import os
import shutil
import subprocess

from harness import main
from library import LibraryTest
from servers import Server, free_port, program
from waiting import wait_for


class LockedRedis(Server):
    """With a password, and with the switch that stops it from expiring keys by itself."""

    password = "op3n sesame & $x"

    def __init__(self, directory):
        super().__init__(directory)
        self.launch(lambda: [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                             "--requirepass", self.password, "--enable-debug-command", "yes",
                             "--dir", str(self.directory)])  # fmt: skip

    def ask(self, *words, data=None):
        env = {**os.environ, "REDISCLI_AUTH": self.password}
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words], env=env, input=data, capture_output=True, text=True)
        return done.stdout.strip()


class LoadedRedis(LockedRedis):
    """A server that starts with a snapshot."""

    def __init__(self, directory, snapshot):
        Server.__init__(self, directory)
        shutil.copy(snapshot, self.directory / "dump.rdb")
        self.launch(lambda: [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                             "--requirepass", self.password, "--dir", str(self.directory)])  # fmt: skip


class LibraryRedis(LibraryTest):
    make_server = LockedRedis

    def setUp(self):
        super().setUp()
        self.backups = self.make_directory("backups")
        self.server.ask("flushall")
        self.server.ask("config", "set", "maxmemory", "0")
        self.server.ask("config", "resetstat")

    def redis(self, name, **params):
        given = {"port": self.server.port, "password": self.server.password, **params}
        return self.std(f"redis/{name}", **given)

    def fill(self, number, *more, prefix="key"):
        text = "".join(f'set {prefix}:{n} value{n} {" ".join(more)}\n' for n in range(number))
        self.server.ask(data=text)

    def keys(self, server=None):
        return int((server or self.server).ask("dbsize"))

    # ---- backup

    def test_a_snapshot_is_whole_and_can_be_loaded(self):
        self.fill(500)
        self.server.ask("set", "odd \n key", "x")
        self.assertExit(self.redis("backup", directory=self.backups), 0)
        made = self.outputs("fetch")
        self.assertEqual([made["file"]], [str(p) for p in self.backups.iterdir()])
        self.assertEqual(made["keys"], "501")
        self.assertEqual(made["bytes"], str(os.path.getsize(made["file"])))
        self.assertPrivate(made["file"])
        loaded = LoadedRedis(self.dir / "loaded", made["file"])
        self.addCleanup(loaded.stop)
        self.assertEqual(self.keys(loaded), 501)

    def test_a_password_given_with_a_secret_is_nowhere(self):
        ended = self.use_std("redis/info", port=self.server.port, password="${{ secrets.redis }}",
                             top="secrets: { redis: { env: REDIS_PW } }", env={"REDIS_PW": self.server.password})  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual((self.given()["role"], self.given()["keys"]), ("master", 0))
        self.assertNowhere(self.server.password, ended)

    def test_a_backup_without_the_password_or_the_server_is_refused(self):
        refused = self.assertExit(self.redis("backup", directory=self.backups, password="wrong"), 77)
        self.assertSays(refused, "Redis lets us in", "WRONGPASS")
        refused = self.assertExit(self.redis("backup", directory=self.backups, port=free_port()), 77)
        self.assertSays(refused, "Connection refused")
        refused = self.assertExit(self.redis("backup", directory=self.dir / "none"), 77)
        self.assertSays(refused, "not a writable directory")
        self.assertEqual(list(self.backups.iterdir()), [])

    def test_a_backup_on_a_full_disk_leaves_no_part(self):
        if os.geteuid() != 0:
            self.skipTest("a small disk of its own needs root")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.backups], check=True)
        self.addCleanup(subprocess.run, ["umount", self.backups], check=True)
        self.server.ask("set", "large", "-" * 10)
        self.server.ask("eval", "for i = 1, 3000 do redis.call('set', 'h' .. i, redis.sha1hex(i)) end", "0")
        ended = self.redis("backup", directory=self.backups)
        self.assertIn(ended.code, (1, 77), str(ended))
        self.assertEqual(list(self.backups.iterdir()), [])

    # ---- flush-expired

    def expire_behind_its_back(self, number):
        """Keys that have expired, while the server's own cycle is switched off."""
        self.server.ask("debug", "set-active-expire", "0")
        self.addCleanup(self.server.ask, "debug", "set-active-expire", "1")
        self.fill(number, "px", "1", prefix="old")
        wait_for(lambda: self.server.ask("pttl", "old:0") == "-2", "the keys to expire")

    def test_only_what_has_expired_goes(self):
        self.expire_behind_its_back(300)
        self.assertGreater(self.keys(), 200, "they must be there still, or there is nothing to see")
        self.fill(50, prefix="kept")
        self.fill(50, "ex", "1000", prefix="living")
        self.assertExit(self.redis("flush-expired", batch=20), 0)
        seen = self.outputs("scan")
        self.assertEqual((seen["finished"], seen["keys_after"]), ("yes", "100"))
        self.assertEqual(self.server.ask("info", "stats").split("expired_keys:")[1].split()[0], "300")
        self.assertEqual(self.keys(), 100)

    def test_the_budget_is_kept_and_said(self):
        self.fill(2000)
        ended = self.assertExit(self.redis("flush-expired", batch=1, budget="1s"), 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertSays(ended, "the time was used up after")
        self.assertEqual(self.outputs("scan")["finished"], "no")
        self.assertEqual(self.keys(), 2000)

    def test_a_replica_is_left_alone(self):
        self.server.ask("replicaof", "127.0.0.1", str(free_port()))
        self.addCleanup(self.server.ask, "replicaof", "no", "one")
        self.assertSays(self.assertExit(self.redis("flush-expired"), 77), "its role is slave")

    # ---- info

    def test_a_healthy_server(self):
        self.fill(10)
        self.assertExit(self.redis("info", role="master"), 0)
        self.assertEqual(self.run_outcome(), "succeeded")
        seen = self.outputs("info")
        self.assertEqual((seen["role"], seen["keys"], seen["rdb_last_bgsave_status"]), ("master", "10", "ok"))
        self.assertRegex(seen["redis_version"], r"^\d+\.\d+")
        self.assertGreater(int(seen["used_memory"]), 1000)

    def test_what_is_wrong_is_said(self):
        self.server.ask("config", "set", "maxmemory-policy", "noeviction")
        self.server.ask("config", "set", "maxmemory", "100")
        ended = self.assertExit(self.redis("info"), 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertSays(ended, "bytes of 100 are used")
        self.server.ask("config", "set", "maxmemory", "0")
        self.assertSays(self.assertExit(self.redis("info", role="slave"), 1), "its role is master, want slave")
        self.server.ask("replicaof", "127.0.0.1", str(free_port()))
        self.addCleanup(self.server.ask, "replicaof", "no", "one")
        self.assertSays(self.assertExit(self.redis("info"), 1), "it has lost its master")


if __name__ == "__main__":
    main()
