# SPDX-License-Identifier: Apache-2.0
"""Studies whose keys, numbers, constraints and names are not what they should be, and how studies and sets end.

usage: study_input_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import HOST_RESOURCE, INTERRUPTED, InDirectory, PROGRAM, STUCK, main, rows_of  # noqa: E402

QUICK = "set: { fidelity: burst }\nmetrics: [time]\n"


def children_of(pid):
    """Processes whose parent is `pid`."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            if stat.rsplit(")", 1)[1].split()[1] == str(pid):
                found.append(int(entry.name))
    return found


class StudyInput(InDirectory):
    def sweep(self, text, *arguments):
        return ("sweep", self.write("study.yaml", text), "--out", "out", "--no-cache", *arguments)

    def assert_refused(self, text, said):
        self.refuse(said, *self.sweep(text))
        self.assertFalse((self.top / "out" / "plan.json").exists())

    def table(self, out="out"):
        return rows_of(self.top / out / "table.csv")

    # Numbers and keys

    def test_whole_numbers_stay_whole(self):
        self.assert_refused(f"base: smoke\n{QUICK}vary: {{ pe.clock: [1 GHz] }}\nderive: {{ workload.batch: 5/2 }}\n",
                            r"study\.yaml:5:27: workload\.batch: expected a whole number from 0 to 2\^53, got 2\.5")
        self.assert_refused(f"base: smoke\n{QUICK}vary: {{ seed: {{ from: -5, to: 5, step: 1 }} }}\n",
                            r"study\.yaml:4:23: seed: expected a whole number from 0 to 2\^53 for from, got -5")
        self.assert_refused(f"base: smoke\n{QUICK}vary: {{ seed: {{ from: 9007199254740993, to: 9007199254740999, step: 2 }} }}\n",
                            r"seed: expected a whole number from 0 to 2\^53 for to, got 9007199254740999|for from, got 9007199254740993")
        self.assert_refused(f"base: smoke\n{QUICK}vary: {{ seed: {{ from: 1, to: 5, count: 1 }} }}\n", "expected a count from 2")

    def test_the_base_is_neither_set_nor_derived(self):
        for text, place in (("derive: { base: fabric.width / 2 }\n", "3:11"), ("set: { base: smoke }\n", "3:8"),
                            ("objectives: { time: minimize }\nconfirm: { best: 1, set: { base: smoke } }\n", "4:28")):
            with self.subTest(text):
                self.assert_refused(f"base: smoke\nvary: {{ workload.batch: [1, 2] }}\n{text}",
                                    f"study.yaml:{place}: base: expected a key of scenarios, got base")

    def test_a_key_twice(self):
        for text, place in (("set: { pe.clock: 1 GHz, pe.clock: 2 GHz }\nvary: { pe.sram: [48 KiB] }\n", r"2:\d+: pe.clock"),
                            ("derive: { pe.sram: 1 KiB, pe.sram: 2 KiB }\nvary: { pe.clock: [1 GHz] }\n", r"2:\d+: pe.sram"),
                            ("sample: { points: 1, points: 2 }\nvary: { pe.clock: [1 GHz] }\n", r"2:\d+: points"),
                            ("objectives: { time: minimize, time: maximize }\nvary: { pe.clock: [1 GHz] }\n", r"2:\d+: time"),
                            ("list:\n  - { pe.clock: 1 GHz, pe.clock: 2 GHz }\n", r"3:\d+: pe.clock")):
            self.assert_refused("base: smoke\n" + text, rf"study\.yaml:{place}: expected the key once, got it again")

    def test_quoted_text_is_read_once(self):
        self.run_here(*self.sweep(f'base: smoke\n{QUICK}vary: {{ name: ["a # b", "c: d, e", plain] }}\n'))
        scenarios = [json.loads((self.top / "out" / "study.json").read_text(encoding="utf-8"))]
        self.assertEqual(['"a # b"', '"c: d, e"', "plain"], [row["name"] for row in self.table()])
        first = (self.top / "out/points/000001/scenario.yaml").read_text(encoding="utf-8")
        self.assertIn("a # b", first)
        self.assertEqual("waferloom-study-result", scenarios[0]["format"])

    # Constraints

    def test_deep_nesting_is_refused(self):
        self.assert_refused(f"base: smoke\nvary: {{ pe.clock: [1 GHz] }}\nconstraints: ['{'(' * 20000}1{')' * 20000}']\n",
                            "constraints: expected at most 200 operators and brackets")
        self.assert_refused(f"base: smoke\nvary: {{ pe.clock: [1 GHz] }}\nconstraints: ['{'not ' * 9000}1']\n",
                            "constraints: expected at most 200 operators and brackets")

    def test_constraints_that_cannot_hold_are_refused_at_once(self):
        base = f"base: smoke\n{QUICK}vary: {{ pe.clock: [1 GHz] }}\n"
        self.assert_refused(base + "constraints: [time < 5 GB]\n",
                            r"study\.yaml:5:15: constraints: expected two of one dimension, got a time and a number of bytes")
        self.assert_refused(base + "constraints: [1 / (pe.sram - pe.sram) < 1]\n", r"study\.yaml:5:15: constraints: .*expected a divisor other than 0|dimension")
        self.assert_refused(base + "constraints: [time / 0 < 1 s]\n", r"study\.yaml:5:15: constraints: expected a divisor other than 0")
        self.assert_refused(base + "constraints: [latency_mean < 100 cycles]\n",
                            r"study\.yaml:5:15: constraints: expected a metric of a training step, got latency_mean")
        self.assert_refused(base.replace("time", "latency_mean"), "metrics: expected a metric of a training step")

    def test_deep_questions_are_answered(self):
        study = self.write("study.yaml", f"base: smoke\n{QUICK}vary: {{ pe.clock: [1 GHz] }}\n")
        done = self.run_here("sweep", study, "--out", "out", "--no-cache", "--evaluate", status=None, stdin=None,
                              input="[" * 100000 + "\n" + '{"pe.clock": "1 GHz", "pe.clock": "2 GHz"}\n')
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(["invalid", "invalid"], [each["status"] for each in answers])
        self.assertIn("at most 64 brackets", answers[0]["message"])
        self.assertIn("expected the key once", answers[1]["message"])

    # Ends

    def test_a_study_of_which_all_points_failed_has_failed(self):
        text = f"base: smoke\n{QUICK}set: {{ simulation.max_cycles: 10 }}\nvary: {{ pe.clock: [1 GHz, 2 GHz] }}\n".replace(
            "set: { fidelity: burst }\n", "")
        self.refuse("all points failed, the first with: ", *self.sweep(text), status=STUCK)
        self.assertEqual(["failed", "failed"], [row["status"] for row in self.table()])

    def test_what_cannot_be_confirmed_is_known_before_the_first_point(self):
        for text, said in (("base: gemv\nvary: { workload.parameters.M: [4, 8] }\nobjectives: { cycles: minimize }\nconfirm: { best: 1 }\n",
                            r"study\.yaml:4:\d+: confirm: expected a base of which both fidelities are known, a training step, got a kernel"),
                           ("base: smoke\nset: { fidelity: burst }\nvary: { pe.clock: [1 GHz, 2 GHz] }\nobjectives: { cycles: minimize }\n"
                            "confirm: { best: 1, set: { workload.lanes: 5 } }\n", r"workload\.lanes: expected a divisor")):
            self.refuse(said, "sweep", self.write("study.yaml", text), "--out", "out", "--no-cache")
            self.assertFalse((self.top / "out").exists())

    def test_scripts_hold_any_text(self):
        study = self.write("a dir/study.yaml", f"base: smoke\nname: \"it's $(touch x) `y`; #\"\n{QUICK}vary: {{ pe.clock: [1 GHz] }}\n")
        self.run_here("sweep", study, "--out", "out dir %a \"q\"", "--emit", "slurm", "--no-cache")
        script = self.top / 'out dir %a "q"' / "jobs.slurm"
        text = script.read_text(encoding="utf-8")
        self.assertIn('#SBATCH --job-name="it\'s $(touch x) `y`; #"\n', text)
        self.assertIn('out dir %%a \\"q\\"/slurm-%a.txt"\n', text)
        command = [line for line in text.splitlines() if "--point" in line][0].strip()
        words = shlex.split(command)
        self.assertEqual(str(self.top / 'out dir %a "q"'), words[words.index("--point") + 1])
        done = subprocess.run(["sh", script], env={**os.environ, "SLURM_ARRAY_TASK_ID": "1"}, capture_output=True, text=True, cwd=self.top)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertFalse((self.top / "x").exists())
        self.refuse("whose path has no line breaks", "sweep", study, "--out", "two\nlines", "--emit", "slurm", "--no-cache")

    def start_sweep(self):
        text = "base: smoke\nset: { fidelity: wavelet, workload.batch: 8, io.bandwidth: 1 Gb/s }\nmetrics: [time]\nvary: { pe.clock: [1 GHz] }\n"
        command = [PROGRAM, *map(str, self.sweep(text))]
        running = subprocess.Popen(command, cwd=self.top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        return running, self.wait_for(lambda: children_of(running.pid))[0]

    def wait_for(self, condition):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.02)
        return self.fail("waited in vain")

    def test_a_sweep_that_ends_leaves_nothing_running(self):
        for number in (signal.SIGKILL, signal.SIGHUP):
            running, child = self.start_sweep()
            running.send_signal(number)
            status = running.wait(timeout=120)
            self.assertEqual(-signal.SIGKILL if number == signal.SIGKILL else INTERRUPTED, status)
            self.wait_for(lambda: not pathlib.Path(f"/proc/{child}").exists())
            subprocess.run(["rm", "-rf", self.top / "out"], check=True)

    # Sets

    def test_a_set_of_two_scenarios_of_one_name(self):
        text = ("hardware: mesh8\nworkload: { model: tiny, layers: [0], phases: [forward] }\n"
                "fidelity: burst\nobserve: { maps: false, timeline: false }\n")
        self.write("a/one.yaml", text)
        self.write("b/one.yaml", text)
        scenarios = self.write("set.yaml", "scenarios: [a/one.yaml, b/one.yaml]\n")
        self.run_here("run", scenarios, "--out", "out")
        self.assertEqual(["one", "one-2"], [row["scenario"] for row in self.table()])

    def test_a_set_of_what_has_no_step(self):
        scenarios = self.write("set.yaml", "scenarios: [smoke, noc-uniform]\n")
        for command in ("check", "run"):
            self.refuse(r"set\.yaml:\d+:\d+: scenarios: expected scenarios of training steps.*packet network", command, scenarios)

    def test_a_set_that_is_ended(self):
        self.write("slow.yaml", "hardware: mesh8\nworkload: { model: tiny, batch: 8 }\nio: { bandwidth: 1 Gb/s }\n")
        scenarios = self.write("set.yaml", "scenarios: [slow.yaml]\n")
        for to_child, number, status in ((False, signal.SIGTERM, INTERRUPTED), (True, signal.SIGKILL, HOST_RESOURCE)):
            running = subprocess.Popen([PROGRAM, "run", scenarios], cwd=self.top, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, text=True)
            child = self.wait_for(lambda: children_of(running.pid))[0]
            self.wait_for(lambda: list(self.top.glob("runs/set*/slow/scenario.yaml")))
            os.kill(child if to_child else running.pid, number)
            _, said = running.communicate(timeout=120)
            self.assertEqual(status, running.returncode, said)
            self.assertRegex(said, "ended by signal 9" if to_child else "interrupted")
            self.assertFalse(pathlib.Path(f"/proc/{child}").exists())
            subprocess.run(["rm", "-rf", self.top / "runs"], check=True)


if __name__ == "__main__":
    main()
