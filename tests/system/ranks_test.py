# SPDX-License-Identifier: Apache-2.0
"""One run on several ranks: the same bytes as one process writes, or a clear refusal.

usage: ranks_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, HOST_RESOURCE, INTERRUPTED, PROGRAM, STUCK, SOURCE, RunsInDirectory, full_disk, main, sets, waferloom  # noqa: E402

MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe"]


class Ranks(RunsInDirectory):
    def assert_same_for_any_number(self, *run, ranks=(2, 3, 4)):
        waferloom("run", *run, "--out", self.top / "1")
        for number in ranks:
            with self.subTest(ranks=number):
                waferloom("run", *run, "--jobs", number, "--out", self.top / str(number))
                self.assert_same("1", str(number))


class Collectives(Ranks):
    def test_a_reduction_on_uneven_parts(self):
        self.assert_same_for_any_number(SOURCE / "scenarios/collectives/reduce-two-phase-2d.yaml",
                                        *sets("collective.elements=64", "simulation.region_width=7", "simulation.region_height=5"))

    def test_control_wavelets_cross(self):
        self.assert_same_for_any_number(SOURCE / "scenarios/collectives/reduce-tree.yaml",
                                        *sets("collective.elements=32", "simulation.region_width=9"), ranks=(3,))

    def test_regions_are_cut_finer_where_reticles_do_not_suffice(self):
        self.assert_same_for_any_number(SOURCE / "scenarios/collectives/broadcast.yaml", ranks=(4,))

    @unittest.skipUnless(shutil.which("mpirun"), "no MPI here")
    def test_ranks_of_an_mpi_job(self):
        scenario = SOURCE / "scenarios/collectives/broadcast.yaml"
        waferloom("run", scenario, "--out", self.top / "1")
        done = subprocess.run([*MPIRUN, "-n", "2", PROGRAM, "run", scenario, "--out", self.top / "2"], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual(1, done.stdout.count("Results: "))
        self.assert_same("1", "2")


@unittest.skipUnless((PROGRAM.parent / "waferloom-mpi.so").exists(), "built without MPI")
class WithoutMpi(Ranks):
    """A machine on which the program runs and MPI does not, or another MPI does."""
    SCENARIO = SOURCE / "scenarios/collectives/broadcast.yaml"

    def run_with(self, program=PROGRAM, status=0, out="out", silent=False, **variables):
        done = subprocess.run([program, "run", self.SCENARIO, "--out", self.top / out], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "WAFERLOOM_DATA_DIR": str(SOURCE), **variables})
        self.assertEqual(status, done.returncode, done.stderr)
        self.assertEqual(status == 0 and not silent, (self.top / out / "result.json").exists())
        return done.stderr

    def broken_library(self):
        (self.top / "broken").mkdir()
        (self.top / "broken" / "libmpi.so.40").touch()
        return str(self.top / "broken")

    def test_one_process_needs_none(self):
        self.assertEqual("", self.run_with(LD_LIBRARY_PATH=self.broken_library()))
        self.assertEqual("", self.run_with(out="mpirun-n-1", LD_LIBRARY_PATH=str(self.top / "broken"), OMPI_COMM_WORLD_SIZE="1"))

    def test_a_library_that_is_missing_is_told_once(self):
        rank = {"LD_LIBRARY_PATH": self.broken_library(), "OMPI_COMM_WORLD_SIZE": "2"}
        self.assertRegex(self.run_with(status=HOST_RESOURCE, OMPI_COMM_WORLD_RANK="0", **rank),
                         r"\Ampirun: expected MPI on this machine, got none that can be used: .*libmpi.so.40: file too short; .*--jobs N.*\n\Z")
        self.assertEqual("", self.run_with(silent=True, OMPI_COMM_WORLD_RANK="1", **rank))  # rank 0 says it

    def test_a_program_without_its_module_does_not_run_as_many(self):
        shutil.copy(PROGRAM, self.top / "waferloom")
        said = self.run_with(self.top / "waferloom", HOST_RESOURCE, OMPI_COMM_WORLD_SIZE="2", OMPI_COMM_WORLD_RANK="0")
        self.assertIn(f"no waferloom-mpi.so in {self.top} or ", said)

    def test_the_mpirun_of_another_mpi(self):
        said = self.run_with(status=HOST_RESOURCE, PMI_SIZE="2", PMI_RANK="0", OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        self.assertIn("of 2 processes that were started together Open MPI knows 1: mpirun is of another MPI", said)

    @unittest.skipUnless(shutil.which("mpirun"), "no mpirun here")
    def test_ranks_of_different_builds(self):
        other = self.another_build()
        words = ["run", self.SCENARIO, "--out", self.top / "out"]
        for first, second in ((PROGRAM, other), (other, PROGRAM)):
            done = subprocess.run([*MPIRUN, "-n", "1", first, *words, ":", "-n", "2", second, *words], capture_output=True, text=True, timeout=60,
                                  env={**os.environ, "WAFERLOOM_DATA_DIR": str(SOURCE)})
            self.assertEqual(BAD_INPUT, done.returncode, done.stderr)
            self.assertEqual(1, len(re.findall(r"mpirun: expected the same program on all ranks, waferloom [0-9.]+, build (\w{8}), "
                                               r"got waferloom [0-9.]+, build (?!\1)\w{8} on rank 1\n", done.stderr)), done.stderr)
            self.assertFalse((self.top / "out").exists())


class OfAStep(Ranks):
    MODEL = "name: small\ndescription: for this test\nlayers: 1\nhidden: 8\nheads: 1\nffn: 16\nvocabulary: 8\nsequence: 4\n"

    def setUp(self):
        super().setUp()
        self.step = (self.write("step.yaml", f"""hardware: mesh8
workload: {{ model: {self.write("small.yaml", self.MODEL)}, strategy: weight_streaming, batch: 2 }}
fidelity: wavelet
"""),)


class TrainingSteps(OfAStep):
    def test_on_uneven_parts(self):
        self.assert_same_for_any_number(*self.step, *sets("simulation.region_width=3", "simulation.region_height=2"))

    def test_on_regions_that_the_program_chooses(self):
        self.assert_same_for_any_number(*self.step, *sets("observe.link_samples=4"), ranks=(2,))

    def test_with_both_directions_of_the_host_at_one_edge(self):
        self.assert_same_for_any_number(*self.step, *sets("io.output_edge=north", "simulation.region_width=5", "simulation.region_height=4"), ranks=(3,))

    def test_a_run_past_its_limit_ends_alike(self):
        said = [waferloom("run", *self.step, *sets("simulation.max_cycles=500"), "--jobs", jobs, "--out", self.top / str(jobs), status=STUCK)
                for jobs in (1, 3)]
        self.assertIn("past its limit of 500 cycles\n", said[0])
        self.assertEqual(said[0], said[1])  # who waits for what, too
        self.assertFalse((self.top / "3" / "result.json").exists())


class Observed(OfAStep):
    def test_waveforms_tracks_and_landings(self):
        for waveform in ("vcd", "fst"):
            with self.subTest(format=waveform):
                for made in self.top.glob("[123]"):
                    shutil.rmtree(made)
                self.assert_same_for_any_number(*self.step, *sets(
                    f"observe.waveform.format={waveform}", "observe.waveform.signals=[wafer]", "observe.tracks.tiles=['0,0,8,8']",
                    "observe.wavelet_log.tiles=['0,0,8,8']", "simulation.region_width=3", "simulation.region_height=2"), ranks=(2, 3))

    def test_in_a_window(self):
        self.assert_same_for_any_number(*self.step, *sets(
            "observe.waveform.format=vcd", "observe.waveform.signals=[wafer.io, wafer.*.tile_3_*]", "observe.waveform.window=[1 us, 2 us]",
            "observe.wavelet_log.tiles=['3,1,2,4']", "observe.wavelet_log.window=[1 us, 2 us]", "simulation.region_width=4"), ranks=(2,))

    def test_a_window_that_the_run_does_not_reach(self):
        said = [waferloom("run", *self.step, *sets("observe.waveform.signals=[wafer.io]", "observe.waveform.window=[1 s, 2 s]"), "--jobs", jobs,
                          "--out", self.top / str(jobs), status=BAD_INPUT) for jobs in (1, 2)]
        self.assertEqual(said[0], said[1])

    def test_a_collective(self):
        self.assert_same_for_any_number(SOURCE / "scenarios/collectives/reduce-two-phase-2d.yaml", *sets(
            "collective.elements=16", "observe.waveform.format=vcd", "observe.waveform.signals=['wafer.reticle_0_0.tile_?_?']",
            "simulation.region_width=5", "simulation.region_height=5"), ranks=(3,))


class Ends(Ranks):
    """A run of minutes that ends before."""

    def start(self):
        running = subprocess.Popen([PROGRAM, "run", SOURCE / "scenarios/collectives/all-reduce-ring.yaml", *sets("collective.elements=1048576"),
                                    "--jobs", "2", "--out", self.top / "out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.kill)
        while not (self.top / "out" / "results.sqlite").exists():
            self.assertIsNone(running.poll())
            time.sleep(0.01)
        return running

    def test_with_ctrl_c(self):
        running = self.start()
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
        self.assertEqual(INTERRUPTED, running.returncode, said)
        self.assertRegex(said, r"\Ainterrupted in cycle \d+\n\Z")
        self.assertFalse((self.top / "out" / "result.json").exists())

    def test_with_a_rank_that_is_killed(self):
        running = self.start()
        child = int(pathlib.Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="utf-8").split()[0])
        os.kill(child, signal.SIGKILL)
        said = running.communicate(timeout=60)[1]
        self.assertEqual(HOST_RESOURCE, running.returncode, said)
        self.assertRegex(said, r"\A--jobs: process 2 of 2 was ended by signal 9\n\Z")


    def test_with_a_disk_that_is_full(self):
        done = subprocess.run([PROGRAM, "run", SOURCE / "scenarios/collectives/broadcast.yaml", "--jobs", "3", "--out", self.top / "out"],
                              preexec_fn=full_disk(8192), capture_output=True, text=True, timeout=60)
        self.assertEqual(HOST_RESOURCE, done.returncode, done.stderr)
        self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
        self.assertIn("cannot write", done.stderr)

    @unittest.skipUnless(shutil.which("mpirun"), "no MPI here")
    def test_with_a_rank_of_an_mpi_job_that_is_killed(self):
        """And goes on, without MPI, from the last checkpoint."""
        run = (SOURCE / "scenarios/collectives/all-reduce-ring.yaml", *sets("collective.elements=4096"))
        job = subprocess.Popen([*MPIRUN, "-n", "2", PROGRAM, "run", *run, "--checkpoint", "2000 cycles", "--out", self.top / "out"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(job.kill)
        self.wait_for_checkpoint(job)
        os.kill(self.ranks_of(job)[-1], signal.SIGKILL)
        said = job.communicate(timeout=60)[1]
        self.assertNotEqual(0, job.returncode)
        self.assertIn("signal 9", said)
        self.assert_resumed_as_whole(*run)

    def ranks_of(self, job):
        """The processes below mpirun that run the program."""
        found, waiting = [], [job.pid]
        while waiting:
            pid = waiting.pop()
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/exe") == str(PROGRAM):
                    found.append(pid)
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    waiting += map(int, (task / "children").read_text(encoding="utf-8").split())
        return sorted(found)


class Deadlocks(Ranks):
    def scenario(self):
        self.deadlocked_trace()
        return self.write("replay.yaml", "hardware: mesh8\nfidelity: wavelet\nworkload: { trace: other.trace }\n")

    def test_are_told_alike_on_any_number_of_ranks(self):
        said = {}
        scenario = self.scenario()
        for jobs in (1, 2, 3):
            said[jobs] = waferloom("run", scenario, *sets("simulation.region_width=3", "simulation.region_height=3"), "--jobs", jobs,
                                   "--out", self.top / str(jobs), status=STUCK)
            self.assertRegex(said[jobs], r"\Adeadlock in cycle \d+")
            self.assertIn("that wait for each other", said[jobs])
            self.assertEqual(said[1], said[jobs])
            self.assert_same("1", str(jobs))  # what was done, and the picture


class PacketNetworks(Ranks):
    def test_a_load(self):
        self.assert_same_for_any_number("noc-uniform", *sets("fabric.width=13", "fabric.height=9", "simulation.region_width=4",
                                                             "simulation.region_height=4", "traffic.samples=2"))


class Refused(Ranks):
    def test_more_ranks_than_regions(self):
        said = waferloom("run", SOURCE / "scenarios/collectives/broadcast.yaml", *sets("simulation.region_width=64", "simulation.region_height=64"),
                         "--jobs", 9, "--out", self.top / "out", status=BAD_INPUT)
        self.assertEqual(1, said.count("simulation.region_width, simulation.region_height: expected at least a region for each of 9 ranks"))
        self.assertFalse((self.top / "out").exists())

    def test_a_fidelity_that_is_not_shared(self):
        said = waferloom("run", "smoke", "--fidelity", "burst", "--jobs", 2, "--out", self.top / "out", status=BAD_INPUT)
        self.assertEqual(1, said.count("fidelity: burst: expected something that several processes can share"), said)
        self.assertFalse((self.top / "out").exists())

    def test_a_scenario_that_only_one_can_read(self):
        fifo = self.top / "pipe.yaml"
        os.mkfifo(fifo)
        self.refuse("pipe.yaml: expected a file that several processes can read, got a pipe", "run", fifo, "--jobs", "2")

    def test_a_directory_that_exists(self):
        (self.top / "out").mkdir()
        said = waferloom("run", SOURCE / "scenarios/collectives/broadcast.yaml", "--jobs", 3, "--out", self.top / "out", status=BAD_INPUT)
        self.assertEqual(1, said.count("expected a directory that does not exist yet"), said)


class Partition(OfAStep):
    def assert_even(self, ranks, most, *run):
        shown = waferloom("run", *run, "--partition", ranks)
        self.assertRegex(shown, r"(?m)^ +rank +regions +tiles +load$")
        loads = [float(line.split()[3]) for line in shown.splitlines() if line.endswith("%")]
        self.assertEqual(ranks, len(loads))
        self.assertAlmostEqual(100, sum(loads), delta=0.2)
        self.assertLess(max(loads), most)

    def test_of_a_collective(self):
        self.assert_even(3, 50, SOURCE / "scenarios/collectives/broadcast.yaml")

    def test_of_a_step(self):
        self.assert_even(2, 60, *self.step)

    def test_regions_are_cut_until_a_layer_is_shared_evenly(self):
        self.assert_even(2, 53, self.write("layer.yaml", """hardware: wse2
fabric: { width: 130, height: 130, program: { x: 1, y: 1, width: 128, height: 128 } }
io: { channels: 16 }
workload: { model: gpt3-xl, strategy: weight_streaming, batch: 1, sequence: 128, layers: 0, weight_format: packed }
"""))


main()
