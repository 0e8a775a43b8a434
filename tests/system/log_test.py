# SPDX-License-Identifier: Apache-2.0
"""`waferloom compare --log` and `--routes`: a run's wavelets against what the Cerebras SDK's tools write.

usage: log_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, main, waferloom  # noqa: E402

SCENARIO = """hardware: mesh8
collective: { kind: reduce, algorithm: chain, elements: 5, rectangle: { x: 0, y: 1, width: 3, height: 1 } }
observe: { wavelet_log: { tiles: ["0,1,3,1"] } }
"""
# Of the same chain, from the third tile to the first on colors 4 and 5, as the SDK's ELF reader prints them.
ROUTES = """[INFO] reading
@(4, 2): in out_0_0.elf
\x1b[1m[5] (EAST) \u2192 (RAMP)\x1b[0m, teardown
[6] () -> ()
@(5, 2): in out_1_0.elf
[4] (EAST) -> (RAMP)
[5] (RAMP) -> (WEST)
@(6, 2): in out_2_0.elf
[4] (RAMP) \u2192 (WEST)
[4] [EAST \u2192 (WEST), INVALID \u2192 ()] ring mode
@(7, 2): no data
"""


class Logs(InDirectory):
    def setUp(self):
        super().setUp()
        (self.top / "chain.yaml").write_text(SCENARIO, encoding="utf-8")
        self.run_directory = self.top / "run"
        waferloom("run", self.top / "chain.yaml", "--out", self.run_directory)
        self.ours = (self.run_directory / "wavelets.log").read_text(encoding="utf-8")
        self.log = self.top / "sim.log"

    def compare(self, text, *arguments, status=0):
        self.log.write_text(text, encoding="utf-8")
        return waferloom("compare", self.run_directory, "--log", self.log, *arguments, status=status)

    def test_a_run_is_equal_to_itself(self):
        said = self.compare(self.ours)
        self.assertIn("20 wavelets in both logs, 0 only in theirs, 0 only in ours", said)
        self.assertIn("20 land in the same cycle; ours against theirs: +0 to +0 cycles", said)

    def test_other_names_and_another_start_make_no_difference(self):
        def other(match):
            return f"@{int(match[1]) + 700} P{int(match[2]) + 4}.{int(match[3]) + 1} (hwtile) landing C{int(match[4]) + 4} from link"
        theirs = re.sub(r"@(\d+) P(\d+)\.(\d+) \(hwtile\) landing C(\d+) from link", other, self.ours)
        theirs += "@9 P1.1: T3 [EX OP] fadds\n@9 P1.1 (hwtile) landing C21 from link W, ctrl=0\n"
        said = self.compare(theirs, "--shift", "-4", "-1", "--color", "4=0", "--color", "5=1")
        self.assertIn("20 land in the same cycle", said)

    def test_the_first_wavelet_that_differs_is_named(self):
        lines = self.ours.splitlines(keepends=True)
        place = max(i for i, line in enumerate(lines) if "P0.1" in line)
        cycle = int(lines[place][1:lines[place].index(" ")])
        later = lines[:place] + [lines[place].replace(f"@{cycle} ", f"@{cycle + 3} ")] + lines[place + 1:]
        said = self.compare("".join(later))
        self.assertIn("19 land in the same cycle; ours against theirs: -3 to +0 cycles", said)
        self.assertRegex(said, rf"tile \(0, 1\), color \d, from east: wavelet 5, theirs in cycle {cycle + 3}, ours -3")
        said = self.compare("".join(lines[:place] + lines[place + 1:]))
        self.assertIn("19 wavelets in both logs, 0 only in theirs, 1 only in ours", said)
        self.assertRegex(said, r"tile \(0, 1\), color \d, from east: \+1")

    def test_printed_routes_are_held_against_the_wavelets(self):
        routes = self.top / "routes.txt"
        routes.write_text(ROUTES, encoding="utf-8")
        # Which of the colors 0 and 1 carries which step is ours to choose.
        colors = {m[1]: m[2] for m in re.finditer(r"P(\d)\.1 \(hwtile\) landing C(\d) from link R", self.ours)}
        names = ["--color", f"4={colors['2']}", "--color", f"5={colors['1']}"]
        said = waferloom("compare", self.run_directory, "--routes", routes, "--shift", "-4", "-1", *names)
        self.assertIn("5 inputs of printed routes: 4 used by our wavelets, 1 not", said)
        self.assertRegex(said, r"not used: tile \(2, 1\), color \d, from east")
        self.assertIn("0 queues of our wavelets are no inputs of printed routes", said)

    def test_what_cannot_be_read_is_refused(self):
        self.assertIn("sim.log:2: expected `@CYCLE PX.Y", self.compare("\n@7 P1.1 (hwtile) landing C3 from link Q, x\n", status=BAD_INPUT))
        self.assertIn("expected `landing` lines", self.compare("nothing\n", status=BAD_INPUT))
        self.assertIn("--color 4: expected THEIRS=OURS", self.compare(self.ours, "--color", "4", status=BAD_INPUT))
        self.assertIn("expected 2 to 16 runs", waferloom("compare", self.run_directory, status=BAD_INPUT))
        routes = self.top / "routes.txt"
        for text, said in (("[4] (RAMP) -> (WEST)\n", "routes.txt:1: expected a tile"),
                           ("@(1, 2): x\n[4] (UP) -> (WEST)\n", "routes.txt:2: expected `[COLOR] (RAMP|WEST)"),
                           ("@(1; 2): x\n", "routes.txt:1: expected `@(X, Y)"), ("\n", "expected routes")):
            routes.write_text(text, encoding="utf-8")
            self.assertIn(said, waferloom("compare", self.run_directory, "--routes", routes, status=BAD_INPUT))
        (self.run_directory / "wavelets.log").unlink()
        self.assertIn("expected wavelets.log of a run", self.compare(self.ours, status=BAD_INPUT))


if __name__ == "__main__":
    main()
