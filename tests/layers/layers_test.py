#!/usr/bin/python3
"""The repository checks its own layout; each rule says why it is there."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine"
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)[">]', re.MULTILINE)

# What only a .cc may include: each costs seconds in every file that sees it, and ties callers to a library.
HEAVY = (
    "nlohmann/", "curl/", "lua.h", "lauxlib.h", "lualib.h", "yaml-cpp/", "CLI/", "re2/", "openssl/", "spdlog/", "fmt/",
)  # fmt: skip
MAX_LINES = 400


def layer_table():
    """folder -> folders it may include, from the table in engine/README.md."""
    table = {}
    for line in (ENGINE / "README.md").read_text().splitlines():
        row = re.match(r"\| `(\w+)/` \|.*\| ([^|]+) \|$", line)
        if row:
            table[row[1]] = row[2].split()
    everything = set(table)
    return {
        layer: everything if may == ["all"] else set() if may[:1] == ["nothing"] else set(may)
        for layer, may in table.items()
    }


def sources(*folders, suffixes=(".h", ".cc")):
    return sorted(p for folder in folders for p in (ROOT / folder).rglob("*") if p.suffix in suffixes)


def includes(path):
    return [(mark, name) for mark, name in INCLUDE.findall(path.read_text())]


class Layers(unittest.TestCase):
    def test_the_table_names_every_folder(self):
        folders = {p.name for p in ENGINE.iterdir() if p.is_dir()}
        self.assertEqual(folders, set(layer_table()))

    def test_a_layer_includes_only_what_the_table_allows(self):
        """What a reader of engine/README.md believes must be so: the state machine stays pure, the host replaceable."""
        table = layer_table()
        wrong = []
        for path in sources("engine"):
            layer = path.relative_to(ENGINE).parts[0]
            for mark, name in includes(path):
                other = name.split("/")[0]
                if mark == '"' and other not in table:
                    wrong.append(f"{path.relative_to(ROOT)}: \"{name}\" is not written from engine/ on")
                elif mark == '"' and other != layer and other not in table[layer]:
                    wrong.append(f"{path.relative_to(ROOT)}: {layer} may not include {name}")
        self.assertEqual(wrong, [])

    def test_the_table_has_no_cycle(self):
        table = layer_table()
        done = []
        while len(done) < len(table):
            ready = [layer for layer in table if layer not in done and table[layer] - {layer} <= set(done)]
            self.assertTrue(ready, f"a cycle among {set(table) - set(done)}")
            done += ready


class Habits(unittest.TestCase):
    def check(self, paths, complaint):
        wrong = [f"{path.relative_to(ROOT)}: {text}" for path in paths for text in [complaint(path)] if text]
        self.assertEqual(wrong, [])

    def test_headers_stay_light(self):
        def complaint(path):
            inside_lua = "expr" in path.parts  # a C header, and light; above that layer nobody sees it
            heavy = [n for _, n in includes(path) if n.startswith(HEAVY) and not (inside_lua and n == "lua.h")]
            return f"includes {heavy[0]}; use it in a .cc" if heavy else ""

        self.check(sources("engine", suffixes=(".h",)), complaint)

    def test_headers_are_read_once(self):
        self.check(
            sources("engine", "tests", suffixes=(".h",)),
            lambda path: "" if "#pragma once" in path.read_text() else "has no #pragma once",
        )

    def test_files_have_one_idea(self):
        self.check(
            sources("engine", "tools"),
            lambda path: f"has more than {MAX_LINES} lines" if len(path.read_text().splitlines()) > MAX_LINES else "",
        )

    def test_no_std_regex(self):
        """It overflows the stack on long input; RE2 cannot."""
        self.check(
            sources("engine", "tests", "tools"), lambda path: "uses std::regex" if "<regex>" in path.read_text() else ""
        )

    def test_scripts_can_be_run(self):
        for path in [*(ROOT / "tools").iterdir(), ROOT / ".ci/run"]:
            if path.is_file() and path.read_bytes().startswith(b"#!"):
                self.assertTrue(path.stat().st_mode & 0o111, f"{path.relative_to(ROOT)} is not executable")


if __name__ == "__main__":
    unittest.main()
