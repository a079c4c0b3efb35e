#!/usr/bin/python3
"""stdlib/files and stdlib/disk on real directories."""

import hashlib
import os
import subprocess
import time

from harness import main
from library import STDLIB, LibraryTest

DAY = 86400


class LibraryFiles(LibraryTest):
    def tree(self, name, **files):
        root = self.make_directory(name)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return root

    def names(self, directory):
        return sorted(os.listdir(directory))

    # ---- archive

    def archive(self, source, **params):
        return self.std("files/archive", source=source, directory=self.backups, **params)

    def setUp(self):
        super().setUp()
        self.backups = self.make_directory("backups")

    def test_an_archive_holds_everything_but_what_is_excluded(self):
        source = self.tree("app data", a="1", b="2")
        (source / "node_modules").mkdir()
        (source / "node_modules/big").write_text("x" * 1000)
        (source / "odd, \"name\".log").write_text("x")
        (source / "link").symlink_to("/etc/passwd")
        for compression, suffix in (("gzip", "tar.gz"), ("zstd", "tar.zst")):
            with self.subTest(compression):
                ended = self.archive(source, compression=compression, exclude=["node_modules", 'odd, "*"*'])
                self.assertExit(ended, 0)
                made = self.outputs("pack")
                self.assertEqual(made["file"], f"{self.backups}/app data-{self.run_dir().name}.{suffix}")
                listed = subprocess.run(["tar", "-tf", made["file"]], capture_output=True, text=True, check=True).stdout
                self.assertEqual(sorted(listed.split("\n")),
                                 ["", "app data/", "app data/a", "app data/b", "app data/link"])  # fmt: skip
                self.assertEqual(made["entries"], "4")
                with open(made["file"], "rb") as file:
                    self.assertEqual(made["sha256"], hashlib.sha256(file.read()).hexdigest())
                self.assertPrivate(made["file"])
        self.assertEqual(len(self.names(self.backups)), 2)

    def test_an_archive_needs_its_source_directory_and_room(self):
        source = self.tree("data", a="1")
        self.assertSays(self.assertExit(self.archive(self.dir / "none"), 77), f"not there, or not readable: {self.dir}/none")
        refused = self.std("files/archive", source=source, directory=self.dir / "none")
        self.assertSays(self.assertExit(refused, 77), f"not a writable directory: {self.dir}/none")
        refused = self.std("files/archive", source=self.dir, directory=self.backups)
        self.assertSays(self.assertExit(refused, 77), f"{self.backups} is inside {self.dir}")
        refused = self.archive(source, room_percent=10**12)
        self.assertSays(self.assertExit(refused, 77), "bytes free under")
        self.assertEqual(self.names(self.backups), [])

    def test_an_archive_that_does_not_fit_leaves_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("a small disk of its own needs root")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", self.backups], check=True)
        self.addCleanup(subprocess.run, ["umount", self.backups], check=True)
        source = self.make_directory("data")
        (source / "noise").write_bytes(os.urandom(300_000))
        failed = self.assertExit(self.archive(source, room_percent=0), 1)
        self.assertSays(failed, "No space left on device")
        self.assertEqual(self.names(self.backups), [])

    # ---- retention

    def old_files(self, *days, suffix=".dump"):
        for day in days:
            path = self.backups / f"shop-{day:03}{suffix}"
            path.write_text("x" * 100)
            os.utime(path, (time.time() - day * DAY,) * 2)

    def retain(self, **params):
        return self.std("files/retention", directory=self.backups, pattern="shop-*.dump", **params)

    def test_only_the_old_goes_and_the_newest_stay(self):
        self.old_files(1, 5, 20, 40, 50, 60)
        self.old_files(90, suffix=".txt")
        self.assertExit(self.retain(keep=4, max_age="30d"), 0)
        self.assertEqual(self.names(self.backups), ["shop-001.dump", "shop-005.dump", "shop-020.dump", "shop-040.dump",
                                                    "shop-090.txt"])  # fmt: skip
        self.assertEqual(self.outputs("delete"), {"deleted": "2", "kept": "4"})

    def test_what_is_young_stays_even_beyond_the_number(self):
        self.old_files(1, 2, 3, 4)
        self.assertExit(self.retain(keep=1, max_age="30d"), 0)
        self.assertEqual(len(self.names(self.backups)), 4)
        self.assertEqual(self.outcome("delete"), "skipped")

    def test_when_all_is_old_the_newest_still_stay(self):
        self.old_files(100, 200, 300)
        self.assertExit(self.retain(keep=2, max_age="1d"), 0)
        self.assertEqual(self.names(self.backups), ["shop-100.dump", "shop-200.dump"])
        self.assertSays(self.assertExit(self.retain(keep=0), 65), "keep")

    def test_a_dry_run_only_says(self):
        self.old_files(1, 100, 200)
        ended = self.use_std("files/retention", directory=self.backups, pattern="shop-*.dump", keep=1, max_age="30d",
                             dry_run=True)  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(len(self.names(self.backups)), 3)
        listed = self.given()
        self.assertEqual((listed["found"], listed["old"], listed["deleted"]), (3, 2, 0))
        self.assertIn("shop-100.dump", listed["candidates"])
        self.assertIn("shop-200.dump", listed["candidates"])

    def test_links_and_what_is_further_down_are_not_touched(self):
        precious = self.tree("precious", **{"shop-1.dump": "gold"})
        self.old_files(1, 100)
        (self.backups / "shop-link.dump").symlink_to(precious / "shop-1.dump")
        (self.backups / "shop-dir.dump").symlink_to(precious)
        os.utime(self.backups / "shop-link.dump", (0, 0), follow_symlinks=False)
        os.utime(self.backups / "shop-dir.dump", (0, 0), follow_symlinks=False)
        (self.backups / "below").mkdir()
        (self.backups / "below/shop-3.dump").write_text("x")
        os.utime(self.backups / "below/shop-3.dump", (0, 0))
        self.assertExit(self.retain(keep=1, max_age="1d"), 0)
        self.assertEqual(self.names(self.backups), ["below", "shop-001.dump", "shop-dir.dump", "shop-link.dump"])
        self.assertEqual(self.names(self.backups / "below"), ["shop-3.dump"])
        self.assertEqual(self.names(precious), ["shop-1.dump"])

    def test_directories_go_with_what_is_in_them(self):
        for day in (1, 50, 100):
            self.tree(f"backups/full-{day}", **{"db.dump": "x", "sub/file": "y"})
            os.utime(self.backups / f"full-{day}", (time.time() - day * DAY,) * 2)
        ended = self.std("files/retention", directory=self.backups, pattern="full-*", what="directories", keep=2, max_age="30d")
        self.assertExit(ended, 0)
        self.assertEqual(self.names(self.backups), ["full-1", "full-50"])

    def test_names_that_look_like_options_or_patterns(self):
        for name in ("-rf", "a\nb", "*", "$(id)", " lead"):
            (self.backups / name).write_text("x")
            os.utime(self.backups / name, (time.time() - 90 * DAY,) * 2)
        (self.backups / "new").write_text("x")
        ended = self.std("files/retention", directory=self.backups, pattern="*", keep=1, max_age="30d")
        self.assertExit(ended, 0)
        self.assertEqual(self.names(self.backups), ["new"])

    def test_a_name_is_never_code(self):
        touched = self.dir / "touched"
        for number, name in enumerate((f"a\nx[$(touch {touched.name})]", "b\n1 x", "c")):
            (self.backups / name).write_text("x")
            os.utime(self.backups / name, (time.time() - (60 + number) * DAY,) * 2)
        ended = self.runbook(
            "run", STDLIB / "files/retention.yaml", "-p", f"directory={self.backups}", "-p", "pattern=*", "-p", "keep=1",
            cwd=self.dir,
        )  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(len(self.names(self.backups)), 1)
        self.assertFalse(touched.exists() or (self.backups / touched.name).exists())

    def test_retention_refuses_what_is_no_directory(self):
        refused = self.std("files/retention", directory=self.dir / "none", pattern="*")
        self.assertSays(self.assertExit(refused, 77), f"not a directory: {self.dir}/none")
        self.assertSays(self.assertExit(self.std("files/retention", directory="//", pattern="x*"), 77), "not in /")
        self.assertSays(self.assertExit(self.std("files/retention", directory=self.dir, pattern="a/*"), 65), "pattern")

    # ---- manifest

    def manifest(self, root, action, **params):
        return self.std("files/manifest", directory=root, action=action, **params)

    def test_a_manifest_is_made_and_holds(self):
        root = self.tree("backup", **{"db.dump": "data", "sub/config.tar": "more", "odd \\ na\nme": "x"})
        self.assertExit(self.manifest(root, "create"), 0)
        self.assertEqual(self.outputs("create")["files"], "3")
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=root, check=True)
        self.assertExit(self.manifest(root, "verify"), 0)
        self.assertEqual(self.run_outcome(), "succeeded")
        self.assertEqual(self.outputs("verify")["files"], "3")
        self.assertExit(self.use_std("files/manifest", directory=root, action="verify"), 0)
        self.assertEqual(self.given()["files"], 3)
        refused = self.assertExit(self.manifest(root, "create"), 77)
        self.assertSays(refused, "is there already")

    def test_what_a_manifest_finds(self):
        root = self.tree("backup", **{"db.dump": "data", "config.tar": "more"})
        self.assertSays(self.assertExit(self.manifest(root, "verify"), 77), "there is no")
        self.assertExit(self.manifest(root, "create"), 0)
        fails = "- { id: fails, shell: exit 1 }"
        made = self.dir / "backup/OTHER"
        self.assertExit(self.use_std("files/manifest", fails, directory=root, action="create", manifest="OTHER"), 3)
        self.assertEqual(self.given()["files"], 3)
        self.assertFalse(made.exists())
        (root / "new.txt").write_text("x")
        ended = self.assertExit(self.manifest(root, "verify"), 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertSays(ended, "not in the manifest: ./new.txt")
        (root / "db.dump").write_text("dada")
        self.assertSays(self.assertExit(self.manifest(root, "verify"), 1), "./db.dump: FAILED")
        (root / "config.tar").unlink()
        self.assertSays(self.assertExit(self.manifest(root, "verify"), 1), "./config.tar: FAILED open or read")

    # ---- switch-symlink

    def switch(self, target, **params):
        return self.std("files/switch-symlink", link=self.dir / "current", target=target, **params)

    def test_a_link_is_made_and_switched(self):
        for version in ("v1", "v2"):
            self.make_directory(version)
            self.assertExit(self.switch(version), 0)
            self.assertEqual(os.readlink(self.dir / "current"), version)
        self.assertEqual(self.outputs("before")["previous"], "v1")
        self.assertExit(self.use_std("files/switch-symlink", link=self.dir / "current", target="v1"), 0)
        self.assertEqual(self.given(), {"previous": "v2", "target": "v1"})
        self.assertExit(self.failing_switch("exit 1", target="v1"), 1)
        self.assertEqual(self.outcome("it.switch"), "unchanged", "it pointed there before: nothing to undo")
        self.assertEqual(os.readlink(self.dir / "current"), "v1")
        self.assertEqual([n for n in self.names(self.dir) if n.startswith("current")], ["current"])

    def test_a_switch_refuses_what_it_must_not_replace(self):
        self.make_directory("v1")
        self.assertSays(self.assertExit(self.switch("v2"), 77), f"not there, seen from {self.dir}: v2")
        (self.dir / "current").write_text("a file")
        self.assertSays(self.assertExit(self.switch("v1"), 77), "is not a symbolic link")
        self.assertEqual((self.dir / "current").read_text(), "a file")

    def test_a_switch_is_taken_back_with_the_run(self):
        self.make_directory("v1")
        self.make_directory("v2")
        link = self.dir / "current"
        for before in (None, "v1"):
            with self.subTest(before):
                if before:
                    link.symlink_to(before)
                self.assertExit(self.failing_switch("exit 1"), 3)
                self.assertEqual(os.readlink(link) if link.is_symlink() else None, before)

    def test_a_link_that_somebody_else_switched_is_left(self):
        for version in ("v1", "v2", "v3"):
            self.make_directory(version)
        (self.dir / "current").symlink_to("v1")
        failed = self.assertExit(self.failing_switch("ln -sfn v3 current; exit 1"), 4)
        self.assertSays(failed, "points to 'v3' now")
        self.assertEqual(os.readlink(self.dir / "current"), "v3")

    def failing_switch(self, script, target="v2"):
        """With a step behind it that fails."""
        fails = f"- {{ id: fails, shell: {script}, cwd: {self.dir} }}"
        return self.use_std("files/switch-symlink", fails, link=self.dir / "current", target=target)

    # ---- disk

    def test_a_disk_is_looked_at(self):
        self.assertExit(self.std("disk/check", path=self.dir, max_percent=100, warn_percent=100), 0)
        seen = self.outputs("look")
        about = os.statvfs(self.dir)
        self.assertAlmostEqual(int(seen["free"]) / (about.f_bavail * about.f_frsize), 1, delta=0.2)
        self.assertTrue(0 <= int(seen["percent"]) <= 100)
        failed = self.std("disk/check", path=self.dir, max_percent=100, warn_percent=100, min_free="900000GiB")
        self.assertSays(self.assertExit(failed, 1), "bytes are free, want 966367641600000")
        self.assertExit(self.std("disk/check", path=self.dir / "none"), 1)

    def test_a_full_disk_is_said(self):
        if os.geteuid() != 0:
            self.skipTest("a small disk of its own needs root")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=20", "tmpfs", self.backups], check=True)
        self.addCleanup(subprocess.run, ["umount", self.backups], check=True)
        (self.backups / "a").write_bytes(b"x" * 880_000)
        ended = self.assertExit(self.std("disk/check", path=self.backups), 0)
        self.assertEqual(self.run_outcome(), "warned")
        self.assertSays(ended, "% full")
        (self.backups / "b").write_bytes(b"x" * 140_000)
        self.assertSays(self.assertExit(self.std("disk/check", path=self.backups), 1), "% full, allowed are 90 %")
        (self.backups / "a").unlink()
        (self.backups / "b").unlink()
        for number in range(18):
            (self.backups / str(number)).touch()
        self.assertSays(self.assertExit(self.std("disk/check", path=self.backups), 1), "inodes: ")


if __name__ == "__main__":
    main()
