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
from harness import InDirectory, PROGRAM, SOURCE, json_of, main, result_of, rows_of, run_program, waferloom  # noqa: E402

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

    def test_what_weighs_as_much_is_named_in_all_files(self):
        """With I/O that limits little, some products take arithmetic and SRAM about as long each."""
        out, stdout = self.run_scenario("tied", "--fidelity", "burst", "--set", "pe.mixed_macs_per_cycle=2", "--set", "io.bandwidth=1 Pb/s",
                                        "--set", "io.latency=0 s")
        result = json_of(out / "result.json")
        told = {(str(each.get("layer", "")), each["phase"], each["operation"]): each for each in result["operations"]}
        rows = rows_of(out / "layers.csv")
        for row in rows:
            each = told[row["layer"], row["phase"], row["operation"]]
            self.assertEqual(row["ties"], "; ".join(each["ties"]))
            self.assertNotIn(each["bound"], each["ties"])
        self.assertTrue(any(row["bound"] == "compute" and "SRAM" in row["ties"] for row in rows), rows)
        tied = next(each for each in result["phases"] if each["ties"])
        self.assertIn(" = ".join([tied["bound"], *tied["ties"]]), stdout)
        self.assertIn("compute = SRAM", waferloom("show", out, "--layer", 0))

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

    def test_no_resource_is_busy_for_more_than_the_time(self):
        model = "layers: 2\nhidden: 8\nheads: 1\nffn: 200\nvocabulary: 32\nsequence: 8\n"
        (self.top / "thin.yaml").write_text(model, encoding="utf-8")
        single = ("--set", "workload.model=thin.yaml", "--set", "workload.rectangle={x: 0, y: 1, width: 1, height: 1}")
        slow = ("--set", "pe.divide=10000 cycles", "--set", "pe.sram_read=1 B/cycle", "--set", "pe.mixed_macs_per_cycle=1")
        for name, settings in (("single", single), ("batch", ("--set", "workload.batch=8")), ("slow", (*single, *slow))):
            for fidelity in ("wavelet", "burst"):
                out, _ = self.run_scenario(f"{name}-{fidelity}", "--fidelity", fidelity, *settings)
                result = result_of(out)
                layers = rows_of(out / "layers.csv")
                self.assertEqual(len(layers), len(result["operations"]))
                for row in layers:
                    busy = sum(float(row[work]) for work in ("pe_arithmetic", "pe_sram", "pe_streaming"))
                    self.assertLessEqual(busy, 1.00001, row)
                    for column in row:
                        if column.startswith("busiest"):
                            self.assertLessEqual(float(row[column]), 1, row)
                for each in result["operations"] + result["phases"]:
                    shares = each["utilization"]
                    self.assertLessEqual(sum(shares[w] for w in ("pe_arithmetic", "pe_sram", "pe_streaming")), 1.00001)
                for row in rows_of(out / "tiles.csv"):
                    self.assertLessEqual(float(row["busy_share"]), 1.00001, row)

    def test_shares_of_operations_add_up_to_the_busy_cycles(self):
        """On a single tile nothing overlaps: each operation's shares are its PE's busy cycles."""
        out, _ = self.run_scenario("single", "--set", "workload.rectangle={x: 0, y: 1, width: 1, height: 1}", "--set", "pe.sram=1 MiB",
                                   "--set", "workload.sequence=8")
        busy = sum(int(row["busy_cycles"]) for row in rows_of(out / "tiles.csv"))
        spans = [(int(r["start_cycle"]), int(r["end_cycle"]), sum(float(r[w]) for w in ("pe_arithmetic", "pe_sram", "pe_streaming")))
                 for r in rows_of(out / "layers.csv")]
        self.assertLessEqual(max((end - start) * share for start, end, share in spans), busy)
        # Where one ends the next begins, but for what they wait and overlap.
        self.assertGreaterEqual(sum((end - start) * share for start, end, share in spans), 0.9 * busy)

    def test_the_high_water_mark_is_the_same_number_everywhere(self):
        out, stdout = self.run_scenario("first")
        mark = result_of(out)["metrics"]["sram_high_water"]["value"]
        self.assertIn(f"SRAM high water {mark} of {49152 - 4096} B per PE, 4096 B reserved", stdout)
        self.assertEqual(mark, max(int(row["sram_high_water_bytes"]) for row in rows_of(out / "tiles.csv")))

    def test_part_of_a_step_has_no_rate_of_tokens(self):
        whole, stdout = self.run_scenario("whole")
        self.assertIn("tokens_per_second", result_of(whole)["metrics"])
        self.assertIn("tokens/s", stdout)
        for number, part in enumerate(("workload.layers=0", "workload.phases=forward", "workload.phases=[forward, update]")):
            out, stdout = self.run_scenario(f"part{number}", "--fidelity", "burst", "--set", part)
            metrics = result_of(out)["metrics"]
            self.assertFalse({"tokens_per_second", "samples_per_second"} & set(metrics))
            self.assertIn("part of a training step", stdout)
            self.assertNotIn("tokens/s", stdout)

    def test_a_collective_that_does_nothing_has_a_clock(self):
        _, stdout = self.run_scenario("nothing", "--set", "collective.rectangle={x: 1, y: 1, width: 1, height: 1}",
                                      "--set", "collective.root_x=0", "--set", "collective.root_y=0",
                                      scenario=str(SOURCE / "scenarios/collectives/reduce-chain.yaml"))
        self.assertIn("0 cycles, 0.000 us at 850 MHz", stdout)
        self.assertNotIn("Warning", stdout)  # of the simulation kernel, which has nothing to do

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
