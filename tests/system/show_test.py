# SPDX-License-Identifier: Apache-2.0
"""`waferloom show` and `waferloom compare`: what they print is what the files say.

usage: show_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InSharedDirectory, main, result_of, rows_of, waferloom  # noqa: E402


class Runs(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.top / "first"
        cls.printed = waferloom("run", "smoke", "--out", cls.first)
        cls.second = cls.top / "second"
        waferloom("run", "smoke", "--set", "io.bandwidth=80 Gb/s", "--set", "memoryx.bandwidth=80 Gb/s", "--out", cls.second)
        cls.results = [result_of(run) for run in (cls.first, cls.second)]

    def table(self, name):
        return rows_of(self.first / name)


class Show(Runs):
    def test_the_summary_is_what_the_run_printed(self):
        self.assertEqual(self.printed.split("\nResults:")[0].strip(), waferloom("show", self.first).strip())

    def test_the_busiest_links_are_those_of_the_table(self):
        links = [row for row in self.table("links.csv") if row["direction"] != "ramp"]
        links.sort(key=lambda row: -int(row["wavelets"]))
        shown = [line.split() for line in waferloom("show", self.first, "--top", "links", "--count", 5).splitlines()[1:]]
        self.assertEqual([int(row["wavelets"]) for row in links[:5]], [int(words[4]) for words in shown])
        self.assertEqual((links[0]["x"], links[0]["y"], links[0]["direction"]), tuple(shown[0][1:4]))

    def test_the_busiest_pes(self):
        tiles = sorted((int(row["busy_cycles"]) for row in self.table("tiles.csv")), reverse=True)
        shown = waferloom("show", self.first, "--top", "pe", "--count", 4).splitlines()[1:]
        self.assertEqual(tiles[:4], [int(line.split()[3]) for line in shown])

    def test_a_layer_has_all_its_operations(self):
        text = waferloom("show", self.first, "--layer", 1)
        for operation in self.results[0]["operations"]:
            if operation.get("layer") == 1:
                self.assertRegex(text, rf"(?m)^{operation['phase']} +{operation['operation']} ")

    def test_maps_cover_the_wafer(self):
        for what in ("links", "pe", "sram", "power"):
            with self.subTest(map=what):
                text = waferloom("show", self.first, "--heatmap", what)
                self.assertTrue(text.isascii(), "no terminal, no blocks")
                rows = [line for line in text.splitlines() if line[:5].strip().isdigit() and not line.startswith("#")]
                self.assertIn(len(rows), (8, 10))  # of the program, or of the fabric
                self.assertLessEqual(max(map(len, waferloom("show", self.first, "--heatmap", what, "--width", 24).splitlines()[3:8])), 24)

    def test_json_holds_the_same(self):
        json.loads(waferloom("show", self.first, "--json"))
        top = json.loads(waferloom("show", self.first, "--top", "links", "--json"))
        self.assertTrue(top)

    def test_bad_input(self):
        unfinished = self.top / "unfinished"
        shutil.copytree(self.first, unfinished)
        (unfinished / "result.json").unlink()
        self.assertIn("result.json", waferloom("show", unfinished, status=2))
        self.assertIn("none", waferloom("show", self.top / "none", status=2))
        self.assertIn("99", waferloom("show", self.first, "--layer", 99, status=2))
        waferloom("show", self.first, "--heatmap", "weather", status=2)


class Compare(Runs):
    def test_what_differs_and_what_it_did(self):
        file = self.top / "comparison.json"
        text = waferloom("compare", self.first, self.second, "--json", file)
        comparison = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual([("io.bandwidth", ["40 Gb/s", "80 Gb/s"]), ("memoryx.bandwidth", ["40 Gb/s", "80 Gb/s"])],
                         [(each["key"], each["values"]) for each in comparison["configuration"]])
        for metric in comparison["metrics"]:
            self.assertEqual([result["metrics"][metric["name"]]["value"] for result in self.results], metric["values"])
        ratio = self.results[1]["metrics"]["time"]["value"] / self.results[0]["metrics"]["time"]["value"]
        self.assertRegex(text, rf"(?m)^time .*x {ratio:.3f} ")
        for run in range(2):
            self.assertEqual(self.results[run]["time_by_bound"],
                             {bound["bound"]: bound["shares"][run] for bound in comparison["bounds"] if bound["shares"][run] > 0})
        layers = {(each["layer"], each["phase"]) for each in comparison["layers"]}
        self.assertIn(("1", "backward_weight"), layers)
        forward = [o for o in self.results[0]["operations"] if o.get("layer") == 0 and o["phase"] == "forward"]
        cycles = {c for o in forward for c in range(o["start"]["value"], o["start"]["value"] + o["cycles"]["value"])}
        shown = next(each for each in comparison["layers"] if (each["layer"], each["phase"]) == ("0", "forward"))
        self.assertAlmostEqual(len(cycles) / 850e6, shown["time"][0], delta=1e-12)

    def test_different_models_are_compared_as_far_as_they_go(self):
        other = self.top / "other"
        waferloom("run", "smoke", "--set", "workload.layers=0", "--out", other)
        file = self.top / "other.json"
        text = waferloom("compare", self.first, other, "--json", file)
        comparison = json.loads(file.read_text(encoding="utf-8"))
        missing = next(each for each in comparison["layers"] if (each["layer"], each["phase"]) == ("1", "forward"))
        self.assertIsNone(missing["time"][1])
        self.assertRegex(text, r"(?m)^1 forward .* -\s*$")

    def test_runs_of_the_same_name_are_told_apart(self):
        same = self.top / "below" / "first"
        shutil.copytree(self.first, same)
        text = waferloom("compare", self.first, same)
        self.assertIn("no key differs", text)

    def test_bad_input(self):
        self.assertIn("this one twice", waferloom("compare", self.first, self.top / "." / "first", status=2))
        cut = self.top / "cut"
        cut.mkdir(exist_ok=True)
        self.assertIn("expected a finished run", waferloom("compare", self.first, cut, status=2))
        text = (self.first / "result.json").read_text(encoding="utf-8")
        (cut / "result.json").write_text(text[: len(text) // 2], encoding="utf-8")
        self.assertIn(f"{cut / 'result.json'}: expected a run's results", waferloom("compare", self.first, cut, status=2))
        (cut / "result.json").write_text(text.replace('"version": "', '"version": "0', 1), encoding="utf-8")
        self.assertIn("expected results of waferloom", waferloom("compare", self.first, cut, status=2))
        waferloom("compare", self.first, status=2)


if __name__ == "__main__":
    main()
