#!/usr/bin/python3
"""The procedures under runbooks/ that run by night, by week and in an emergency, against real servers."""

import json
import os
import pathlib
import shutil
import subprocess
import time

from harness import RUNBOOKS, main
from library import LibraryTest
from recorder import Recorder
from servers import Nginx, Postgres, Redis, free_port
from waiting import wait_for

DAY = 86400


class Operations(LibraryTest):
    make_server = Postgres

    def setUp(self):
        super().setUp()
        self.web = Recorder()
        self.addCleanup(self.web.stop)
        self.backups = self.make_directory("backups")
        self.server.query("create database app", "postgres")
        self.addCleanup(self.drop_all)
        self.sql("create table orders (id int, created_at timestamptz default now()); "
                 "insert into orders select n from generate_series(1, 100) n")  # fmt: skip
        self.secrets = {
            name: self.server.password
            for name in ("BACKUP_DB_PASSWORD", "MAINTENANCE_DB_PASSWORD", "RECOVERY_DB_PASSWORD")
        }
        self.secrets.update(SLACK_WEBHOOK_URL=self.web.url("/slack/t0ken"), PAGERDUTY_KEY="pager-key-0123")

    def drop_all(self):
        for name in self.server.query("select datname from pg_database where datname ~ '^(app|runbook_)'", "postgres").split():
            self.server.query(f'drop database "{name}" with (force)', "postgres")

    def sql(self, text):
        return self.server.query(text, "app")

    def procedure(self, name, env=None, **params):
        given = []
        for key, value in params.items():
            given += ["-p", f"{key}={value if isinstance(value, (str, pathlib.Path)) else json.dumps(value)}"]
        return self.runbook("run", RUNBOOKS / f"{name}.yaml", *given, env={**self.secrets, **(env or {})})

    def database(self):
        return {"db_name": "app", "db_port": self.server.port, "db_user": "shop"}

    # ---- the nightly backup, and its check

    def back_up(self, **params):
        return self.procedure("maintenance/backup", directory=self.backups, **self.database(), **params)

    def test_a_set_of_backups_is_made_proved_and_found_good(self):
        redis = Redis(self.dir / "redis")
        self.addCleanup(redis.stop)
        for name in ("config", "uploads"):
            (self.make_directory(name) / "a").write_text(name)
        old = self.make_directory("backups/full-old")
        (old / "x").write_text("x")
        os.utime(old, (time.time() - 90 * DAY,) * 2)
        ended = self.back_up(
            redis_host="127.0.0.1", redis_port=redis.port, min_rows=100, keep=1,
            files=[{"name": "config", "path": str(self.dir / "config")},
                   {"name": "uploads", "path": str(self.dir / "uploads")}],
        )  # fmt: skip
        self.assertExit(ended, 0)
        sets = os.listdir(self.backups)
        self.assertEqual(sets, [f"full-{self.run_dir().name}"], "the old one is gone")
        self.assertEqual(sorted(name.split("-")[0] for name in os.listdir(self.backups / sets[0])),
                         ["SHA256SUMS", "config", "database", "redis", "uploads"])  # fmt: skip
        self.assertPrivate(self.backups / sets[0])
        self.assertEqual(self.web.requests, [])
        self.assertNowhere(self.server.password, ended)

        check = {"directory": self.backups, "db_port": self.server.port, "db_user": "shop"}
        self.assertExit(self.procedure("check/backups", not_empty=["public.orders"], **check), 0)
        manifest = self.backups / sets[0] / "SHA256SUMS"
        os.utime(manifest, (manifest.stat().st_mtime - 7200,) * 2)  # as if it were made two hours ago
        self.assertSays(self.assertExit(self.procedure("check/backups", max_age="1h", **check), 1), "hours old")
        next((self.backups / sets[0]).glob("config-*")).write_text("rotten")
        self.assertSays(self.assertExit(self.procedure("check/backups", **check), 1), "FAILED")

    def test_a_set_that_fails_is_removed_and_said(self):
        old = self.make_directory("backups/full-old")
        os.utime(old, (time.time() - 90 * DAY,) * 2)
        self.assertExit(self.back_up(min_rows=101, keep=1), 3)
        self.assertEqual(os.listdir(self.backups), ["full-old"], "no half set, and the old one stays")
        self.assertEqual(len(self.web.requests), 1)
        self.assertIn("failed at prove.count", self.web.sent()[0]["text"])

    # ---- the weekly hour

    def test_a_database_is_maintained(self):
        self.sql("insert into orders select n, now() - interval '100 days' from generate_series(1, 12000) n; "
                 "create index orders_id on orders (id)")  # fmt: skip
        ended = self.procedure("maintenance/database", backups=self.backups, purge_table="public.orders",
                               reindex=["orders_id"], **self.database())  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(self.sql("select count(*) from orders"), "100")
        self.assertEqual(self.outputs("purge")["deleted"], "12000")
        self.assertEqual(self.sql("select indisvalid from pg_index where indexrelid = 'orders_id'::regclass"), "t")
        self.assertEqual(len(list(self.backups.iterdir())), 1)
        refused = self.procedure("maintenance/database", backups=self.backups, purge_table="orders", purge_column="id",
                                 **self.database())  # fmt: skip
        self.assertSays(self.assertExit(refused, 77), "orders has no column id with a date or time")

    # ---- logs

    def test_logs_are_rotated(self):
        logs, archive = self.make_directory("logs"), self.make_directory("archive")
        (logs / "app.log").write_text("line\n" * 1000)
        (logs / "small.log").write_text("x")
        (logs / "other.txt").write_text("y" * 5000)
        params = {"directory": logs, "archive": archive}
        self.assertExit(self.procedure("maintenance/rotate-logs", **params), 0)
        made = list(archive.iterdir())
        self.assertEqual(len(made), 1)
        text = subprocess.run(["gzip", "-dc", made[0]], capture_output=True, check=True).stdout
        self.assertEqual(text, b"line\n" * 1000)
        self.assertEqual([(logs / n).stat().st_size for n in ("app.log", "small.log", "other.txt")], [0, 1, 5000])
        refused = self.procedure("maintenance/rotate-logs", directory=logs, archive=self.dir / "none")
        self.assertSays(self.assertExit(refused, 77), "not a writable directory")

    # ---- the morning's look

    def test_health(self):
        redis = Redis(self.dir / "redis")
        self.addCleanup(redis.stop)
        passfile = self.write("pgpass", f"127.0.0.1:*:*:shop:{self.server.password}\n")
        passfile.chmod(0o600)
        log = self.write("app.log", "all is fine\n" * 20)
        params = {"urls": [self.web.url("/a"), self.web.url("/b")], "disks": [str(self.dir)], "max_memory_percent": 100,
                  "redis_host": "127.0.0.1", "redis_port": redis.port, "db_passfile": passfile, "log": log,
                  **self.database()}  # fmt: skip
        ended = self.procedure("check/health", **params)
        self.assertExit(ended, 0)
        self.assertEqual({path for _, path, _, _ in self.web.requests}, {"/a", "/b"})
        log.write_text("2026 ERROR it burns\n" * 20)
        ended = self.assertExit(self.procedure("check/health", **params), 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertSays(ended, "20 of its last lines are errors")
        params["redis_port"] = free_port()
        failed = self.assertExit(self.procedure("check/health", **params), 1)
        self.assertSays(failed, "the cache is not well")
        for step in ("urls", "disks", "memory", "database"):
            self.assertIn(self.outcome(step), ("succeeded", "warned"), "the rest is looked at all the same")

    # ---- certificates

    def test_certificates(self):
        def key_and_certificate(days):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.dir / "key.pem",
                            "-out", self.dir / "cert.pem", "-days", str(days), "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)  # fmt: skip

        key_and_certificate(100)
        tls_port = free_port()
        nginx = Nginx(self.dir / "nginx", f"    listen 127.0.0.1:{tls_port} ssl; ssl_certificate {self.dir}/cert.pem;\n"
                                          f"    ssl_certificate_key {self.dir}/key.pem; return 200 ok;")  # fmt: skip
        self.addCleanup(nginx.stop)
        params = {"servers": [f"localhost:{tls_port}"], "ca": self.dir / "cert.pem"}
        self.assertExit(self.procedure("check/certificates", **params), 0)
        self.assertEqual(self.run_outcome(), "succeeded")
        ended = self.assertExit(self.procedure("check/certificates", warn_days=200, **params), 0)
        self.assertSays(ended, f"localhost:{tls_port} is good until", " days")
        self.assertExit(self.procedure("check/certificates", min_days=102, **params), 1)
        text = (RUNBOOKS / "check/certificates.yaml").read_text()
        quick = self.write("certificates.yaml", text.replace("every: 2s", "every: 10ms"))
        for servers, says in ((f"127.0.0.1:{tls_port}", "mismatch"), (f"localhost:{free_port()}", "onnection refused")):
            ended = self.runbook("run", quick, "-p", f"ca={self.dir}/cert.pem", "-p", f'servers=["{servers}"]')
            self.assertSays(self.assertExit(ended, 1), says)

    # ---- a maintenance window

    def window(self, **params):
        flag = self.dir / "closed"
        nginx = Nginx(self.dir / f"nginx{len(params)}", f"""
            location = /health {{ return 200 ok; }}
            location / {{ if (-e {flag}) {{ return 503; }} return 200 open; }}
        """)  # fmt: skip
        self.addCleanup(nginx.stop)
        ended = self.procedure("maintenance/window", flag=flag, closed_url=nginx.url("/"), health_url=nginx.url("/health"),
                               backups=self.backups, **self.database(), **params)  # fmt: skip
        self.assertFalse(flag.exists(), "the front door is open, whatever happened")
        return ended

    def test_a_maintenance_window(self):
        self.assertExit(self.window(), 0)
        self.assertEqual(self.outputs("closed.ask")["status"], 503)
        self.assertEqual(self.outcome("vacuum.vacuum"), "succeeded")
        client = subprocess.Popen(
            ["psql", "-XAtqc", "select pg_sleep(600)", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "shop", "app"],
            env={**os.environ, "PGPASSWORD": self.server.password}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        busy = "select count(*) from pg_stat_activity where query like 'select pg_sleep%'"
        wait_for(lambda: self.sql(busy) == "1", "the client to be at work")
        failed = self.assertExit(self.window(drain_attempts=2), 3)
        self.assertSays(failed, "1 clients are still at work")

    # ---- recovery

    def recover(self, **params):
        dump = self.backups / "good.dump"
        if not dump.exists():
            self.assertExit(self.std("postgres/backup", database="app", directory=self.dir, user="shop",
                                     port=self.server.port, passfile=self.passfile()), 0)  # fmt: skip
            pathlib.Path(self.outputs("dump")["file"]).rename(dump)
        self.sql("delete from orders where id > 10")
        return self.procedure("recovery/database", file=dump, backups=self.backups, manager="none",
                              health_url=self.web.url("/health"), **self.database(), **params)  # fmt: skip

    def passfile(self):
        path = self.write("pgpass", f"127.0.0.1:*:*:shop:{self.server.password}\n")
        path.chmod(0o600)
        return path

    def test_a_database_comes_back(self):
        self.assertExit(self.recover(), 0)
        self.assertEqual(self.sql("select count(*) from orders"), "100")
        names = self.server.query("select datname from pg_database where datname like 'app%' order by 1", "postgres").split()
        self.assertEqual(len(names), 2)
        self.assertEqual(self.server.query("select count(*) from orders", names[1]), "10")
        self.assertEqual(len(list(self.backups.glob("app-before-recovery-*.dump"))), 1)

    def test_a_recovery_that_does_not_help_is_taken_back(self):
        text = (RUNBOOKS / "recovery/database.yaml").read_text()
        self.web.otherwise = lambda: (500, {}, "still broken")
        failed = self.recover_with(text.replace("attempts: 30", "attempts: 1"))
        self.assertExit(failed, 3)
        self.assertSays(failed, "want 2xx, got 500")
        self.assertEqual(self.sql("select count(*) from orders"), "10")
        names = self.server.query("select datname from pg_database where datname like 'app%'", "postgres").split()
        self.assertEqual(names, ["app"])

    def recover_with(self, text):
        changed = self.dir / "recovery"
        changed.mkdir()
        (changed / "database.yaml").write_text(text)
        global RUNBOOKS
        kept, RUNBOOKS = RUNBOOKS, self.dir
        try:
            return self.recover()
        finally:
            RUNBOOKS = kept

    def test_a_system_comes_back_from_its_set(self):
        config = self.make_directory("config")
        (config / "app.conf").write_text("good")
        self.assertExit(self.back_up(files=[{"name": "config", "path": str(config)}]), 0)
        (made,) = self.backups.iterdir()
        (config / "app.conf").write_text("bad")
        self.sql("delete from orders")
        params = {"set": made, "files": [{"name": "config", "path": str(config)}], "health_url": self.web.url("/health"),
                  **self.database()}  # fmt: skip

        text = (RUNBOOKS / "recovery/system.yaml").read_text()
        self.assertIn("attempts: 60", text)
        hasty = self.write("system.yaml", text.replace("attempts: 60", "attempts: 1"))
        self.web.otherwise = lambda: (500, {}, "still broken")
        given = [p for k, v in params.items() for p in ("-p", f"{k}={json.dumps(v) if isinstance(v, list) else v}")]
        self.assertExit(self.runbook("run", hasty, *given, env=self.secrets), 3)
        self.assertEqual((config / "app.conf").read_text(), "bad", "back to what was there")
        self.assertEqual(self.sql("select count(*) from orders"), "0")

        shutil.rmtree(config)  # as on a new machine
        self.assertExit(self.runbook("run", hasty, *given, env=self.secrets), 3)
        self.assertFalse(config.exists())

        self.web.otherwise = lambda: (200, {}, "ok")
        self.assertExit(self.procedure("recovery/system", **params), 0)
        self.assertEqual((config / "app.conf").read_text(), "good")
        self.assertEqual(self.sql("select count(*) from orders"), "100")
        next(made.glob("config-*")).write_text("rotten")
        self.assertSays(self.assertExit(self.procedure("recovery/system", **params), 1), "FAILED")
        self.assertEqual(sorted(p.name for p in self.dir.iterdir() if p.name.startswith("config")), ["config"])

    # ---- an incident

    def test_a_service_that_is_down_is_restarted_once(self):
        """The real nginx with its configuration broken by a missing file, which the restart command brings back."""
        site = self.dir / "site"
        nginx = Nginx(self.dir / "nginx", f"    location / {{ root {site}; index index.html; }}")
        self.addCleanup(nginx.stop)
        pid = (self.dir / "nginx/nginx.pid").read_text().strip()
        mend = self.write("mend", f"#!/bin/sh\nmkdir -p {site} && echo hello > {site}/index.html\n")
        mend.chmod(0o755)
        log = self.write("app.log", "the last words\n")
        params = {"health_url": nginx.url("/"), "manager": "command", "restart_command": [str(mend)],
                  "status_command": ["kill", "-0", pid], "evidence": self.backups, "logs": [str(log)],
                  "pagerduty_url": self.web.url("/page")}  # fmt: skip
        self.assertExit(self.procedure("incident/service-down", **params), 0)
        kept = self.backups / self.run_dir().name
        self.assertIn("the last words", (kept / "logs.txt").read_text())
        self.assertIn("Mem:", (kept / "machine.txt").read_text())
        self.assertPrivate(kept)
        self.assertEqual([path for _, path, _, _ in self.web.requests], ["/slack/t0ken"])
        self.assertIn("answers again after a restart", self.web.sent()[0]["text"])

        self.assertExit(self.procedure("incident/service-down", **params), 0)
        self.assertEqual(self.outcome("restart"), "skipped", "it is well")
        self.assertEqual(len(self.web.requests), 1)

        params["restart_command"] = ["false"]
        (site / "index.html").unlink()
        failed = self.assertExit(self.procedure("incident/service-down", **params), 1)
        page = self.web.sent()[-1]
        self.assertEqual((page["event_action"], page["routing_key"]), ("trigger", "pager-key-0123"))
        self.assertEqual(page["payload"]["custom_details"]["failed_step"], "restart.restart")
        self.assertNowhere("pager-key-0123", failed)


DOCKER = r"""
    printf '%s\n' "$*" >> "$here/asked"
    case "$*" in
      "compose version" | "compose build web") ;;
      "compose run --rm -T web migrate") echo yes > "$here/migrated" ;;
      "compose run --rm -T web back") rm "$here/migrated" ;;
      "compose up --detach --no-deps web" | *"up --detach --no-deps --force-recreate web")
        cp version "$here/live"; echo x >> "$here/starts" ;;
      *"ps --all --quiet web") echo c1 ;;
      "inspect "*) echo "running - $(wc -l < "$here/starts") /web-1" ;;
      *) echo "unknown: $*" >&2; exit 64 ;;
    esac
"""


class Compose(LibraryTest):
    """Real git and a real server for the health check; there is no container engine here, so a stand-in in PATH."""

    def setUp(self):
        super().setUp()
        self.bin = self.make_directory("bin")
        docker = self.bin / "docker"
        docker.write_text(f"#!/bin/bash\nset -e\nhere={self.bin}\n{DOCKER}")
        docker.chmod(0o755)
        (self.bin / "starts").write_text("")
        self.origin = self.make_directory("origin")
        self.git("init", "-q")
        for version in ("v1", "v2", "v3"):
            (self.origin / "version").write_text(version)
            self.git("add", ".")
            self.git("commit", "-q", "-m", version)
            self.git("tag", version)
        self.web = Recorder()
        self.web.otherwise = lambda: (200, {}, (self.bin / "live").read_text())
        self.addCleanup(self.web.stop)

    def git(self, *args):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *args], cwd=self.origin, check=True, capture_output=True)

    def deploy(self, version, wants):
        text = (RUNBOOKS / "deploy/compose.yaml").read_text()
        self.assertIn("attempts: 30", text)
        path = self.dir / "compose.yaml"
        path.write_text(text.replace("attempts: 30", "attempts: 1"))
        given = {"repository": f"file://{self.origin}", "version": version, "directory": self.dir / "app", "service": "web",
                 "health_url": self.web.url("/"), "health_contains": wants, "migrate": '["migrate"]',
                 "migrate_back": '["back"]'}  # fmt: skip
        params = [part for key, value in given.items() for part in ("-p", f"{key}={value}")]
        return self.runbook("run", path, *params, env={"PATH": f"{self.bin}:{os.environ['PATH']}"})

    def live(self):
        return (self.bin / "live").read_text(), (self.dir / "app/version").read_text()

    def test_a_version_is_deployed_and_a_bad_one_taken_back(self):
        self.assertExit(self.deploy("v1", "v1"), 0)
        self.assertEqual(self.live(), ("v1", "v1"))
        self.assertTrue((self.bin / "migrated").exists())
        self.assertExit(self.deploy("v2", "something else"), 3)
        self.assertEqual(self.live(), ("v1", "v1"))
        self.assertFalse((self.bin / "migrated").exists())
        asked = (self.bin / "asked").read_text().splitlines()
        self.assertLess(asked.index("compose run --rm -T web back"), asked.index("compose up --detach --no-deps web"))
        self.assertExit(self.deploy("v3", "v3"), 0)
        self.assertEqual(self.live(), ("v3", "v3"))


if __name__ == "__main__":
    main()
