# SPDX-License-Identifier: Apache-2.0
"""Runs of the program as a user sees them: results, determinism, conservation, overrides, progress.

usage: run_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import csv
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SAME = ("result.json", "layers.csv", "links.csv", "tiles.csv")  # host.json holds the host's times


class Run(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.top = pathlib.Path(directory.name)

    def run_scenario(self, name, *options, scenario="smoke"):
        out = self.top / name
        done = subprocess.run([PROGRAM, "run", scenario, "--out", out, *options], capture_output=True, text=True,
                              cwd=self.top, stdin=subprocess.DEVNULL)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("", done.stderr, "quiet where no terminal listens")
        return out, done.stdout

    def files(self, out):
        return {name: (out / name).read_bytes() for name in SAME}

    def result(self, out):
        return json.loads((out / "result.json").read_text(encoding="utf-8"))

    def test_a_run_says_what_bounds_it_and_where_the_results_are(self):
        out, stdout = self.run_scenario("first")
        for word in ("forward", "backward_input", "backward_weight", "bound by", "SRAM", str(out)):
            self.assertIn(word, stdout)
        for name in (*SAME, "host.json", "scenario.yaml"):
            self.assertTrue((out / name).is_file(), name)
        self.assertFalse(list(out.glob("*.partial")))

    def test_the_same_scenario_gives_the_same_bytes(self):
        first, _ = self.run_scenario("first")
        second, _ = self.run_scenario("second")
        self.assertEqual(self.files(first), self.files(second))

    def test_regions_change_nothing(self):
        first, _ = self.run_scenario("first")
        for width, height in ((1, 1), (3, 5), (10, 1)):
            out, _ = self.run_scenario(f"region{width}x{height}", "--set", f"simulation.region_width={width}", "--set",
                                       f"simulation.region_height={height}")
            self.assertEqual(self.files(first), self.files(out), (width, height))

    def test_the_effective_configuration_repeats_the_run(self):
        first, _ = self.run_scenario("first", "--set", "io.latency=2 us", "--set", "workload.batch=2")
        again, _ = self.run_scenario("again", scenario=str(first / "scenario.yaml"))
        self.assertEqual(self.files(first), self.files(again))

    def test_a_trace_file_gives_the_run_of_its_model(self):
        first, _ = self.run_scenario("first")
        subprocess.run([PROGRAM, "trace", "build", "smoke", "--out", self.top / "step.trace"], check=True,
                       capture_output=True)
        (self.top / "smoke.yaml").write_text("hardware: mesh8\nworkload: { trace: step.trace }\n", encoding="utf-8")
        second, _ = self.run_scenario("second", scenario=str(self.top / "smoke.yaml"))
        for name in SAME[1:]:
            self.assertEqual((first / name).read_bytes(), (second / name).read_bytes(), name)
        self.assertEqual(self.result(first)["metrics"], self.result(second)["metrics"])

    def test_nothing_is_lost_or_invented(self):
        out, _ = self.run_scenario("first")
        traffic = self.result(out)["metrics"]
        stats = json.loads(subprocess.run([PROGRAM, "trace", "stats", "--json", self.trace()], check=True,
                                          capture_output=True, text=True).stdout)
        self.assertEqual(stats["total"]["bytes_in"], traffic["bytes_in"]["value"])
        self.assertEqual(stats["total"]["bytes_out"], traffic["bytes_out"]["value"])
        self.assertEqual(stats["total"]["macs"], traffic["multiply_accumulates"]["value"])
        # Every hop is a wavelet of some link.
        with open(out / "links.csv", encoding="utf-8", newline="") as file:
            links = [link for link in csv.DictReader(file) if link["direction"] != "ramp"]
        self.assertEqual(traffic["wavelet_hops"]["value"], sum(int(link["wavelets"]) for link in links))
        self.assertLessEqual(max(float(link["utilization"]) for link in links), 1.0)

    def trace(self):
        subprocess.run([PROGRAM, "trace", "build", "smoke", "--out", self.top / "step.trace"], check=True,
                       capture_output=True)
        return self.top / "step.trace"

    def test_less_bandwidth_takes_longer(self):
        cycles = []
        for bandwidth in ("100 Gb/s", "20 Gb/s", "5 Gb/s"):
            out, _ = self.run_scenario(bandwidth.replace(" ", "").replace("/", ""), "--set", f"io.bandwidth={bandwidth}")
            cycles.append(self.result(out)["metrics"]["cycles"]["value"])
        self.assertEqual(sorted(set(cycles)), cycles)

    def test_progress_is_shown_on_a_terminal_only(self):
        primary, secondary = pty.openpty()
        done = subprocess.Popen([PROGRAM, "run", "smoke", "--set", "workload.batch=4", "--out", self.top / "shown"],
                                stdout=subprocess.DEVNULL, stderr=secondary, stdin=subprocess.DEVNULL)
        os.close(secondary)
        shown = b""
        while True:
            try:
                data = os.read(primary, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data
        self.assertEqual(0, done.wait())
        os.close(primary)
        self.assertIn(b"hops/s", shown)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
