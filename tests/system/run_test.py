# SPDX-License-Identifier: Apache-2.0
"""Runs of the program as a user sees them: results, determinism, conservation, overrides, progress.

usage: run_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import pty
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, PROGRAM, main, result_of, rows_of, run_program, waferloom  # noqa: E402

SAME = ("result.json", "layers.csv", "links.csv", "tiles.csv")  # host.json holds the host's times


class Run(InDirectory):
    def run_scenario(self, name, *options, scenario="smoke"):
        out = self.top / name
        done = run_program("run", scenario, "--out", out, *options, cwd=self.top)
        self.assertEqual("", done.stderr, "quiet where no terminal listens")
        return out, done.stdout

    def files(self, out):
        return {name: (out / name).read_bytes() for name in SAME}

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
        scenario = self.write("smoke.yaml", f"hardware: mesh8\nworkload: {{ trace: {self.trace().name} }}\n")
        second, _ = self.run_scenario("second", scenario=str(scenario))
        for name in SAME[1:]:
            self.assertEqual((first / name).read_bytes(), (second / name).read_bytes(), name)
        self.assertEqual(result_of(first)["metrics"], result_of(second)["metrics"])

    def test_nothing_is_lost_or_invented(self):
        out, _ = self.run_scenario("first")
        traffic = result_of(out)["metrics"]
        stats = json.loads(waferloom("trace", "stats", "--json", self.trace()))
        self.assertEqual(stats["total"]["bytes_in"], traffic["bytes_in"]["value"])
        self.assertEqual(stats["total"]["bytes_out"], traffic["bytes_out"]["value"])
        self.assertEqual(stats["total"]["macs"], traffic["multiply_accumulates"]["value"])
        # Every hop is a wavelet of some link.
        links = [link for link in rows_of(out / "links.csv") if link["direction"] != "ramp"]
        self.assertEqual(traffic["wavelet_hops"]["value"], sum(int(link["wavelets"]) for link in links))
        self.assertLessEqual(max(float(link["utilization"]) for link in links), 1.0)

    def trace(self):
        waferloom("trace", "build", "smoke", "--out", self.top / "step.trace")
        return self.top / "step.trace"

    def test_less_bandwidth_takes_longer(self):
        cycles = []
        for bandwidth in ("100 Gb/s", "20 Gb/s", "5 Gb/s"):
            out, _ = self.run_scenario(bandwidth.replace(" ", "").replace("/", ""), "--set", f"io.bandwidth={bandwidth}")
            cycles.append(result_of(out)["metrics"]["cycles"]["value"])
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
    main()
