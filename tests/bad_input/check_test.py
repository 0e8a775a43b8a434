# SPDX-License-Identifier: Apache-2.0
"""What can be known before time runs: `check`, `run` and studies refuse it alike, with one message.

usage: check_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, main, run_program, sets, waferloom  # noqa: E402

MODEL = "layers: 2\nhidden: 64\nheads: 4\nffn: 256\nvocabulary: 512\nsequence: 32\n"
STEP = "hardware: mesh8\nworkload: {{ {} }}\n"
TABLE = ("fabric: { router: xy, width: 4, height: 4 }\n"
         "traffic: { pattern: table, table: ./rates.txt, warmup: 100 cycles, sample: 100 cycles }\n")


class Refused(InDirectory):
    def refused(self, *arguments):
        """What a command that fails says."""
        done = self.run_here(*arguments, status=BAD_INPUT)
        self.assertEqual("", done.stdout)
        return done.stderr

    def assert_refused(self, text, said, *overrides):
        """By all three, before anything is written."""
        scenario = self.write("scenario.yaml", text).name
        check = self.refused("check", scenario, *sets(*overrides))
        self.assertRegex(check, said)
        self.assertEqual(check, self.refused("run", scenario, *sets(*overrides)))
        self.assertFalse((self.top / "runs").exists())
        study = "base: ./scenario.yaml\nmetrics: [cycles]\nvary: { seed: [1, 2] }\n"
        if overrides:
            study += "set: { " + ", ".join(override.replace("=", ": ", 1) for override in overrides) + " }\n"
        sweep = waferloom("sweep", self.write("study.yaml", study), "--no-cache", "--out", "out", status=BAD_INPUT, cwd=self.top)
        self.assertRegex(sweep, said)
        self.assertIn("point with seed = 1", sweep)
        self.assertFalse((self.top / "out").exists())
        return check

    def assert_valid(self, text, *overrides):
        waferloom("check", self.write("scenario.yaml", text).name, *sets(*overrides), cwd=self.top)

    def test_places(self):
        """Each refusal says where the value stands that was set last, whatever part of the program refuses it."""
        model = self.write("model.yaml", MODEL).name
        step = f"hardware: mesh8\nworkload:\n  model: ./{model}\n"
        for line, said in (("  lanes: 3\n", r"workload\.lanes: expected a divisor"),
                           ("  layers: 7\n", r"workload\.layers: expected layers below 2"),
                           ("  micro_batch: 3\n", r"workload\.micro_batch: expected a divisor"),
                           ("  sequence: 33\n", r"workload\.sequence: expected at most 32"),
                           ("  batch: 4000\n", r"workload\.micro_batch: the model does not fit the SRAM"),
                           ("  strategy: layer_pipelined\n", r"workload\.strategy: expected a strategy for which"),
                           ("fabric: { colors: 11 }\n", r"fabric\.colors: colors exhausted"),
                           ("io: { input_edge: south }\n", r"io\.input_edge: expected north"),
                           ("observe: { tracks: { tiles: [a] } }\n", r"observe\.tracks\.tiles: expected a pattern"),
                           ("observe: { waveform: { signals: [a] } }\n", r"observe\.waveform\.signals: expected a pattern")):
            said_there = self.assert_refused(step + line, said)
            self.assertRegex(said_there, r"\Ascenario\.yaml:4:\d+: ", line)
        for override in ("workload.lanes=3", "fabric.colors=11", "observe.tracks.tiles=[a]"):
            scenario = self.write("scenario.yaml", step).name
            self.assertIn(f"--set {override}: {override.split('=')[0]}: ", self.refused("check", scenario, "--set", override))
        collective = "hardware: mesh8\ncollective:\n  kind: shift\n  algorithm: star\n"
        self.assertRegex(self.assert_refused(collective, r"collective\.algorithm: expected one of"), r"\Ascenario\.yaml:4:14: ")

    def test_places_in_studies(self):
        """A point is refused where the study gives the value."""
        self.write("scenario.yaml", STEP.format("model: tiny"))
        for lines, place in (("vary:\n  workload.lanes: [1, 3]\n", "study.yaml:4:23"),
                             ("set:\n  workload.lanes: 3\nvary: { seed: [1, 2] }\n", "study.yaml:4:19"),
                             ("list:\n  - { workload.lanes: 1 }\n  - { workload.lanes: 3 }\n", "study.yaml:5:23"),
                             ("vary: { seed: [1, 2] }\nderive:\n  workload.lanes: \"1 + 2\"\n", "study.yaml:5:19")):
            study = self.write("study.yaml", "base: ./scenario.yaml\nmetrics: [cycles]\n" + lines)
            for jobs in (1, 2):
                said = waferloom("sweep", study.name, "--no-cache", "--out", "out", "--jobs", jobs, status=BAD_INPUT, cwd=self.top)
                self.assertIn(f"{place}: workload.lanes: expected a divisor", said)
        asked = self.run_here("sweep", "study.yaml", "--evaluate", "--no-cache", "--out", "asked",
                              input='{"seed": 1}\n\n{"seed": 2}\n', stdin=None)
        self.assertEqual(2, asked.stdout.count('"invalid"'))

    def test_places_in_traces(self):
        """What the rules or the wafer refuse of a record names its line and the field's column."""
        def assert_place(edit, said):
            sealed = self.edit_trace(edit)
            text = sealed.stderr
            if sealed.returncode == 0:
                text = self.refused("check", self.write("scenario.yaml", STEP.format("trace: ./other.trace")).name)
            match = re.search(r"(edited|other\.trace):(\d+):(\d+): " + said, text)
            self.assertTrue(match, text)
            line = (self.top / match[1]).read_text(encoding="utf-8").splitlines()[int(match[2]) - 1]
            self.assertTrue(line[int(match[3]) - 1:].startswith('"' + match["field"] + '"'), line[int(match[3]) - 1:][:30])

        def change(number, **fields):
            return lambda record: record.update(fields) if record["id"] == number else None
        assert_place(change(2, pieces=0), r"record 2 \(.*\): (?P<field>pieces): expected 1")
        assert_place(change(2, blocks="x"), r"(?P<field>blocks): expected a whole number")
        assert_place(change(3, layr=1), r"(?P<field>layr): expected a known field")
        assert_place(change(4, after=[{"record": 9999, "lag": 1}]), r"record 4 \(.*\): (?P<field>after): expected a record 9999")
        assert_place(lambda record: record["area"].update(height=9) if record["id"] == 3 else None,
                     r"record 3 \(.*\): (?P<field>area): expected tiles within")

        def swap(record):
            if record["kind"] == "reduce" and record["operation"] == "qkv":
                record["colors"] = [record["colors"][i] for i in (1, 0, 3, 2)]
        assert_place(swap, r"record \d+ \(.*\): (?P<field>colors): color \d+ at tile")

    # Models

    def test_models(self):
        def assert_refused(model, said, *overrides):
            self.write("model.yaml", model)
            self.assert_refused(STEP.format("model: ./model.yaml"), said, *overrides)
        assert_refused(MODEL + "layerz: 3\n", r"model\.yaml:7:1: layerz: ")
        assert_refused(MODEL.replace("ffn: 256\n", ""), r"model\.yaml:1:1: ffn: expected a value, got nothing")
        assert_refused(MODEL.replace("heads: 4", "heads: 5"), r"model\.yaml:3:8: heads: expected a divisor of hidden")
        assert_refused(MODEL, r"workload\.layers: expected layers below 2", "workload.layers=2")
        assert_refused("layers: [", r"model\.yaml:")

    def test_positions(self):
        def assert_refused(model, said, *overrides):
            self.write("model.yaml", model)
            self.assert_refused(STEP.format("model: ./model.yaml"), said, *overrides)
        assert_refused(MODEL + "position: rotary\n", r"rotary_dimensions: expected how many of a head's 16 features .* got none")
        assert_refused(MODEL + "position: none\nrotary_dimensions: 8\n", r"model\.yaml:8:20: rotary_dimensions: expected 0 unless")
        assert_refused(MODEL, r"workload\.sequence: expected at most 32, .* got 33", "workload.sequence=33")
        self.write("model.yaml", MODEL + "position: rotary\nrotary_dimensions: 8\n")
        self.assert_valid(STEP.format("model: ./model.yaml"), "workload.sequence=33")
        self.write("model.yaml", MODEL)
        self.assert_valid(STEP.format("model: ./model.yaml"), "workload.sequence=32")

    # Workloads

    def test_what_cannot_be_shared_out(self):
        tiny = STEP.format("model: tiny, batch: 6")
        self.assert_refused(tiny, r"workload\.lanes: expected a divisor", "workload.lanes=4")
        self.assert_refused(tiny, r"workload\.micro_batch: expected a divisor of workload\.batch, 6, got 4", "workload.micro_batch=4")
        for keys, said in ((["workload.parts=7"], r"workload\.parts: expected at most the sequences that a lane has at once, 6, got 7"),
                           (["workload.parts=4", "workload.lanes=2"], r"workload\.parts: .* at once, 3, got 4"),
                           (["workload.parts=5", "workload.batch=44"], r"workload\.parts: expected a divisor of .* 44, where .* rows \(8\), got 5"),
                           (["workload.recomputed_layers=3"], r"workload\.recomputed_layers: expected at most 2, got 3"),
                           (["workload.input_every=3"], r"workload\.input_every: expected at most 2, got 3"),
                           (["workload.spilled_layers=2", "workload.activations=spill"], r"workload\.spilled_layers: expected at most 1, got 2"),
                           (["workload.parts=2", "workload.strategy=layer_pipelined", "pe.sram=1 MiB"], r"workload\.parts: expected 1 where layers are pipelined, got 2")):
            self.assert_refused(tiny, said, *(() if "workload.activations=spill" in keys else ("workload.activations=recompute",)), *keys)
        self.assert_refused(tiny, r"fabric\.colors: colors exhausted: the step needs 13", "fabric.colors=12")
        self.assert_refused(STEP.format("model: tiny, auto: all") + "fidelity: burst\n", r"workload\.model: ", "workload.model=./none.yaml")

    def test_a_step_that_does_not_fit_says_what_it_needs_and_what_would_fit(self):
        tiny = STEP.format("model: tiny, batch: 200")
        said = self.assert_refused(tiny, r"scenario\.yaml:2:\d+: workload\.micro_batch: the model does not fit the SRAM: tile \(7, 7\)")
        has = int(re.search(r"a PE has (\d+) B", said)[1])
        self.assertEqual(45056, has)
        needs = dict(re.findall(r"workload\.activations: (\w+) needs (\d+) B", said))
        most = dict(re.findall(r"workload\.activations: (\w+) needs \d+ B; at most (\d+) at once fit", said))
        self.assertEqual({"keep", "recompute", "spill"}, set(needs))
        self.assertEqual(set(needs), set(most))
        self.assertIn(f"needs {needs['keep']} B at record", said)
        divisors = [n for n in range(1, 201) if 200 % n == 0]
        for activations, number in needs.items():
            keys = (f"workload.activations={activations}",)
            reserved = 4096
            self.assert_valid(tiny, *keys, f"pe.sram={int(number) + reserved} B")
            self.assert_refused(tiny, "does not fit", *keys, f"pe.sram={int(number) + reserved - 8} B")
            self.assert_valid(tiny, *keys, f"workload.micro_batch={most[activations]}")
            larger = divisors[divisors.index(int(most[activations])) + 1]
            self.assert_refused(tiny, "does not fit", *keys, f"workload.micro_batch={larger}")

    # Others

    def test_a_single_row_at_the_edge(self):
        """Where weights turn towards their columns no gradients leave; at burst, too."""
        row = "hardware: mesh8\nfabric: {{ program: {{ x: 0, y: 0, width: 4, height: 8 }} }}\nworkload: {{ model: tiny, layers: 0, rectangle: {{ x: 0, y: 0, width: {}, height: {} }} }}\n"
        for fidelity in ("wavelet", "burst"):
            self.assert_refused(row.format(4, 1), r":3:\d+: workload\.rectangle: expected more than one row", f"fidelity={fidelity}")
            self.assert_valid(row.format(4, 2), f"fidelity={fidelity}")
            self.assert_valid(row.format(4, 1), f"fidelity={fidelity}", "workload.phases=[forward]")
            self.assert_valid(row.format(1, 1), f"fidelity={fidelity}", "workload.activations=recompute", "pe.sram=1 MiB")

    def test_levers_that_would_do_nothing(self):
        for settings, said in (("recomputed: [qkv]", r"workload\.recomputed: expected nothing but its default unless .* got keep"),
                               ("recomputed_layers: 1", r"workload\.recomputed_layers: expected nothing but its default"),
                               ("input_every: 2", r"workload\.input_every: expected nothing but its default"),
                               ("activations: recompute, spilled_layers: 1", r"workload\.spilled_layers: expected nothing .* is spill, got recompute"),
                               ("sparsity: 0.5, weight_format: packed", r"workload\.weight_format: expected indexed with workload\.sparsity")):
            scenario = self.write("scenario.yaml", STEP.format("model: tiny, " + settings)).name
            self.assertRegex(self.refused("check", scenario), r"scenario\.yaml:2:\d+: " + said)
            self.assertRegex(self.refused("run", scenario), said)
        scenario = self.write("scenario.yaml", STEP.format("model: tiny") + "collective: { elements: 3 }\n").name
        self.assertRegex(self.refused("check", scenario), r":3:\d+: collective\.kind: expected a collective")
        self.assert_valid(STEP.format("model: tiny, activations: spill, recomputed: [qkv], spilled_layers: 1, input_every: 2"))
        self.assert_valid(STEP.format("model: tiny, sparsity: 0.5"))
        self.assert_valid(STEP.format("model: tiny, weight_format: packed"))

    def test_tables_of_traffic(self):
        for text, said in (("garbage\n", r"rates\.txt:1:1: expected three fields"), ("", r"rates\.txt:1:1: expected lines"),
                           ("0 16 0.1\n", r"rates\.txt:1:3: expected a destination node from 0 to 15, got 16")):
            self.write("rates.txt", text)
            self.assert_refused(TABLE, said)
        # Without a zero before the point, as programs write them; rounded sums of 1 are 1.
        self.write("rates.txt", "0 1 .2\n0,2,.4\n0 3 .3\n0 4 .1\n")
        self.assert_valid(TABLE)

    def test_collectives(self):
        text = "hardware: mesh8\ncollective: { kind: all_to_all, elements: 4 }\n"
        self.assert_refused(text, r"fabric\.colors: colors exhausted", "fabric.colors=1")

    def test_traces(self):
        waferloom("trace", "build", "smoke", "--out", "step.trace", cwd=self.top)
        text = STEP.format("trace: ./step.trace")
        self.assert_valid(text)
        self.assert_refused(text, r"workload\.rectangle: expected at least 8 x 8 tiles",
                            "workload.rectangle.y=1", "workload.rectangle.width=4", "workload.rectangle.height=8")
        self.assert_refused(text, r"colors exhausted: it needs color 5", "fabric.colors=5")
        self.write("step.trace", (self.top / "step.trace").read_text(encoding="utf-8")[:1000])
        self.assert_refused(text, r"step\.trace:\d+:1: offset \d+: ")

    def test_what_is_observed(self):
        tiny = STEP.format("model: tiny")
        self.assert_refused(tiny, r"observe\.waveform\.signals: ", "observe.waveform.signals=[wafer.nothing]")
        self.assert_refused(tiny, r"observe\.tracks\.tiles: ", "observe.tracks.tiles=['99,99']")

    def test_links_that_are_longer_than_routers_hold(self):
        tiny = STEP.format("model: tiny")
        self.assert_refused(tiny, r"fabric\.hop_latency: expected at most 63 cycles at fidelity wavelet", "fabric.hop_latency=64 cycles")
        self.assert_refused(tiny, r"fabric\.reticle_crossing: expected at most 63", "fabric.reticle_crossing=63 cycles")
        self.assert_valid(tiny, "fabric.hop_latency=64 cycles", "fidelity=burst")

    def test_a_set_is_checked_whole(self):
        self.write("bad.yaml", STEP.format("model: tiny, batch: 3, micro_batch: 2"))
        self.write("set.yaml", "scenarios: [smoke, ./bad.yaml]\n")
        for command in ("check", "run"):
            self.assertIn("workload.micro_batch: expected a divisor", self.refused(command, "set.yaml"))
        self.assertFalse((self.top / "runs").exists())


if __name__ == "__main__":
    main()
