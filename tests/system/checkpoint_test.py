# SPDX-License-Identifier: Apache-2.0
"""Runs that go on from a checkpoint: the same bytes as a run without interruption, on any number of ranks, or a clear
refusal.

usage: checkpoint_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import contextlib
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, INTERRUPTED, PROGRAM, SOURCE, STUCK, RunsInDirectory, full_disk, main, sets, waferloom  # noqa: E402

MODEL = "name: small\ndescription: for this test\nlayers: 1\nhidden: 16\nheads: 2\nffn: 32\nvocabulary: 8\nsequence: 8\n"
COLLECTIVE = (SOURCE / "scenarios/collectives/reduce-two-phase-2d.yaml", *sets("collective.elements=96"))


class Checkpoints(RunsInDirectory):
    def keep_checkpoints(self, run, every, jobs=1, until=None):
        """Runs, and keeps each checkpoint that was seen; gives their directories. `until`: kills it after so many."""
        running = subprocess.Popen([PROGRAM, "run", *map(str, run), "--jobs", str(jobs), "--checkpoint", every, "--out", self.top / "kept"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.kill)
        self.addCleanup(running.stderr.close)
        kept, last, journals = [], None, set()
        while running.poll() is None and (until is None or len(kept) < until):
            with contextlib.suppress(FileNotFoundError):
                seen = os.stat(self.top / "kept" / "checkpoint")
                if seen.st_ino != last:
                    last = seen.st_ino
                    place = self.top / f"checkpoint{len(kept)}"
                    place.mkdir(exist_ok=True)
                    os.link(self.top / "kept" / "checkpoint", place / "checkpoint")
                    linked = set()
                    for journal in (self.top / "kept").glob("checkpoint.[wl]*"):
                        os.link(journal, place / journal.name)  # grows on, as it does for a run that is killed later
                        linked.add(journal.name)
                    if linked >= journals:  # a run that ends takes them away
                        kept.append(place)
                        journals = linked
            time.sleep(0.001)
        if until is not None:
            running.send_signal(signal.SIGKILL)
        self.assertIn(running.wait(), (0, -signal.SIGKILL), running.stderr.read())
        self.assertTrue(kept, "no checkpoint was seen")
        return kept

    def assert_goes_on(self, *run, every, jobs=1, ranks=(3, 1, 2)):
        """From a checkpoint at the begin, in the middle and at the end, each on another number of ranks."""
        waferloom("run", *run, "--out", self.top / "whole")
        kept = self.keep_checkpoints(run, every, jobs)
        self.assert_same("whole", "kept")
        for place, number in zip((kept[0], kept[len(kept) // 2], kept[-1]), ranks):
            with self.subTest(checkpoint=place.name, ranks=number):
                out = f"{place.name}-{number}"
                waferloom("run", *run, "--jobs", number, "--resume", place, "--out", self.top / out)
                self.assert_same("whole", out)


class SameBytes(Checkpoints):
    def test_a_reduction(self):
        self.assert_goes_on(*COLLECTIVE, every="40 cycles")

    def test_a_reduction_on_ranks(self):
        self.assert_goes_on(*COLLECTIVE, every="40 cycles", jobs=2)

    def test_with_control_wavelets(self):
        self.assert_goes_on(SOURCE / "scenarios/collectives/reduce-tree.yaml", *sets("collective.elements=48"), every="30 cycles")

    def step(self, *settings):
        return (self.write("step.yaml", f"""hardware: mesh8
workload: {{ model: {self.write("small.yaml", MODEL)}, strategy: weight_streaming, batch: 2 }}
fidelity: wavelet
"""), *sets(*settings))

    def test_a_training_step(self):
        self.assert_goes_on(*self.step("observe.link_samples=8"), every="400 cycles")

    def test_a_training_step_on_ranks(self):
        self.assert_goes_on(*self.step("io.output_edge=north", "observe.link_samples=8"), every="400 cycles", jobs=3)

    OBSERVED = ("observe.waveform.signals=[wafer]", "observe.tracks.tiles=['0,0,8,8']", "observe.tracks.resolution=7",
                "observe.wavelet_log.tiles=['1,0,6,8']", "observe.wavelet_log.window=[2 us, 20 us]")

    def test_with_all_that_can_be_observed(self):
        self.assert_goes_on(*self.step("observe.waveform.format=vcd", *self.OBSERVED), every="700 cycles")

    def test_with_all_that_can_be_observed_on_ranks(self):
        self.assert_goes_on(*self.step(*self.OBSERVED), every="1100 cycles", jobs=2)

    def test_a_kernel(self):
        self.assert_goes_on(SOURCE / "scenarios/kernels/summa.yaml", every="200 cycles")

    def test_a_kernel_on_ranks(self):
        self.assert_goes_on(SOURCE / "scenarios/kernels/gemv.yaml", *sets("simulation.region_width=2", "simulation.region_height=2"), every="100 cycles", jobs=2)

    def test_a_load_of_a_packet_network(self):
        self.assert_goes_on("noc-uniform", *sets("fabric.width=9", "fabric.height=7", "traffic.samples=2"), every="300 cycles")

    def test_the_saturation_of_a_packet_network(self):
        self.assert_goes_on("noc-saturation", *sets("fabric.width=4", "fabric.height=4", "fabric.xy.virtual_channels=2", "traffic.samples=2", "traffic.curve=1"),
                            every="60000 cycles")


class Killed(Checkpoints):
    RUN = (SOURCE / "scenarios/collectives/all-reduce-ring.yaml", *sets("collective.elements=2048"))

    def test_in_its_own_directory(self):
        waferloom("run", *self.RUN, "--out", self.top / "whole")
        self.keep_checkpoints(self.RUN, "500 cycles", jobs=2, until=3)
        self.assertFalse((self.top / "kept" / "result.json").exists())
        waferloom("run", *self.RUN, "--resume", self.top / "kept", "--checkpoint", "3000 cycles")
        (self.top / "kept" / "checkpoint.partial").unlink(missing_ok=True)  # being written as it was killed
        self.assert_same("whole", "kept")  # the checkpoint is gone, too

    STEP = "hardware: mesh8\nworkload: {{ model: {}, strategy: weight_streaming, batch: 32, micro_batch: 2 }}\nfidelity: wavelet\n"

    def test_with_ctrl_c_after_a_last_checkpoint(self):
        """None other: the first by the clock would come after an hour."""
        step = self.write("step.yaml", self.STEP.format(self.write("small.yaml", MODEL)))
        runs = {"ring": self.RUN, "step": (step, *sets("observe.waveform.signals=[wafer.io]", "observe.wavelet_log.tiles=['1,0,6,8']")),
                "noc": ("noc-uniform", *sets("fabric.width=24", "fabric.height=24", "traffic.warmup=10000 cycles", "traffic.samples=2", "traffic.load=0.02"))}
        for name, run in runs.items():
            waferloom("run", *run, "--out", self.top / f"{name}-whole")
            for jobs, sent, then in ((1, signal.SIGINT, 2), (2, signal.SIGTERM, 1)):
                with self.subTest(run=name, jobs=jobs):
                    out = f"{name}-{jobs}"
                    at = self.top / out
                    self.assertRegex(self.interrupt(run, jobs, sent, at),
                                     rf"\Ainterrupted in cycle \d+, of which {at}/checkpoint is the checkpoint: --resume {at} goes on from there\n\Z")
                    waferloom("run", *run, "--jobs", then, "--resume", self.top / out, "--checkpoint", "1 h")
                    self.assert_same(f"{name}-whole", out)

    def interrupt(self, run, jobs, sent, out, **options):
        """Gives what the run says when it has begun and is sent a signal."""
        running = subprocess.Popen([PROGRAM, "run", *map(str, run), "--jobs", str(jobs), "--checkpoint", "1 h", "--out", out],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
        self.addCleanup(running.kill)
        while not (out / "scenario.yaml").exists():
            self.assertIsNone(running.poll())
            time.sleep(0.001)
        running.send_signal(sent)
        said = running.communicate(timeout=300)[1]
        self.assertEqual(INTERRUPTED, running.returncode, said)
        return said

    def test_a_last_checkpoint_for_which_the_disk_has_no_room(self):
        run = ("noc-uniform", *sets("fabric.width=40", "fabric.height=40", "traffic.samples=20"))
        said = self.interrupt(run, 1, signal.SIGINT, self.top / "out", preexec_fn=full_disk(50_000))
        self.assertRegex(said, r"\Ainterrupted in cycle \d+, without a checkpoint of it: .*cannot write: File too large\n\Z")

    def test_a_run_that_gets_stuck_is_told_alike(self):
        run = (*self.RUN, *sets("simulation.max_cycles=4000"))
        whole = waferloom("run", *run, "--out", self.top / "whole", status=STUCK)
        said = waferloom("run", *run, "--checkpoint", "1000 cycles", "--out", self.top / "kept", status=STUCK)
        self.assertEqual(whole, said)
        self.assertEqual(whole, waferloom("run", *run, "--resume", self.top / "kept", "--out", self.top / "again", status=STUCK))


class Refused(Checkpoints):
    def setUp(self):
        super().setUp()
        self.kept = self.top / "kept"
        waferloom("run", *COLLECTIVE, *sets("simulation.max_cycles=100"), "--checkpoint", "40 cycles", "--out", self.kept, status=STUCK)
        self.checkpoint = self.kept / "checkpoint"
        self.bytes = self.checkpoint.read_bytes()

    def resume(self, *run):
        said = waferloom("run", *(run or COLLECTIVE), "--resume", self.kept, "--out", self.top / "out", status=BAD_INPUT)
        self.assertEqual(1, len(said.splitlines()), said)
        self.assertFalse((self.top / "out").exists())
        return said

    def test_damaged_anywhere(self):
        for place in range(30, len(self.bytes), max(1, len(self.bytes) // 40)):
            damaged = bytearray(self.bytes)
            damaged[place] ^= 0x40
            self.checkpoint.write_bytes(damaged)
            self.assertRegex(self.resume(), "the checkpoint is (damaged|cut|of)|expected a checkpoint")

    def test_cut_anywhere(self):
        for size in [*range(0, len(self.bytes), max(1, len(self.bytes) // 40)), len(self.bytes) - 1]:
            self.checkpoint.write_bytes(self.bytes[:size])
            self.assertRegex(self.resume(), "the checkpoint is cut|expected a checkpoint of waferloom")

    def test_something_else(self):
        self.checkpoint.write_text("a letter", encoding="utf-8")
        self.assertIn("expected a checkpoint of waferloom, got something else", self.resume())

    def test_none(self):
        self.checkpoint.unlink()
        self.assertIn("expected a checkpoint, got none", self.resume())

    def test_of_a_finished_run(self):
        shutil.rmtree(self.kept)
        waferloom("run", *COLLECTIVE, "--out", self.kept)
        self.assertIn("got one of a finished run", self.resume())

    def test_of_another_scenario(self):
        said = self.resume(*COLLECTIVE, *sets("collective.elements=97"))
        self.assertIn("is of another scenario: ", said)
        self.assertIn('"elements": 96', said)

    def test_of_another_version_or_format(self):
        begin = self.bytes.index(b"\n") + 1
        size = struct.unpack_from("<Q", self.bytes, begin)[0]
        body = self.bytes[begin + 8:begin + 8 + size]
        for old, new, expected in ((b"waferloom 0.", b"waferloom 9.", "expected a checkpoint of this program, waferloom 0."),
                                   (struct.pack("<I", 1), struct.pack("<I", 2), "expected a checkpoint of format 1, got one of format 2")):
            changed = body.replace(old, new, 1)
            self.checkpoint.write_bytes(self.bytes[:begin + 8] + changed + struct.pack("<I", zlib.crc32(changed)) + self.bytes[begin + 12 + size:])
            self.assertIn(expected, self.resume())

    def test_what_no_checkpoint_can_keep(self):
        said = waferloom("run", "smoke", "--fidelity", "burst", "--checkpoint", "10 min", "--out", self.top / "out", status=BAD_INPUT)
        self.assertIn("fidelity: burst: expected something that a checkpoint can keep", said)
        self.assertFalse((self.top / "out").exists())

    def test_how_often(self):
        for every in ("often", "10", "0 cycles", "-1 min", "5 weeks", "nan s"):
            said = waferloom("run", *COLLECTIVE, f"--checkpoint={every}", "--out", self.top / "out", status=BAD_INPUT)
            self.assertIn("--checkpoint: expected simulated cycles (20000 cycles) or a time of the clock", said)


class FullDisk(Checkpoints):
    def test_the_run_and_the_last_checkpoint_stay(self):
        # The results fit, a checkpoint does not.
        run = ("noc-uniform", *sets("fabric.width=40", "fabric.height=40", "traffic.samples=2", "traffic.load=0.02",
                                      "traffic.warmup=3000 cycles", "traffic.sample=3000 cycles", "observe.maps=false"))
        waferloom("run", *run, "--out", self.top / "whole")
        for jobs in (1, 2):
            done = subprocess.run([PROGRAM, "run", *run, "--jobs", str(jobs), "--checkpoint", "1000 cycles", "--out", self.top / str(jobs)],
                                  preexec_fn=full_disk(50_000), capture_output=True, text=True, timeout=300)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn("warning: no checkpoint was made, the run goes on: ", done.stderr)
            self.assertIn("checkpoint: cannot write: File too large", done.stderr)
            self.assert_same("whole", str(jobs))


main()
