# SPDX-License-Identifier: Apache-2.0
"""One run on two machines, which are network namespaces of this one: nothing but a network cable joins the ranks.

usage: machines_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY

mpirun starts the ranks of the other machine through an agent, as it does with ssh, and they talk by TCP: Open MPI's
shared memory is not there. Needs root (or its like) and iproute2; is skipped elsewhere.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, PROGRAM, SOURCE, RunsInDirectory, main, sets, waferloom  # noqa: E402

NETWORK = "10.99.0"
SPACES = [f"waferloom-{os.getpid()}-{machine}" for machine in "ab"]


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=10)


def machines_can_be_made():
    if not (shutil.which("mpirun") and shutil.which("ip") and shutil.which("unshare")):
        return False
    try:
        ip("netns", "add", SPACES[0])
        ip("netns", "del", SPACES[0])
    except subprocess.CalledProcessError:
        return False
    return True


@unittest.skipUnless(machines_can_be_made(), "needs mpirun, and ip with the right to make network namespaces")
class TwoMachines(RunsInDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for space in SPACES:
            ip("netns", "add", space)
            cls.addClassCleanup(ip, "netns", "del", space)
        first, second = SPACES
        ip("-n", first, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", second)
        for number, space in enumerate(SPACES, 1):
            ip("-n", space, "addr", "add", f"{NETWORK}.{number}/24", "dev", "cable")
            ip("-n", space, "link", "set", "cable", "up")
            ip("-n", space, "link", "set", "lo", "up")

    def on_both(self, run, second_program=PROGRAM):
        """Starts `waferloom run RUN...` with a rank on each machine; the second may have another program at its place."""
        agent = self.top / "agent"
        agent.write_text(f"""#!/bin/sh
# as ssh: MACHINE COMMAND...
shift
exec ip netns exec {SPACES[1]} unshare --uts sh -c "hostname second; $*"
""", encoding="utf-8")
        agent.chmod(0o755)
        words = ["run", *map(str, run)]
        mpirun = ["mpirun", "--allow-run-as-root", "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self",
                  "--mca", "mpi_yield_when_idle", "1",
                  "--mca", "btl_tcp_if_include", f"{NETWORK}.0/24", "--mca", "oob_tcp_if_include", f"{NETWORK}.0/24",
                  "--host", f"{NETWORK}.1:1", "-n", "1", str(PROGRAM), *words,
                  ":", "--host", f"{NETWORK}.2:1", "-n", "1", str(second_program), *words]
        job = subprocess.Popen(["ip", "netns", "exec", SPACES[0], "unshare", "--uts", "sh", "-c", f"hostname first; exec {shlex.join(mpirun)}"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "WAFERLOOM_DATA_DIR": str(SOURCE)})
        self.addCleanup(job.stdout.close)
        self.addCleanup(job.stderr.close)
        self.addCleanup(job.kill)
        return job

    def assert_as_on_one_machine(self, *run):
        waferloom("run", *run, "--out", self.top / "one")
        job = self.on_both([*run, "--out", self.top / "both"])
        said, error = job.communicate(timeout=120)
        self.assertEqual(0, job.returncode, said + error)
        self.assertEqual(1, said.count("Results: "))
        self.assert_same("one", "both")

    def test_a_reduction(self):
        self.assert_as_on_one_machine(SOURCE / "scenarios/collectives/reduce-two-phase-2d.yaml", *sets("collective.elements=16"))

    def test_a_packet_network(self):
        self.assert_as_on_one_machine("noc-uniform", *sets("simulation.region_width=4", "simulation.region_height=4", "traffic.samples=1"))

    def test_machines_with_different_builds(self):
        job = self.on_both([SOURCE / "scenarios/collectives/broadcast.yaml", "--out", self.top / "out"], self.another_build())
        error = job.communicate(timeout=60)[1]
        self.assertEqual(BAD_INPUT, job.returncode, error)
        self.assertEqual(1, len(re.findall(r"expected the same program on all ranks, .* on rank 1\n", error)), error)
        self.assertFalse((self.top / "out").exists())

    def test_a_machine_that_goes_down(self):
        """All of its processes end at once; the run goes on from its last checkpoint on the other machine alone."""
        run = (SOURCE / "scenarios/collectives/all-reduce-ring.yaml", *sets("collective.elements=1024"))
        job = self.on_both([*run, "--checkpoint", "2000 cycles", "--out", self.top / "out"])
        self.wait_for_checkpoint(job)
        inside = subprocess.run(["ip", "netns", "pids", SPACES[1]], capture_output=True, text=True, check=True, timeout=10).stdout.split()
        self.assertTrue(inside)
        subprocess.run(["kill", "-9", *inside], check=False, capture_output=True, timeout=10)
        job.communicate(timeout=60)
        self.assertNotEqual(0, job.returncode)
        self.assert_resumed_as_whole(*run)


main()
