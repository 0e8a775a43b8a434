# SPDX-License-Identifier: Apache-2.0
"""Studies that cannot be run: one clear error each, before anything runs.

usage: sweep_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import resource
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, HOST_RESOURCE, InDirectory, PROGRAM, full_disk, main, rows_of, run_program, waferloom  # noqa: E402


class BadStudy(InDirectory):
    def setUp(self):
        super().setUp()
        self.file = self.top / "study.yaml"
        self.out = self.top / "out"

    def sweep(self, text, *arguments, status=BAD_INPUT, **more):
        self.file.write_text(text, encoding="utf-8")
        return run_program("sweep", self.file, "--out", self.out, "--no-cache", *arguments, status=status, **more).stderr

    def assert_refused(self, text, *said):
        errors = self.sweep(text)
        for each in said:
            self.assertRegex(errors, each)
        self.assertFalse((self.out / "plan.json").exists())

    def test_unknown_keys(self):
        self.assert_refused("base: smoke\nvary: { io.bandwith: [1 Tb/s] }\n",
                            r"study\.yaml:2:9: io\.bandwith: expected a key of scenarios, got an unknown one; did you mean io\.bandwidth\?")
        self.assert_refused("base: smoke\nvarry: { io.bandwidth: [1 Tb/s] }\n", r"study\.yaml:2:1: varry: .*did you mean vary\?")
        self.assert_refused("base: smoke\nvary: { io: [1 Tb/s] }\n", r"io: expected a key such as io\.x, got a section")
        self.assert_refused("base: smoke\nmetrics: [tokens]\n", r"study\.yaml:2:11: metrics: expected one of ")
        self.assert_refused("base: smoke\nconstraints: [pe.sran < 1 B]\n", r"study\.yaml:2:15: constraints: .*did you mean pe\.sram\?")

    def test_a_point_of_an_unknown_model(self):
        self.assert_refused("base: smoke\nvary: { workload.model: [tiny, tinny] }\n", r"workload\.model = tinny",
                            r"expected a known model .*did you mean tiny\?")

    def test_wrong_units_and_values(self):
        self.assert_refused("base: smoke\nvary:\n  pe.sram: [48 KiB, 48 KHz, 48]\n", r"study\.yaml:3:21: pe\.sram: expected ", r"study\.yaml:3:29: pe\.sram: ")
        self.assert_refused("base: smoke\nvary:\n  pe.clock: { from: 1 GHz, to: 2 s, count: 3 }\n", "of one dimension")
        self.assert_refused("base: smoke\nvary:\n  pe.clock: 1 GHz\n", r"expected a list of values, or a range")
        self.assert_refused("base: smoke\nvary:\n  pe.clock: []\n", "expected at least one value")
        self.assert_refused("base: smoke\nobjectives: { time: least }\n", "expected maximize or minimize, got least")
        self.assert_refused("base: smoke\nconstraints: [pe.sram < 1 s]\n", "expected two of one dimension, got a bytes and a time|expected two of one dimension")
        self.assert_refused("base: smoke\nconstraints: ['pe.sram <']\n", r"study\.yaml:2:15: constraints: expected a number, a key, a metric or \(, got the end")
        self.assert_refused("base: nowhere\nvary: { pe.clock: [1 GHz] }\n", r"study\.yaml:1:7: base: ")
        self.assert_refused("vary: { pe.clock: [1 GHz] }\n", "base: expected a scenario's name or path, got nothing")

    def test_axes_that_contradict_each_other(self):
        self.assert_refused("base: smoke\nvary: { pe.clock: [1 GHz] }\nzip:\n  - { pe.clock: [1 GHz] }\n", "pe.clock: expected a key on one axis, got it on two")
        self.assert_refused("base: smoke\nzip:\n  - { pe.clock: [1 GHz, 2 GHz], pe.sram: [48 KiB] }\n", "expected 2 values as for pe.clock, got 1")
        self.assert_refused("base: smoke\nlist:\n  - { pe.clock: 1 GHz }\n  - { pe.sram: 48 KiB }\n", "expected the keys pe.clock in this order")

    def test_a_key_has_one_source(self):
        self.assert_refused("base: smoke\nvary: { pe.clock: [1 GHz, 2 GHz] }\nderive: { pe.clock: io.latency }\n",
                            r"study\.yaml:3:21: pe\.clock: expected a key that is not varied, got it in derive as well")
        self.assert_refused("base: smoke\nset: { pe.clock: 1 GHz }\nvary: { seed: [1] }\nderive: { pe.clock: pe.clock }\n",
                            r"study\.yaml:4:21: pe\.clock: expected a key that is not in set")
        once = r"pe\.clock: expected the key once, got it again"
        self.assert_refused("base: smoke\nset: { pe.clock: 1 GHz, pe.clock: 2 GHz }\nvary: { seed: [1] }\n", r"study\.yaml:2:25: " + once)
        self.assert_refused("base: smoke\nderive: { pe.clock: pe.clock, pe.clock: pe.clock }\nvary: { seed: [1] }\n", once)
        self.assert_refused("base: smoke\nvary: { pe.clock: [1 GHz], pe.clock: [2 GHz] }\n", once)
        self.assert_refused("base: smoke\nlist:\n  - { pe.clock: 1 GHz, pe.clock: 2 GHz }\n", once)
        self.assert_refused("base: smoke\nzip:\n  - { pe.clock: [1 GHz], pe.clock: [2 GHz] }\n", once)
        self.assert_refused("base: smoke\nsample: { points: 2, points: 3 }\nvary: { seed: [1] }\n", "points: expected the key once")
        self.assert_refused("base: smoke\nobjectives: { time: minimize, time: maximize }\nvary: { seed: [1] }\n", "time: expected the key once")
        self.assert_refused("base: smoke\nvary: { pe.clock: { from: 1 GHz, from: 2 GHz, to: 3 GHz, count: 2 } }\n", "from: expected the key once")

    def test_points_that_are_no_scenario(self):
        text = "base: smoke\nvary: { fabric.colors: [24, 4000] }\n"
        self.assert_refused(text, "fabric.colors")
        text = "base: smoke\nset: { fidelity: burst }\nmetrics: [time]\nvary: { workload.rectangle.width: [4, 900], workload.rectangle.height: [4] }\n"
        self.assert_refused(text + "set: {}\n", "once")
        self.assert_refused(text, "point with workload.rectangle.width = 900", "`invalid: skip` leaves them out")

    def test_numbers_of_jobs(self):
        for jobs in ("-1", "1025", "1.5", "two"):
            self.assertRegex(self.sweep("base: smoke\nmetrics: [time]\nvary: { seed: [1, 2] }\n", "--jobs", jobs), "--jobs: ")

    def test_zero_points(self):
        self.assert_refused("base: smoke\nvary: { pe.clock: [1 GHz, 2 GHz] }\nconstraints: [pe.clock < 1 GHz, pe.clock > 2 GHz]\n",
                            r"study\.yaml:3:15: constraints: expected at least one point, got none: constraints exclude 2")
        # Of points that are left out as they are no scenarios it is told why.
        self.assert_refused("base: smoke\ninvalid: skip\nvary: { workload.lanes: [3, 5] }\n",
                            "point with workload.lanes = 3", r"study\.yaml:1:1: invalid: expected at least one point, got none: .*no valid scenario: 2")
        self.assert_refused("base: smoke\nsample: { points: 0 }\nvary: { pe.clock: [1 GHz] }\n", r"sample\.points: expected at least 1")

    def test_a_million_points_ask_first(self):
        text = "base: smoke\nvary:\n  pe.clock: { from: 1 MHz, to: 1000 MHz, count: 1000 }\n  io.bandwidth: { from: 1 Gb/s, to: 1000 Gb/s, count: 1000 }\n"
        start = time.monotonic()
        self.assert_refused(text, "expected at most 10000 points, got 1000000; --yes runs them all")
        self.assertLess(time.monotonic() - start, 20)

    def test_broken_files(self):
        self.assert_refused("base: [smoke\n", r"study\.yaml:")
        self.assert_refused("", r"study\.yaml")
        self.assertIn("none.yaml", waferloom("sweep", self.top / "none.yaml", status=BAD_INPUT))
        self.assertEqual("sweep: expected a study, got none\n", waferloom("sweep", status=BAD_INPUT))

    def test_two_studies_in_one_directory(self):
        text = "base: smoke\nset: { fidelity: wavelet }\nmetrics: [time]\nvary: { pe.clock: { from: 500 MHz, to: 900 MHz, count: 40 } }\n"
        self.file.write_text(text, encoding="utf-8")
        with subprocess.Popen([PROGRAM, "sweep", self.file, "--out", self.out, "--no-cache"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as running:
            while not (self.out / "plan.json").exists():
                self.assertIsNone(running.poll())
                time.sleep(0.01)
            self.assertIn("another sweep works", self.sweep(text, "--resume"))
            running.terminate()
        self.assertEqual(130, running.returncode)
        other = self.sweep("base: smoke\nset: { fidelity: burst }\nmetrics: [time]\nvary: { pe.clock: [1 GHz] }\n", "--resume")
        self.assertIn("got others", other)

    def test_a_directory_that_cannot_be_written(self):
        self.out.write_text("", encoding="utf-8")
        self.assertIn("expected a place where a directory can be made", self.sweep("base: smoke\nvary: { pe.clock: [1 GHz] }\n"))

    def test_a_full_disk(self):
        text = "base: smoke\nset: { fidelity: burst }\nmetrics: [time]\nvary: { pe.clock: { from: 500 MHz, to: 900 MHz, count: 40 } }\n"
        errors = self.sweep(text, status=HOST_RESOURCE, preexec_fn=full_disk(3000))
        self.assertRegex(errors, "cannot write")
        self.assertEqual([], list(self.out.glob("table.csv")))

    def test_collecting_what_is_no_study(self):
        self.assertIn("expected the directory of a study, got none (no plan.json)", waferloom("sweep", "--collect", self.top, status=BAD_INPUT))
        self.write("plan.json", "{")
        self.assertIn("plan.json: expected a study's plan", waferloom("sweep", "--collect", self.top, status=BAD_INPUT))
        waferloom("sweep", "--point", self.top, "1", status=BAD_INPUT)

    @unittest.skipIf(b"__asan_init" in PROGRAM.read_bytes(), "AddressSanitizer reserves more addresses than any limit of them leaves")
    def test_a_point_that_takes_too_much_memory(self):
        text = ("base: smoke\nset: { fidelity: wavelet }\nmetrics: [time]\n"
                "list:\n  - { fabric.width: 8, fabric.height: 10 }\n  - { fabric.width: 8000, fabric.height: 8000 }\n")

        def little_memory():
            resource.setrlimit(resource.RLIMIT_AS, (800 << 20, 800 << 20))
        self.assertEqual("", self.sweep(text, status=0, preexec_fn=little_memory))
        rows = rows_of(self.out / "table.csv")
        self.assertEqual(["done", "failed"], [row["status"] for row in rows])
        self.assertEqual("out of memory", rows[1]["message"])


if __name__ == "__main__":
    main()
