# SPDX-License-Identifier: Apache-2.0
"""`waferloom timeline` on directories without a usable database: one clear error, status 2.

usage: timeline_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import shutil
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InSharedDirectory, SOURCE, main, waferloom  # noqa: E402


class BadInput(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = cls.top / "good"
        waferloom("run", "smoke", "--out", cls.good)
        (cls.good / "timeline.pftrace").unlink()

    def setUp(self):
        super().setUp()
        self.out = self.top / self.id().rsplit(".", 1)[1]
        shutil.copytree(self.good, self.out)

    def assert_refused(self, said, *arguments):
        errors = waferloom("timeline", *(arguments or [self.out]), status=BAD_INPUT)
        self.assertRegex(errors, said)
        self.assertEqual(1, len(errors.splitlines()), errors)
        self.assertFalse((self.out / "timeline.pftrace").exists())

    def change(self, sql):
        with sqlite3.connect(self.out / "results.sqlite") as database:
            database.execute(sql)

    def test_tracks_of_no_tile(self):
        for tiles, said in (("9,4", "expected a tile X,Y or a rectangle X,Y,WIDTH,HEIGHT of the 8 x 10 tiles, got 9,4"),
                            ("1,2,3", "got 1,2,3"), ("1,2,0,4", "got 1,2,0,4"), ("7,0,2,1", "got 7,0,2,1"), ("1,,2", "got 1,,2"),
                            ("wafer.*.tile_99_1", "matches something, got wafer.*.tile_99_1")):
            with self.subTest(tiles=tiles):
                errors = waferloom("run", "smoke", "--out", self.top / "refused", "--set", f'observe.tracks.tiles=["{tiles}"]', status=BAD_INPUT)
                shutil.rmtree(self.top / "refused", ignore_errors=True)
                self.assertIn("observe.tracks.tiles: ", errors)
                self.assertIn(said, errors)

    def test_a_packet_network_has_no_tracks(self):
        self.assertIn("observe.tracks.tiles: expected none, as the nodes of a packet network have no PEs",
                      waferloom("check", "noc-uniform", "--set", 'observe.tracks.tiles="1,1"', status=BAD_INPUT))

    def test_no_run(self):
        self.assert_refused(r"no-such: expected a directory that `waferloom run` wrote, got no results\.sqlite",
                            self.top / "no-such")

    def test_a_file_that_is_no_database(self):
        (self.out / "results.sqlite").write_text("runs,records\n" * 100, encoding="utf-8")
        self.assert_refused(r"results\.sqlite: expected a results database, got one that cannot be read: file is not")

    def test_an_empty_file(self):
        (self.out / "results.sqlite").write_bytes(b"")
        self.assert_refused(r"results\.sqlite: expected a results database, .* no such table: runs")

    def test_a_damaged_database(self):
        path = self.out / "results.sqlite"
        data = bytearray(path.read_bytes())
        data[4096:] = b"\xa5" * (len(data) - 4096)
        path.write_bytes(data)
        self.assert_refused(r"results\.sqlite: expected a results database, got one that cannot be read")

    def test_a_run_without_records(self):
        self.change("DELETE FROM records")
        self.change("DELETE FROM layers")
        self.assert_refused("expected records of a trace, or states of tiles that observe.tracks.tiles chooses; got none")

    def test_an_unknown_kind(self):
        self.change("UPDATE records SET kind = 'teleport' WHERE id = 5")
        self.assert_refused(r"results\.sqlite: expected a kind, got teleport")

    def test_a_clock_that_stands(self):
        self.change("UPDATE runs SET clock_hz = 0")
        self.assert_refused(r"results\.sqlite: expected a clock above 0 Hz, got 0")

    def test_records_that_end_before_they_start(self):
        self.change("UPDATE records SET end_cycle = start_cycle - 1 WHERE id = 5")
        self.assert_refused(r"results\.sqlite: expected record 5 to end after its start")


if __name__ == "__main__":
    main()
