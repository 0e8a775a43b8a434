# SPDX-License-Identifier: Apache-2.0
"""Studies from end to end: points, tables, resumption, cache, ranks, job lists, questions of an optimizer.

usage: sweep_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, PROGRAM, SOURCE, main, python_with, result_of, rows_of, run_program, sets, waferloom  # noqa: E402

STUDY = """
name: small
base: smoke
set: { fidelity: burst }
vary:
  io.bandwidth: [20 Gb/s, 40 Gb/s, 80 Gb/s]
  pe.clock: { from: 425 MHz, to: 1700 MHz, count: 3, scale: log }
derive:
  memoryx.bandwidth: io.bandwidth
constraints:
  - io.bandwidth / pe.clock < 15 B/cycle
  - average_power <= 2.4 W
objectives: { tokens_per_second: maximize, energy: minimize }
"""


class Sweep(InDirectory):
    def setUp(self):
        super().setUp()
        self.out = self.top / "out"
        self.cache = self.top / "cache"

    def study(self, text=STUDY, name="study.yaml"):
        return self.write(name, text)

    def sweep(self, *arguments, status=0, **more):
        return run_program("sweep", *arguments, status=status, env={**os.environ, "XDG_CACHE_HOME": str(self.cache)}, **more)

    def rows(self, out=None):
        return rows_of((out or self.out) / "table.csv")

    def table(self, out=None):
        return (out or self.out).joinpath("table.csv").read_bytes()


class Results(Sweep):
    def test_a_point_is_the_run_of_its_scenario(self):
        self.sweep(self.study(), "--out", self.out)
        rows = self.rows()
        self.assertEqual(8, len(rows))  # one of nine is excluded: 80 Gb/s at 425 MHz
        row = next(r for r in rows if r["io.bandwidth"] == "80 Gb/s" and r["pe.clock"] == "1.7 GHz")
        run = self.top / "run"
        waferloom("run", "smoke", "--fidelity", "burst", "--out", run,
                  *sets("io.bandwidth=80 Gb/s", "memoryx.bandwidth=80 Gb/s", "pe.clock=1.7 GHz"))
        metrics = result_of(run)["metrics"]
        self.assertAlmostEqual(metrics["time"]["value"], float(row["time_s"]), delta=1e-8 * metrics["time"]["value"])
        self.assertAlmostEqual(metrics["energy"]["value"], float(row["energy_j"]), delta=1e-8 * metrics["energy"]["value"])

    def test_tables_agree_and_say_what_is_best(self):
        done = self.sweep(self.study(), "--out", self.out)
        rows = self.rows()
        result = json.loads((self.out / "study.json").read_text(encoding="utf-8"))
        feasible = [r for r in rows if float(r["average_power_w"]) <= 2.4]
        self.assertEqual({r["point"] for r in feasible}, {r["point"] for r in rows if r["feasible"] == "1"})
        best = max(feasible, key=lambda r: float(r["tokens_per_second"]))
        self.assertEqual(int(best["point"]), result["best"]["tokens_per_second"])
        self.assertIn(f"at point {best['point']} ", done.stdout)
        self.assertEqual(1, result["excluded"])
        front = {r["point"] for r in feasible if not any(
            float(o["tokens_per_second"]) >= float(r["tokens_per_second"]) and float(o["energy_j"]) <= float(r["energy_j"])
            and (o["tokens_per_second"], o["energy_j"]) != (r["tokens_per_second"], r["energy_j"]) for o in feasible)}
        self.assertEqual(front, {r["point"] for r in rows if r["pareto"] == "1"})
        with sqlite3.connect(self.out / "study.sqlite") as database:
            stored = database.execute('SELECT point, "io.bandwidth", "metric:time", bound FROM points ORDER BY point').fetchall()
            self.assertEqual([(int(r["point"]), r["io.bandwidth"], r["bound"]) for r in rows], [(p, b, c) for p, b, _, c in stored])
            for row, (_, _, seconds, _) in zip(rows, stored):
                self.assertAlmostEqual(float(row["time_s"]), seconds, delta=1e-8 * seconds)
            units = dict(database.execute("SELECT name, unit FROM metrics"))
        self.assertEqual("J", units["energy"])
        self.assertEqual([], [s for s in result["sensitivity"] if s["elasticity"] is None])
        self.assertEqual("40 Gb/s", next(p for p in result["points"] if p["point"] == result["base_point"])["settings"]["io.bandwidth"]["text"])

    def test_all_metrics_are_those_of_a_result(self):
        run = self.top / "run"
        waferloom("run", "smoke", "--out", run)
        metrics = set(result_of(run)["metrics"])
        done = self.sweep(self.study("base: smoke\nmetrics: [nothing]\n"), "--out", self.out, status=2)
        known = done.stderr.split("expected one of ")[1].split(", got")[0].split(", ")
        self.assertLessEqual(metrics, set(known))

    def test_zip_list_and_base_are_axes(self):
        self.sweep(self.study("base: smoke\nset: { fidelity: burst }\nmetrics: [time]\n"
                              "zip:\n  - { pe.clock: [850 MHz, 1 GHz], pe.sram: [48 KiB, 64 KiB] }\n"
                              "list:\n  - { workload.batch: 1, workload.sequence: 16 }\n  - { workload.batch: 2, workload.sequence: 8 }\n"),
                   "--out", self.out)
        self.assertEqual([("850 MHz", "48 KiB", "1", "16"), ("850 MHz", "48 KiB", "2", "8"), ("1 GHz", "64 KiB", "1", "16"), ("1 GHz", "64 KiB", "2", "8")],
                         [(r["pe.clock"], r["pe.sram"], r["workload.batch"], r["workload.sequence"]) for r in self.rows()])

    def test_samples_depend_on_the_seed_alone(self):
        text = ("base: smoke\nset: {{ fidelity: burst }}\nsample: {{ points: 6, seed: {} }}\nmetrics: [time]\n"
                "vary:\n  io.bandwidth: {{ from: 10 Gb/s, to: 160 Gb/s, count: 2, scale: log }}\n  workload.batch: [1, 2]\n")
        lists = [self.sweep(self.study(text.format(seed)), "--dry-run").stdout for seed in (1, 1, 2)]
        self.assertEqual(lists[0], lists[1])
        self.assertNotEqual(lists[0], lists[2])
        self.sweep(self.study(text.format(1)), "--out", self.out)
        sensitivity = json.loads((self.out / "study.json").read_text(encoding="utf-8"))["sensitivity"]
        self.assertLess(next(s for s in sensitivity if s["axis"] == ["io.bandwidth"])["elasticity"], 0)

    def test_a_point_that_fails_stops_nothing(self):
        study = self.study("base: smoke\nset: { fidelity: wavelet }\nmetrics: [time]\nvary: { simulation.max_cycles: [0, 1000] }\n")
        self.sweep(study, "--out", self.out)
        rows = self.rows()
        self.assertEqual(["done", "failed"], [r["status"] for r in rows])
        self.assertIn("simulation.max_cycles", rows[1]["message"])
        again = self.sweep(study, "--out", self.out, "--resume")
        self.assertIn("0 points simulated", again.stdout)

    def test_the_best_are_confirmed_at_the_finer_fidelity(self):
        done = self.sweep(self.study(STUDY.replace("average_power <= 2.4 W", "average_power <= 9 W") +
                                     "confirm: { best: 2, set: { workload.sequence: 16 } }\n"), "--out", self.out)
        rows = self.rows(self.out / "confirm")
        self.assertEqual(["burst", "wavelet"] * 2, [r["fidelity"] for r in rows])
        self.assertTrue(all(r["status"] == "done" for r in rows))
        self.assertIn("confirmed on a smaller scenario", done.stdout)
        best = self.rows()[json.loads((self.out / "study.json").read_text(encoding="utf-8"))["best"]["tokens_per_second"] - 1]
        self.assertEqual((best["io.bandwidth"], best["pe.clock"]), (rows[0]["io.bandwidth"], rows[0]["pe.clock"]))


class Again(Sweep):
    def test_the_table_does_not_depend_on_the_number_of_workers(self):
        self.sweep(self.study(), "--out", self.out, "--jobs", 1, "--no-cache")
        self.sweep(self.study(), "--out", self.top / "two", "--jobs", 3, "--no-cache")
        self.assertEqual(self.table(), self.table(self.top / "two"))
        self.assertEqual((self.out / "study.json").read_bytes(), (self.top / "two" / "study.json").read_bytes())

    def test_equal_points_are_simulated_once(self):
        first = self.sweep(self.study(), "--out", self.out)
        self.assertIn("8 points simulated, 0 reused", first.stdout)
        second = self.sweep(self.study(), "--out", self.top / "two")
        self.assertIn("0 points simulated, 8 reused", second.stdout)
        self.assertEqual(self.table(), self.table(self.top / "two"))
        twins = self.study("base: smoke\nset: { fidelity: burst }\nmetrics: [time]\nvary: { pe.clock: [850 MHz, 0.85 GHz] }\n", "twins.yaml")
        self.assertIn("1 point simulated, 1 reused", self.sweep(twins, "--out", self.top / "twins", "--no-cache").stdout)

    def test_files_lie_beside_the_study_that_names_them(self):
        model = "layers: {}\nhidden: 64\nheads: 4\nffn: 256\nvocabulary: 512\nsequence: 32\n"
        elsewhere = self.top / "elsewhere"
        elsewhere.mkdir()
        for directory, layers in ((self.top, (1, 2)), (elsewhere, (3, 4))):
            for name, count in zip(("one.yaml", "two.yaml"), layers):
                (directory / name).write_text(model.format(count), encoding="utf-8")
            (directory / "chip.yaml").write_text(f"hardware: mesh8\npe: {{ clock: {layers[0]} GHz }}\n", encoding="utf-8")
            (directory / "own.yaml").write_text(f"hardware: mesh8\nseed: {layers[0]}\nworkload: {{ model: tiny }}\n", encoding="utf-8")
        self.study("base: own.yaml\nset: { fidelity: burst, hardware: ./chip.yaml }\nmetrics: [time, multiply_accumulates]\n"
                   "vary: { workload.model: [./one.yaml, ./two.yaml] }\n")
        self.sweep("../study.yaml", "--out", self.out, cwd=elsewhere)
        self.assertEqual(["./one.yaml", "./two.yaml"], [r["workload.model"] for r in self.rows()])
        for number, name in ((1, "one.yaml"), (2, "two.yaml")):
            scenario = (self.out / "points" / f"{number:06}" / "scenario.yaml").read_text(encoding="utf-8")
            self.assertIn(str(self.top / name), scenario)
            self.assertIn("clock: 1 GHz", scenario)
            self.assertRegex(scenario, r"(?m)^seed: 1$")
        (self.top / "own.yaml").unlink()
        done = self.sweep("../study.yaml", "--out", self.top / "none", cwd=elsewhere, status=2)
        self.assertIn("base: expected an existing scenario, got own.yaml", done.stderr)

    def test_what_a_point_reads_is_in_its_key(self):
        data = self.top / "data"
        for part in ("scenarios", "models/data", "report/assets"):
            shutil.copytree(SOURCE / part, data / part)
        study = self.study("base: smoke\nset: { fidelity: burst }\nmetrics: [time]\nvary: { seed: [1] }\n")
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.cache), "WAFERLOOM_DATA_DIR": str(data)}

        def time_of(name, *, reused):
            done = subprocess.run([PROGRAM, "sweep", study, "--out", self.top / name], capture_output=True, text=True,
                                  env=environment, stdin=subprocess.DEVNULL)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn(f"{'0 points' if reused else '1 point'} simulated, {reused} reused", done.stdout)
            return float(self.rows(self.top / name)[0]["time_s"])
        times = [time_of("first", reused=0)]
        self.assertEqual(times[0], time_of("again", reused=1))
        for file, old, new in (("models/data/tiny.yaml", "ffn: 256", "ffn: 512"),
                               ("scenarios/hardware/mesh8.yaml", "bandwidth: 40 Gb/s  ", "bandwidth: 20 Gb/s  "),
                               ("scenarios/hardware/wse2.yaml", "hop_latency: 1 cycle ", "hop_latency: 9 cycles "),
                               ("scenarios/smoke.yaml", "batch: 1", "batch: 2")):
            text = (data / file).read_text(encoding="utf-8")
            self.assertIn(old, text)
            (data / file).write_text(text.replace(old, new), encoding="utf-8")
            times.append(time_of(file.replace("/", "-"), reused=0))
            self.assertNotEqual(times[-1], times[-2], file)

    def test_a_changed_scenario_is_simulated_anew(self):
        shutil.copy(SOURCE / "scenarios" / "smoke.yaml", self.top / "own.yaml")
        study = self.study(STUDY.replace("base: smoke", "base: own.yaml"))
        self.sweep(study, "--out", self.out)
        text = (self.top / "own.yaml").read_text(encoding="utf-8")
        (self.top / "own.yaml").write_text(text.replace("batch: 1", "batch: 2"), encoding="utf-8")
        self.assertNotEqual(text, (self.top / "own.yaml").read_text(encoding="utf-8"))
        done = self.sweep(study, "--out", self.out, "--resume", status=2)
        self.assertIn("expected the points that this study has now, got others", done.stderr)
        self.assertIn("8 points simulated, 0 reused", self.sweep(study, "--out", self.top / "two").stdout)

    def test_killed_midway_and_resumed(self):
        text = STUDY.replace("{ from: 425 MHz, to: 1700 MHz, count: 3, scale: log }", "{ from: 425 MHz, to: 1700 MHz, count: 8 }")
        for how, status in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
            with self.subTest(how=how):
                out = self.top / f"killed-{how}"
                with subprocess.Popen([PROGRAM, "sweep", self.study(text), "--out", out, "--no-cache"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True) as running:
                    while len(list(out.glob("points/*/point.json"))) < 3:
                        self.assertIsNone(running.poll())
                        time.sleep(0.01)
                    running.send_signal(how)
                    said = running.communicate()[1]
                self.assertEqual(status, running.returncode)
                if how == signal.SIGINT:
                    self.assertIn("go on with --resume", said)
                self.assertFalse((out / "table.csv").exists())
                before = {path: path.stat().st_mtime_ns for path in out.glob("points/*/point.json")}
                self.assertLess(len(before), 18)
                refused = self.sweep(self.study(text), "--out", out, status=2)
                self.assertIn("go on with --resume", refused.stderr)
                done = self.sweep(self.study(text), "--out", out, "--resume", "--no-cache")
                self.assertIn(f"{len(before)} reused", done.stdout)
                self.assertEqual(before, {path: path.stat().st_mtime_ns for path in before})
        whole = self.top / "whole"
        self.sweep(self.study(text), "--out", whole, "--no-cache")
        self.assertEqual(self.table(whole), self.table(self.top / f"killed-{signal.SIGKILL}"))

    def test_a_worker_that_is_killed_is_a_failed_point(self):
        text = "base: smoke\nset: { fidelity: wavelet, workload.batch: 8 }\nmetrics: [time]\nvary: { pe.clock: [850 MHz, 900 MHz] }\n"
        with subprocess.Popen([PROGRAM, "sweep", self.study(text), "--out", self.out, "--no-cache", "--jobs", "1"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            killed = None
            while killed is None and running.poll() is None:
                children = pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="utf-8").split()
                if children:
                    killed = int(children[0])
                    os.kill(killed, signal.SIGKILL)
            said = running.communicate()[0]
        self.assertEqual(0, running.returncode)
        rows = self.rows()
        self.assertEqual(["failed", "done"], [r["status"] for r in rows])
        self.assertIn("ended by signal 9", rows[0]["message"])
        self.assertIn("1 failed", said)
        self.sweep(self.study(text), "--out", self.out, "--resume", "--no-cache")  # a crash is worth another attempt
        self.assertEqual(["done", "done"], [r["status"] for r in self.rows()])


class Elsewhere(Sweep):
    @unittest.skipUnless(shutil.which("mpirun"), "no MPI here")
    def test_ranks_of_an_mpi_job(self):
        self.sweep(self.study(), "--out", self.out, "--no-cache")
        done = subprocess.run(["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2", PROGRAM, "sweep", self.study(), "--out",
                               self.top / "ranks", "--no-cache"], capture_output=True, text=True, timeout=120)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual(self.table(), self.table(self.top / "ranks"))
        self.assertEqual(2, json.loads((self.top / "ranks" / "host.json").read_text(encoding="utf-8"))["workers"])

    @unittest.skipUnless(shutil.which("parallel"), "no GNU parallel here")
    def test_a_list_for_gnu_parallel(self):
        self.sweep(self.study(), "--out", self.out)
        self.sweep(self.study(), "--out", self.top / "jobs", "--emit", "parallel")
        missing = self.sweep("--collect", self.top / "jobs", status=2)
        self.assertIn("expected points that have run, got none", missing.stderr)
        with open(self.top / "jobs" / "jobs.txt", encoding="utf-8") as jobs:
            subprocess.run(["parallel", "--will-cite", "-j2"], stdin=jobs, check=True, capture_output=True)
        self.sweep("--collect", self.top / "jobs")
        self.assertEqual(self.table(), self.table(self.top / "jobs"))

    def test_a_job_array_for_slurm(self):
        self.sweep(self.study(), "--out", self.out)
        self.sweep(self.study(), "--out", self.top / "jobs", "--emit", "slurm")
        script = self.top / "jobs" / "jobs.slurm"
        self.assertIn("#SBATCH --array=1-8\n", script.read_text(encoding="utf-8"))
        for task in range(1, 9):  # what Slurm does with it
            subprocess.run(["sh", script], check=True, env={**os.environ, "SLURM_ARRAY_TASK_ID": str(task)}, capture_output=True)
        self.sweep("--collect", self.top / "jobs")
        self.assertEqual(self.table(), self.table(self.top / "jobs"))

    def test_questions_are_answered_one_by_one(self):
        lines = ['{"id": 7, "io.bandwidth": "40 Gb/s", "pe.clock": "850 MHz"}', '{"io.bandwidth": "40 Gb", "pe.clock": "850 MHz"}',
                 '{"io.bandwidth": "80 Gb/s", "pe.clock": "425 MHz"}', "nonsense", '{"pe.clock": "1 GHz"}']
        done = self.sweep(self.study(), "--out", self.out, "--evaluate", stdin=None, input="\n".join(lines) + "\n")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(["done", "invalid", "excluded", "invalid", "invalid"], [a["status"] for a in answers])
        self.assertEqual(7, answers[0]["id"])
        self.assertRegex(answers[1]["message"], "io.bandwidth: expected a bandwidth")
        self.assertRegex(answers[4]["message"], "io.bandwidth: expected a value")
        rows = self.rows()
        self.assertEqual(1, len(rows))
        self.assertAlmostEqual(answers[0]["metrics"]["time"], float(rows[0]["time_s"]), delta=1e-9)

    def test_an_optimizer_asks(self):
        python = python_with("optuna")
        if python is None:
            self.skipTest("no Optuna here")
        done = subprocess.run([python, SOURCE / "scripts" / "optimize", self.study(), "--out", self.out, "--trials", "6", "--waferloom", PROGRAM],
                              capture_output=True, text=True, env={**os.environ, "XDG_CACHE_HOME": str(self.cache)})
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertLessEqual(len(self.rows()), 6)
        self.assertRegex(done.stdout, r"best of 6 trials: tokens_per_second = [\d.e+]+, energy = [\d.e-]+ at io\.bandwidth = ")


class Ready(Sweep):
    def test_ready_studies_have_points(self):
        files = sorted((SOURCE / "scenarios" / "studies").glob("*.yaml"))
        listed = waferloom("list", "studies").splitlines()
        self.assertEqual([f.stem for f in files], [line.split()[0] for line in listed])
        for file in files:
            with self.subTest(study=file.stem):
                done = self.sweep(file.stem, "--dry-run")
                self.assertRegex(done.stdout, r"(?m)^[1-9]\d* points; constraints exclude \d+, \d+ no valid scenario$")


if __name__ == "__main__":
    main()
