# SPDX-License-Identifier: Apache-2.0
"""Hosts chosen by name: what a run with each of them tells, at both fidelities, and a full wafer in little time and memory.

usage: host_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
TWO_TILES = """hardware: wse2
collective: { kind: broadcast, algorithm: flood, elements: 16, rectangle: { x: 10, y: 10, width: 2, height: 1 } }
"""
MOST_KIB = 1258291  # 1.2 GiB


class Hosts(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.top = pathlib.Path(directory.name)

    def waferloom(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=self.top,
                              stdin=subprocess.DEVNULL)

    def cycles(self, host, fidelity):
        out = self.top / f"{host}-{fidelity}"
        done = self.waferloom("run", "smoke", "--out", out, "--set", f"io.host={host}", "--fidelity", fidelity)
        self.assertEqual(0, done.returncode, done.stderr)
        result = json.loads((out / "result.json").read_text(encoding="utf-8"))
        self.assertEqual(host, result["configuration"]["io"]["host"])
        return result["metrics"]["cycles"]["value"]

    def test_an_ideal_host_bounds_what_the_host_costs(self):
        cycles = {(host, fidelity): self.cycles(host, fidelity)
                  for host in ("ideal", "memoryx") for fidelity in ("wavelet", "burst")}
        for fidelity in ("wavelet", "burst"):
            self.assertLess(cycles["ideal", fidelity], cycles["memoryx", fidelity])
        # The last gradients wait for the host's latency; both fidelities see the same gain within a tenth.
        gain = {fidelity: cycles["memoryx", fidelity] - cycles["ideal", fidelity] for fidelity in ("wavelet", "burst")}
        self.assertLess(abs(gain["wavelet"] - gain["burst"]), 0.1 * gain["wavelet"], cycles)

    def test_what_burst_leaves_out_of_channels_that_share_a_host_is_told(self):
        told = {}
        shares = {}
        for tiles in (2, 8):
            for rate in ("5 Gb/s", "1 Tb/s"):
                out = self.top / f"{tiles}-{rate[0]}"
                done = self.waferloom("run", "smoke", "--out", out, "--fidelity", "burst", "--set", f"burst.tiles={tiles}", "--set", "io.channels=8",
                                      "--set", f"memoryx.bandwidth={rate}", "--set", "workload.phases=forward")
                self.assertEqual(0, done.returncode, done.stderr)
                result = json.loads((out / "result.json").read_text(encoding="utf-8"))
                told[tiles, rate] = any(each.startswith("of 8 channels that wait") for each in result["approximations"])
                shares[tiles, rate] = any(each.startswith("each of 8 channels has its own share") for each in result["approximations"])
        self.assertEqual([True, False, False, False], list(told.values()))
        self.assertEqual([False, True, False, True], list(shares.values()))

    def test_what_burst_leaves_out_of_columns_that_share_a_channel_is_told(self):
        told = {}
        for channels in (2, 8):
            for tiles in (2, 4):
                out = self.top / f"{channels}-{tiles}"
                done = self.waferloom("run", "smoke", "--out", out, "--fidelity", "burst", "--set", f"burst.tiles={tiles}", "--set", f"io.channels={channels}")
                self.assertEqual(0, done.returncode, done.stderr)
                result = json.loads((out / "result.json").read_text(encoding="utf-8"))
                told[channels, tiles] = any(each.startswith(f"of the columns that share one of {channels} channels") for each in result["approximations"])
        self.assertEqual({(2, 2): True, (2, 4): False, (8, 2): False, (8, 4): False}, told)

    def test_hosts_are_listed_and_others_refused(self):
        self.assertEqual(["ideal", "memoryx"],
                         [line.split()[0] for line in self.waferloom("list", "hosts").stdout.splitlines()])
        done = self.waferloom("check", "smoke", "--set", "io.host=memory")
        self.assertEqual(2, done.returncode)
        self.assertIn("io.host: expected ideal or memoryx, got memory", done.stderr)

    def test_two_tiles_of_a_full_wafer_take_little_memory(self):
        (self.top / "two.yaml").write_text(TWO_TILES, encoding="utf-8")
        done = self.waferloom("run", "two.yaml", "--out", "two")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, MOST_KIB)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
