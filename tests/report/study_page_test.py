# SPDX-License-Identifier: Apache-2.0
"""The pages of studies and comparisons in a headless Chromium.

usage: study_page_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import browser  # noqa: E402
from harness import InSharedDirectory, json_of, main, waferloom  # noqa: E402

STUDY = """
base: smoke
description: </script><script>alert(1)</script>
set: { fidelity: burst }
vary:
  io.bandwidth: [20 Gb/s, 40 Gb/s, 80 Gb/s]
  workload.precision: [fp16, mixed]
constraints: [average_power <= 2.4 W]
objectives: { tokens_per_second: maximize, average_power: minimize }
"""


@unittest.skipUnless(browser.chromium(), "no Chromium here")
class Pages(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.top / "study.yaml").write_text(STUDY, encoding="utf-8")
        waferloom("sweep", cls.top / "study.yaml", "--out", cls.top / "out", "--no-cache")
        cls.study = json_of(cls.top / "out" / "study.json")
        for name, settings in (("slow", []), ("fast", ["--set", "io.bandwidth=80 Gb/s"])):
            waferloom("run", "smoke", "--fidelity", "burst", "--out", cls.top / name, *settings)
        cls.compared = cls.top / "compared.html"
        waferloom("compare", cls.top / "slow", cls.top / "fast", "--html", cls.compared)
        cls.browser = browser.Browser()
        cls.enterClassContext(cls.browser)

    def open(self, page, tab="", width=1366, height=768, dark=False):
        self.browser.size(width, height, dark)
        self.browser.open(page, tab)
        self.addCleanup(lambda: self.assertEqual([], self.browser.evaluate("window.waferloom.errors")))

    def text(self):
        return self.browser.evaluate("document.body.innerText")

    def test_every_tab_is_drawn_at_every_size_and_in_both_schemes(self):
        for page, tabs in ((self.top / "out" / "study.html", ["overview", "axes", "trade-off", "parallel", "points"]),
                           (self.compared, ["overview", "layers", "configuration"])):
            for width, height, dark in ((1366, 768, False), (2560, 1440, True), (420, 800, False)):
                for tab in tabs:
                    with self.subTest(page=page.name, tab=tab, width=width):
                        self.open(page, tab, width, height, dark)
                        self.assertEqual(f"tab-{tab}", self.browser.evaluate("document.querySelector('[aria-selected=true]').id"))
                        self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)
                        self.assertEqual([], self.browser.clashes())
                        self.assertEqual(dark, self.browser.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 128"))
        self.assertEqual([], self.browser.requests())

    def test_the_verdict_is_the_best_point(self):
        self.open(self.top / "out" / "study.html")
        best = next(p for p in self.study["points"] if p["point"] == self.study["best"]["tokens_per_second"])
        text = self.text()
        self.assertIn(f"io.bandwidth {best['settings']['io.bandwidth']['text']}, workload.precision {best['settings']['workload.precision']['text']}", text)
        self.assertIn(f"{best['metrics']['tokens_per_second'] / 1e3:.1f} k/s", text)
        self.assertIn("</script><script>alert(1)</script>", text)

    def test_a_kernel_is_bound_by_nothing(self):
        (self.top / "kernel.yaml").write_text("base: latency\nvary: { fabric.hop_latency: [1 cycle, 2 cycles] }\n"
                                              "objectives: { cycles: minimize }\n", encoding="utf-8")
        waferloom("sweep", self.top / "kernel.yaml", "--out", self.top / "kernel", "--no-cache")
        self.open(self.top / "kernel" / "study.html")
        self.assertRegex(self.text(), r"Smallest .*cycles.* at fabric\.hop_latency 1 cycle\b")
        self.assertNotIn("bound by", self.text().split("Points done")[0])

    def test_a_dot_for_every_point_and_a_line_for_the_front(self):
        self.open(self.top / "out" / "study.html", "trade-off")
        dots = "[...document.querySelectorAll('#panel-trade-off figure svg g[aria-label=dot] circle')].length"
        front = sum(p["pareto"] for p in self.study["points"])
        self.assertEqual(len(self.study["points"]) + front, self.browser.evaluate(dots))
        self.browser.evaluate("(() => { const s = document.querySelector('select[aria-label=up]'); s.value = 'energy'; s.onchange?.(); s.dispatchEvent(new Event('change')); })()")
        self.assertEqual(len(self.study["points"]), self.browser.evaluate(dots))

    def test_points_are_all_in_the_table(self):
        self.open(self.top / "out" / "study.html", "points")
        self.assertEqual(len(self.study["points"]), self.browser.evaluate("document.querySelectorAll('#panel-points tbody tr').length"))

    def test_the_points_have_units(self):
        self.open(self.top / "out" / "study.html", "points")
        row = self.browser.evaluate("[...document.querySelectorAll('#panel-points tbody tr')].map((row) => row.innerText)")[0]
        self.assertRegex(row, r"\d (ms|µs)\s")
        self.assertRegex(row, r"\d k/s\s")
        self.assertRegex(row, r"\d W\s")

    def test_the_comparison_says_how_much_faster(self):
        self.open(self.compared)
        times = [json.loads((self.top / name / "result.json").read_text(encoding="utf-8"))["metrics"]["time"]["value"] for name in ("slow", "fast")]
        self.assertIn(f"{times[0] / times[1]:.2f} times as fast as slow", self.text())


if __name__ == "__main__":
    main()
