# SPDX-License-Identifier: Apache-2.0
"""Waveforms, read back: FST with GTKWave's fst2vcd, VCD with GTKWave's vcd2fst and a parser of our own.

usage: waveform_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import csv
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InSharedDirectory, SOURCE, STUCK, main, rows_of, sets, waferloom  # noqa: E402

TILE = "wafer.reticle_0_0.tile_3_4"
CLOCK_FS = round(1e15 / 850e6)


def read_vcd(text):
    """{signal: [(time in fs, value)]} of a value change dump."""
    scopes, names, changes, time = [], {}, {}, 0
    lines = iter(text.splitlines())
    for line in lines:
        words = line.split()
        if not words:
            continue
        if words[0] == "$scope":
            scopes.append(words[2])
        elif words[0] == "$upscope":
            scopes.pop()
        elif words[0] == "$var":
            names.setdefault(words[3], []).append(".".join([*scopes, words[4]]))
        elif words[0].startswith("#"):
            time = int(words[0][1:])
        elif words[0][0] in "bs" and len(words) == 2:
            for name in names[words[1]]:
                value = words[0][1:] if words[0][0] == "s" else int(words[0][1:], 2)
                changes.setdefault(name, []).append((time, value))
    return changes


def read_fst(path):
    """The same of an FST file, values of enumerations by their names, as GTKWave shows them."""
    text = subprocess.run(["fst2vcd", "-e", path], check=True, capture_output=True, text=True).stdout
    tables, names, scopes, table = {}, {}, [], None
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["$scope"]:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif words[:3] == ["$attrbegin", "misc", "07"] and words[3] == '""':
            table = tables[words[4]]
        elif words[:3] == ["$attrbegin", "misc", "07"]:
            count = int(words[4])
            values, codes = words[5:5 + count], words[5 + count:5 + 2 * count]
            tables[words[5 + 2 * count]] = {int(code, 2): value for code, value in zip(codes, values)}
        elif words[:1] == ["$var"]:
            names[".".join([*scopes, words[4]])] = table
            table = None
    return {name: [(time, names[name][value] if names[name] else value) for time, value in changes]
            for name, changes in read_vcd(text).items()}


def without_repeats(changes):
    """Readers may state a value again where it stays."""
    return [change for i, change in enumerate(changes) if i == 0 or change[1] != changes[i - 1][1]]


def check_operations(test, changes, run, outside=0):
    """What a PE is said to work on was under way then; `outside`: cycles that it may lie outside."""
    spans = {}
    for row in rows_of(run / "layers.csv"):
        layer = f"layer_{row['layer']}" if row["layer"] else "outside_layers"
        spans.setdefault((layer, f"{row['phase']}:{row['operation']}"), []).append((int(row["start_cycle"]), int(row["end_cycle"])))
    layers = dict(changes[f"{TILE}.pe.layer"])
    operations = dict(changes[f"{TILE}.pe.operation"])
    layer = operation = "none"
    shown = set()
    for time in sorted(layers.keys() | operations.keys()):
        layer, operation = layers.get(time, layer), operations.get(time, operation)
        test.assertEqual(layer == "none", operation == "none", time)
        if layer == "none":
            continue
        shown.add((layer, operation))
        cycle = time / CLOCK_FS
        test.assertTrue(any(begin - 1 - outside <= cycle <= end + 1 + outside for begin, end in spans[layer, operation]), (layer, operation, cycle))
    test.assertEqual("none", operations[max(operations)], "nothing is left to do at the end")
    return shown, spans


class Waveform(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls.run_once("plain")
        cls.vcd = cls.run_once("vcd", "observe.waveform.format=vcd", f'observe.waveform.signals=["{TILE}", "wafer.io"]')
        cls.changes = read_vcd((cls.vcd / "wave.vcd").read_text(encoding="utf-8"))

    @classmethod
    def run_once(cls, name, *settings, scenario="smoke"):
        out = cls.top / name
        waferloom("run", scenario, "--out", out, *sets(*settings))
        return out

    def refused(self, said, *settings, status=2):
        out = self.top / "refused"
        errors = waferloom("run", "smoke", "--out", out, *sets(*settings), status=status)
        shutil.rmtree(out, ignore_errors=True)
        self.assertRegex(errors, said)

    def test_observing_changes_no_result(self):
        results = []
        for run in (self.plain, self.vcd):
            result = json.loads((run / "result.json").read_text(encoding="utf-8"))
            del result["configuration"]["observe"]
            results.append(result)
        self.assertEqual(*results)
        for name in ("tiles.csv", "links.csv", "layers.csv", "timeline.pftrace"):
            self.assertEqual((self.plain / name).read_bytes(), (self.vcd / name).read_bytes(), name)

    def tile_row(self, name, x, y):
        with open(self.plain / name, encoding="utf-8", newline="") as lines:
            return [row for row in csv.DictReader(lines) if (row["x"], row["y"]) == (str(x), str(y))]

    def cycles_in(self, signal, state):
        """Cycles for which a signal had a state."""
        end = json.loads((self.plain / "result.json").read_text(encoding="utf-8"))["metrics"]["cycles"]["value"]
        total, changes = 0, self.changes[signal]
        for (time, value), (until, _) in zip(changes, [*changes[1:], ((end + 1) * CLOCK_FS, None)]):
            if value == state:
                total += round((until - time) / CLOCK_FS)
        return total

    def test_busy_cycles_of_links_are_the_wavelets_sent(self):
        links = {row["direction"]: int(row["wavelets"]) for row in self.tile_row("links.csv", 3, 4)}
        self.assertTrue(any(links.values()))
        for direction in ("north", "south", "west", "east"):
            self.assertEqual(links.get(direction, 0), self.cycles_in(f"{TILE}.router.{direction}.state", "busy"), direction)

    def test_working_cycles_of_the_pe_are_those_counted(self):
        row, = self.tile_row("tiles.csv", 3, 4)
        working = sum(self.cycles_in(f"{TILE}.pe.state", state) for state in ("arithmetic", "sram", "bank_conflict", "streaming"))
        self.assertEqual(int(row["busy_cycles"]), working)
        self.assertGreater(self.cycles_in(f"{TILE}.pe.state", "waiting_for_input"), 0)

    def test_sram_rises_to_the_high_water_mark(self):
        row, = self.tile_row("tiles.csv", 3, 4)
        self.assertEqual(int(row["sram_high_water_bytes"]), max(value for _, value in self.changes[f"{TILE}.sram.used"]))

    def test_queues_end_empty(self):
        for name, changes in self.changes.items():
            if name.endswith("queued") or ".pe.input_" in name or ".pe.output_" in name:
                self.assertEqual(0, changes[-1][1], name)

    @unittest.skipUnless(shutil.which("fst2vcd"), "no GTKWave here")
    def test_both_formats_say_the_same(self):
        fst = self.run_once("fst", f'observe.waveform.signals=["{TILE}", "wafer.io"]')
        read = read_fst(fst / "wave.fst")
        states = {}
        for line in waferloom("list", "signals", "wafer", "smoke").splitlines():
            name, _, values = line.partition("  ")
            states[name] = values.split(", ") if values else None
        self.assertEqual(self.changes.keys(), read.keys())
        for name, changes in read.items():
            self.assertEqual(self.changes[name], without_repeats(changes), name)
            if states[name]:
                self.assertLessEqual({value for _, value in changes}, set(states[name]), name)
        again = self.run_once("fst2", f'observe.waveform.signals=["{TILE}", "wafer.io"]', "simulation.region_width=3")
        self.assertEqual((fst / "wave.fst").read_bytes(), (again / "wave.fst").read_bytes())

    def test_the_operation_and_its_layer_are_those_under_way(self):
        shown, spans = check_operations(self, self.changes, self.plain)
        self.assertEqual({name for name in spans if name[0].startswith("layer_") and not name[1].startswith("update")},
                         {name for name in shown if name[0].startswith("layer_")}, "each operation of the layers comes")
        lines = (self.vcd / "wave.gtkw").read_text(encoding="utf-8").splitlines()
        for name in ("operation", "layer"):
            self.assertEqual("@28", lines[lines.index(f"+{{{name}}} {TILE}.pe.{name}") - 1], "shown as text")

    def test_a_kernel_shows_its_tasks_and_a_collective_has_none(self):
        out = self.top / "kernel"
        waferloom("run", SOURCE / "scenarios" / "kernels" / "relay.yaml", "--out", out,
                  *sets("observe.waveform.format=vcd", "observe.waveform.signals=wafer.*.*.pe.operation"))
        tasks = {row["task"] for row in rows_of(out / "tasks.csv") if int(row["runs"])}
        changes = read_vcd((out / "wave.vcd").read_text(encoding="utf-8"))
        seen = {value for list_ in changes.values() for _, value in list_}
        self.assertIn("none", seen)
        self.assertTrue(seen - {"none"})
        self.assertLessEqual(seen - {"none"}, tasks)
        self.assertNotIn("operation", waferloom("list", "signals", "wafer", "collectives/broadcast"))

    @unittest.skipUnless(shutil.which("vcd2fst"), "no GTKWave here")
    def test_another_reader_takes_the_vcd(self):
        done = subprocess.run(["vcd2fst", self.vcd / "wave.vcd", self.top / "converted.fst"], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        text = subprocess.run(["fst2vcd", self.top / "converted.fst"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(self.changes[f"{TILE}.sram.used"], read_vcd(text)[f"{TILE}.sram.used"])

    def test_a_window_is_a_part_of_the_whole(self):
        window = self.run_once("window", "observe.waveform.format=vcd", f'observe.waveform.signals=["{TILE}.pe", "{TILE}.router"]',
                               "observe.waveform.window=[20 us, 40 us]")
        part = read_vcd((window / "wave.vcd").read_text(encoding="utf-8"))
        for name, changes in part.items():
            begin, end = changes[0][0], 40 * 10**9
            whole = self.changes[name]
            expected = [(time, value) for time, value in whole if begin < time < end]
            self.assertEqual(expected, changes[1:], name)
            self.assertEqual([value for time, value in whole if time <= begin][-1], changes[0][1], name)

    def test_a_save_file_groups_the_signals(self):
        """Every signal once, in its tile's groups, with the format of its values, under the name that the viewer gives it."""
        for name, states, suffix in (("vcd", "28", ""), ("fst", "100000028", "[2:0]")):
            run = self.run_once(f"layout-{name}", f"observe.waveform.format={name}", f'observe.waveform.signals=["{TILE}", "wafer.io.input_0"]')
            lines = (run / "wave.gtkw").read_text(encoding="utf-8").splitlines()
            self.assertIn(f'[dumpfile] "wave.{name}"', lines)
            shown = [line.split("} ")[1] for line in lines if line.startswith("+{")]
            listed = waferloom("list", "signals", TILE, "smoke").splitlines() + waferloom("list", "signals", "wafer.io.input_0", "smoke").splitlines()
            self.assertEqual(sorted(line.split()[0] for line in listed), sorted(line.split("[")[0] for line in shown))
            at = lines.index(f"+{{state}} wafer.reticle_0_0.tile_3_4.pe.state{suffix}")
            self.assertEqual(f"@{states}", lines[at - 1])
            self.assertEqual("-tile_3_4 pe", lines[max(i for i in range(at) if lines[i].startswith("-"))])
            self.assertIn(f"+{{north state}} wafer.reticle_0_0.tile_3_4.router.north.state{suffix}", lines)
            self.assertIn("+{input_0} wafer.reticle_0_0.tile_3_4.pe.input_0[15:0]", lines)
            self.assertEqual(sum(line == "@800200" for line in lines), sum(line == "@1000200" for line in lines))

    def test_the_file_names_the_program_and_no_date(self):
        text = (self.vcd / "wave.vcd").read_text(encoding="utf-8")
        version = waferloom("--version").split()[1]
        self.assertTrue(text.startswith(f"$date\n  none: the same run gives the same file\n$end\n$version\n  waferloom {version}\n$end\n"), text[:200])

    def test_the_cycle_is_counted_where_it_is_asked_for(self):
        run = self.run_once("cycle", "observe.waveform.format=vcd", f'observe.waveform.signals=["{TILE}.pe.state", "wafer.cycle"]',
                            "observe.waveform.window=[20 us, 21 us]")
        period = 1e15 / 850e6
        counted = 0
        text = (run / "wave.vcd").read_text(encoding="utf-8")
        identifier = re.search(r"\$var wire 48 (\S+) cycle", text)[1]
        time = 0
        for line in text.splitlines():
            if line.startswith("#"):
                time = int(line[1:])
            elif line.startswith("b") and line.split()[1] == identifier:
                self.assertAlmostEqual(time / period, int(line.split()[0][1:], 2), delta=0.01)
                counted += 1
        self.assertAlmostEqual(850, counted, delta=2)
        self.assertNotIn("wafer.cycle", waferloom("list", "signals", "wafer", "smoke"))

    def test_collectives_have_waveforms(self):
        run = self.run_once("collective", "observe.waveform.format=vcd", "observe.waveform.signals=wafer.*.*.router.*.state",
                            scenario=str(SOURCE / "scenarios" / "collectives" / "broadcast.yaml"))
        changes = read_vcd((run / "wave.vcd").read_text(encoding="utf-8"))
        self.assertTrue(any(value == "busy" for list_ in changes.values() for _, value in list_))

    def test_bad_input(self):
        self.refused("expected a pattern that matches something, got wafer.*.tile_99_99", "observe.waveform.signals=wafer.*.tile_99_99")
        self.refused("expected a pattern that matches something at fidelity burst, got wafer.*.*.router.queued",
                     "observe.waveform.signals=wafer.*.*.router.queued", "fidelity=burst")
        self.refused(r"observe\.waveform\.window: expected all or two of time", "observe.waveform.window=[2 us, 1 us]")
        self.refused(r"observe\.waveform\.window: expected all or two of time", "observe.waveform.window=[1, 2]")
        self.refused("expected fst or vcd|expected one of fst", "observe.waveform.format=wlf")

    def test_a_run_that_fails_leaves_no_waveform(self):
        out = self.top / "stuck"
        waferloom("run", "smoke", "--out", out, *sets("observe.waveform.signals=wafer.*.tile_3_4", "simulation.max_cycles=1000"), status=STUCK)
        self.assertFalse((out / "wave.fst").exists())


class WaveformOfBursts(InSharedDirectory):
    """States over time, where no wavelet is followed."""
    MODEL = "name: layered\ndescription: d\nlayers: 14\nhidden: 64\nheads: 4\nffn: 256\nvocabulary: 512\nsequence: 32\n"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.top / "layered.yaml").write_text(cls.MODEL, encoding="utf-8")
        cls.plain = cls.run_once("plain")
        cls.seen = cls.run_once("seen", f'observe.waveform.signals=["{TILE}", "wafer.io"]', "observe.waveform.format=vcd")
        cls.changes = read_vcd((cls.seen / "wave.vcd").read_text(encoding="utf-8"))
        cls.end = json.loads((cls.plain / "result.json").read_text(encoding="utf-8"))["metrics"]["cycles"]["value"] * CLOCK_FS

    @classmethod
    def run_once(cls, name, *settings):
        out = cls.top / name
        settings = ("fidelity=burst", f"workload.model={cls.top / 'layered.yaml'}", *settings)
        waferloom("run", "smoke", "--out", out, *sets(*settings))
        return out

    def cycles_in(self, signal, *states):
        changes = self.changes[signal]
        return sum(until - time for (time, value), (until, _) in zip(changes, [*changes[1:], (self.end, None)])
                   if value in states) / CLOCK_FS

    def tile_row(self, name):
        with open(self.plain / name, encoding="utf-8", newline="") as lines:
            return [row for row in csv.DictReader(lines) if (row["x"], row["y"]) == ("3", "4")]

    def test_observing_changes_no_result(self):
        self.assertIn("layers simulated", (self.plain / "result.json").read_text(encoding="utf-8"))  # folded
        for name in ("tiles.csv", "links.csv", "layers.csv", "timeline.pftrace"):
            self.assertEqual((self.plain / name).read_bytes(), (self.seen / name).read_bytes(), name)

    def test_a_link_is_busy_for_no_less_than_its_wavelets(self):
        links = {row["direction"]: int(row["wavelets"]) for row in self.tile_row("links.csv")}
        for direction in ("east", "west", "north"):
            busy = self.cycles_in(f"{TILE}.router.{direction}.state", "busy", "stalled")
            self.assertGreaterEqual(busy + 1, links[direction], direction)
            self.assertLess(busy, self.end / CLOCK_FS, direction)

    def test_the_pe_works_and_waits_and_ends_idle(self):
        row, = self.tile_row("tiles.csv")
        self.assertGreaterEqual(self.cycles_in(f"{TILE}.pe.state", "arithmetic", "sram", "streaming") * 1.001, int(row["busy_cycles"]))
        self.assertGreater(self.cycles_in(f"{TILE}.pe.state", "waiting_for_input"), 0)
        self.assertEqual("idle", self.changes[f"{TILE}.pe.state"][-1][1])

    def test_the_operation_and_its_layer_are_those_under_way(self):
        whole = self.run_once("whole", "burst.fold=false")
        shown, _ = check_operations(self, self.changes, whole)
        self.assertEqual({f"layer_{i}" for i in range(14)}, {layer for layer, _ in shown if layer.startswith("layer_")})

    def test_the_whole_step_is_seen(self):
        row, = self.tile_row("tiles.csv")
        sram = self.changes[f"{TILE}.sram.used"]
        self.assertEqual(int(row["sram_high_water_bytes"]), max(value for _, value in sram))
        # What follows is the host's optimizer.
        self.assertGreater(max(time for changes in self.changes.values() for time, _ in changes) / self.end, 0.95)
        inputs = {name: changes for name, changes in self.changes.items() if name.startswith("wafer.io.input_")}
        self.assertTrue(any(value == "busy" for changes in inputs.values() for _, value in changes))
        for name, changes in inputs.items():
            self.assertEqual("idle", changes[-1][1], name)

    def test_only_signals_that_exist(self):
        for name in self.changes:
            self.assertRegex(name, r"\.(state|operation|layer|used)$")

    def test_a_window_is_a_part_of_the_whole(self):
        window = self.run_once("window", f"observe.waveform.signals={TILE}", "observe.waveform.format=vcd",
                               "observe.waveform.window=[100 us, 200 us]")
        part = read_vcd((window / "wave.vcd").read_text(encoding="utf-8"))
        begin, end = 100 * 10**9, 200 * 10**9
        for name, changes in part.items():
            whole = self.changes[name]
            self.assertEqual([value for time, value in whole if time <= begin][-1], changes[0][1], name)
            self.assertEqual([(time, value) for time, value in whole if begin + CLOCK_FS < time < end - CLOCK_FS],
                             [(time, value) for time, value in changes[1:] if begin + CLOCK_FS < time < end - CLOCK_FS], name)


class WaveletLog(InSharedDirectory):
    """The lines that viewers of the Cerebras SDK's fabric simulator read."""
    LANDING = re.compile(r"@(\d+) P(\d+)\.(\d+) \(\w+\) landing C(\d+) from link ([NSWER]), ctrl=[01], data=[0-9a-f]{8}")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = cls.run_once("whole", "observe.wavelet_log.tiles=wafer.*.tile_3_[45]")
        lines = (cls.whole / "wavelets.log").read_text(encoding="utf-8").splitlines()
        cls.head, cls.landings = lines[0], [cls.LANDING.fullmatch(line).groups() for line in lines[1:]]

    @classmethod
    def run_once(cls, name, *settings):
        out = cls.top / name
        waferloom("run", "smoke", "--out", out, *sets(*settings))
        return out

    def test_every_wavelet_sent_to_the_tile_lands_once(self):
        self.assertEqual("@0 dimX=8, dimY=10", self.head)
        with open(self.whole / "links.csv", encoding="utf-8", newline="") as lines:
            links = {(row["x"], row["y"], row["direction"]): int(row["wavelets"]) for row in csv.DictReader(lines)}
        count = {letter: sum(where == ("3", "4") and link == letter for _, *where_, _, link in self.landings for where in [tuple(where_)])
                 for letter in "NSWE"}
        self.assertEqual({"N": links.get(("3", "3", "south"), 0), "S": links.get(("3", "5", "north"), 0),
                          "W": links.get(("2", "4", "east"), 0), "E": links.get(("4", "4", "west"), 0)}, count)
        with open(self.whole / "tiles.csv", encoding="utf-8", newline="") as lines:
            injected = next(int(row["injected_wavelets"]) for row in csv.DictReader(lines) if (row["x"], row["y"]) == ("3", "4"))
        self.assertEqual(injected, sum(where[1:3] == ("3", "4") and where[4] == "R" for where in self.landings))

    def test_cycles_never_go_back_and_a_window_is_a_part(self):
        cycles = [int(landing[0]) for landing in self.landings]
        self.assertEqual(sorted(cycles), cycles)
        window = self.run_once("window", "observe.wavelet_log.tiles=wafer.*.tile_3_[45]", "observe.wavelet_log.window=[20 us, 40 us]",
                               "simulation.region_width=3")
        lines = (window / "wavelets.log").read_text(encoding="utf-8").splitlines()[1:]
        self.assertEqual([landing for landing in self.landings if 17000 <= int(landing[0]) < 34000],
                         [self.LANDING.fullmatch(line).groups() for line in lines])

    def test_bad_input(self):
        for setting, said in (("observe.wavelet_log.tiles=wafer.*.tile_99_99", "matches something, got wafer.*.tile_99_99"),
                              ("observe.wavelet_log.window=[2 us]", "observe.wavelet_log.window: expected all or two of time")):
            errors = waferloom("run", "smoke", "--out", self.top / "bad", "--set", setting, status=BAD_INPUT)
            shutil.rmtree(self.top / "bad", ignore_errors=True)
            self.assertIn(said, errors)


if __name__ == "__main__":
    main()
