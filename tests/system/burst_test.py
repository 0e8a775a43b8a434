# SPDX-License-Identifier: Apache-2.0
"""Fidelity burst as a user sees it: what it counts is what wavelets count, folding changes nothing, choices are the
fastest, sets make a table.

usage: burst_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, main, result_of, rows_of, sets, waferloom  # noqa: E402

MODEL = """name: layered
description: "a transformer of fourteen layers"
layers: 14
hidden: 64
heads: 4
ffn: 256
vocabulary: 512
sequence: 32
"""

# How candidates are judged at first (wafer/burst/judge.hpp), as far as they are not folded.
COARSE = ("burst.blocks=24", "burst.rows=2")


class Burst(InDirectory):
    def setUp(self):
        super().setUp()
        self.write("layered.yaml", MODEL)

    def waferloom(self, *arguments, status=0):
        return waferloom(*arguments, status=status, cwd=self.top)

    def run_smoke(self, name, *settings, options=(), fidelity="burst"):
        stdout = self.waferloom("run", "smoke", "--fidelity", fidelity, "--out", self.top / name, *options, *sets(*settings))
        return result_of(self.top / name), stdout

    def rows(self, name, file, *columns):
        return [[row[column] for column in columns] for row in rows_of(self.top / name / file)]

    def test_samples_of_the_links_add_up_and_lie_where_the_wavelets_are(self):
        directions = ("north", "south", "west", "east")
        middles = {}
        for fidelity in ("burst", "wavelet"):
            self.run_smoke(fidelity, "observe.link_samples=32", "workload.batch=2", fidelity=fidelity)
            links = {direction: sum(int(w) for d, w in self.rows(fidelity, "links.csv", "direction", "wavelets") if d == direction)
                     for direction in directions}
            samples = [list(map(int, row)) for row in self.rows(fidelity, "link_samples.csv", "begin_cycle", "end_cycle", *directions)]
            for column, direction in enumerate(directions, 2):
                self.assertEqual(links[direction], sum(row[column] for row in samples), direction)
            self.assertLessEqual(len({row[0] for row in samples}), 32)
            # The mean time at which a wavelet is sent, as a share of the run.
            weights = [(sum(row[2:]), row[0] + row[1]) for row in samples]
            middles[fidelity] = sum(w * t for w, t in weights) / sum(w for w, _ in weights) / 2 / max(row[1] for row in samples)
        self.assertAlmostEqual(middles["wavelet"], middles["burst"], delta=0.03)
        self.run_smoke("none", "observe.link_samples=0")
        self.assertFalse((self.top / "none" / "link_samples.csv").exists())

    def test_a_relay_goes_on_when_a_tap_that_passes_nothing_on_has_taken(self):
        self.write("small.yaml", "name: small\nlayers: 1\nhidden: 3\nheads: 1\nffn: 1\nvocabulary: 1\nsequence: 1\n")
        cycles = {}
        for fidelity in ("burst", "wavelet"):
            result, _ = self.run_smoke(fidelity, "workload.model=./small.yaml", "workload.batch=6", "workload.lanes=3",
                                       "workload.rectangle={x: 0, y: 1, width: 3, height: 1}", "io.channels=1",
                                       "memoryx.bandwidth=5 Gb/s", fidelity=fidelity)
            cycles[fidelity] = result["metrics"]["cycles"]["value"]
        self.assertAlmostEqual(1, cycles["burst"] / cycles["wavelet"], delta=0.03)

    def test_what_a_coarse_grid_makes_of_lanes_is_told(self):
        told = {}
        for lanes, tiles in ((2, 8), (2, 0), (2, 16), (1, 8)):
            result, _ = self.run_smoke(f"{lanes}-{tiles}", "hardware=mesh16", "workload.batch=2", f"workload.lanes={lanes}", f"burst.tiles={tiles}")
            told[lanes, tiles] = any(each.startswith("lanes have few columns each") for each in result["approximations"])
        self.assertEqual({(2, 8): True, (2, 0): False, (2, 16): False, (1, 8): False}, told)

    def run_layer(self, name, width, height, *settings, fidelity="burst", model="./model.yaml", **keys):
        """Cycles and bytes to the host of a layer of a model with these keys on so many tiles."""
        self.write("model.yaml", "\n".join(f"{key}: {value}" for key, value in {"name": "model", "layers": 1, "vocabulary": 64, **keys}.items()) + "\n")
        self.write("layer.yaml", f"""hardware: wse2
fabric: {{ width: {width + 2}, height: {height + 4}, program: {{ x: 1, y: 1, width: {width}, height: {height} }} }}
pe: {{ kernel_load: 0 us }}
workload: {{ strategy: weight_streaming, batch: 1, sequence: {keys["sequence"]}, layers: 0, activations: keep }}
""")
        if model:
            settings = (f"workload.model={model}", *settings)
        self.waferloom("run", "layer.yaml", "--fidelity", fidelity, "--out", self.top / name, *sets(*settings))
        metrics = result_of(self.top / name)["metrics"]
        return metrics["cycles"]["value"], metrics["bytes_out"]["value"]

    def test_gradients_keep_the_output_channels_busy(self):
        # With an all-gather of output gradients, nearest owner first, columns waited for each other: 1.7 times as long.
        rate = 48e9 / 8 / 850e6
        cycles, bytes_out = self.run_layer("weights", 30, 12, "workload.phases=[backward_weight]", "io={channels: 6, bandwidth: 48 Gb/s}",
                                           "memoryx.bandwidth=48 Gb/s", hidden=832, heads=8, ffn=3328, sequence=120)
        self.assertLess(cycles, 1.25 * bytes_out / rate)

    def test_roots_that_alternate_do_not_hold_up_a_row(self):
        cycles = {}
        keys = {"hidden": 72, "heads": 2, "ffn": 288, "sequence": 128}
        settings = ("workload.phases=[forward]", "io={channels: 3, bandwidth: 60 Gb/s}", "memoryx.bandwidth=60 Gb/s")
        for fidelity in ("burst", "wavelet"):
            cycles["alternating", fidelity], _ = self.run_layer(f"a-{fidelity}", 24, 1, *settings, fidelity=fidelity, **keys)
        self.waferloom("trace", "build", "layer.yaml", "--out", self.top / "step.trace", *sets("workload.model=./model.yaml", *settings))
        text = (self.top / "step.trace").read_text(encoding="utf-8")
        self.assertIn('"root":"alternating"', text)
        lines = [line.rsplit("\t", 1)[0].replace('"root":"alternating"', '"root":"rotating"') for line in text.splitlines()[:-1]]
        self.write("edited", "\n".join(lines) + "\n")
        self.waferloom("trace", "seal", self.top / "edited", self.top / "rotating.trace")
        for fidelity in ("burst", "wavelet"):
            cycles["rotating", fidelity], _ = self.run_layer(f"r-{fidelity}", 24, 1, *settings[1:], "workload={trace: ./rotating.trace}",
                                                             fidelity=fidelity, model=None, **keys)
        for fidelity in ("burst", "wavelet"):
            self.assertLess(cycles["alternating", fidelity], 0.95 * cycles["rotating", fidelity])
        for root in ("alternating", "rotating"):
            self.assertAlmostEqual(1, cycles[root, "burst"] / cycles[root, "wavelet"], delta=0.05)

    def test_results_tell_the_grid_that_they_were_found_on(self):
        told = {}
        for hardware, tiles in (("mesh8", 16), ("mesh16", 16), ("mesh16", 4), ("mesh16", 0)):
            result, _ = self.run_smoke(f"{hardware}-{tiles}", f"hardware={hardware}", f"burst.tiles={tiles}")
            told[hardware, tiles] = [each for each in result["approximations"] if each.startswith("a grid")]
        self.assertEqual({("mesh8", 16): [], ("mesh16", 16): ["a grid of 16 x 8 tiles stands for the 16 x 16 of the program"],
                          ("mesh16", 4): ["a grid of 4 x 4 tiles stands for the 16 x 16 of the program"], ("mesh16", 0): []}, told)

    def test_results_wait_for_a_slow_host(self):
        # The host takes gradients at its own rate: with a slow one they are what the step waits for.
        times = {}
        for rate in ("2.5 Gb/s", "40 Gb/s"):
            for fidelity in ("burst", "wavelet"):
                result, _ = self.run_smoke(f"{fidelity} {rate[0]}", "workload.phases=[backward_weight, update]", "workload.layers=[0]",
                                           f"memoryx.bandwidth={rate}", fidelity=fidelity)
                times[fidelity, rate] = result["metrics"]["cycles"]["value"]
            self.assertAlmostEqual(1, times["burst", rate] / times["wavelet", rate], delta=0.05)
        self.assertGreater(times["burst", "2.5 Gb/s"], 1.5 * times["burst", "40 Gb/s"])

    def test_channels_wait_in_one_queue_for_a_slow_host(self):
        # At fixed shares of the host they were 7 and 24 % below.
        for name, settings in {"four": ("io.channels=4",), "sixteen": ("hardware=mesh16", "io.channels=16")}.items():
            cycles = {fidelity: self.run_smoke(name + fidelity, "memoryx.bandwidth=5 Gb/s", *settings,
                                               fidelity=fidelity)[0]["metrics"]["cycles"]["value"]
                      for fidelity in ("burst", "wavelet")}
            self.assertAlmostEqual(1, cycles["burst"] / cycles["wavelet"], delta=0.01, msg=name)

    def test_a_block_of_weights_may_be_larger_than_its_channels_buffer(self):
        # It leaves the host in pieces, each when the PEs have taken enough of those before; columns that share a
        # channel wait for each other's room besides.
        def error(name, rectangle, *settings):
            cycles = {}
            for fidelity in ("burst", "wavelet"):
                result, _ = self.run_smoke(f"{name} {fidelity}", f"workload.rectangle={rectangle}", "io.transaction=256 B",
                                           "memoryx.bandwidth=1 Tb/s", "io.bandwidth=160 Gb/s", *settings, fidelity=fidelity)
                cycles[fidelity] = result["metrics"]["cycles"]["value"]
            return abs(cycles["burst"] / cycles["wavelet"] - 1)
        line = "{x: 0, y: 1, width: 1, height: 4}"
        square = "{x: 0, y: 1, width: 4, height: 4}"
        self.assertLess(error("line", line, "io.channels=8", "io.buffer=2 KiB"), 0.01)
        self.assertLess(error("square", square, "io.channels=8", "io.buffer=512 B", "workload.batch=4"), 0.01)
        self.assertLess(error("shared", square, "io.channels=2", "io.buffer=2 KiB", "workload.batch=4"), 0.04)

    def test_lanes_take_turns_on_a_channel_that_serves_two_of_them(self):
        # In the order in which the host sends their streams, if these are longer than what the channel holds.
        def error(name, *settings):
            cycles = {}
            for fidelity in ("burst", "wavelet"):
                result, _ = self.run_smoke(f"{name} {fidelity}", "hardware=mesh16", "workload.sequence=16", "workload.phases=forward",
                                           "workload.lane_copies=io", "io={transaction: 256 B, buffer: 4 KiB}", *settings,
                                           fidelity=fidelity)
                cycles[fidelity] = result["metrics"]["cycles"]["value"]
            return abs(cycles["burst"] / cycles["wavelet"] - 1)
        four = ("workload.batch=4", "workload.lanes=4")
        said = [any(each.startswith("I/O channels serve columns of two lanes") for each in self.run_smoke(
            f"{channels} {copies}", "hardware=mesh16", f"io.channels={channels}", f"workload.lane_copies={copies}", *four)[0]["approximations"])
            for channels, copies in ((2, "io"), (4, "fabric"))]
        self.assertEqual([True, False], said)
        three = ("workload.batch=3", "workload.lanes=3")
        self.assertLess(error("4 on 2", "io.channels=2", *four), 0.01)
        self.assertLess(error("3 on 2", "io.channels=2", *three), 0.03)
        self.assertLess(error("4 on 3", "io.channels=3", *four), 0.04)
        self.assertLess(error("3 on 4", "io.channels=4", *three), 0.12)

    def test_where_a_lane_ends_among_a_channels_columns_matters_on_no_grid(self):
        cycles = []
        for tiles in (32, 80):
            self.waferloom("run", "gpt3-xl", "--out", self.top / f"{tiles}", *sets(
                "workload.model=cerebras-gpt-2.7b", "workload.batch=128", "workload.lanes=4", "workload.activations=spill",
                "workload.layers=[0, 1]", f"burst.tiles={tiles}", "observe.timeline=false", "observe.maps=false"))
            cycles.append(result_of(self.top / f"{tiles}")["metrics"]["cycles"]["value"])
        self.assertLess(cycles[1] / cycles[0], 1.02)

    def test_it_counts_what_every_wavelet_counts(self):
        mesh16 = "hardware=mesh16"
        layered = f"workload.model={self.top}/five.yaml"
        small = f"workload.model={self.top}/two.yaml"
        for name, layers, sequence in (("two", 2, 32), ("five", 5, 16)):
            self.write(f"{name}.yaml", f"name: {name}\nlayers: {layers}\nhidden: 64\nheads: 4\nffn: 128\nvocabulary: 64\nsequence: {sequence}\n")
        for number, settings in enumerate([
                (), ("workload.activations=spill", "workload.batch=2"), ("workload.batch=4", "workload.micro_batch=2"),
                (mesh16, "workload.batch=2", "workload.lanes=2", "workload.activations=recompute"),
                (mesh16, "workload.batch=4", "workload.lanes=4", "workload.sparsity=0.5"),
                (mesh16, "workload.batch=3", "workload.lanes=3", "workload.activations=spill"),
                (mesh16, "workload.batch=4", "workload.lanes=4", "workload.lane_copies=io"),
                # A channel that serves two lanes, and a buffer that holds little of what one of them takes.
                (mesh16, "workload.batch=3", "workload.lanes=3", "io={transaction: 256 B, buffer: 2 KiB}"),
                (mesh16, "workload.batch=2", "workload.lanes=2", "workload.rectangle={x: 1, y: 1, width: 16, height: 4}"),
                ("workload.batch=3", "workload.parts=2"), ("workload.batch=12", "workload.parts=4"),
                (mesh16, layered, "workload.batch=6", "workload.lanes=2", "workload.parts=2",
                 "workload.activations=spill", "workload.input_every=2", "workload.recomputed_layers=3",
                 "workload.recomputed=[qkv, attention]"),
                (layered, "workload.batch=2", "workload.activations=spill", "workload.spilled_layers=2"),
                (layered, "workload.batch=4", "workload.micro_batch=2", "workload.activations=recompute",
                 "workload.input_every=3", "workload.recomputed=mlp_up"),
                (mesh16, "workload.batch=4", "workload.strategy=layer_pipelined"),
                (mesh16, "workload.batch=6", "workload.micro_batch=2", "workload.strategy=layer_pipelined",
                 "workload.activations=recompute")]):
            with self.subTest(settings):
                # All but the plain step of a smaller model, whose counts tell as much.
                model = () if not settings or layered in settings else (small,)
                burst, _ = self.run_smoke(f"b{number}", *settings, *model)
                wavelet, _ = self.run_smoke(f"w{number}", *settings, *model, fidelity="wavelet")
                for metric in ("multiply_accumulates", "wavelet_hops", "wavelets_injected", "wavelets_delivered",
                               "bytes_in", "bytes_out", "sram_high_water"):
                    self.assertEqual(wavelet["metrics"][metric], burst["metrics"][metric], metric)
                for file, columns in (("links.csv", ("x", "y", "direction", "wavelets")),
                                      ("tiles.csv", ("x", "y", "received_wavelets", "injected_wavelets")),
                                      ("layers.csv", ("layer", "phase", "operation", "micro_batch", "wavelet_hops"))):
                    self.assertEqual(self.rows(f"w{number}", file, *columns), self.rows(f"b{number}", file, *columns))
                self.assertEqual(wavelet["metrics"]["wavelet_hops"]["value"],
                                 sum(int(hops) for hops, in self.rows(f"b{number}", "layers.csv", "wavelet_hops")))

    def test_the_same_scenario_gives_the_same_bytes(self):
        for name in ("first", "second"):
            self.run_smoke(name, "workload.batch=4", "workload.micro_batch=2")
        for file in ("result.json", "layers.csv", "links.csv", "tiles.csv", "timeline.pftrace"):
            self.assertEqual((self.top / "first" / file).read_bytes(), (self.top / "second" / file).read_bytes(), file)

    def test_folding_changes_nothing(self):
        model = f"workload.model={self.top}/layered.yaml"
        for number, (settings, what) in enumerate((
                ((), ["5 of 14 layers"]), (("workload.activations=spill",), ["5 of 14 layers"]),
                # Working buffers that would be larger if there were only the layers that are simulated.
                (("workload.batch=2", "pe.sram=24 KiB"), ["5 of 14 layers"]),
                (("workload.activations=spill", "workload.spilled_layers=6"), ["10 of 14 layers"]),
                (("workload.activations=spill", "workload.spilled_layers=9", "workload.recomputed_layers=2"), ["12 of 14 layers"]),
                (("workload.batch=8", "workload.micro_batch=1"), ["layers", "micro-batches"]))):
            with self.subTest(settings):
                folded, stdout = self.run_smoke(f"f{number}", model, *settings)
                whole, plain = self.run_smoke(f"n{number}", model, *settings, options=["--no-fold"])
                self.assertEqual([], whole["folded"])
                self.assertNotIn("folded", plain)
                self.assertEqual(len(what), len(folded["folded"]), folded["folded"])
                for text, line in zip(what, folded["folded"]):
                    self.assertIn(text, line)
                    self.assertIn(f"folded: {line}", stdout)
                # What is left out may differ by 1e-5 (wafer/burst/fold.cpp).
                cycles = whole["metrics"]["cycles"]["value"]
                self.assertAlmostEqual(1, folded["metrics"]["cycles"]["value"] / cycles, delta=1e-5)
                for metric, value in whole["metrics"].items():
                    self.assertAlmostEqual(1, folded["metrics"][metric]["value"] / value["value"], delta=1e-5, msg=metric)
                columns = ("layer", "phase", "operation", "micro_batch", "macs", "bytes_in", "bytes_out", "wavelet_hops")
                self.assertEqual(self.rows(f"n{number}", "layers.csv", *columns), self.rows(f"f{number}", "layers.csv", *columns))
                for one, other in zip(self.rows(f"n{number}", "layers.csv", "start_cycle", "end_cycle"),
                                      self.rows(f"f{number}", "layers.csv", "start_cycle", "end_cycle")):
                    for a, b in zip(one, other):
                        self.assertLessEqual(abs(int(a) - int(b)), 1e-5 * cycles)

    def test_energy_adds_up(self):
        for fidelity in ("burst", "wavelet"):
            result, _ = self.run_smoke(fidelity, fidelity=fidelity)
            energy = result["energy"]
            parts = {name: part["value"] for name, part in energy["components"].items()}
            self.assertTrue(all(part > 0 for part in parts.values()), parts)
            self.assertAlmostEqual(1, sum(parts.values()) / energy["total"]["value"])
            layers = sum(float(value) for value, in self.rows(fidelity, "layers.csv", "energy_j"))
            self.assertAlmostEqual(1, (layers + parts["idle"]) / energy["total"]["value"], places=4)
            time = result["metrics"]["time"]["value"]
            self.assertAlmostEqual(1, energy["total"]["value"] / time / energy["average_power"]["value"])
            # By hand: 10 x 8 tiles of 21.35 mW.
            self.assertAlmostEqual(1, parts["idle"] / (80 * 21.35e-3 * time))

    def test_what_is_left_open_is_the_fastest_candidate(self):
        settings = ("hardware=mesh16", "io.channels=4", "workload.batch=4")
        chosen, stdout = self.run_smoke("auto", *settings, "workload.auto=both")
        choice = chosen["choice"]
        tried = {(c["lanes"], c["micro_batch"]): c for c in choice["candidates"] if "coarse_cycles" in c}
        self.assertLessEqual({(1, 4), (2, 4), (4, 4)}, set(tried))
        bound = self.within_margin(choice)
        taken = (choice["lanes"], choice["micro_batch"])
        fine = {name: c["cycles"]["value"] for name, c in tried.items() if "cycles" in c}
        self.assertEqual(min(fine.values()), fine[taken])
        self.assertEqual(fine[taken], chosen["metrics"]["cycles"]["value"])
        self.assertIn(f"auto: lanes {taken[0]}, micro-batch {taken[1]}", stdout)
        self.assertEqual("none", chosen["configuration"]["workload"]["auto"])
        for number, ((lanes, batch), candidate) in enumerate(tried.items()):
            coarse = candidate["coarse_cycles"]["value"]
            self.assertEqual((lanes, batch) in fine, coarse <= bound)
            mapping = (f"workload.lanes={lanes}", f"workload.micro_batch={batch}")
            alone, _ = self.run_smoke(f"coarse{number}", *settings, *mapping, *COARSE)
            self.assertEqual(coarse, alone["metrics"]["cycles"]["value"])
            if (lanes, batch) in fine:
                alone, _ = self.run_smoke(f"fine{number}", *settings, *mapping)
                self.assertEqual(fine[lanes, batch], alone["metrics"]["cycles"]["value"])

    def test_one_processor_chooses_as_several_do(self):
        settings = ("hardware=mesh16", "io.channels=4", "workload.batch=4", "workload.auto=all")
        processors = os.sched_getaffinity(0)
        self.run_smoke("several", *settings)
        try:
            os.sched_setaffinity(0, {min(processors)})
            self.run_smoke("one", *settings)
        finally:
            os.sched_setaffinity(0, processors)
        self.assertEqual(*((self.top / name / "result.json").read_bytes() for name in ("several", "one")))

    def within_margin(self, choice):
        """What a candidate may take coarsely to be looked at closely."""
        return 1.03 * min(c["coarse_cycles"]["value"] for c in choice["candidates"] if "coarse_cycles" in c)

    def test_what_cannot_be_the_fastest_is_passed_over(self):
        settings = ("hardware=mesh16", "io.bandwidth=0.002 Tb/s", "workload.batch=16", "workload.sequence=8")
        chosen, stdout = self.run_smoke("auto", *settings, "workload.auto=all")
        passed_over = [c for c in chosen["choice"]["candidates"] if "at_least" in c]
        self.assertTrue(passed_over, chosen["choice"]["candidates"])
        for number, candidate in enumerate(passed_over):
            self.assertGreater(candidate["at_least"]["value"], self.within_margin(chosen["choice"]))
            alone, _ = self.run_smoke(f"alone{number}", *settings, *COARSE, f"workload.lanes={candidate['lanes']}",
                                      f"workload.micro_batch={candidate['micro_batch']}",
                                      f"workload.activations={candidate['activations']}")
            self.assertGreaterEqual(alone["metrics"]["cycles"]["value"], candidate["at_least"]["value"])
        self.assertIn("passed over, its I/O alone takes ", stdout)

    def test_micro_batches_that_do_not_fit_are_passed_over(self):
        chosen, _ = self.run_smoke("auto", "workload.batch=256", "workload.auto=micro_batch")
        refused = [c for c in chosen["choice"]["candidates"] if "refused" in c]
        self.assertTrue(refused and all("does not fit the SRAM" in c["refused"] for c in refused))
        self.assertLess(chosen["choice"]["micro_batch"], 256)

    def test_maps_can_be_left_out(self):
        with_maps, _ = self.run_smoke("with")
        without, _ = self.run_smoke("without", "observe.maps=false")
        self.assertEqual(with_maps["metrics"], without["metrics"])
        self.assertTrue((self.top / "with" / "links.csv").exists())
        for name in ("links.csv", "tiles.csv"):
            self.assertFalse((self.top / "without" / name).exists())

    def test_a_set_becomes_a_table(self):
        (self.top / "one.yaml").write_text("hardware: mesh8\nworkload: { model: tiny }\nfidelity: burst\n", encoding="utf-8")
        (self.top / "set.yaml").write_text("scenarios: [one.yaml, smoke]\n", encoding="utf-8")
        self.assertEqual("./set.yaml: 2 scenarios, all valid\n", self.waferloom("check", "./set.yaml"))
        stdout = self.waferloom("run", "./set.yaml", "--out", "table", "--set", "workload.batch=2")
        self.assertEqual(2, sum(line.startswith("tiny ") for line in stdout.splitlines()))
        rows = self.rows("table", "table.csv", "scenario", "batch", "step_s", "weight_bytes", "wafer_sram_bytes")
        for row, name in zip(rows, ("one", "smoke"), strict=True):
            result = json.loads((self.top / "table" / name / "result.json").read_text(encoding="utf-8"))
            self.assertEqual([name, "2"], row[:2])
            self.assertAlmostEqual(1, float(row[2]) / result["metrics"]["time"]["value"])
            self.assertEqual(2 * result["trace"]["parameters"], int(row[3]))
            self.assertEqual(80 * 48 * 1024, int(row[4]))

    def test_a_set_with_faults_is_refused(self):
        for text, said in (("scenarios: [smok]\n", "bad.yaml:1:13: scenarios: smok: expected a scenario file, a kernel (waferloom list kernels) or one of "),
                           ("scenarios: []\n", "bad.yaml:1:12: scenarios: expected a list of names or paths"),
                           ("scenarios: [smoke]\nseed: 1\n", "bad.yaml:2:1: seed: expected scenarios or description")):
            (self.top / "bad.yaml").write_text(text, encoding="utf-8")
            self.assertIn(said, self.waferloom("run", "./bad.yaml", "--out", "out", status=2))
            self.assertFalse((self.top / "out").exists())

    def test_bad_input_is_refused(self):
        for settings, said in (
                (("workload.batch=4", "workload.micro_batch=3"), "workload.micro_batch: expected a divisor of workload.batch, 4"),
                (("workload.batch=4", "workload.lanes=3"), "workload.lanes: expected a divisor of the sequences on the wafer at once, 4"),
                (("workload.activations=forget",), "workload.activations: expected one of keep, recompute, spill"),
                (("workload.auto=lanes", "fidelity=wavelet"), "workload.auto: expected none at fidelity wavelet"),
                (("workload.auto=lanes", "workload.batch=4000000"), "workload.auto: expected a candidate that can run, got none")):
            with self.subTest(settings):
                said_by = self.waferloom("run", "smoke", "--set", "fidelity=burst", *sets(*settings), "--out", "out", status=2)
                self.assertIn(said, said_by)
                self.assertFalse((self.top / "out").exists())


if __name__ == "__main__":
    main()
