# SPDX-License-Identifier: Apache-2.0
"""`waferloom report` on directories that hold no run, or a damaged one: one clear error, status 2.

usage: report_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InSharedDirectory, main, run_program, waferloom  # noqa: E402


class BadInput(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = cls.top / "good"
        waferloom("run", "smoke", "--out", cls.good)

    def setUp(self):
        super().setUp()
        self.run_directory = self.top / self.id().rsplit(".", 1)[1]
        shutil.copytree(self.good, self.run_directory)

    def assert_refused(self, said, *arguments):
        done = run_program("report", *(arguments or [self.run_directory]), status=BAD_INPUT)
        self.assertRegex(done.stderr, said)
        self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
        self.assertEqual("", done.stdout)
        self.assertFalse((self.run_directory / "report.html").exists())

    def edit(self, name, edit):
        path = self.run_directory / name
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")

    def edit_line(self, name, number, edit):
        def apply(text):
            lines = text.splitlines(keepends=True)
            lines[number - 1] = edit(lines[number - 1].rstrip("\n")) + "\n"
            return "".join(lines)
        self.edit(name, apply)

    def test_no_directory(self):
        self.assert_refused("no-such: expected a directory that `waferloom run` wrote", self.top / "no-such")
        self.assert_refused("expected a directory", self.run_directory / "tiles.csv")

    def test_an_unfinished_run(self):
        (self.run_directory / "result.json").unlink()
        self.assert_refused(r"expected the results of a finished run, got no result\.json")

    def test_a_damaged_result(self):
        text = (self.run_directory / "result.json").read_text(encoding="utf-8")
        for damaged in (text[: len(text) // 2], "", "\xff\xfe", "[" * 100):
            self.edit("result.json", lambda _, damaged=damaged: damaged)
            self.assert_refused(r"result\.json: expected JSON, got something else: (parse error at line \d+, column \d+|expected at most 64 brackets)")
        for other in ("[]", "{}", '{"format": 1}', '{"format": "other"}'):
            self.edit("result.json", lambda _, other=other: other)
            self.assert_refused(r"result\.json: expected the format waferloom-result")

    def test_a_result_of_other_types(self):
        self.edit("result.json", lambda text: text.replace('"metrics": {', '"metrics": 1, "other": {', 1))
        self.assert_refused(r"result\.json: expected the metrics time and cycles")

    def test_a_missing_file(self):
        for name in ("layers.csv", "links.csv", "tiles.csv"):
            (self.run_directory / name).rename(self.run_directory / "away")
            self.assert_refused(name)
            (self.run_directory / "away").rename(self.run_directory / name)

    def test_a_file_that_was_cut_off(self):
        for name in ("layers.csv", "links.csv", "tiles.csv"):
            whole = (self.run_directory / name).read_text(encoding="utf-8")
            self.edit(name, lambda text: text[: len(text) * 2 // 3])
            self.assert_refused(rf"{name}:\d+: (the file ends in the middle of a line|expected \d+ fields)")
            self.edit(name, lambda _: "")
            self.assert_refused(rf"{name}:1: expected a line with the columns' names")
            self.edit(name, lambda _, whole=whole: whole)

    def test_fields_that_are_wrong(self):
        self.edit_line("links.csv", 5, lambda line: line.rsplit(",", 2)[0] + ",-3,0")
        self.assert_refused(r"links\.csv:5: wavelets: expected a whole number, got -3")

    def test_a_missing_column(self):
        self.edit_line("tiles.csv", 1, lambda line: line.replace("busy_cycles", "busy"))
        self.assert_refused(r"tiles\.csv:1: expected a column busy_cycles, got none")

    def test_a_field_too_many(self):
        self.edit_line("layers.csv", 3, lambda line: line + ",1")
        self.assert_refused(r"layers\.csv:3: expected \d+ fields, got \d+")

    def test_a_tile_outside_the_wafer(self):
        self.edit_line("tiles.csv", 3, lambda line: "8" + line[1:])
        self.assert_refused(r"tiles\.csv:3: x: expected a number below 8, got 8")

    def test_an_unknown_direction(self):
        self.edit_line("links.csv", 2, lambda line: line.replace("south", "down"))
        self.assert_refused(r"links\.csv:2: direction: expected north, south, west, east or ramp, got down")

    def test_samples_that_do_not_fit(self):
        self.edit_line("link_samples.csv", 4, lambda line: "7" + line)
        self.assert_refused(r"link_samples\.csv:4: begin_cycle: expected the samples' beginning at multiples of their length")

    def test_samples_too_short(self):
        self.edit_line("link_samples.csv", 2, lambda line: "0,1" + line[line.index(",", 2):])
        self.assert_refused(r"link_samples\.csv:2: end_cycle: expected at most 2048 samples, got 1")

    def test_a_sample_beyond_the_wafer(self):
        self.edit_line("link_samples.csv", 3, lambda line: ",".join([*line.split(",")[:4], "9", "1", *line.split(",")[6:]]))
        self.assert_refused(r"link_samples\.csv:3: columns: expected a cell within the wafer, got 9")

    def test_an_output_that_cannot_be_written(self):
        self.assert_refused("expected a place to write to", self.run_directory, "--out", self.top / "no" / "such" / "a.html")
        self.assert_refused("expected a file to write, got a directory", self.run_directory, "--out", self.top)


if __name__ == "__main__":
    main()
