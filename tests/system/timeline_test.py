# SPDX-License-Identifier: Apache-2.0
"""The timeline of a run, decoded by a reader of its own, and its export for Chrome.

usage: timeline_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import collections
import csv
import json
import pathlib
import resource
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import perfetto_reader  # noqa: E402
from harness import BAD_INPUT, InSharedDirectory, main, run_program, sets, waferloom  # noqa: E402

CLOCK = 850e6
HOST = {"stream_in": "streams in", "stream_out": "streams out", "update": "optimizer"}


class Timeline(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
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

    def tracks_under(self, trace, parent):
        """{track's name: slices by time} of the tracks below a topmost one."""
        found = collections.defaultdict(list)
        for each in trace.slices:
            path = trace.path(each["track"])
            if path[1] == parent:
                found[path[-1]].append(each)
        return {name: sorted(slices, key=lambda each: each["start"]) for name, slices in found.items()}

    def test_channels_carry_the_words_of_their_streams(self):
        for fidelity in ("wavelet", "burst"):
            with self.subTest(fidelity=fidelity):
                out = self.top / f"channels-{fidelity}"
                waferloom("run", "smoke", "--fidelity", fidelity, "--out", out)
                metrics = json.loads((out / "result.json").read_text(encoding="utf-8"))["metrics"]
                tracks = self.tracks_under(perfetto_reader.Trace(out / "timeline.pftrace"), "I/O channels")
                self.assertEqual({"input 0", "input 1", "output 0", "output 1"}, set(tracks))
                for direction, metric in (("input", "bytes_in"), ("output", "bytes_out")):
                    slices = [each for name, found in tracks.items() if name.startswith(direction) for each in found]
                    self.assertEqual(metrics[metric]["value"], 4 * sum(each["arguments"]["words"] for each in slices))
                    for each in slices:
                        self.assertEqual(self.records[each["arguments"]["stream"]]["name"], each["name"])
                        self.assertEqual("stream_in" if direction == "input" else "stream_out",
                                         self.records[each["arguments"]["stream"]]["kind"])
                        self.assertLessEqual(each["arguments"].get("busy (%)", 0), 100)

    def test_fewer_channels_where_fewer_are_wanted(self):
        for count, expected in ((0, set()), (1, {"input 0", "output 0"})):
            out = self.top / f"channels-{count}"
            waferloom("run", "smoke", "--set", f"observe.tracks.channels={count}", "--out", out)
            trace = perfetto_reader.Trace(out / "timeline.pftrace")
            self.assertEqual(expected, set(self.tracks_under(trace, "I/O channels (1 of 2: observe.tracks.channels)")))
            self.assertEqual({}, self.tracks_under(trace, "I/O channels"))
            whole = (out / "timeline.pftrace").read_bytes()
            waferloom("timeline", out)
            self.assertEqual(whole, (out / "timeline.pftrace").read_bytes())

    def observed(self, name, *settings):
        out = self.top / name
        waferloom("run", "smoke", "--out", out, *sets(*settings))
        return out

    def test_a_tile_shows_what_it_does_when(self):
        out = self.observed("tiles", 'observe.tracks.tiles=["3,4", "1,1,2,1", "wafer.*.tile_7_8"]', "observe.tracks.resolution=1",
                            "observe.tracks.window=[100 us, 150 us]", "observe.waveform.format=vcd",
                            'observe.waveform.signals=["wafer.*.tile_3_4.pe.state"]', "observe.waveform.window=[100 us, 150 us]")
        results = [json.loads((each / "result.json").read_text(encoding="utf-8")) for each in (self.out, out)]
        for each in results:
            del each["configuration"]["observe"]
        self.assertEqual(*results)
        tracks = self.tracks_under(perfetto_reader.Trace(out / "timeline.pftrace"), "tiles")
        self.assertEqual({"tile (3, 4)", "tile (1, 1)", "tile (2, 1)", "tile (7, 8)"}, set(tracks))
        words = {"computing": "arithmetic", "computing at the SRAM's rate": "sram", "bank conflict": "bank_conflict", "streaming": "streaming",
                 "waiting for input": "waiting_for_input", "blocked on output": "blocked_on_output"}
        found = collections.Counter()
        operations = {record["operation"] for record in self.records.values()}
        for each in tracks["tile (3, 4)"]:
            operation, _, state = each["name"].partition(": ")
            self.assertIn(operation, operations)
            self.assertIn(each["arguments"]["phase"], ("forward", "backward_input", "backward_weight", "update"))
            found[words[state]] += each["arguments"]["cycles"]
        # The waveform of the same tile says the same.
        expected, state, since = collections.Counter(), None, 0
        for line in (out / "wave.vcd").read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                now = round(int(line[1:]) / (1e15 / CLOCK))
            elif line.startswith("s"):
                expected[state] += now - since
                state, since = line[1:].split()[0], now
        expected[state] += round(150e-6 * CLOCK) - since
        self.assertEqual({key: value for key, value in expected.items() if key not in (None, "idle")}, dict(found))

    def test_tracks_of_tiles_do_not_depend_on_regions(self):
        texts = [(self.observed(f"regions-{width}", 'observe.tracks.tiles="3,4"', f"simulation.region_width={width}") / "timeline.pftrace").read_bytes()
                 for width in (3, 8)]
        self.assertEqual(*texts)

    def test_a_slot_shows_what_took_the_most_of_it(self):
        out = self.observed("slots", 'observe.tracks.tiles="3,4"')
        tracks = self.tracks_under(perfetto_reader.Trace(out / "timeline.pftrace"), "tiles")
        end = json.loads((out / "result.json").read_text(encoding="utf-8"))["metrics"]["cycles"]["value"]
        for each in tracks["tile (3, 4)"]:
            start, cycles = each["arguments"]["start_cycle"], each["arguments"]["cycles"]
            self.assertEqual(0, start % 64)
            self.assertTrue(cycles % 64 == 0 or start + cycles >= end, each)

    def test_memory_for_tracks_is_limited(self):
        """All tiles of a run, cycle by cycle: millions of slices take little memory each, and too many are refused."""
        options = ("run", "smoke", *sets('observe.tracks.tiles=["wafer.*"]', "observe.tracks.resolution=1"))
        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))  # 1.5 GiB of addresses
        done = run_program(*options, "--out", self.top / "part", *sets('observe.tracks.window=[0 us, 150 us]'), preexec_fn=limited)
        self.assertEqual(0, done.returncode, done.stderr)
        with sqlite3.connect(self.top / "part" / "results.sqlite") as database:
            self.assertGreater(database.execute("SELECT count(*) FROM tile_states").fetchone()[0], 1_500_000)
        said = waferloom(*options, "--out", self.top / "whole", *sets("workload.batch=8"), status=BAD_INPUT)
        self.assertRegex(said, r"observe\.tracks\.tiles: expected at most 10000000 slices, which are kept in memory, got more from cycle \d+ on, of 80 tiles")

    def test_tiles_at_fidelity_burst(self):
        plain, out = (self.observed(name, "fidelity=burst", *more) for name, more in
                      (("burst", ()), ("burst-tiles", ('observe.tracks.tiles=["3,4"]',))))
        results = [json.loads((each / "result.json").read_text(encoding="utf-8")) for each in (plain, out)]
        for each in results:
            del each["configuration"]["observe"]
        self.assertEqual(*results)
        states = {each["name"].partition(": ")[2] for each in self.tracks_under(perfetto_reader.Trace(out / "timeline.pftrace"), "tiles")["tile (3, 4)"]}
        self.assertLessEqual({"computing", "streaming", "waiting for input"}, states)

    def test_the_database_and_the_export_have_tracks_too(self):
        out = self.observed("stored", 'observe.tracks.tiles="3,4"')
        written = (out / "timeline.pftrace").read_bytes()
        waferloom("timeline", out)
        self.assertEqual(written, (out / "timeline.pftrace").read_bytes())
        waferloom("timeline", out, "--format", "chrome")
        events = json.loads((out / "timeline.json").read_text(encoding="utf-8"))["traceEvents"]
        names = {event["args"]["name"] for event in events if event["ph"] == "M" and event["name"] == "thread_name"}
        self.assertLessEqual({"tile (3, 4)", "input 0", "output 1"}, names)

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
        self.assertEqual(len(processes), len(set(processes.values())), "each name once")
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
    main()
