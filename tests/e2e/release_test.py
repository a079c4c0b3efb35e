#!/usr/bin/python3
"""The real procedures under runbooks/ against a real nginx and a real PostgreSQL."""

import json
import subprocess

from harness import RUNBOOKS, RunbookTest, main
from shop import Shop
from waiting import wait_for

DEPLOY = RUNBOOKS / "deploy/release-switch.yaml"
BACK = RUNBOOKS / "rollback/release-switch.yaml"
CHECK = RUNBOOKS / "check/release.yaml"


class Release(RunbookTest):
    def setUp(self):
        super().setUp()
        self.shop = Shop(self.dir)
        self.addCleanup(self.shop.stop)

    def deploy(self, version, **params):
        return self.runbook("run", DEPLOY, *self.shop.params(version=version, **params), env=self.shop.env())

    def go_back(self, version, **params):
        return self.runbook("run", BACK, *self.shop.params(version=version, **params), env=self.shop.env())

    def check(self, **params):
        return self.runbook("run", CHECK, *self.shop.params(**params), env=self.shop.env())

    def is_live(self, version):
        status, body = self.shop.get("/health")
        healthy = status == 200 and json.loads(body) == {"status": "ok", "version": version}
        return healthy and self.shop.get("/")[1].split()[-1] == version

    def assertLive(self, version):
        """Right after a reload a worker of the old configuration may still take a connection."""
        wait_for(lambda: self.is_live(version), f"{version} to be served", 10)

    def assertNoSecretKept(self):
        for path in self.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(self.shop.database.password.encode(), path.read_bytes(), path)

    def test_a_broken_release_is_rolled_back(self):
        self.assertExit(self.deploy("v1.0.0"), 0)
        self.assertLive("v1.0.0")
        self.shop.database.query("insert into orders (customer) values ('anna')")

        failed = self.assertExit(self.deploy("v2.0.0"), 3)
        self.assertEqual(self.run_outcome(), "rolled_back")
        self.assertEqual(self.outcome("healthy"), "failed")
        self.assertEqual(self.record("run_finished")["undone"], ["switch", "migrate"])
        self.assertSays(failed, "healthy", "503")
        self.assertLive("v1.0.0")
        self.assertEqual(self.shop.schema(), ["v1.0.0"])
        self.assertEqual(self.shop.columns(), ["id", "customer", "placed_at"])
        self.assertEqual(self.shop.database.query("select customer from orders"), "anna")

        backup = self.shop.root / "backups" / f"shop-{self.run_dir().name}.dump"
        listing = subprocess.run(["pg_restore", "--list", backup], capture_output=True, text=True, check=True).stdout
        self.assertIn("TABLE DATA public orders", listing)
        log = (self.shop.root / "releases.log").read_text()
        self.assertIn("deployed v1.0.0", log)
        self.assertRegex(log, "failed v2.0.0 run .* at healthy")

        self.assertVerified()
        self.assertNoSecretKept()
        self.assertNotIn(self.shop.database.password, failed.out + failed.err)

    def test_a_broken_first_release_leaves_nothing(self):
        self.assertExit(self.deploy("v2.0.0"), 3)  # its migration alters a table that is not there yet
        self.assertEqual(self.outcome("migrate"), "failed")
        self.assertFalse((self.shop.root / "current").is_symlink())
        self.assertEqual(self.shop.schema(), [])

    def test_a_release_that_is_deployed_again_keeps_its_schema_when_it_fails(self):
        self.assertExit(self.deploy("v1.0.0"), 0)
        self.assertExit(self.deploy("v1.1.0"), 0)
        self.assertExit(self.go_back("v1.0.0"), 0)
        self.assertEqual(self.shop.schema(), ["v1.0.0", "v1.1.0"])
        # v1.1.0 comes again, but does not get well: what its migration did long ago must stay.
        conf = self.shop.root / "releases/v1.1.0/nginx.conf"
        conf.write_text(conf.read_text().replace("return 200", "return 500"))
        self.assertExit(self.deploy("v1.1.0"), 3)
        self.assertEqual(self.outcome("migrate"), "skipped")
        self.assertEqual(self.record("run_finished")["undone"], ["switch"])
        self.assertLive("v1.0.0")
        self.assertEqual(self.shop.columns(), ["id", "customer", "placed_at", "note"])

    def test_an_nginx_configuration_that_is_refused_is_taken_back(self):
        self.assertExit(self.deploy("v1.0.0"), 0)
        (self.shop.root / "releases/v1.1.0/nginx.conf").write_text("locatoin = /health {}\n")
        failed = self.assertExit(self.deploy("v1.1.0"), 3)
        self.assertEqual(self.outcome("switch"), "failed")
        self.assertSays(failed, "locatoin")
        self.assertLive("v1.0.0")
        self.assertEqual(self.shop.schema(), ["v1.0.0"])

    def test_a_release_goes_back_with_its_schema(self):
        for version in ("v1.0.0", "v1.1.0"):
            self.assertExit(self.deploy(version), 0)
        self.assertEqual(self.shop.schema(), ["v1.0.0", "v1.1.0"])
        self.assertExit(self.go_back("v1.0.0", schema="revert"), 0)
        self.assertLive("v1.0.0")
        self.assertEqual(self.shop.schema(), ["v1.0.0"])
        self.assertEqual(self.shop.columns(), ["id", "customer", "placed_at"])
        self.assertExit(self.go_back("v1.0.0"), 77)  # it is live already

    def test_a_release_that_succeeded_is_rolled_back_later_by_its_run_id(self):
        self.assertExit(self.deploy("v1.0.0"), 0)
        self.assertExit(self.deploy("v1.1.0"), 0)
        run = self.run_dir().name
        self.assertLive("v1.1.0")
        self.assertEqual(self.shop.schema(), ["v1.0.0", "v1.1.0"])
        back = self.assertExit(self.runbook("rollback", run, env=self.shop.env()), 0)
        self.assertLive("v1.0.0")
        self.assertEqual(self.shop.schema(), ["v1.0.0"])
        self.assertEqual(self.shop.columns(), ["id", "customer", "placed_at"])
        self.assertEqual(self.record("run_finished")["undone"], ["switch", "migrate"])
        self.assertEqual(self.record("run_started")["rollback_of"], run)
        self.assertVerified()
        self.assertNoSecretKept()
        self.assertNotIn(self.shop.database.password, back.out + back.err)
        self.assertExit(self.runbook("rollback", run, env=self.shop.env()), 64)
        self.assertExit(self.deploy("v1.1.0"), 0)  # and forward again
        self.assertLive("v1.1.0")

    def test_the_check_sees_what_is_wrong(self):
        self.assertExit(self.deploy("v1.0.0"), 0)
        self.assertExit(self.check(), 0)
        self.assertEqual(self.run_outcome(), "succeeded")

        stuck = self.shop.root / "current"
        stuck.unlink()
        stuck.symlink_to("releases/v1.1.0")  # by hand, without a reload
        self.assertSays(self.assertExit(self.check(), 1), "nginx was not reloaded")
        self.assertEqual(self.outcome("healthy"), "failed")
        self.assertEqual(self.outcome("schema"), "warned")
        stuck.unlink()
        stuck.symlink_to("releases/v1.0.0")

        self.assertExit(self.check(max_disk_percent=1), 1)
        self.assertEqual(self.outcome("disk"), "failed")

    def test_without_its_database_nothing_is_begun(self):
        self.shop.database.stop()
        refused = self.assertExit(self.deploy("v1.0.0"), 77)
        self.assertSays(refused, "The database lets us in")
        self.assertEqual(self.run_outcome(), "refused")
        self.assertEqual(self.records("step_ready"), [])
        self.assertFalse((self.shop.root / "current").is_symlink())

    def test_bad_params_are_refused_before_a_run_exists(self):
        self.assertSays(self.assertExit(self.deploy("2.0"), 65), "version")
        self.assertSays(self.assertExit(self.deploy("v1.0.0", db_port=70000), 65), "db_port")
        self.assertEqual(self.run_dirs(), [])


if __name__ == "__main__":
    main()
