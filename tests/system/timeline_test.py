# SPDX-License-Identifier: Apache-2.0
"""The timeline of a run, decoded by a reader of its own, and its export for Chrome.

usage: timeline_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import collections
import csv
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(sys.argv[2]).resolve()
sys.path.insert(0, str(SOURCE / "tests" / "support"))
import perfetto_reader  # noqa: E402

CLOCK = 850e6
HOST = {"stream_in": "streams in", "stream_out": "streams out", "update": "optimizer"}


def waferloom(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL).stdout


class Timeline(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.top = pathlib.Path(directory.name)
        cls.out = cls.top / "smoke"
        waferloom("run", "smoke", "--out", cls.out)
        cls.trace = perfetto_reader.Trace(cls.out / "timeline.pftrace")
        waferloom("trace", "build", "smoke", "--out", cls.top / "step.trace")
        lines = waferloom("trace", "show", "--json", cls.top / "step.trace").splitlines()
        cls.records = {record["id"]: record for record in map(json.loads, lines[1:])}
        with sqlite3.connect(cls.out / "results.sqlite") as database:
            cls.times = {row[0]: row[1:] for row in database.execute("SELECT id, start_cycle, end_cycle FROM records")}
        cls.slices = {s["arguments"]["record"]: s for s in cls.trace.slices if "record" in s["arguments"]}

    def test_every_record_is_a_slice_of_its_time(self):
        self.assertEqual(set(self.records), set(self.slices))
        self.assertEqual(len(self.slices), sum("record" in s["arguments"] for s in self.trace.slices))
        for number, found in self.slices.items():
            start, end = self.times[number]
            self.assertEqual(self.records[number]["name"], found["name"])
            self.assertEqual((start, end - start), (found["arguments"]["start_cycle"], found["arguments"]["cycles"]))
            self.assertAlmostEqual(start / CLOCK * 1e9, found["start"], delta=0.51)
            self.assertAlmostEqual(end / CLOCK * 1e9, found["end"], delta=0.51)

    def test_tracks_are_layers_phases_and_operations(self):
        for number, found in self.slices.items():
            record = self.records[number]
            path = ("smoke", "host and I/O", HOST.get(record["kind"]))
            if record["kind"] not in HOST:
                layer = f"layer {record['layer']}" if "layer" in record else "outside layers"
                path = ("smoke", layer, record["phase"], record["operation"])
            self.assertEqual(path, self.trace.path(found["track"]))
            self.assertEqual(record["kind"], found["arguments"]["kind"])

    def test_slices_of_a_track_follow_one_another(self):
        self.assertEqual({0}, {s["depth"] for s in self.trace.slices})

    def test_spans_cover_their_records(self):
        spans = {(*self.trace.path(s["track"]), s["name"]): s for s in self.trace.slices if "record" not in s["arguments"]}
        for number, found in self.slices.items():
            path = self.trace.path(found["track"])
            if path[1] == "host and I/O":
                continue
            for depth in (3, 4):
                span = spans[path[:depth]]
                self.assertLessEqual(span["start"], found["start"])
                self.assertGreaterEqual(span["end"], found["end"])

    def test_arrows_lead_from_what_a_record_waited_for(self):
        sources, targets = {}, {}
        for number, found in self.slices.items():
            sources.update((flow, number) for flow in found["out"])
            targets.update((flow, number) for flow in found["in"])
        self.assertEqual(set(sources), set(targets))
        self.assertEqual(len(sources), sum(len(s["out"]) for s in self.trace.slices))
        expected = set()
        for number, record in self.records.items():
            others = {dependency["record"] for dependency in record.get("after", [])} | {record.get("consumes", number)}
            expected |= {(other, number) for other in others if self.times[other][0] < self.times[number][0]}
        self.assertEqual(expected, {(sources[flow], targets[flow]) for flow in sources})
        self.assertGreater(len(expected), 200)

    def test_counters_are_the_utilization_of_the_shortest_operation(self):
        with open(self.out / "layers.csv", encoding="utf-8", newline="") as file:
            layers = list(csv.DictReader(file))
        values = collections.defaultdict(list)
        for value in self.trace.values:
            values[self.trace.path(value["track"])[-1]].append(value)
        self.assertEqual(12, len(values))
        for name, columns in (("busiest link of a row (%)", ["busiest_row_link"]), ("PE arithmetic (%)", ["pe_arithmetic", "pe_sram"])):
            self.assertEqual(0, values[name][-1]["value"])
            for point in range(5, max(int(r["end_cycle"]) for r in layers), 12_345):
                active = [r for r in layers if int(r["start_cycle"]) <= point < int(r["end_cycle"])]
                shown = [v["value"] for v in values[name] if v["at"] <= point / CLOCK * 1e9 + 0.5]
                if active:
                    shortest = min(active, key=lambda r: int(r["cycles"]))
                    self.assertAlmostEqual(100 * sum(float(shortest[c]) for c in columns), shown[-1], places=3)

    def test_power_adds_up_to_the_energy_and_sram_to_its_high_water(self):
        result = json.loads((self.out / "result.json").read_text(encoding="utf-8"))
        end = result["metrics"]["time"]["value"]
        values = collections.defaultdict(list)
        for value in self.trace.values:
            values[self.trace.path(value["track"])[-1]].append((value["at"] / 1e9, value["value"]))
        power = values["power (W)"]
        joules = sum(watts * (until - at) for (at, watts), (until, _) in zip(power, [*power[1:], (end, 0)]))
        self.assertAlmostEqual(1.0, joules / result["energy"]["total"]["value"], delta=1e-3)
        sram = values["SRAM in use, fullest tile (KiB)"]
        # Without what is reserved and the rounding to units of a port.
        high = result["metrics"]["sram_high_water"]["value"]
        self.assertAlmostEqual(1.0, max(kib for _, kib in sram) * 1024 / high, delta=0.05)

    def test_regions_change_nothing(self):
        waferloom("run", "smoke", "--out", self.top / "regions", "--set", "simulation.region_width=3", "--set",
                  "simulation.region_height=1")
        self.assertEqual((self.out / "timeline.pftrace").read_bytes(), (self.top / "regions" / "timeline.pftrace").read_bytes())

    def test_the_database_gives_the_same_timeline(self):
        self.assertEqual(f"Timeline: {self.top}/again\n", waferloom("timeline", self.out, "--out", self.top / "again"))
        self.assertEqual((self.out / "timeline.pftrace").read_bytes(), (self.top / "again").read_bytes())

    def test_bursts_have_a_timeline_too(self):
        for fold in ("true", "false"):
            out = self.top / f"fold-{fold}"
            waferloom("run", "smoke", "--fidelity", "burst", "--set", f"burst.fold={fold}", "--out", out)
            trace = perfetto_reader.Trace(out / "timeline.pftrace")
            self.assertIn(("smoke", "layer 1", "forward"), {trace.path(s["track"]) for s in trace.slices})
            self.assertGreater(len(trace.values), 20)
            waferloom("timeline", out, "--out", out / "again")
            self.assertEqual((out / "timeline.pftrace").read_bytes(), (out / "again").read_bytes())

    def test_it_can_be_left_out(self):
        waferloom("run", "smoke", "--out", self.top / "without", "--set", "observe.timeline=false")
        self.assertFalse((self.top / "without" / "timeline.pftrace").exists())
        waferloom("timeline", self.top / "without")
        self.assertEqual((self.out / "timeline.pftrace").read_bytes(),
                         (self.top / "without" / "timeline.pftrace").read_bytes())

    def test_chrome_reads_the_same(self):
        waferloom("timeline", self.out, "--format", "chrome", "--out", self.top / "chrome.json")
        events = json.loads((self.top / "chrome.json").read_text(encoding="utf-8"))["traceEvents"]
        records = {e["args"]["record"]: e for e in events if e["ph"] == "X" and "record" in e["args"]}
        self.assertEqual(set(self.slices), set(records))
        threads = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
        processes = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
        self.assertIn("layer 0", processes.values())
        for number, event in records.items():
            start, end = self.times[number]
            self.assertAlmostEqual(start / CLOCK * 1e6, event["ts"], places=4)
            self.assertAlmostEqual((end - start) / CLOCK * 1e6, event["dur"], places=4)
            path = self.trace.path(self.slices[number]["track"])
            self.assertEqual(path[1], processes[event["pid"]])
            self.assertEqual(" / ".join(path[2:]), threads[event["pid"], event["tid"]])
        for phase, key in (("s", "out"), ("f", "in")):
            self.assertEqual(sorted(flow for s in self.slices.values() for flow in s[key]),
                             sorted(e["id"] for e in events if e["ph"] == phase))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
