#!/usr/bin/python3
"""verify tells an intact journal from one that was changed, cut or lengthened."""

import hashlib
import json

from harness import RunbookTest, main

STEPS = """
- { id: one, shell: echo 1, rollback: { shell: 'true' } }
- { id: two, shell: echo 2 }
- { id: three, shell: exit 3 }
"""


class Journal(RunbookTest):
    def setUp(self):
        super().setUp()
        self.assertExit(self.run_steps(STEPS), 3)
        self.path = self.journal_path()
        self.good = self.path.read_bytes()

    def verify(self, data):
        self.path.write_bytes(data)
        return self.runbook("verify", "last")

    def test_intact(self):
        ended = self.assertExit(self.verify(self.good), 0)
        self.assertSays(ended, "intact", "sealed")

    def test_any_program_can_check_the_chain(self):
        head = bytes(32)
        for seq, line in enumerate(self.good.splitlines(keepends=True)):
            suffix = len(b',"h":"') + 64 + len(b'"}\n')
            body, given = line[:-suffix], line[-suffix:][6:70]
            head = hashlib.sha256(b"rbj1\0" + head + len(body).to_bytes(8, "little") + body).digest()
            self.assertEqual(head.hex(), given.decode(), f"record {seq}")
            record = json.loads(line)
            self.assertLessEqual(record["ack"], record["seq"])

    def test_every_effect_is_announced(self):
        types = [(r["type"], r.get("step")) for r in self.journal()]
        self.assertEqual(types[0][0], "run_started")
        self.assertEqual(types[-1][0], "sealed")
        for step in ("one", "two", "three"):
            self.assertLess(types.index(("attempt_started", step)), types.index(("attempt_finished", step)))

    def test_a_changed_byte_is_seen(self):
        codes = set()
        records = self.good.splitlines(keepends=True)
        offsets = set(range(0, len(self.good), max(1, len(self.good) // 120)))
        start = 0
        for record in records:  # the first and last byte of each, its hash, its newline
            offsets |= {start, start + len(record) - 1, start + len(record) - 10, start + len(record) // 2}
            start += len(record)
        for offset in sorted(offsets):
            data = bytearray(self.good)
            data[offset] ^= 1
            ended = self.verify(bytes(data))
            self.assertNotEqual(ended.code, 0, f"byte {offset} changed\n{ended}")
            self.assertNotIn("intact", ended.out, f"byte {offset} changed\n{ended}")
            codes.add(ended.code)
        # In the middle it is corrupt, at the very end it may be a tear: two codes of their own.
        self.assertNotIn(1, codes)
        self.assertLessEqual(len(codes), 2)

    def test_a_removed_record_is_seen(self):
        records = self.good.splitlines(keepends=True)
        for gone in range(len(records)):
            ended = self.verify(b"".join(records[:gone] + records[gone + 1 :]))
            self.assertNotEqual(ended.code, 0, f"record {gone} removed\n{ended}")

    def test_swapped_and_added_records_are_seen(self):
        records = self.good.splitlines(keepends=True)
        swapped = records[:3] + [records[4], records[3]] + records[5:]
        self.assertNotEqual(self.verify(b"".join(swapped)).code, 0)
        self.assertNotEqual(self.verify(self.good + records[-1]).code, 0)
        self.assertNotEqual(self.verify(b"").code, 0)

    def test_a_torn_tail_is_told_from_corruption(self):
        torn = self.verify(self.good[:-20])
        corrupt = self.verify(self.good[:200] + b"X" + self.good[201:])
        self.assertNotIn(0, (torn.code, corrupt.code))
        self.assertNotEqual(torn.code, corrupt.code, f"{torn}\n{corrupt}")

    def test_an_edited_story_is_seen(self):
        ended = self.verify(self.good.replace(b'"outcome":"failed"', b'"outcome":"warned"'))
        self.assertNotEqual(ended.code, 0)

    def test_a_run_is_found_by_id_part_and_last(self):
        run = self.run_dir().name
        for name in (run, run[:17], run[-4:], "last"):
            self.assertExit(self.runbook("verify", name), 0)
            self.assertSays(self.assertExit(self.runbook("show", name), 0), run)
        self.assertExit(self.runbook("verify", "no-such-run"), 66)
        self.assertSays(self.assertExit(self.runbook("history"), 0), run, "rolled back")


if __name__ == "__main__":
    main()
