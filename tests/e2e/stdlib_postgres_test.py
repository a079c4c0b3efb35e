#!/usr/bin/python3
"""stdlib/postgres against a real server."""

import os
import subprocess

from harness import main
from library import STDLIB, LibraryTest
from servers import Postgres, free_port
from waiting import wait_for

TABLES = """
    create table customers (id bigint primary key, name text not null);
    create table "Order Lines" (id bigint primary key, customer bigint references customers, note text);
    create table empty_one (id bigint);
    insert into customers select n, 'customer ' || n from generate_series(1, 40) n;
    insert into "Order Lines" select n, 1 + n % 40, repeat('x', 100) from generate_series(1, 300) n;
"""


class LibraryPostgres(LibraryTest):
    make_server = Postgres

    def setUp(self):
        super().setUp()
        self.passfile = self.dir / "pgpass"
        self.passfile.write_text(f"127.0.0.1:*:*:shop:{self.server.password}\n")
        self.passfile.chmod(0o600)
        self.backups = self.make_directory("backups")
        self.databases = self.names()
        self.addCleanup(self.drop_new)
        self.server.query("create database store", "postgres")
        self.sql(TABLES)

    def names(self):
        return set(self.server.query("select datname from pg_database", "postgres").split())

    def drop_new(self):
        for name in self.names() - self.databases:
            self.server.query(f'drop database "{name}" with (force)', "postgres")

    def sql(self, text, database="store"):
        return self.server.query(text, database)

    def pg(self, name, *args, env=None, **params):
        given = {"port": self.server.port, "user": "shop", "passfile": self.passfile, **params}
        return self.std(f"postgres/{name}", *args, env=env, **given)

    def make_backup(self):
        self.assertExit(self.pg("backup", database="store", directory=self.backups), 0)
        return self.outputs("dump")["file"]

    # ---- backup

    def test_a_backup_is_whole_private_and_described(self):
        self.assertExit(self.pg("backup", database="store", directory=self.backups), 0)
        made = self.outputs("dump")
        self.assertEqual([made["file"]], [str(p) for p in self.backups.iterdir()])
        self.assertRegex(made["file"], r"/store-\d{8}-\d{6}-postgres-backup-\w+\.dump$")
        self.assertEqual(made["tables"], "3")
        self.assertEqual(made["bytes"], str(os.path.getsize(made["file"])))
        sums = subprocess.run(["sha256sum", made["file"]], capture_output=True, text=True, check=True).stdout
        self.assertEqual(made["sha256"], sums.split()[0])
        self.assertPrivate(made["file"])

    def test_a_backup_with_a_bad_password_is_refused(self):
        self.passfile.write_text("127.0.0.1:*:*:shop:wrong\n")
        refused = self.assertExit(self.pg("backup", database="store", directory=self.backups), 77)
        self.assertSays(refused, "The database lets us in", "password authentication failed")
        self.assertEqual(list(self.backups.iterdir()), [])

    def test_a_backup_of_a_server_that_is_down_is_refused(self):
        refused = self.assertExit(self.pg("backup", database="store", directory=self.backups, port=free_port()), 77)
        self.assertSays(refused, "Connection refused")

    def test_a_backup_of_a_database_that_is_not_there_is_refused(self):
        refused = self.assertExit(self.pg("backup", database="stoer", directory=self.backups), 77)
        self.assertSays(refused, 'database "stoer" does not exist')

    def test_a_backup_needs_its_directory_and_room(self):
        refused = self.assertExit(self.pg("backup", database="store", directory=self.dir / "none"), 77)
        self.assertSays(refused, f"not a writable directory: {self.dir}/none")
        refused = self.pg("backup", database="store", directory=self.backups, room_percent=10**9)
        self.assertSays(self.assertExit(refused, 77), "There is room for the dump", "bytes free under")

    def test_a_backup_behind_a_lock_gives_up_and_leaves_no_part(self):
        with self.session("store") as session:
            session.run("begin; lock table customers in access exclusive mode;")
            failed = self.pg("backup", database="store", directory=self.backups, lock_wait="200ms")
            self.assertExit(failed, 1)
            self.assertSays(failed, "LOCK TABLE public.customers")
        self.assertEqual(list(self.backups.iterdir()), [])

    def test_a_backup_goes_on_after_its_engine_died(self):
        with self.session("store") as session:
            session.run("begin; lock table customers in access exclusive mode;")
            params = {"port": self.server.port, "user": "shop", "passfile": self.passfile, "database": "store",
                      "directory": self.backups, "lock_wait": "5m"}  # fmt: skip
            given = [part for key, value in params.items() for part in ("-p", f"{key}={value}")]
            engine = self.start("run", STDLIB / "postgres/backup.yaml", *given)
            waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            wait_for(lambda: self.sql(waits) == "1", "pg_dump to wait for the lock")
            engine.kill()
            engine.wait()
        self.assertExit(self.runbook("resume", "last"), 0)
        self.assertEqual([str(p) for p in self.backups.iterdir()], [self.outputs("dump")["file"]])
        self.assertEqual([r["attempt"] for r in self.records("attempt_started", "dump")], [1, 2])
        self.assertExit(self.pg("verify-backup", file=self.outputs("dump")["file"], min_rows=340), 0)

    def test_a_backup_on_a_full_disk_leaves_no_part(self):
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
            self.skipTest("a small disk of its own needs root")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.backups], check=True)
        self.addCleanup(subprocess.run, ["umount", self.backups], check=True)
        self.sql("insert into customers select n, md5(n::text) || md5((-n)::text) from generate_series(100, 6000) n")
        failed = self.pg("backup", database="store", directory=self.backups, room_percent=0)
        self.assertSays(self.assertExit(failed, 1), "No space left on device")
        self.assertEqual(list(self.backups.iterdir()), [])

    def test_a_password_given_with_a_secret_is_nowhere(self):
        ended = self.use_std(
            "postgres/backup", database="store", directory=self.backups, port=self.server.port, user="shop",
            password="${{ secrets.db }}", top="secrets: { db: { env: DB_PASSWORD } }",
            env={"DB_PASSWORD": self.server.password},
        )  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(self.given()["tables"], 3)
        self.assertEqual([self.given()["file"]], [str(p) for p in self.backups.iterdir()])
        self.assertNowhere(self.server.password, ended, self.runbook("show", "last"), self.runbook("report", "last"))

    # ---- verify-backup

    def test_a_good_backup_is_verified_and_nothing_is_left(self):
        file, before = self.make_backup(), self.names()
        ended = self.pg("verify-backup", file=file, min_rows=340, not_empty=["public.customers", "public.Order Lines"])
        self.assertExit(ended, 0)
        self.assertEqual(self.outputs("list")["tables"], "3")
        self.assertEqual(self.outputs("count")["rows"], "340")
        self.assertEqual(self.names(), before)

    def test_a_table_s_name_is_never_code(self):
        touched = self.dir / "touched"
        self.sql(f'create table "x\nx[$(touch {touched})] y" (id int)')
        self.assertExit(self.pg("verify-backup", file=self.make_backup(), min_rows=340), 0)
        self.assertEqual(self.outputs("count")["rows"], "340")
        self.assertFalse(touched.exists())

    def test_what_a_backup_lacks_is_said(self):
        file, before = self.make_backup(), self.names()
        failed = self.assertExit(self.pg("verify-backup", file=file, min_rows=341), 3)
        self.assertSays(failed, "the dump holds 340 rows, want 341 or more")
        failed = self.assertExit(self.pg("verify-backup", file=file, not_empty=["public.empty_one"]), 3)
        self.assertSays(failed, "no rows in public.empty_one")
        failed = self.assertExit(self.pg("verify-backup", file=file, min_tables=4), 1)
        self.assertSays(failed, "the dump holds 3 tables, want 4 or more")
        self.assertEqual(self.names(), before, "the scratch database must go, too")

    def test_a_cut_backup_is_found_out(self):
        file, before = self.make_backup(), self.names()
        with open(file, "r+b") as dump:
            dump.truncate(os.path.getsize(file) - 500)
        failed = self.assertExit(self.pg("verify-backup", file=file), 3)
        self.assertEqual(self.outcome("restore"), "failed")
        self.assertSays(failed, "pg_restore: error")
        self.assertEqual(self.names(), before)

    def test_what_is_no_backup_is_found_out(self):
        path = self.write("notes.dump", "buy milk\n")
        failed = self.assertExit(self.pg("verify-backup", file=path), 1)
        self.assertSays(failed, "does not appear to be a valid archive")
        refused = self.assertExit(self.pg("verify-backup", file=self.dir / "none.dump"), 77)
        self.assertSays(refused, "not a readable file")

    def test_verifying_needs_the_right_to_create_a_database(self):
        file = self.make_backup()
        self.server.query("create role reader login password 'r'", "postgres")
        self.addCleanup(self.server.query, "drop role reader", "postgres")
        self.passfile.write_text("127.0.0.1:*:*:reader:r\n")
        refused = self.assertExit(self.pg("verify-backup", file=file, user="reader"), 77)
        self.assertSays(refused, "reader may not create databases")

    # ---- restore

    def test_a_restore_replaces_the_database_and_keeps_the_old_one(self):
        file = self.make_backup()
        self.server.query("create role app login; alter database store owner to app", "postgres")
        self.server.query("grant connect on database store to app with grant option", "postgres")
        self.server.query("""alter database store set search_path = "$user", public, "odd name" """, "postgres")
        self.server.query("alter database store set work_mem = '7MB'", "postgres")
        self.sql("delete from \"Order Lines\"; drop table empty_one")
        with self.session("store") as session:  # a client that is in the way
            session.run("select 1;")
            self.assertExit(self.pg("restore", file=file, database="store"), 0)
        self.assertEqual(self.sql('select count(*) from "Order Lines"'), "300")
        self.assertEqual(self.outputs("answers")["tables"], 3)
        self.assertEqual(self.sql("select pg_get_userbyid(datdba) from pg_database where datname = 'store'"), "app")
        self.assertEqual(self.sql("show work_mem"), "7MB")
        self.assertEqual(self.sql("show search_path"), '"$user", public, "odd name"')
        acl = """select array(select x::text from unnest(datacl) x order by 1)::text
                 from pg_database where datname like 'store%'"""
        old = [name for name in self.names() if name.startswith("store_before_")]
        self.assertEqual(len(old), 1)
        self.assertEqual(len(set(self.sql(acl).split())), 1, self.sql(acl))
        self.assertEqual(self.sql('select count(*) from "Order Lines"', old[0]), "0", "and it can be looked into")
        self.server.query("reassign owned by app to shop; drop owned by app; ", "store")
        for name in ("store", old[0]):
            self.server.query(f'alter database "{name}" owner to shop; revoke all on database "{name}" from app', "postgres")
        self.server.query("drop role app", "postgres")

    def test_a_restore_brings_a_lost_database_back(self):
        file = self.make_backup()
        self.server.query("drop database store", "postgres")
        self.assertExit(self.pg("restore", file=file, database="store"), 0)
        self.assertEqual(self.sql("select count(*) from customers"), "40")

    def test_a_restore_that_fails_changes_nothing(self):
        file, before = self.make_backup(), self.names()
        self.sql("insert into customers values (1000, 'after the backup')")
        with open(file, "r+b") as dump:
            dump.truncate(os.path.getsize(file) - 500)
        self.assertExit(self.pg("restore", file=file, database="store"), 3)
        self.assertEqual(self.record("run_finished")["undone"], ["restore"])
        self.assertEqual(self.names(), before)
        self.assertEqual(self.sql("select count(*) from customers"), "41")

    def test_a_swap_is_taken_back(self):
        file, before = self.make_backup(), self.names()
        self.sql("insert into customers values (1000, 'after the backup')")
        # The last step asks the restored database for more tables than it has.
        text = (STDLIB / "postgres/restore.yaml").read_text()
        self.assertIn("- that: tonumber(result.stdout) >= params.min_tables", text)
        path = self.dir / "restore.yaml"
        path.write_text(text.replace("- that: tonumber(result.stdout) >= params.min_tables", "- that: 1 == 2"))
        params = ["-p", f"port={self.server.port}", "-p", "user=shop", "-p", f"passfile={self.passfile}",
                  "-p", f"file={file}", "-p", "database=store"]  # fmt: skip
        self.assertExit(self.runbook("run", path, *params), 3)
        self.assertEqual(self.record("run_finished")["undone"], ["swap", "restore"])
        self.assertEqual(self.names(), before)
        self.assertEqual(self.sql("select count(*) from customers"), "41")

    def test_a_swap_that_cannot_be_leaves_the_database_open(self):
        if self.server.query("show max_prepared_transactions", "postgres") == "0":
            # A rename also fails for somebody who does not own the database.
            file = self.make_backup()
            self.server.query("create role mover createdb login password 'm'; grant pg_read_all_data to mover; "
                              "grant pg_signal_backend to mover", "postgres")  # fmt: skip
            self.addCleanup(self.server.query, "drop role mover", "postgres")
            self.passfile.write_text(f"127.0.0.1:*:*:mover:m\n127.0.0.1:*:*:shop:{self.server.password}\n")
            before = self.names()
            failed = self.pg("restore", file=file, database="store", user="mover", owner="mover")
            self.assertIn(failed.code, (3, 4), str(failed))
            self.assertSays(failed, "must be owner of database store")
            self.assertEqual(self.names(), before)
            self.assertEqual(self.sql("select count(*) from customers"), "40")

    # ---- vacuum

    def dead_rows(self):
        return int(self.sql("select coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables"))

    def make_dead_rows(self):
        self.sql("update \"Order Lines\" set note = 'y'")
        wait_for(lambda: self.dead_rows() >= 300, "the server to count the dead rows")

    def test_a_vacuum_clears_dead_rows(self):
        self.sql("alter table \"Order Lines\" set (autovacuum_enabled = false)")
        self.make_dead_rows()
        self.assertExit(self.pg("vacuum", database="store", table='"Order Lines"'), 0)
        self.assertEqual(self.outputs("before")["dead_rows"], "300")
        self.assertEqual(self.outputs("after")["dead_rows"], "0")
        self.assertEqual(self.dead_rows(), 0)
        self.make_dead_rows()
        self.assertExit(self.pg("vacuum", database="store"), 0)
        self.assertEqual(self.dead_rows(), 0)
        self.assertEqual(self.outputs("vacuum")["skipped"], 0)

    def test_a_locked_table_is_skipped_or_given_up(self):
        with self.session("store") as session:
            session.run("begin; lock table customers in access exclusive mode;")
            ended = self.assertExit(self.pg("vacuum", database="store", lock_wait="100ms"), 0)
            self.assertEqual(self.run_outcome(), "warned")
            self.assertSays(ended, 'skipping', '"customers"', "lock not available")
            failed = self.assertExit(self.pg("vacuum", database="store", table="customers", lock_wait="100ms"), 1)
            self.assertSays(failed, "lock timeout")

    def test_a_vacuum_names_what_is_wrong(self):
        failed = self.assertExit(self.pg("vacuum", database="store", table="custmers"), 1)
        self.assertSays(failed, 'relation "custmers" does not exist')
        failed = self.assertExit(self.pg("vacuum", database="store", table="customers; drop table customers"), 1)
        self.assertSays(failed, "invalid name syntax")
        self.assertEqual(self.sql("select count(*) from customers"), "40")
        with self.session("store") as session:
            session.run("begin; select 1;")
            ended = self.assertExit(self.pg("vacuum", database="store", old_transaction="1ms", lock_wait="1s"), 0)
        self.assertSays(ended, "a transaction has been open for")

    # ---- query

    def ask(self, sql, **params):
        return self.pg("query", database="store", sql=sql, **params)

    def test_answers_have_their_type(self):
        for type_, sql, value in (
            ("text", "select 'a  b'", "a  b"), ("integer", "select count(*) from customers", 40),
            ("number", "select 2.5", 2.5), ("boolean", "select false", False),
            ("json", """select '{"a": [1, 2]}'::json""", {"a": [1, 2]}),
        ):  # fmt: skip
            with self.subTest(type_):
                self.assertExit(self.ask(sql, type=type_), 0)
                self.assertEqual(self.outputs("ask")["value"], value)

    def test_an_argument_arrives_as_it_is(self):
        for argument in ("plain", "", "it's \\ two  words; --x", "käse\nand wine", '$(touch /tmp/x) `id` "q"', "-c a=b"):
            with self.subTest(argument):
                sql = "select encode(convert_to(current_setting('runbook.argument'), 'utf8'), 'hex') || '.'"
                self.assertExit(self.ask(sql, argument=argument), 0)
                self.assertEqual(self.outputs("ask")["value"], argument.encode().hex() + ".")

    def test_a_question_cannot_change_anything(self):
        failed = self.assertExit(self.ask("delete from customers returning 1"), 1)
        self.assertSays(failed, "read-only transaction")
        self.assertEqual(self.sql("select count(*) from customers"), "40")
        for command in ("\\! touch {}", "select 1;\n\\! touch {}"):
            self.assertIn(self.ask(command.format(self.dir / "touched")).code, (1, 65))
            self.assertFalse((self.dir / "touched").exists())

    def test_no_answer_is_a_failure(self):
        self.assertSays(self.assertExit(self.ask("select 1 where false"), 1), "the answer is empty")
        self.assertSays(self.assertExit(self.ask("select null"), 1), "the answer is empty")
        self.assertSays(self.assertExit(self.ask("select nme from customers"), 1), 'column "nme" does not exist')
        self.assertSays(self.assertExit(self.ask("select 'abc'", type="integer"), 1), "the answer is no integer: abc")
        slow = self.assertExit(self.ask("select pg_sleep(30)", max_time="100ms"), 1)
        self.assertSays(slow, "statement timeout")

    # ---- helpers

    def session(self, database):
        return Session(self.server, database)


class Session:
    """A client of its own that stays connected."""

    def __init__(self, server, database):
        env = {**os.environ, "PGPASSWORD": server.password}
        self.process = subprocess.Popen(
            ["psql", "-XAtq", "-h", "127.0.0.1", "-p", str(server.port), "-U", "shop", database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env,
        )  # fmt: skip

    def run(self, sql):
        self.process.stdin.write(sql + "\n\\echo done\n")
        self.process.stdin.flush()
        while self.process.stdout.readline().strip() != "done":
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


if __name__ == "__main__":
    main()
