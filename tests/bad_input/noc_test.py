# SPDX-License-Identifier: Apache-2.0
"""Scenarios with traffic that make no sense are refused, with the place.

usage: noc_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, main, waferloom  # noqa: E402

NOC = "fabric: { router: xy, width: 4, height: 4 }\n"
TRAFFIC = NOC + "traffic: { pattern: uniform"


class BadTraffic(InDirectory):
    def refused(self, text, *messages, command="check", files=None):
        path = self.write("noc.yaml", text)
        for name, content in (files or {}).items():
            self.write(name, content)
        said = waferloom(command, path, status=BAD_INPUT, cwd=self.top)
        for message in messages:
            self.assertIn(message, said)

    def test_a_workload_does_not_run_on_packets(self):
        self.refused(TRAFFIC + " }\nworkload: { model: tiny }\n",
                     "noc.yaml:3:", "workload.model: expected traffic.* for router xy, which carries packets")

    def test_traffic_does_not_run_on_wavelets(self):
        self.refused("hardware: mesh8\ntraffic: { load: 0.1 }\n",
                     "noc.yaml:2:", "traffic.load: expected workload.* for router color, which carries wavelets")

    def test_packets_need_traffic(self):
        self.refused(NOC, "traffic: expected this section for router xy, got none")

    def test_links_of_packets_are_not_endless(self):
        self.refused("fabric: { router: xy, hop_latency: 1001 cycles }\ntraffic: { pattern: uniform }\n",
                     "noc.yaml:1:", "fabric.hop_latency: expected a whole number of cycles from 1 cycle to 1000 cycles")
        self.refused("fabric: { router: xy, reticle_crossing: 2000 cycles }\ntraffic: { pattern: uniform }\n",
                     "fabric.reticle_crossing: expected a whole number of cycles from 0 cycles to 1000 cycles")

    def test_patterns_and_meshes_fit(self):
        self.refused("fabric: { router: xy, width: 4, height: 5 }\ntraffic: { pattern: transpose }\n",
                     "traffic.pattern: expected as many rows as columns for transpose")
        self.refused(NOC + "traffic: { pattern: hotspot, hotspot_x: 4 }\n",
                     "traffic.hotspot_x: expected less than fabric.width, 4, got 4")
        self.refused(NOC + "traffic: { pattern: random }\n", "traffic.pattern: expected one of bit_complement")

    def test_values_are_in_range(self):
        self.refused(TRAFFIC + ", load: 1.5 }\n", "traffic.load: expected a number from 0 to 1")
        self.refused(TRAFFIC + ", packet_flits: 0 }\n", "traffic.packet_flits: expected")
        self.refused(TRAFFIC + ", load: 0.1, find_saturation: true }\n",
                     "traffic.load: expected no load where traffic.find_saturation searches it")
        self.refused("fabric: { router: xy, xy: { virtual_channels: 9 } }\ntraffic: { pattern: uniform }\n",
                     "fabric.xy.virtual_channels: expected a whole number from 1 to 8, got 9")

    def test_tables_are_read_strictly(self):
        table = NOC + "traffic: { pattern: table, table: rates.txt }\n"
        self.refused(table, "traffic.table: expected an existing file, got rates.txt")
        self.refused(NOC + "traffic: { pattern: table }\n", "traffic.pattern: expected a file in traffic.table")
        self.refused(TRAFFIC + ", table: rates.txt }\n", "traffic.table: expected no file unless",
                     files={"rates.txt": "0 1 0.1\n"})
        self.refused(table, "rates.txt:2:5: expected a rate from 0 to 1 flits per cycle, got 2", command="run",
                     files={"rates.txt": "0 1 0.1\n0 2 2\n"})
        self.refused(table, "rates.txt:3:1: expected at most 1 flit per cycle from a node, got more from node 0", command="run",
                     files={"rates.txt": "0 1 .7\n1 2 .5\n0 2 .5\n"})


if __name__ == "__main__":
    main()
