# SPDX-License-Identifier: Apache-2.0
"""Files of published figures (`waferloom validate --figures`): what is right in them, and what is refused.

usage: figures_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import resource
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, main, rows_of, run_program  # noqa: E402

MISSED = 1
SCENARIO = """hardware: mesh8
collective: { kind: reduce, algorithm: chain, elements: 64, rectangle: { x: 0, y: 1, width: 8, height: 1 } }
"""
FIGURES = """description: a row
machine: mesh8
groups:
  - name: chain
    scenario: ./row.yaml
    vary: { B: collective.elements }
    metric: cycles
    unit: cycle
    class: form
    source: a paper
    tolerance: 2 cycles
    because: counted
    figures:
      - { B: 64, expected: 106 }
"""


class Figures(InDirectory):
    def setUp(self):
        super().setUp()
        (self.top / "row.yaml").write_text(SCENARIO, encoding="utf-8")
        self.file = self.top / "figures.yaml"

    def validate(self, text, status=0, *arguments):
        self.file.write_text(text, encoding="utf-8")
        done = run_program("validate", "--figures", self.file, *arguments, status=status)
        return done.stdout + done.stderr

    def refused(self, old, new, pattern):
        self.assertIn(old, FIGURES)
        self.assertRegex(self.validate(FIGURES.replace(old, new), BAD_INPUT), pattern)

    def test_a_figure_is_run_and_held(self):
        csv, page = self.top / "figures.csv", self.top / "figures.html"
        self.assertIn("kept", self.validate(FIGURES, 0, "--csv", csv, "--html", page))
        row, = rows_of(csv)
        self.assertEqual(("chain, B = 64", "106", "106", "mesh8", "form", "met"),
                         tuple(row[key] for key in ("case", "expected", "simulated", "machine", "class", "status")))
        text = page.read_text(encoding="utf-8")
        self.assertIn("<circle", text)
        self.assertIn("chain, B = 64", text)

    def test_a_table_is_whole_or_not_there(self):
        csv = self.top / "figures.csv"
        self.file.write_text(FIGURES.replace("unit: cycle", 'unit: "a, \\"b\\""').replace("2 cycles", "2 %"), encoding="utf-8")
        run_program("validate", "--figures", self.file, "--suite", "none", "--csv", csv, status=BAD_INPUT)
        self.assertFalse(csv.exists())
        # No room: a process may write 64 bytes a file.
        run_program("validate", "--figures", self.file, "--csv", csv, status=4,
                    preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))))
        self.assertFalse(csv.exists())
        run_program("validate", "--figures", self.file, "--csv", csv)
        self.assertEqual('a, "b"', rows_of(csv)[0]["unit"])

    def test_a_miss_fails_unless_its_mechanism_is_named(self):
        wrong = FIGURES.replace("expected: 106", "expected: 90")
        self.assertIn("1 missed (0 explained)", self.validate(wrong, MISSED))
        self.assertIn("1 missed (1 explained)", self.validate(wrong.replace("because:", "miss: a queue\n    because:"), 0))

    def test_a_share_is_a_tolerance_too(self):
        self.assertIn("kept", self.validate(FIGURES.replace("2 cycles", "20 %").replace("106", "90"), 0))

    def test_metrics_are_added_divided_and_shifted(self):
        text = FIGURES.replace("metric: cycles", "metric: wavelet_hops + wavelets_injected\n    divide: 64\n    plus: 1")
        self.assertIn("kept", self.validate(text.replace("106", "15"), 0))

    def test_a_second_run_is_subtracted(self):
        # 64 and 16 wavelets of the chain: each takes a cycle.
        text = FIGURES.replace("metric: cycles", "metric: cycles\n    less: { collective.elements: 16 }\n    divide: 48")
        self.assertIn("kept", self.validate(text.replace("106", "1").replace("2 cycles", "0 %"), 0))
        text = text.replace("elements: 16", "elements: 0")
        self.assertRegex(self.validate(text, BAD_INPUT), r"figures\.yaml:16:9: set: .*collective\.elements: expected")

    def test_an_open_figure_is_listed_and_not_run(self):
        text = FIGURES + "      - { name: another, expected: 7, open: nobody knows the program }\n"
        said = self.validate(text, 0, "--html", self.top / "page.html")
        self.assertIn("- Open (another): nobody knows the program", said)
        self.assertIn(", 1 open: kept", said)
        self.assertIn("nobody knows the program", (self.top / "page.html").read_text(encoding="utf-8"))
        alone = FIGURES.replace("    scenario: ./row.yaml\n", "").replace("    because: counted\n", "").replace("metric: cycles", "open: later")
        self.assertIn("1 open: kept", self.validate(alone.replace("    tolerance: 2 cycles\n", ""), 0))

    def test_machine_and_class_choose(self):
        self.assertIn("kept", self.validate(FIGURES, 0, "--machine", "mesh8", "--class", "form"))
        self.assertIn("expected those of some figure", self.validate(FIGURES, BAD_INPUT, "--machine", "wse1"))
        two = FIGURES + "      - { name: another, expected: 1, tolerance: 0 cycles }\n"
        self.assertIn("MISSED", self.validate(two, 1))
        self.assertIn("MISSED", self.validate(two, 1, "--case", "other"))
        self.assertNotIn("another", self.validate(two, 0, "--case", "64"))
        self.assertIn("expected those of some figure", self.validate(FIGURES, BAD_INPUT, "--case", "nothing like it"))
        self.assertIn("--class: expected one of silicon, simulator", self.validate(FIGURES, BAD_INPUT, "--class", "hearsay"))

    def test_what_is_wrong_is_told_with_its_place(self):
        self.refused("metric: cycles", "metrics: cycles", r"figures\.yaml:7:5: metrics: expected a key of a group .*did you mean metric\?")
        self.refused("class: form", "class: rumour", r"figures\.yaml:9:12: class: expected one of silicon, .*, got rumour")
        self.refused("    source: a paper\n", "", r"figures\.yaml:4:5: source: expected source of it, got none")
        self.refused("    because: counted\n", "", r"because: expected because of it, got none")
        self.refused("2 cycles", "2 s", r"figures\.yaml:11:16: tolerance: expected a share such as 4 %, or a number of the unit")
        self.refused("expected: 106", "expected: many", r"figures\.yaml:14:28: expected: expected a number, got many")
        self.refused("./row.yaml", "./column.yaml", r"figures\.yaml:5:15: scenario: .*column")
        self.refused("B: 64", "B: -1", r"figures\.yaml:14:14: collective\.elements: expected")
        self.refused("B: 64", "C: 64", r"figures\.yaml:14:11: C: expected a key of a figure")
        self.refused("collective.elements", "collective.element", r"collective\.element: .*did you mean collective\.elements")
        self.refused("groups:", "group:", r"figures\.yaml:3:1: group: expected a key of a file of figures")

    def test_a_metric_that_the_run_does_not_measure_is_told(self):
        text = self.validate(FIGURES.replace("metric: cycles", "metric: tokens_per_second"), MISSED)
        self.assertIn("expected one that the run measures, got tokens_per_second", text)


if __name__ == "__main__":
    main()
