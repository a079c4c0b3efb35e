"""A small shop: nginx in front, PostgreSQL behind, laid out as runbooks/deploy/release-switch.yaml says."""

import shutil
import urllib.error
import urllib.request

from harness import RELEASES
from servers import Nginx, Postgres


class Shop:
    def __init__(self, directory):
        self.root = directory / "shop"
        (self.root / "backups").mkdir(parents=True)
        shutil.copytree(RELEASES, self.root / "releases", ignore=shutil.ignore_patterns("*.md"))
        self.database = Postgres(directory / "postgres")
        self.nginx = Nginx(
            directory / "nginx", f"    root {self.root}/current/site;\n    include {self.root}/current/*.conf;"
        )

    def stop(self):
        self.nginx.stop()
        self.database.stop()

    def params(self, **more):
        values = {
            "app_root": self.root, "health_url": self.nginx.url("/health"), "nginx_conf": self.nginx.conf,
            "db_port": self.database.port, "db_name": "shop", "db_user": "shop", **more,
        }  # fmt: skip
        return [part for name, value in values.items() for part in ("-p", f"{name}={value}")]

    def env(self):
        return {"RELEASE_DB_PASSWORD": self.database.password}

    def get(self, path):
        try:
            with urllib.request.urlopen(self.nginx.url(path), timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def schema(self):
        """Versions of the migrations in place, oldest first."""
        if self.database.query("select to_regclass('schema_releases') is null") == "t":
            return []
        return self.database.query("select version from schema_releases order by position").split()

    def columns(self):
        return self.database.query(
            "select column_name from information_schema.columns where table_name = 'orders' order by ordinal_position"
        ).split()
