# SPDX-License-Identifier: Apache-2.0
"""What scripts/step-terms makes of a run: its terms are the step's time.

usage: step_terms_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import SOURCE, InDirectory, main, sets, waferloom  # noqa: E402

SCRIPT = SOURCE / "scripts" / "step-terms"


class StepTerms(InDirectory):
    def terms(self, name, *settings):
        waferloom("run", "smoke", "--out", self.top / name, "--set", "fidelity=burst", *sets(*settings))
        done = subprocess.run([sys.executable, SCRIPT, f"{self.top / name}=2"], capture_output=True, text=True)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        head, _, row = done.stdout.splitlines()
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (head, row)]
        self.assertEqual(name, cells[1][0])
        return dict(zip(cells[0][1:], map(float, cells[1][1:])))

    def test_they_add_up_to_the_step(self):
        slow = "pe.clock=1 MHz"
        for name, settings in (("keep", ()), ("again", ("workload.activations=recompute", "workload.batch=2")),
                               ("spill", ("workload.activations=spill", "workload.batch=2", "pe.kernel_load=10 ms"))):
            with self.subTest(name):
                terms = self.terms(name, slow, *settings)
                self.assertAlmostEqual(terms.pop("measured s"), 0.5 if name == "keep" else 1)
                total = terms.pop("predicted s")
                self.assertAlmostEqual(total, sum(terms.values()), delta=0.0005 * len(terms))
                self.assertEqual(name != "keep", terms["again"] > 0)
                self.assertEqual(name == "spill", terms["spill"] > 0)
                # Two layers, forward and backward.
                self.assertAlmostEqual(0.04 if name == "spill" else 0, terms["loads"])


if __name__ == "__main__":
    main()
