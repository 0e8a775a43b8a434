# SPDX-License-Identifier: Apache-2.0
"""Synthetic traffic as a user runs it: results, determinism, conservation, the saturation search.

usage: noc_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import csv
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, main, result_of, rows_of, run_program, sets, waferloom  # noqa: E402

SAME = ("result.json", "loads.csv", "link_flits.csv")  # host.json holds the host's times
SHORT = ("traffic.warmup=1000 cycles", "traffic.sample=2000 cycles")


class Noc(InDirectory):
    def run_scenario(self, name, *settings, scenario="noc-uniform"):
        out = self.top / name
        done = run_program("run", scenario, "--out", out, *sets(*SHORT, *settings), cwd=self.top)
        self.assertEqual("", done.stderr, "quiet where no terminal listens")
        return out, done.stdout

    def files(self, out):
        return {name: (out / name).read_bytes() for name in SAME}

    def test_a_run_reports_latency_and_throughput(self):
        out, stdout = self.run_scenario("first")
        for word in ("offered", "accepted", "latency", "p50", "p95", "p99", "M hops/s", str(out)):
            self.assertIn(word, stdout)
        metrics = result_of(out)["metrics"]
        self.assertAlmostEqual(0.2, metrics["accepted"]["value"], delta=0.01)
        self.assertFalse(metrics["unstable"])
        self.assertEqual(0, metrics["packets_not_arrived"]["value"])
        self.assertLessEqual(metrics["latency_p50"]["value"], metrics["latency_p99"]["value"])
        self.assertTrue((out / "host.json").is_file())

    def test_regions_change_nothing(self):
        for case, settings in {
            "single": (),
            "channels": ("fabric.xy.virtual_channels=3", "traffic.packet_flits=5", "traffic.load=0.35"),
            "crossing": ("fabric.reticle_width=3", "fabric.reticle_height=2", "fabric.reticle_crossing=4 cycles"),
            "saturated": ("traffic.load=1", "fabric.xy.speculative=false", "traffic.packet_flits=2"),
        }.items():
            whole, _ = self.run_scenario(case, "simulation.region_width=8", "simulation.region_height=8", *settings)
            for width, height in ((1, 1), (3, 5), (8, 1)):
                out, _ = self.run_scenario(f"{case}{width}x{height}", f"simulation.region_width={width}",
                                           f"simulation.region_height={height}", *settings)
                self.assertEqual(self.files(whole), self.files(out), (case, width, height))

    def test_the_seed_decides(self):
        first, _ = self.run_scenario("first")
        again, _ = self.run_scenario("again")
        other, _ = self.run_scenario("other", "seed=2")
        self.assertEqual(self.files(first), self.files(again))
        self.assertNotEqual(result_of(first)["metrics"], result_of(other)["metrics"])

    def test_the_effective_configuration_repeats_the_run(self):
        for scenario in ("noc-uniform", "noc-saturation"):
            first, _ = self.run_scenario(scenario, "traffic.tolerance=0.1", scenario=scenario)
            again, _ = self.run_scenario(f"{scenario}-again", scenario=first / "scenario.yaml")
            self.assertEqual(self.files(first), self.files(again))

    def test_a_table_says_who_sends_to_whom(self):
        (self.top / "rates.txt").write_text("0 63 0.5\n9 10 0.25\n", encoding="utf-8")
        out, _ = self.run_scenario("table", "traffic.pattern=table", "traffic.table=rates.txt", "traffic.load=0.5")
        metrics = result_of(out)["metrics"]
        self.assertAlmostEqual((0.25 + 0.125) / 64, metrics["offered"]["value"])
        self.assertAlmostEqual((14 * 2 + 1) / 3, metrics["hops_mean"]["value"], delta=0.3)

    def test_rates_of_a_table_are_what_they_say(self):
        (self.top / "rates.txt").write_text("0 9 0.5\n", encoding="utf-8")
        out, _ = self.run_scenario("table", "traffic.pattern=table", "traffic.table=rates.txt", "fabric.xy.speculative=true")
        metrics = result_of(out)["metrics"]
        self.assertEqual({"value": 1, "unit": "1"}, metrics["load"])
        self.assertAlmostEqual(0.5 / 64, metrics["offered"]["value"])
        self.assertAlmostEqual(0.5 / 64, metrics["accepted"]["value"], delta=0.001)

    def test_a_single_saturated_flow_among_many_nodes_is_unstable(self):
        """A source sends one packet every other cycle at most; all others are idle, or nearly so."""
        for name, others in (("alone", ""), ("among others", "".join(f"{n} {n + 1} 0.01\n" for n in range(8, 62)))):
            (self.top / "rates.txt").write_text("0 7 1.0\n" + others, encoding="utf-8")
            table = ("traffic.pattern=table", "traffic.table=rates.txt", "fabric.xy.speculative=false",
                     "traffic.warmup=2000 cycles", "traffic.sample=3000 cycles")
            out, _ = self.run_scenario(name, *table)
            self.assertTrue(result_of(out)["metrics"]["unstable"], name)
            out, _ = self.run_scenario(f"search {name}", *table, "traffic.tolerance=0.05", "traffic.packet_flits=1",
                                       scenario="noc-saturation")
            saturation = result_of(out)["saturation"]
            self.assertEqual("1", saturation["unit"])
            self.assertAlmostEqual(0.5, saturation["value"], delta=0.06)
            stable = [load for load in result_of(out)["loads"] if not load["unstable"]]
            self.assertLess(max(load["latency_mean"]["value"] for load in stable), 1000)

    def test_an_overloaded_network_that_notices_late_does_not_drain_for_long(self):
        """Its buffers take all that comes in the measurement and some time after it."""
        out, _ = self.run_scenario("deep", "fabric.width=4", "fabric.height=256", "fabric.xy.buffer_flits=255", "traffic.load=0.1",
                                   "traffic.warmup=200 cycles", "traffic.sample=400 cycles", "traffic.samples=1")
        metrics = result_of(out)["metrics"]
        self.assertTrue(metrics["unstable"])
        self.assertLess(metrics["cycles"]["value"], 20_000)  # of 100,600 with all of the drain
        # Long ways alone are no overload.
        out, _ = self.run_scenario("long", "fabric.width=1", "fabric.height=256", "fabric.hop_latency=100 cycles", "traffic.load=0.0002",
                                   "traffic.warmup=200 cycles", "traffic.sample=400 cycles", "traffic.samples=1")
        metrics = result_of(out)["metrics"]
        self.assertFalse(metrics["unstable"])
        self.assertGreater(metrics["latency_most"]["value"], 10_000)

    def test_rates_that_add_up_to_one_but_for_rounding(self):
        (self.top / "rates.txt").write_text("0 1 .2\n0 2 .4\n0 3 .3\n0 4 .1\n".replace(" .", " 0."), encoding="utf-8")
        out, _ = self.run_scenario("table", "traffic.pattern=table", "traffic.table=rates.txt")
        self.assertAlmostEqual(1 / 64, result_of(out)["metrics"]["offered"]["value"])

    def test_without_packets_there_is_no_latency(self):
        (self.top / "rates.txt").write_text("0 1 0\n", encoding="utf-8")
        out, stdout = self.run_scenario("nothing", "traffic.pattern=table", "traffic.table=rates.txt")
        metrics = result_of(out)["metrics"]
        self.assertEqual(0, metrics["packets"]["value"])
        self.assertFalse([name for name in metrics if name.startswith("latency") or name == "hops_mean"])
        self.assertIn("no packet arrived", stdout)
        with open(out / "loads.csv", encoding="utf-8", newline="") as file:
            row, = csv.DictReader(file)
        self.assertEqual({""}, {row[name] for name in row if name.startswith("latency") or name == "hops_mean"})

    def test_the_saturation_search_brackets_the_load(self):
        out, stdout = self.run_scenario("search", "traffic.tolerance=0.02", scenario="noc-saturation")
        result = result_of(out)
        self.assertIn("saturation:", stdout)
        self.assertAlmostEqual(0.297, result["saturation"]["value"], delta=0.03)
        self.assertTrue(any(load["unstable"] for load in result["loads"]))

    def test_the_curve_lies_below_the_saturation(self):
        out, _ = self.run_scenario("search", "traffic.tolerance=0.1", "traffic.curve=3", scenario="noc-saturation")
        plain, _ = self.run_scenario("plain", "traffic.tolerance=0.1", "traffic.curve=0", scenario="noc-saturation")
        result, without = result_of(out), result_of(plain)
        self.assertEqual(without["saturation"], result["saturation"])
        top = result["saturation"]["value"]
        loads = {load["load"]["value"]: load for load in result["loads"]}
        for part in (1, 2, 3):
            self.assertFalse(loads[top * part / 4]["unstable"])
        means = [load["latency_mean"]["value"] for value, load in sorted(loads.items()) if value <= top]
        self.assertEqual(sorted(means), means, "latency grows with the load")
        self.assertLessEqual({load["load"]["value"] for load in without["loads"]}, set(loads))

    def test_links_carry_what_passes_them(self):
        out, _ = self.run_scenario("links")
        rows = rows_of(out / "link_flits.csv")
        metrics = result_of(out)["metrics"]
        flits = [int(row["flits"]) for row in rows]
        self.assertEqual(metrics["flit_hops"]["value"], sum(flits))
        self.assertAlmostEqual(metrics["busiest_link"]["value"], max(flits) / metrics["cycles"]["value"])
        self.assertEqual(4 * 8 * 7, len(rows), "each link between neighbours, both ways")
        # Of uniform traffic, routed along x first, the link from column c eastwards carries for each row of sources what
        # the c + 1 nodes west of it send to the 7 - c columns east of it.
        load = metrics["offered"]["value"]
        for row in rows:
            before = {"east": int(row["x"]) + 1, "west": 8 - int(row["x"]),
                      "south": int(row["y"]) + 1, "north": 8 - int(row["y"])}[row["direction"]]
            self.assertAlmostEqual(before * (8 - before) / 8 * load, float(row["utilization"]), delta=0.05, msg=str(row))
        shown = waferloom("show", out, "--top", "links", "--count", "1", "--json")
        self.assertEqual(max(flits), json.loads(shown)["rows"][0]["flits"])
        self.assertIn("tiles (0, 0) to (7, 7)", waferloom("show", out, "--heatmap", "links"))
        refused = run_program("show", out, "--heatmap", "pe", status=2)
        self.assertIn("expected links of a packet network, got pe", refused.stderr)
        none, _ = self.run_scenario("none", "observe.maps=false")
        self.assertFalse((none / "link_flits.csv").exists())
        self.assertEqual(metrics, result_of(none)["metrics"])

    def test_a_table_loads_the_links_on_the_way(self):
        (self.top / "rates.txt").write_text("0 9 0.25\n", encoding="utf-8")
        out, _ = self.run_scenario("table", "traffic.pattern=table", "traffic.table=rates.txt")
        places = {(row["x"], row["y"], row["direction"]) for row in rows_of(out / "link_flits.csv")}
        self.assertEqual({("0", "0", "east"), ("1", "0", "south")}, places)


if __name__ == "__main__":
    main()
