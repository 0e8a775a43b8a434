# SPDX-License-Identifier: Apache-2.0
"""Collectives whose cycles are known, and those that are large.

usage: collectives_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import perfetto_reader  # noqa: E402
from harness import BAD_INPUT, SOURCE, InDirectory, main, result_of, sets, waferloom  # noqa: E402


class Collectives(InDirectory):
    def cycles(self, kind, algorithm, width, elements, *settings, height=1):
        scenario, out = self.top / "row.yaml", self.top / f"out-{len(list(self.top.iterdir()))}"
        scenario.write_text(
            f"fabric: {{ width: {width}, height: {height}, program: {{ x: 0, y: 0, width: {width}, height: {height} }} }}\n"
            f"io: {{ channels: 1 }}\ncollective: {{ kind: {kind}, algorithm: {algorithm}, elements: {elements} }}\n", encoding="utf-8")
        waferloom("run", scenario, "--out", out, *sets(*settings))
        return result_of(out)["metrics"]["cycles"]["value"]

    def test_a_star_takes_its_published_time(self):
        # B (P - 1) + 2 T_R + 1, and the hop from the second PE to the first, which that leaves out.
        for width, elements in ((512, 1), (64, 64), (16, 256)):
            self.assertEqual(elements * (width - 1) + 6, self.cycles("reduce", "star", width, elements))

    def test_a_star_is_timed_over_slow_hops_and_reticles(self):
        # A wavelet a hop later: one element each comes to the root every other cycle.
        self.assertEqual(2 * 15 + 6, self.cycles("reduce", "star", 16, 1, "fabric.hop_latency=2 cycles"))
        self.assertEqual(64 * 15 + 7, self.cycles("reduce", "star", 16, 64, "fabric.hop_latency=2 cycles"))
        crossing = self.cycles("reduce", "star", 16, 4, "fabric.reticle_width=5", "fabric.reticle_crossing=9 cycles")
        self.assertGreaterEqual(crossing, 4 * 15 + 5)
        self.cycles("all_reduce", "star", 7, 9, "collective.root_x=3", "collective.root_y=2", height=5)

    def test_a_star_is_switched_where_streams_keep_no_time(self):
        self.assertEqual(1027, self.cycles("reduce", "star", 512, 1, "fabric.link_time=1.0001 cycles", "fabric.queue_depth=4"))
        self.cycles("reduce", "star", 16, 64, "fabric.link_width=8 bit")
        self.cycles("reduce", "star", 16, 64, "fabric.ramp_latency=9 cycles", "pe.input_queues=[1, 1, 1, 1, 1, 1, 1, 1]")

    def test_groups_of_two_phases_are_chosen(self):
        # B of each phase, 6 a step within a group, 5 and S hops between roots.
        for group in (2, 8, 32):
            form = 2 * 100 + 6 * (group - 1) + (64 // group - 1) * (5 + group)
            self.assertAlmostEqual(form, self.cycles("reduce", "two_phase", 64, 100, f"collective.group={group}"), delta=3)
        scenario = self.top / "row.yaml"
        self.assertIn("collective.group: expected 0 but for algorithm two_phase, got 4 for chain",
                      waferloom("check", scenario, *sets("collective.algorithm=chain", "collective.group=4"), status=BAD_INPUT))

    def test_a_ring_with_more_places_than_elements_is_soon_begun(self):
        # Each of 100 chunks of a wavelet goes round 2500 places; a plan of all steps would hold 6 million.
        self.assertGreater(self.cycles("reduce", "ring", 50, 100, height=50), 2499 * 7)

    def test_a_ring_takes_two_operations_for_each_wavelet(self):
        self.assertEqual(987, self.cycles("all_reduce", "ring", 16, 256))
        self.assertEqual(1005, self.cycles("all_reduce", "ring", 64, 64))

    def test_tiles_have_tracks(self):
        """A chain of ten elements: each tile adds its own a ramp, a hop and an operation (6 cycles) after the one before."""
        scenario = self.top / "row.yaml"
        scenario.write_text("fabric: { width: 4, height: 1, program: { x: 0, y: 0, width: 4, height: 1 } }\nio: { channels: 1 }\n"
                            "collective: { kind: reduce, algorithm: chain, elements: 10 }\n", encoding="utf-8")
        run = ("run", scenario, *sets('observe.tracks.tiles=["0,0,4,1"]', "observe.tracks.resolution=1"))
        waferloom(*run, "--out", self.top / "out")
        trace = perfetto_reader.Trace(self.top / "out" / "timeline.pftrace")
        shown = {(trace.path(each["track"])[-1], each["name"]): tuple(each["arguments"].values()) for each in trace.slices}
        self.assertEqual({f"tile ({x}, 0)": (1 + 6 * (3 - x), 10) for x in range(4)},
                         {tile: times for (tile, name), times in shown.items() if name == "streaming"})
        self.assertEqual({f"tile ({x}, 0)": (1, 6 * (3 - x)) for x in range(3)},
                         {tile: times for (tile, name), times in shown.items() if name == "waiting for input"})
        waferloom(*run, "--jobs", 2, *sets("simulation.region_width=1"), "--out", self.top / "two")
        self.assertEqual(*((self.top / out / "timeline.pftrace").read_bytes() for out in ("out", "two")))
        waferloom("timeline", self.top / "out", "--out", self.top / "again")
        self.assertEqual((self.top / "out" / "timeline.pftrace").read_bytes(), (self.top / "again").read_bytes())

    def test_maps_can_be_left_out(self):
        for scenario in ("collectives/broadcast.yaml", "kernels/relay.yaml"):
            out = self.top / pathlib.Path(scenario).stem
            waferloom("run", SOURCE / "scenarios" / scenario, *sets("observe.maps=false"), "--out", out)
            self.assertFalse((out / "links.csv").exists() or (out / "tiles.csv").exists())


if __name__ == "__main__":
    main()
