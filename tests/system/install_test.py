# SPDX-License-Identifier: Apache-2.0
"""An installed waferloom is complete and may be moved: it finds its own data, not the checkout's.

usage: install_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, PROGRAM, main, run_program  # noqa: E402

BUILD = PROGRAM.parent.parent
MARK = "only in the installed tree"


class Install(InDirectory):
    def setUp(self):
        super().setUp()
        first = self.top / "first"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", first], check=True, capture_output=True)
        self.prefix = self.top / "moved elsewhere"
        first.rename(self.prefix)
        self.elsewhere = self.top / "work"
        self.elsewhere.mkdir()

    def waferloom(self, *arguments):
        return run_program(*arguments, program=self.prefix / "bin" / "waferloom", status=None, cwd=self.elsewhere,
                           env={"PATH": "/usr/bin:/bin"})

    def output(self, *arguments):
        done = self.waferloom(*arguments)
        self.assertEqual(0, done.returncode, f"{arguments}: {done.stderr}")
        return done.stdout

    def data(self, name):
        found = list((self.prefix / "share" / "waferloom").rglob(name))
        self.assertEqual(1, len(found), name)
        return found[0]

    def test_presets_scenarios_and_models_are_there(self):
        hardware = self.output("list", "hardware")
        for name in ("wse1", "wse2", "wse3", "mesh8"):
            self.assertIn(name, hardware)
        self.assertIn("gpt3-xl", self.output("list", "models"))
        self.assertIn("gpt3-xl-layer", self.output("list", "scenarios"))
        self.output("check", "gpt3-xl-layer")

    def test_a_report_needs_nothing_else(self):
        self.output("run", "smoke", "--out", "smoke")
        self.output("report", "smoke")
        self.assertIn("</html>", (self.elsewhere / "smoke" / "report.html").read_text(encoding="utf-8"))
        self.assertFalse(list(self.prefix.rglob("node_modules")))

    def test_the_installed_data_are_the_ones_used(self):
        preset = self.data("mesh8.yaml")
        (preset.parent / "moved.yaml").write_text(f"description: {MARK}\nhardware: mesh8\n", encoding="utf-8")
        scenarios = self.data("smoke.yaml").parent
        (scenarios / "moved-scenario.yaml").write_text("hardware: moved\nworkload: { model: tiny }\n", encoding="utf-8")
        shutil.copy(self.data("tiny.yaml"), self.data("tiny.yaml").with_name("moved-model.yaml"))

        self.assertIn(MARK, self.output("list", "hardware"))
        self.assertIn("moved-scenario", self.output("list", "scenarios"))
        self.assertIn("moved-model", self.output("list", "models"))
        self.output("check", "moved-scenario")

    def test_without_its_data_it_does_not_fall_back_on_the_checkout(self):
        shutil.rmtree(self.prefix / "share" / "waferloom")
        self.assertNotEqual(0, self.waferloom("check", "gpt3-xl-layer").returncode)

    def test_it_runs_a_scenario(self):
        self.output("run", "smoke", "--out", "result")
        self.assertTrue((self.elsewhere / "result" / "result.json").is_file())

    def test_the_licence_comes_along(self):
        self.assertTrue(list(self.prefix.rglob("LICENSE")))


if __name__ == "__main__":
    main()
