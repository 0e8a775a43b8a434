# SPDX-License-Identifier: Apache-2.0
"""Runs that cannot be done: each ends with its own status, one message that says what and where, and no result that
looks whole.

usage: run_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, HOST_RESOURCE, INTERRUPTED, InDirectory, PROGRAM, SOURCE, STUCK, full_disk, main, run_program, sets  # noqa: E402


# Numbers of a loop are computed when its time is known, all at once.
LONG_LOOP = """name: looping
description: a loop that takes hours to compute
hardware: mesh8
values: true
width: 1
buffers: [{ name: a, length: 4, fill: 1 }]
tasks:
  - { name: first, start: true, do: [{ loop: { count: 1000000000000, do: [{ add: { a: a, b: a, to: a } }] } }] }
"""


class Faults(InDirectory):
    def setUp(self):
        super().setUp()
        self.out = self.top / "out"

    def waferloom(self, *arguments, **options):
        return run_program(*arguments, status=None, cwd=self.top, **options)

    def assert_fails(self, status, arguments, *said, **options):
        done = self.waferloom(*arguments, **options)
        self.assertEqual(status, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        for pattern in said:
            self.assertRegex(done.stderr, pattern)
        self.assertFalse((self.out / "result.json").exists())
        return done

    def trace(self):
        path = self.top / "step.trace"
        self.assertEqual(0, self.waferloom("trace", "build", "smoke", "--out", str(path)).returncode)
        return path

    def scenario_of(self, trace):
        path = self.top / "replay.yaml"
        path.write_text(f"hardware: mesh8\nworkload: {{ trace: {trace.name} }}\n", encoding="utf-8")
        return str(path)

    # Traces

    def test_a_damaged_trace_is_named_with_its_offset(self):
        path = self.trace()
        data = bytearray(path.read_bytes())
        place = data.index(b"stream_in")
        line = data.rindex(b"\n", 0, place) + 1
        data[place] ^= 0x10
        path.write_bytes(data)
        for command in (["run", self.scenario_of(path), "--out", str(self.out)], ["trace", "show", str(path)],
                        ["trace", "stats", str(path)], ["trace", "validate", str(path)]):
            self.assert_fails(BAD_INPUT, command, rf"step\.trace:\d+:1: offset {line}: ")

    def test_a_truncated_trace_is_refused(self):
        path = self.trace()
        data = path.read_bytes()
        for size in (0, 1, 100, len(data) // 2, len(data) - 1, data.rindex(b"\n", 0, len(data) - 1) + 1):
            path.write_bytes(data[:size])
            self.assert_fails(BAD_INPUT, ["run", self.scenario_of(path), "--out", str(self.out)],
                              r"step\.trace:\d+:1: offset \d+: ")

    def test_a_trace_too_large_for_its_rectangle_is_refused(self):
        path = self.trace()
        self.assert_fails(BAD_INPUT, ["run", self.scenario_of(path), "--out", str(self.out), *sets(
            "workload.rectangle.x=0", "workload.rectangle.y=1", "workload.rectangle.width=4",
            "workload.rectangle.height=8")], r"workload\.rectangle: expected at least 8 x 8 tiles.*got 4 x 8")

    def test_an_edited_trace_is_told_how_to_be_sealed(self):
        path = self.trace()
        path.write_text(path.read_text(encoding="utf-8").replace('"blocks":8', '"blocks":9', 1), encoding="utf-8")
        self.assert_fails(BAD_INPUT, ["trace", "validate", str(path)], "waferloom trace seal")

    # What does not fit

    def test_a_model_that_does_not_fit_the_sram_says_what_is_missing_where(self):
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", str(self.out), *sets("workload.batch=200")],
                          r"does not fit the SRAM: tile \(7, 7\)", r"\d+ B are missing", r"largest: layer\d")

    def test_a_rectangle_outside_the_wafer_is_refused(self):
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", str(self.out), *sets(
            "workload.rectangle.x=4", "workload.rectangle.y=1", "workload.rectangle.width=8",
            "workload.rectangle.height=8")], r"workload\.rectangle\.width: expected to stay within columns 0 to 7")

    def test_too_few_colors(self):
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", str(self.out), *sets("fabric.colors=11")],
                          "colors exhausted: the step needs 13 ", "have 11")

    def test_a_model_that_no_rectangle_of_this_shape_can_hold(self):
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", str(self.out), *sets("workload.layers=[0, 7]")],
                          r"workload\.layers: expected layers below 2")

    # What shows only as the machine is built

    def assert_leaves_nothing(self, said, *arguments):
        """Neither the directory nor those above it that it would have needed."""
        out = self.top / "made" / "for" / "it"
        done = self.waferloom("run", *arguments, "--out", str(out))
        self.assertEqual(BAD_INPUT, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        self.assertRegex(done.stderr, said)
        self.assertFalse((self.top / "made").exists(), f"{arguments}: {list((self.top / 'made').rglob('*'))}")
        # The default directory likewise.
        self.assertEqual(BAD_INPUT, self.waferloom("run", *arguments).returncode)
        self.assertFalse((self.top / "runs").exists())

    def test_a_trace_that_the_mesh_cannot_route_leaves_nothing(self):
        scenario = self.scenario_of(self.trace())
        for setting, said in (
                ("io.channels=1", r"record 0 \(.*\): colors exhausted: I/O channel 0 serves 8 columns"),
                ("fabric.colors=5", r"record \d+ \(.*\): colors exhausted: it needs color 5, the routers have 5"),
                ("io.input_edge=south", r"io\.input_edge: expected north"),
                ("io.output_edge=east", r"io\.output_edge: expected north or south")):
            for fidelity in ("wavelet", "burst"):
                self.assert_leaves_nothing(said, scenario, *sets(setting, f"fidelity={fidelity}"))

    def test_a_trace_that_contradicts_itself_leaves_nothing(self):
        def edited(old, new):
            path = self.trace()
            text = path.read_text(encoding="utf-8")
            self.assertIn(old, text)
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            sealed = self.top / "sealed.trace"
            sealed.unlink(missing_ok=True)
            sealing = self.waferloom("trace", "seal", str(path), str(sealed))
            self.assertEqual(0, sealing.returncode, sealing.stderr)
            path.unlink()
            return self.scenario_of(sealed)
        # Columns 0 to 3 of the first stream take the ways of others that come after it.
        scenario = edited('"colors":[0,1,2,3,4],"elements":{"scale":32,', '"colors":[1,0,2,3,4],"elements":{"scale":32,')
        self.assert_leaves_nothing(r"record \d+ \(.*\): colors: color \d+ at tile \(\d+, \d+\) needs queue \d+|"
                                   r"color \d+ at tile \(\d+, \d+\): two routes contradict each other", scenario)

    def test_what_cannot_be_observed_leaves_nothing(self):
        collective = str(SOURCE / "scenarios" / "collectives" / "reduce-tree.yaml")
        everything = ("observe.waveform.signals", "observe.wavelet_log.tiles", "observe.tracks.tiles")
        for scenario, keys in (("smoke", everything), (self.scenario_of(self.trace()), everything),
                               (collective, everything)):
            for key in keys:
                self.assert_leaves_nothing(rf"{re.escape(key)}: expected a pattern that matches something, got nothing",
                                           scenario, *sets(f"{key}=[nothing]"))

    def test_traffic_that_cannot_be_leaves_nothing(self):
        (self.top / "rates.txt").write_text("0 1 0.1\n0 99 0.1\n", encoding="utf-8")
        for table, said in (("none.txt", r"traffic\.table: expected an existing file, got none\.txt"),
                            ("rates.txt", r"rates\.txt:2:3: expected a destination node from 0 to 63, got 99")):
            self.assert_leaves_nothing(said, "noc-uniform", *sets("traffic.pattern=table",
                                                                           f"traffic.table={table}"))

    def test_pipes_and_directories_as_what_is_read_again_leave_nothing(self):
        os.mkfifo(self.top / "pipe")
        for scenario, key, *settings in (("smoke", "workload.model"), ("smoke", "workload.trace"),
                                         ("noc-uniform", "traffic.table", "traffic.pattern=table")):
            for name, said in (("pipe", r"expected a file that can be read more than once, got \S+pipe \(a pipe or a device: "),
                               ("", r"expected a file, got \S+ \(a directory: ")):
                with self.subTest(key=key, name=name):
                    self.assert_leaves_nothing(rf"{re.escape(key)}: {said}", scenario, *sets(*settings, f"{key}={self.top / name}"))

    def test_a_kernel_through_a_pipe_is_for_one_process(self):
        os.mkfifo(self.top / "pipe")
        said = rf"^workload\.kernel: {re.escape(str(self.top / 'pipe'))}: expected a file that several processes can read, got a pipe or a device"
        for more in (("--jobs", "2"), ("--checkpoint", "10 cycles")):
            self.assert_leaves_nothing(said, SOURCE / "scenarios/kernels/relay.yaml", *more, *sets(f"workload.kernel={self.top / 'pipe'}"))
        (self.top / "study.yaml").write_text(f"base: {SOURCE}/scenarios/kernels/relay.yaml\nset: {{ workload.kernel: {self.top / 'pipe'} }}\nvary: {{ seed: [1, 2] }}\n", encoding="utf-8")
        done = self.waferloom("sweep", self.top / "study.yaml", "--out", str(self.top / "swept"))
        self.assertEqual(BAD_INPUT, done.returncode)
        self.assertRegex(done.stderr, said[1:])

    def test_a_step_that_does_not_fit_leaves_nothing(self):
        for scenario, said, *settings in (
                ("smoke", "layer_pipelined keeps weights, gradients and optimizer state in SRAM",
                 "workload.strategy=layer_pipelined"),
                ("smoke", "does not fit the SRAM", "workload.batch=200"),
                ("smoke", "does not fit the SRAM", "workload.batch=200", "fidelity=burst"),
                ("gpt2-small-pipelined", r"workload\.rectangle: expected a width and a height",
                 "workload.rectangle.height=5")):
            self.assert_leaves_nothing(said, scenario, *sets(*settings))

    # Collectives

    def test_updates_beyond_the_reach_of_simulated_time(self):
        # They had wrapped around at fidelity wavelet, and the step was told to end early.
        wavelet, burst, auto = ("fidelity=wavelet",), ("fidelity=burst",), ("fidelity=burst", "workload.auto=lanes")
        for command, *options in (("check",), ("run", "--out", self.out)):
            # A run that chooses says it of each candidate.
            for settings in (wavelet, burst, auto) if command == "check" else (wavelet, burst):
                with self.subTest(settings=settings, command=command):
                    self.assert_fails(BAD_INPUT, (command, "smoke", *options, *sets(*settings, "memoryx.optimizer_rate=1 params/s")),
                                      "memoryx.optimizer_rate: expected updates of at most 18446 s together")

    def test_a_collective_that_cannot_be(self):
        def fails(said, *settings):
            self.assert_leaves_nothing(said, self.collective, *sets(*settings))
        self.collective = str(SOURCE / "scenarios" / "collectives" / "reduce-tree.yaml")
        fails(r"collective\.kind: expected one of .*broadcast.*got multiply", "collective.kind=multiply")
        fails(r"collective\.algorithm: expected one of flood for broadcast, got tree", "collective.kind=broadcast")
        fails(r"collective\.root_x: expected a column below 64, got 64", "collective.root_x=64")
        fails(r"collective\.rectangle\.width: expected to stay within", "collective.rectangle.width=900")
        fails(r"colors exhausted: the collective needs more than the routers' 5", "fabric.colors=5")
        fails(r"colors exhausted", "collective.kind=shift", "collective.algorithm=direct", "collective.distance=24")
        fails(r"collective\.kind: expected either a collective or a workload, got both", "workload.model=tiny")

    # The output directory

    def test_an_output_directory_that_exists_is_left_alone(self):
        self.out.mkdir()
        (self.out / "mine").write_text("precious", encoding="utf-8")
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", str(self.out)], "does not exist yet")
        # Nor is anything chosen first: no candidate of this one can run.
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--fidelity", "burst", "--out", str(self.out), "--set", "workload.auto=all",
                                      "--set", "pe.sram=8 KiB"], "does not exist yet")
        self.assertEqual(["mine"], [path.name for path in self.out.iterdir()])

    def test_an_output_directory_that_cannot_be_made(self):
        (self.top / "file").write_text("", encoding="utf-8")
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", str(self.top / "file" / "out")], "--out")
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", "/proc/waferloom/out"], "--out")
        self.assert_fails(BAD_INPUT, ["trace", "build", "smoke", "--out", str(self.top / "no" / "such" / "a.trace")],
                          "a.trace")

    def test_a_full_disk_leaves_no_whole_result(self):
        self.assert_fails(HOST_RESOURCE, ["run", "smoke", "--out", str(self.out)], "cannot write", preexec_fn=full_disk(8192))

    def test_a_full_disk_under_a_mapped_file(self):
        """As a waveform's writer meets it: a signal."""
        run = subprocess.Popen([PROGRAM, "run", "smoke", *sets("workload.batch=8", "io.bandwidth=1 Gb/s"), "--out", self.out],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (self.out / "scenario.yaml").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        run.send_signal(signal.SIGBUS)
        _, stderr = run.communicate(timeout=60)
        self.assertEqual(HOST_RESOURCE, run.returncode, stderr)
        self.assertIn("the disk is full", stderr)
        self.assertFalse((self.out / "result.json").exists())

    # Runs that do not end

    def test_an_interrupted_run_says_so_and_leaves_no_result(self):
        (self.top / "loop.yaml").write_text(LONG_LOOP, encoding="utf-8")
        step = ["smoke", *sets("workload.batch=8", "io.bandwidth=1 Gb/s")]
        for number, what in ((signal.SIGINT, step), (signal.SIGTERM, step), (signal.SIGHUP, step),
                             (signal.SIGTERM, [self.top / "loop.yaml"])):
            out = self.top / f"interrupted{number}{len(what)}"
            run = subprocess.Popen([PROGRAM, "run", *what, "--out", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, stdin=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while not (out / "scenario.yaml").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.3)  # into the simulation
            run.send_signal(number)
            stdout, stderr = run.communicate(timeout=60)
            self.assertEqual(INTERRUPTED, run.returncode, stderr)
            self.assertIn("interrupted", stderr)
            self.assertEqual("", stdout)
            self.assertFalse((out / "result.json").exists())

    def test_a_run_that_is_stuck_names_tiles_and_colors(self):
        path = self.deadlocked_trace()
        self.assert_fails(STUCK, ["run", self.scenario_of(path), "--out", str(self.out)], r"deadlock in cycle \d+",
                          r"tile \(0, 1\): block 1 of record 12 \(layer0\.forward\.qkv\.q\.axpy\) waits for record 13",
                          r"of color \d+", "that wait for each other")
        self.assertIn("<svg", (self.out / "deadlock.svg").read_text(encoding="utf-8"))

    def test_a_run_that_is_stuck_at_burst_names_tiles_of_the_grid(self):
        self.assert_fails(STUCK, ["run", self.scenario_of(self.deadlocked_trace()), "--out", str(self.out),
                                  "--fidelity", "burst"],
                          r"deadlock in cycle \d+: \d+ of \d+ parts of the trace are done",
                          r"tiles of the grid that wait for other records \(\d+\):",
                          r"block \d+ of record 12 \(layer0\.forward\.qkv\.q\.axpy\) waits for record 13")

    def test_a_run_past_its_limit_is_stopped(self):
        self.assert_fails(STUCK, ["run", "smoke", "--out", str(self.out), *sets("simulation.max_cycles=1000")],
                          r"simulation\.max_cycles: .*1000 cycles")

    def test_a_run_past_its_limit_is_no_deadlock(self):
        """Whatever waits for each other in the cycle in which a run is ended: it goes on without the limit."""
        done = self.assert_fails(STUCK, ["run", "smoke", "--out", str(self.out), *sets("simulation.max_cycles=107500", "hardware=mesh16", "workload.strategy=layer_pipelined", "workload.batch=4")],
                                 r"circle of waits when the run was ended")
        self.assertNotIn("that wait for each other", done.stderr)
        self.assertTrue(done.stderr.startswith("simulation.max_cycles: "), done.stderr[:200])
        self.assertFalse((self.out / "deadlock.svg").exists())

    def test_an_unroutable_edge_is_named(self):
        self.assert_fails(BAD_INPUT, ["run", "smoke", "--out", str(self.out), *sets("io.output_edge=east")],
                          r"io\.output_edge: expected north or south")


if __name__ == "__main__":
    main()
