# SPDX-License-Identifier: Apache-2.0
"""Studies of packet networks and of collectives, comparisons of such runs, and the optimizer beside the program.

usage: study_kinds_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, PROGRAM, SOURCE, main, rows_of  # noqa: E402

SHORT = "traffic.warmup: 200 cycles, traffic.sample: 400 cycles"
# Stands for Optuna, which the machine may not have: the middle of every range, the first of every list.
OPTUNA = '''
import types
class Trial:
    def __init__(self, number): self.number, self.user_attrs, self.state, self.values = number, {}, None, None
    def set_user_attr(self, key, value): self.user_attrs[key] = value
    def suggest_categorical(self, key, values): return values[self.number % len(values)]
    def suggest_int(self, key, low, high, step=1, log=False): return min(high, low + self.number * step)
    def suggest_float(self, key, low, high, step=None, log=False): return min(high, low + self.number * (step or (high - low) / 2))
class Search:
    def __init__(self): self.trials = []
    def ask(self):
        self.trials.append(Trial(len(self.trials)))
        return self.trials[-1]
    def tell(self, trial, values=None, state="COMPLETE"): trial.values, trial.state = values, state
    @property
    def best_trials(self): return [min((t for t in self.trials if t.state == "COMPLETE"), key=lambda t: t.values)]
trial = types.SimpleNamespace(TrialState=types.SimpleNamespace(FAIL="FAIL", COMPLETE="COMPLETE"))
samplers = types.SimpleNamespace(TPESampler=lambda seed: None)
logging = types.SimpleNamespace(set_verbosity=lambda level: None, WARNING=0)
def create_study(sampler, directions): return Search()
'''


class StudyKinds(InDirectory):
    def table(self):
        return rows_of(self.top / "out" / "table.csv")

    def sweep(self, text, *arguments):
        return self.run_here("sweep", self.write("study.yaml", text), "--out", "out", "--no-cache", *arguments)

    def test_a_load_latency_curve(self):
        self.sweep(f"base: noc-uniform\nset: {{ {SHORT} }}\nvary: {{ traffic.load: [0.05, 0.2, 0.4] }}\n"
                   "metrics: [latency_mean, accepted, busiest_link]\nconstraints: [latency_mean < 1000 cycles]\n"
                   "objectives: { accepted: maximize }\n")
        rows = self.table()
        self.assertEqual(["done"] * 3, [row["status"] for row in rows])
        latencies = [float(row["latency_mean"]) for row in rows]
        self.assertEqual(sorted(latencies), latencies)
        for row, load in zip(rows, (0.05, 0.2, 0.4)):
            self.assertAlmostEqual(load, float(row["accepted"]), delta=0.06)
            # Of an 8 x 8 mesh under uniform traffic, the middle links carry about twice the load.
            self.assertAlmostEqual(2 * load, float(row["busiest_link"]), delta=0.5 * load)
        self.assertTrue((self.top / "out" / "study.html").exists())

    def test_saturation_over_buffers(self):
        self.sweep(f"base: noc-saturation\nset: {{ {SHORT}, traffic.tolerance: 0.1 }}\n"
                   "vary: { fabric.xy.buffer_flits: [2, 8] }\nobjectives: { saturation: maximize }\n")
        few, many = (float(row["saturation"]) for row in self.table())
        self.assertLessEqual(few, many)

    def test_collectives(self):
        scenario = SOURCE / "scenarios/collectives/broadcast.yaml"
        self.sweep(f"base: {scenario}\nvary: {{ pe.clock: [500 MHz, 1 GHz] }}\n")
        slow, fast = (float(row["time_s"]) for row in self.table())
        self.assertAlmostEqual(2, slow / fast, delta=0.01)
        self.refuse("expected a metric of a collective .*, got energy", "sweep",
                    self.write("study.yaml", f"base: {scenario}\nmetrics: [energy]\nvary: {{ pe.clock: [500 MHz] }}\n"), "--no-cache")

    def test_kernels(self):
        scenario = self.write("kernel.yaml", "hardware: mesh64\nworkload: { kernel: reduce }\n")
        done = self.sweep(f"base: ./{scenario.name}\nvary: {{ workload.parameters.S: [4, 8, 16], pe.clock: [500 MHz, 1 GHz] }}\n"
                          "constraints: [workload.parameters.S <= 8, time <= 1 us]\nobjectives: { cycles: minimize, pe_busy: maximize }\n")
        self.assertEqual(["0", "1", "0", "1"], [row["feasible"] for row in self.table()])
        self.assertRegex(done.stdout, r"(?m)^largest pe_busy: 0\.\d+ at point 2 \(workload\.parameters\.S = 4, pe\.clock = 1 GHz\)$")
        text = f"base: ./{scenario.name}\nvary: {{ workload.parameters.N: {{ from: 1, to: 9 }} }}\n"
        self.refuse(r"study\.yaml:2:\d+: workload\.parameters\.N: expected either step or count", "sweep", self.write("study.yaml", text), "--no-cache")

    def test_parameters_of_a_kernel_have_the_values_of_its_file(self):
        self.sweep("base: meshgemm\nvary: { workload.parameters.P: [4, 8] }\nconstraints: [workload.parameters.T == 6]\n"
                   "derive: { workload.parameters.steps: workload.parameters.T - 2 }\n")
        self.assertEqual(["4", "4"], [row["workload.parameters.steps"] for row in self.table()])
        self.refuse(r"study\.yaml:3:\d+: workload\.parameters\.steps: expected a number in workload\.parameters\.Q, got none", "sweep",
                    self.write("study.yaml", "base: meshgemm\nvary: { workload.parameters.P: [4, 8] }\n"
                               "derive: { workload.parameters.steps: workload.parameters.Q }\n"), "--no-cache")

    def test_comparisons(self):
        settings = [each.strip().replace(": ", "=", 1) for each in SHORT.split(",")]
        for load in ("0.1", "0.3"):
            self.run_here("run", "noc-uniform", "--out", load, settings=(*settings, f"traffic.load={load}"))
        done = self.run_here("compare", "0.1", "0.3", "--html", "page.html")
        self.assertRegex(done.stdout, r"(?m)^latency_mean +\d+(\.\d+)? cycle +x ")
        self.assertRegex(done.stdout, r"(?m)^traffic\.load +0\.1 +0\.3")
        scenario = SOURCE / "scenarios/collectives/broadcast.yaml"
        for clock in ("1 GHz", "2 GHz"):
            self.run_here("run", scenario, "--out", clock, settings=(f"pe.clock={clock}",))
        self.assertRegex(self.run_here("compare", "1 GHz", "2 GHz").stdout, r"(?m)^busiest_link +")
        # What has no operations has no bounds: not 0 %.
        self.run_here("run", "smoke", "--fidelity", "burst", "--out", "step")
        self.run_here("run", "smoke", "--fidelity", "burst", "--out", "fast", settings=("io.bandwidth=1 Tb/s", "memoryx.bandwidth=1 Tb/s"))
        said = self.run_here("compare", "1 GHz", "step", "fast", "--json", "kinds.json").stdout
        self.assertRegex(said, r"(?m)^I/O +- +\d+\.\d %")
        self.assertRegex(said, r"(?m)^forward +- +\d\.\d+e?\S* s ")
        shares = {each["bound"]: each["shares"] for each in json.loads((self.top / "kinds.json").read_text())["bounds"]}
        self.assertTrue(all(each[0] is None for each in shares.values()))
        self.assertTrue(all(isinstance(share, float) or share == 0 for each in shares.values() for share in each[1:]))

    def optimize(self, text, *arguments):
        self.write("modules/optuna.py", OPTUNA)
        study = self.write("study.yaml", text)
        environment = {**os.environ, "PYTHONPATH": str(self.top / "modules"), "XDG_CACHE_HOME": str(self.top / "cache")}
        return subprocess.run([sys.executable, SOURCE / "scripts/optimize", study, "--out", self.top / "out", "--waferloom",
                               PROGRAM, "--trials", "3", *arguments], capture_output=True, text=True, env=environment)

    def test_the_optimizer_takes_every_kind_of_axis(self):
        try:
            import yaml  # noqa: F401
        except ImportError:
            self.skipTest("python3-yaml is not installed")
        base = "base: smoke\nset: { fidelity: burst, observe.maps: false }\n"
        axes = ("vary:\n  burst.fold: [true, false]\n  pe.vector_overhead: { from: 0 cycles, to: 8 cycles, step: 4 cycles }\n"
                "zip:\n  - { io.bandwidth: [40 Gb/s, 80 Gb/s], memoryx.bandwidth: [40 Gb/s, 80 Gb/s] }\n")
        done = self.optimize(base + axes + "objectives: { time: minimize }\n")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"best of 3 trials: time = .* at burst\.fold = (true|false), pe\.vector_overhead = \d+ cycles, io\.bandwidth = \d+ Gb/s, memoryx")
        subprocess.run(["rm", "-rf", self.top / "out"], check=True)
        done = self.optimize(base + axes + "objectives: { time: minimize }\nconstraints: [time < 1 ns]\n")
        self.assertEqual((1, "none of 3 trials satisfies all constraints\n"), (done.returncode, done.stderr))
        done = self.optimize(base + "vary: { pe.clock: { from: 1 GHz, to: 2 MHz, count: 3 } }\nobjectives: { time: minimize }\n")
        self.assertEqual(2, done.returncode, done.stdout + done.stderr)
        self.assertIn("pe.clock: expected from and to in one unit", done.stderr)


if __name__ == "__main__":
    main()
