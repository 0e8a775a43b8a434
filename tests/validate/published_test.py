# SPDX-License-Identifier: Apache-2.0
"""Published figures, as `waferloom validate` holds the simulator against them.

usage: published_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import functools
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, SOURCE, main, rows_of, waferloom  # noqa: E402

# Luczynski et al., HPDC 2024, as printed.
ROW_OF_512 = {"B": (1, 4, 16, 64, 256, 1024, 4096),
              "broadcast": (517, 520, 532, 580, 772, 1540, 4612),
              "chain reduce": (3067, 3070, 3082, 3130, 3322, 4090, 7162),
              "tree reduce": (561, 574, 628, 845, 2349, 9261, 36909)}
STAR = {(512, 1): 516, (512, 4): 2049, (64, 64): 4037, (16, 256): 3845}  # B (P - 1) + 2 T_R + 1
VECTOR_OF_256 = {"P": (4, 8, 16, 32, 64, 128, 256),
                 "broadcast": (264, 268, 276, 292, 324, 388, 516),
                 "chain reduce": (274, 298, 346, 442, 634, 1018, 1786),
                 "tree reduce": (522, 783, 1044, 1305, 1566, 1827, 2088)}


@functools.lru_cache(maxsize=None)
def all_suites():
    """What the program says of all suites, and the rows of its table: run once, as it takes minutes."""
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "errors.csv"
        return waferloom("validate", "--markdown", "--csv", file), rows_of(file)


class Published(unittest.TestCase):
    def test_all_suites_keep_their_bounds(self):
        stdout, rows = all_suites()
        self.assertNotIn("MISSED", stdout)
        self.assertEqual([], [row for row in rows if row["failure"]])

    def test_the_collectives_are_the_published_ones(self):
        _, rows = all_suites()
        found = {row["case"]: float(row["expected"]) for row in rows if row["suite"] == "collectives"}
        expected = {}
        for name in ("broadcast", "chain reduce", "tree reduce"):
            expected |= {f"{name}, P = 512, B = {b}": c for b, c in zip(ROW_OF_512["B"], ROW_OF_512[name])}
            expected |= {f"{name}, P = {p}, B = 256": c for p, c in zip(VECTOR_OF_256["P"], VECTOR_OF_256[name])}
        expected |= {f"star reduce, P = {p}, B = {b}": c for (p, b), c in STAR.items()}
        self.assertEqual(expected, found)

    def test_the_page_is_what_the_program_says(self):
        page = (SOURCE / "docs" / "validation.md").read_text(encoding="utf-8")
        said, _ = all_suites()
        missing = [line for line in said.strip().splitlines() if line not in page]
        self.assertEqual([], missing)
        self.assertIn(said.strip(), page)

    def test_an_unknown_suite_is_refused(self):
        self.assertRegex(waferloom("validate", "--suite", "weather", status=BAD_INPUT),
                         r"--suite: expected one of collectives, convergence, fabric-wse3, fidelity, fidelity_large, fidelity_wide, "
                         r"kernels-cs3, kernels-sdk, memory-fit, noc, pe, reduce-wse2, relay-wse3, training")

    def test_closed_forms_stand_in_the_suite_alone(self):
        # The ramp's formula for a tree: nobody else has a logarithm of the number of PEs.
        for folder in ("core", "trace", "models", "fabric", "pe", "noc", "collectives", "wafer", "results", "cli"):
            for path in (SOURCE / folder).rglob("*.[ch]pp"):
                self.assertIsNone(re.search(r"\blog2\(", path.read_text(encoding="utf-8")), path)


if __name__ == "__main__":
    main()
