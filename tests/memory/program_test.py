# SPDX-License-Identifier: Apache-2.0
"""The program from end to end on what is small, where the preset's sanitizers see faults of memory: every kind of run
with all that can be observed, every command that reads what runs wrote, and a refusal by each reader of files.

usage: program_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import STUCK, InDirectory, main, result_of  # noqa: E402

EVERYTHING = ("observe.waveform.signals=[wafer.*.tile_3_3.*]", "observe.waveform.format=fst",
              "observe.tracks.tiles=[wafer.*.tile_3_*]", "observe.timeline=true",
              "observe.link_samples=256", "observe.wavelet_log.tiles=[wafer.*.tile_3_3]")
STEP = "hardware: mesh8\nworkload: { model: ./model.yaml, batch: 2 }\n"
MODEL = "layers: 1\nhidden: 32\nheads: 2\nffn: 64\nvocabulary: 64\nsequence: 8\n"
NETWORK = ("fabric: { router: xy, width: 4, height: 4 }\n"
           "traffic: { pattern: table, table: ./rates.txt, warmup: 100 cycles, sample: 100 cycles }\n")
STUDY = "base: ./step.yaml\nvary: { fabric.queue_depth: [4, 8] }\nmetrics: [cycles, energy]\n"


class Program(InDirectory):
    def setUp(self):
        super().setUp()
        self.write("model.yaml", MODEL)
        self.write("step.yaml", STEP)
        self.write("rates.txt", "0 1 0.2\n0 2 0.4\n")
        self.write("network.yaml", NETWORK)

    def test_steps(self):
        for fidelity in ("burst", "wavelet"):
            observed = EVERYTHING if fidelity == "wavelet" else ("observe.timeline=true",)
            self.run_here("run", "step.yaml", "--fidelity", fidelity, "--out", fidelity, "--report", settings=observed)
            self.run_here("timeline", fidelity)
            self.run_here("show", fidelity, "--heatmap", "links")
            self.run_here("show", fidelity, "--top", "pe")
        self.assertNotEqual(0, result_of(self.top / "wavelet")["metrics"]["cycles"]["value"])
        self.run_here("compare", "burst", "wavelet", "--json", "both.json", "--html", "both.html")

    def test_several_ranks_and_checkpoints(self):
        self.run_here("run", "step.yaml", "--fidelity", "wavelet", "--out", "out", "--checkpoint", "2000 cycles", "--jobs", "2")

    def test_other_kinds_of_runs(self):
        for scenario, settings in (("network.yaml", ()), ("collectives/reduce-chain", ()),
                                   ("gemv", ()), ("stencil5", ()),
                                   ("step.yaml", ("workload.strategy=layer_pipelined", "pe.sram=1 MiB"))):
            out = scenario.replace("/", "-")
            self.run_here("run", scenario, "--out", out + ".d", "--report", settings=settings)
            self.run_here("show", out + ".d")

    def test_traces(self):
        self.run_here("trace", "build", "step.yaml", "--out", "step.trace")
        self.run_here("trace", "stats", "step.trace")
        self.run_here("trace", "export", "step.trace", "--out", "step.et")
        self.run_here("trace", "import", "step.et", "--out", "again.trace", "--tiles", "2x2")
        self.run_here("trace", "validate", "again.trace")

    def test_studies(self):
        self.write("study.yaml", STUDY)
        self.run_here("sweep", "study.yaml", "--no-cache", "--out", "out", "--jobs", "2")

    def test_what_the_program_says_of_itself(self):
        for words in (("describe",), ("describe", "--data"), ("list", "keys"), ("schema",), ("schema", "study"), ("man", "run"),
                      ("completion", "bash"), ("check", "gpt3-xl", "--effective"), ("check", "gpt3-xl", "--sram")):
            self.run_here(*words)

    def test_refusals(self):
        self.write("rates.txt", "0 1 x\n")
        self.write("model.yaml", MODEL.replace("heads: 2", "heads: 5"))
        self.write("study.yaml", STUDY + "derive: { workload.batch: \"1 / 0\" }\n")
        self.write("broken.trace", "{\"format\": [[[[")
        self.write("broken.yaml", "hardware: [mesh8\n")
        for words in (("run", "network.yaml"), ("check", "step.yaml"), ("sweep", "study.yaml"), ("trace", "validate", "broken.trace"),
                      ("run", "broken.yaml"), ("run", "smoke", "--set", "fabric.queue_depth=x"), ("show", "nothing"),
                      ("trace", "import", "broken.trace", "--out", "t", "--tiles", "2x2"), ("run", "smoke", "--nothing"),
                      ("check", "smoke", "--set", "workload.batch=1000000")):
            self.refuse(r"\S", *words)

    def test_what_is_stuck_says_why(self):
        self.deadlocked_trace()
        self.write("stuck.yaml", "hardware: mesh8\nfidelity: wavelet\nworkload: { trace: ./other.trace }\n")
        self.refuse(r"wait", "run", "stuck.yaml", "--out", "stuck", status=STUCK)


if __name__ == "__main__":
    main()
