# SPDX-License-Identifier: Apache-2.0
"""One run on several ranks: the same bytes as one process writes, or a clear refusal.

usage: ranks_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import filecmp
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, PROGRAM, SOURCE, InDirectory, main, sets, waferloom  # noqa: E402

MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe"]
OF_THE_HOST = {"host.json"}


class Ranks(InDirectory):
    def files(self, directory):
        return {path.name for path in (self.top / directory).iterdir()} - OF_THE_HOST

    def assert_same(self, one, other):
        self.assertEqual(self.files(one), self.files(other))
        _, differ, wrong = filecmp.cmpfiles(self.top / one, self.top / other, self.files(one), shallow=False)
        self.assertEqual(([], []), (differ, wrong))

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

    def test_a_directory_that_exists(self):
        (self.top / "out").mkdir()
        said = waferloom("run", SOURCE / "scenarios/collectives/broadcast.yaml", "--jobs", 3, "--out", self.top / "out", status=BAD_INPUT)
        self.assertEqual(1, said.count("expected a directory that does not exist yet"), said)


class Partition(Ranks):
    def test_is_shown_without_a_run(self):
        shown = waferloom("run", SOURCE / "scenarios/collectives/broadcast.yaml", "--partition", 3)
        self.assertRegex(shown, r"(?m)^ +rank +regions +tiles +load$")
        loads = [float(line.split()[3]) for line in shown.splitlines() if line.endswith("%")]
        self.assertEqual(3, len(loads))
        self.assertAlmostEqual(100, sum(loads), delta=0.2)
        self.assertLess(max(loads), 50)


main()
