# SPDX-License-Identifier: Apache-2.0
"""`waferloom report`: the page is whole, opens in a browser without errors or requests, shows the run's
numbers, is reached by keyboard, and holds a full wafer. Needs Chromium for most of it.

usage: page_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import base64
import csv
import hashlib
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import browser  # noqa: E402
import full_wafer  # noqa: E402
from harness import InSharedDirectory, SOURCE, main, new_directory, result_of, rows_of, waferloom  # noqa: E402

UI = SOURCE / "report" / "ui"
PAGE = SOURCE / "report" / "assets" / "page.html"
MEGABYTE = 1 << 20


class Page:
    """What a report holds, read without a browser."""

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', self.text)[1])

    def grid(self, name):
        """{(x, y): value} of the tiles that have one."""
        info = next(g for g in self.data["grids"] if g["name"] == name)
        element = re.search(rf'id="grid-{name}">([^<]*)</script>', self.text)[1]
        planes = zlib.decompress(base64.b64decode(element))
        tiles = info["width"] * info["height"]
        assert len(planes) == tiles * info["bytes"]
        found = {}
        for i in range(tiles):
            code = sum(planes[b * tiles + i] << 8 * b for b in range(info["bytes"]))
            if code:
                found[info["x"] + i % info["width"], info["y"] + i // info["width"]] = (code - 1) * info["step"]
        return found


class Report(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_directory = cls.top / "smoke"
        waferloom("run", "smoke", "--out", cls.run_directory)
        cls.page = cls.report(cls.run_directory)

    @classmethod
    def report(cls, directory):
        said = waferloom("report", directory)
        assert said == f"Report: {directory}/report.html\n", said
        return directory / "report.html"


class Contents(Report):
    def test_the_page_is_self_contained(self):
        text = self.page.read_text(encoding="utf-8")
        self.assertNotRegex(text, r"<(script|img|iframe)[^>]*\ssrc=")
        self.assertNotRegex(text, r"<link\b")
        self.assertNotRegex(text, r"@import|url\(\s*['\"]?http")
        self.assertNotIn("<!--waferloom-", text)

    def test_the_grids_hold_the_numbers_of_the_files(self):
        page = Page(self.page)
        tiles = rows_of(self.run_directory / "tiles.csv")
        for name in ("busy_cycles", "sram_high_water_bytes", "received_wavelets", "injected_wavelets"):
            self.assertEqual({(int(r["x"]), int(r["y"])): int(r[name]) for r in tiles}, page.grid(name), name)
        for side in ("north", "south", "west", "east", "ramp"):
            sent = {(int(r["x"]), int(r["y"])): int(r["wavelets"])
                    for r in rows_of(self.run_directory / "links.csv") if r["direction"] == side}
            self.assertEqual(sent, {place: value for place, value in page.grid(f"link_{side}").items() if value}, side)

    def test_the_busiest_links_are_the_busiest(self):
        between = sorted((int(r["wavelets"]) for r in rows_of(self.run_directory / "links.csv") if r["direction"] != "ramp"),
                         reverse=True)
        self.assertEqual(between[:200], [link[3] for link in Page(self.page).data["links"]])

    def test_the_same_results_give_the_same_page(self):
        other = self.top / "other.html"
        waferloom("report", self.run_directory, "--out", other)
        self.assertEqual(self.page.read_bytes(), other.read_bytes())
        self.assertEqual([], list(self.top.rglob("*.partial")))

    def test_texts_cannot_break_out(self):
        copy = self.top / "hostile"
        shutil.copytree(self.run_directory, copy)
        result = json.loads((copy / "result.json").read_text(encoding="utf-8"))
        result["scenario"] = "</script><script>alert(1)</script>"
        (copy / "result.json").write_text(json.dumps(result), encoding="utf-8")
        text = self.report(copy).read_text(encoding="utf-8")
        self.assertNotIn("<script>alert", text)


PAGES = ("page.html", "study.html", "compare.html")


class Assets(unittest.TestCase):
    """The pages that are kept in report/assets are made from the sources in report/ui."""

    def test_the_page_was_made_from_these_sources(self):
        names = ["build.mjs", "package-lock.json", "package.json", "page.html", "style.css",
                 *(f"src/{path.name}" for path in sorted((UI / "src").iterdir()))]
        digest = hashlib.sha256()
        for name in names:
            digest.update(f"{name}\0".encode() + (UI / name).read_bytes() + b"\0")
        for name in PAGES:
            self.assertIn(f"from sources {digest.hexdigest()} ", (PAGE.parent / name).read_text(encoding="utf-8"),
                          "report/ui has changed: build the pages anew (docs/development.md)")

    @unittest.skipUnless(shutil.which("npm"), "no npm here")
    def test_a_build_gives_the_same_page(self):
        directory = new_directory(self.addCleanup)
        copy = directory / "ui"
        shutil.copytree(UI, copy, ignore=shutil.ignore_patterns("node_modules"))
        installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"], cwd=copy,
                                   capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        if installed.returncode != 0:
            self.skipTest("npm cannot fetch the libraries here")
        built = directory / "built"
        built.mkdir()
        subprocess.run(["node", "build.mjs", built], cwd=copy, check=True, capture_output=True)
        for name in PAGES:
            self.assertEqual((PAGE.parent / name).read_bytes(), (built / name).read_bytes(), name)


@unittest.skipUnless(browser.chromium(), "no Chromium here")
class InABrowser(Report):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser()
        cls.enterClassContext(cls.browser)

    def open(self, page, fragment="", width=1366, height=768, dark=False):
        self.browser.size(width, height, dark)
        seconds = self.browser.open(page, fragment)
        self.addCleanup(lambda: self.assertEqual([], self.browser.evaluate("waferloom.errors")))
        return seconds

    def text(self):
        return self.browser.evaluate("document.querySelector('[role=tabpanel]:not([hidden])').innerText")

    def tabs(self):
        return self.browser.evaluate("[...document.querySelectorAll('[role=tab]')].map((tab) => tab.id.slice(4))")

    def csv(self, name):
        """What the button of a chart hands out."""
        text = self.browser.evaluate(f"""(async () => {{
          let blob;
          const real = URL.createObjectURL;
          URL.createObjectURL = (each) => {{ blob = each; return real.call(URL, each); }};
          document.querySelector('[data-csv="{name}"]').click();
          URL.createObjectURL = real;
          return blob.text();
        }})()""")
        return list(csv.DictReader(io.StringIO(text)))

    def test_the_verdict_comes_first(self):
        self.open(self.page)
        result = result_of(self.run_directory)
        verdict = self.text().splitlines()[0]
        self.assertRegex(verdict, r"^[\d.]+ µs per training step: [\d,]+ tokens/s\. Bound by \S+ for \d+ %")
        self.assertIn(f"{result['metrics']['tokens_per_second']['value']:,.0f} tokens/s", verdict)

    def test_what_weighs_as_much_as_a_bound_is_named(self):
        tied = self.top / "tied"
        shutil.copytree(self.run_directory, tied)
        result = result_of(tied)
        phase = result["phases"][0]
        phase["ties"] = ["compute", "SRAM"]
        (tied / "result.json").write_text(json.dumps(result), encoding="utf-8")
        with open(tied / "layers.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        first = next(row["bound"] for row in rows if row["bound"] != "SRAM")
        for row in rows:
            row["ties"] = "SRAM" if row["bound"] == first else ""
        with open(tied / "layers.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.open(self.report(tied))
        self.assertIn(f"{phase['bound']} = compute = SRAM", self.text())
        if f"{first} for" in self.text().splitlines()[0]:
            self.assertIn("(SRAM weighs as much in 100 % of that)", self.text().splitlines()[0])

    def test_every_tab_is_drawn_at_every_size_and_in_both_schemes(self):
        self.open(self.page)
        self.assertEqual(["overview", "time", "wafer", "roofline", "io", "sram", "energy", "configuration"], self.tabs())
        for width, height, dark in ((1366, 768, False), (2560, 1440, True), (420, 800, False)):
            for tab in self.tabs():
                with self.subTest(tab=tab, width=width):
                    self.open(self.page, tab, width, height, dark)
                    self.assertEqual(f"tab-{tab}", self.browser.evaluate("document.querySelector('[aria-selected=true]').id"))
                    self.assertGreater(len(self.text()), 100)
                    self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)
                    light = self.browser.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 128")
                    self.assertEqual(not dark, light)
                    self.assertEqual([], self.browser.clashes())
        self.assertEqual([], self.browser.requests())

    def test_charts_hand_out_their_numbers(self):
        for tab, names in (("overview", ["layers-by-cause", "phases"]), ("time", ["operations", "utilization-over-time"]),
                           ("wafer", ["wafer-map", "busiest-links"]), ("roofline", ["roofline-io", "roofline-sram"]),
                           ("io", ["io-shares"]), ("sram", ["sram-plan"]), ("configuration", ["configuration"])):
            self.open(self.page, tab)
            for name in names:
                with self.subTest(name):
                    self.assertGreater(len(self.csv(name)), 2)

    def test_the_numbers_are_those_of_the_run(self):
        layers = rows_of(self.run_directory / "layers.csv")
        self.open(self.page, "time")
        shown = self.csv("operations")
        for name in ("layer", "phase", "operation", "bound"):
            self.assertEqual([r[name] for r in layers], [r[name] for r in shown])
        for name in ("start_cycle", "end_cycle", "macs", "busiest_row_link"):
            self.assertEqual([float(r[name]) for r in layers], [float(r[name]) for r in shown])
        self.open(self.page)
        # Shared out by cause, a layer's phase adds up to the time that its operations cover.
        def covered(rows):
            cycles = set()
            for r in rows:
                cycles.update(range(int(r["start_cycle"]), int(r["end_cycle"])))
            return len(cycles) / 850e6
        bars = self.csv("layers-by-cause")
        some = [r for r in layers if r["layer"] == "0" and r["phase"] == "forward"]
        self.assertAlmostEqual(covered(some), sum(float(b["time_s"]) for b in bars
                                                  if b["place"] == "layer 0" and b["phase"] == "forward"))
        self.open(self.page, "wafer")
        self.browser.evaluate("(() => { const s = document.querySelector('main select'); s.value = 'link_south'; "
                              "s.dispatchEvent(new Event('change')); })()")
        self.browser.wait_for("waferloom.map.layer.name === 'link_south'")
        sent = {(r["x"], r["y"]): r["wavelets"] for r in rows_of(self.run_directory / "links.csv") if r["direction"] == "south"}
        self.assertEqual(sent, {(r["x"], r["y"]): r["link_south"] for r in self.csv("wafer-map") if r["link_south"] != "0"})

    def test_tips_are_readable_in_both_schemes(self):
        for dark in (False, True):
            self.open(self.page, "time", dark=dark)
            x, y = self.browser.evaluate("""(() => {
              const mark = document.querySelector(".zoomed [aria-label=bar] rect");
              mark.scrollIntoView({ block: "center" });
              const box = mark.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            })()""")
            for by in (0, 1):
                self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + by, y=y)
            self.browser.wait_for("document.querySelector('[aria-label=tip] text')")
            colors = self.browser.evaluate("['path', 'text'].map((part) => getComputedStyle(document.querySelector(`[aria-label=tip] ${part}`)).fill)")
            behind, text = (sum(map(int, re.findall(r"\d+", color)[:3])) for color in colors)
            self.assertGreater(abs(behind - text), 380, colors)

    def choose(self, label, value):
        self.browser.evaluate(f"""(() => {{
          const element = document.querySelector('[aria-label="{label}"]');
          element.value = {json.dumps(value)};
          element.dispatchEvent(new Event(element.tagName === "SELECT" ? "change" : "input"));
        }})()""")

    def test_operations_over_time_can_be_narrowed_and_zoomed(self):
        layers = rows_of(self.run_directory / "layers.csv")
        self.open(self.page, "time")
        bars = "document.querySelectorAll('.zoomed [aria-label=bar] rect').length"
        told = "document.querySelector('[aria-live]').textContent"
        self.choose("Layer", "layer 0")
        self.choose("Phase", "forward")
        some = [r for r in layers if r["layer"] == "0" and r["phase"] == "forward"]
        self.assertGreaterEqual(self.browser.evaluate(bars), len(some))
        self.choose("Search operations", some[0]["operation"])
        self.assertTrue(self.browser.evaluate(told).startswith(f"{sum(some[0]['operation'] in r['operation'] for r in some)} of {len(layers)} operations"))
        self.choose("Search operations", "no such operation")
        self.assertIn("No operation is so.", self.text())
        for label in ("Search operations", "Layer", "Phase"):
            self.choose(label, "")
        self.browser.evaluate("document.querySelector('[aria-label=\"show the whole step\"]').click()")
        whole = self.browser.evaluate(told)
        self.browser.evaluate("document.querySelector('[aria-label=\"zoom in\"]').click()")
        self.assertNotEqual(whole, self.browser.evaluate(told))
        x, y, width = self.browser.evaluate("(() => { const box = document.querySelector('.zoomed svg').getBoundingClientRect(); window.scrollTo(0, box.y); const at = document.querySelector('.zoomed svg').getBoundingClientRect(); return [at.x, at.y + 60, at.width]; })()")
        before = self.browser.evaluate(told)
        for kind, at in (("mousePressed", 0.5), ("mouseMoved", 0.6), ("mouseReleased", 0.6)):
            self.browser.call("Input.dispatchMouseEvent", type=kind, x=x + at * width, y=y, button="left", buttons=1, clickCount=1)
        self.assertNotEqual(before, self.browser.evaluate(told))

    def test_no_layer_with_arithmetic_is_left_out_of_the_roofline(self):
        sums = {}
        for r in rows_of(self.run_directory / "layers.csv"):
            macs, moved = sums.get((r["layer"], r["phase"]), (0, 0))
            sums[r["layer"], r["phase"]] = (macs + int(r["macs"]), moved + int(r["bytes_in"]) + int(r["bytes_out"]))
        self.open(self.page, "roofline")
        shown = {(r["layer"], r["phase"]): float(r["flop_per_byte"]) for r in self.csv("roofline-io")}
        self.assertEqual({place for place, (macs, moved) in sums.items() if macs and moved}, set(shown))
        for place, intensity in shown.items():
            self.assertAlmostEqual(2 * sums[place][0] / sums[place][1], intensity, delta=intensity * 1e-9)
        # Reads alone set the SRAM's roof: 16 bytes a cycle and tile.
        self.assertIn(" ".join(("reads", "870", "GB/s")), self.browser.evaluate("document.querySelectorAll('figure.wide svg')[1].textContent"))

    def test_the_slider_shows_the_samples(self):
        self.open(self.page, "wafer")
        rows = rows_of(self.run_directory / "link_samples.csv")
        cycles = result_of(self.run_directory)["metrics"]["cycles"]["value"]
        length = int(rows[0]["end_cycle"]) - int(rows[0]["begin_cycle"])
        self.assertEqual(str(-(-cycles // length)), self.browser.evaluate("document.querySelector('[type=range]').max"))
        self.assertEqual("whole run", self.browser.evaluate("document.querySelector('output').textContent"))
        self.browser.evaluate("(() => { const s = document.querySelector('main select'); s.value = 'link_south'; "
                              "s.dispatchEvent(new Event('change')); "
                              "const r = document.querySelector('[type=range]'); r.value = 4; r.dispatchEvent(new Event('input')); })()")
        self.browser.wait_for("waferloom.map.layer.sample === 3")
        shown = {(r["x"], r["y"]): float(r["link_south"]) for r in self.csv("wafer-map")}
        sample = {(r["x"], r["y"]): int(r["south"]) / length for r in rows if int(r["begin_cycle"]) == 3 * length}
        self.assertGreater(len(sample), 20)
        for place, value in shown.items():
            self.assertAlmostEqual(sample.get(place, 0), value)
        self.assertLessEqual(set(sample), set(shown))

    def tab_until(self, expression, value, most):
        for _ in range(most):
            self.browser.press("Tab")
            if self.browser.evaluate(expression) == value:
                return
        self.fail(f"{expression} is not {value} after {most} presses of Tab")

    def test_it_is_reached_by_keyboard(self):
        self.open(self.page)
        self.tab_until("document.activeElement.id", "tab-overview", 4)
        self.assertEqual("tab-overview", self.browser.evaluate("document.activeElement.id"))
        self.browser.press("ArrowRight")
        self.browser.press("ArrowRight")
        self.browser.wait_for("waferloom.shown === 'wafer'")
        self.tab_until("document.activeElement.type", "range", 12)
        self.browser.press("ArrowRight")
        self.browser.press("ArrowRight")
        self.browser.wait_for("waferloom.map.layer.sample === 1")
        self.browser.press("ArrowLeft")
        self.browser.press("ArrowLeft")
        self.browser.wait_for("waferloom.map.layer.sample === undefined")
        self.tab_until("document.activeElement.tagName", "CANVAS", 12)
        self.browser.press("ArrowRight")
        self.browser.press("ArrowDown")
        self.browser.wait_for("document.querySelector('.tile h4').textContent.startsWith('Tile (5, 6)')")
        scale = self.browser.evaluate("waferloom.map.view.scale")
        self.browser.press("+")
        self.assertGreater(self.browser.evaluate("waferloom.map.view.scale"), scale)
        self.browser.press("0")
        self.assertLessEqual(self.browser.evaluate("waferloom.map.view.scale"), scale)
        self.assertIn("wavelets", self.browser.evaluate("document.querySelector('.tile').innerText"))

    def test_a_collective_and_synthetic_traffic_have_reports_too(self):
        for scenario, settings, tabs, said in (
                ("collectives/broadcast", [], ["overview", "time", "wafer", "configuration"], r"for the broadcast \(flood\)"),
                ("noc-uniform", [], ["overview", "wafer", "configuration"], "mean latency")):
            out = self.top / scenario.split("/")[-1]
            waferloom("run", SOURCE / "scenarios" / f"{scenario}.yaml", "--out", out, *settings)
            self.open(self.report(out))
            self.assertEqual(tabs, self.tabs())
            self.assertRegex(self.text(), said)

    def test_the_energies_are_those_of_the_run(self):
        self.open(self.page, "energy")
        result = result_of(self.run_directory)["energy"]
        self.assertEqual(sorted(c["value"] for c in result["components"].values()),
                         sorted(float(r["energy_j"]) for r in self.csv("energy")))
        self.assertAlmostEqual(1, sum(float(r["share"]) for r in self.csv("energy")))
        work = sum(float(r["energy_j"]) for r in self.csv("energy-by-operation"))
        self.assertAlmostEqual(1, work / (result["total"]["value"] - result["components"]["idle"]["value"]), 4)
        self.assertIn(f"{result['average_power']['value']:.2f} W", self.text())
        self.assertGreater(result["peak_power"]["value"], result["average_power"]["value"])
        self.assertIn(f"{result['peak_power']['value']:.2f} W", self.text())

    def test_the_configuration_shows_what_differs_from_the_preset(self):
        out = self.top / "differs"
        waferloom("run", "smoke", "--fidelity", "burst", "--set", "pe.clock=500 MHz", "--set", "io.buffer=8 KiB", "--out", out)
        self.open(self.report(out), "configuration")
        rows = {r["key"]: r for r in self.csv("configuration")}
        self.assertEqual(("500 MHz", "850 MHz"), (rows["pe.clock"]["value"], rows["pe.clock"]["preset"]))
        self.browser.evaluate("document.querySelector('#only-differing').click()")
        shown = self.browser.evaluate("[...document.querySelectorAll('tbody tr')].filter((row) => !row.hidden).map((row) => row.cells[0].textContent)")
        self.assertIn("io.buffer", shown)
        self.assertNotIn("fabric.width", shown)
        self.assertEqual({key for key in shown}, {key for key, r in rows.items() if r["value"] != r["preset"] and key not in ("name", "description", "hardware_name")})

    def test_a_packet_network_shows_its_loads(self):
        for scenario in ("noc-uniform", "noc-saturation"):
            out = self.top / f"loads-{scenario}"
            waferloom("run", scenario, "--out", out)
            page = self.report(out)
            loads = rows_of(out / "loads.csv")
            for width, height, dark in ((1366, 768, False), (1920, 1080, True), (420, 800, False)):
                self.open(page, "overview", width, height, dark)
                self.assertEqual([], self.browser.clashes())
                self.assertEqual(loads, self.csv("loads"))
            table = self.browser.evaluate("[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")
            self.assertEqual(["no" if r["unstable"] == "1" else "yes" for r in loads], [row[3] for row in table])
            for row, shown in zip(loads, table):
                # What a load that is not stable takes says how long was measured.
                if row["unstable"] == "1":
                    self.assertEqual("–", shown[4])
                    continue
                mean = float(row["latency_mean"])
                self.assertEqual(f"{mean:,.0f}" if mean >= 1000 else f"{mean:.1f}".removesuffix(".0"), shown[4])
            if len(loads) == 1:
                self.assertIn(f"{float(loads[0]['latency_mean']):.1f} cycles mean latency", self.text())
                self.assertRegex(self.text(), rf"Latency, 99th percentile\s+{loads[0]['latency_p99']} cycles")

    def test_a_packet_network_shows_its_links(self):
        for scenario in ("noc-uniform", "noc-saturation"):
            out = self.top / f"links-{scenario}"
            waferloom("run", scenario, "--set", "traffic.tolerance=0.1", "--out", out)
            page = self.report(out)
            rows = rows_of(out / "link_flits.csv")
            for side in ("north", "south", "west", "east"):
                sent = {(int(r["x"]), int(r["y"])): int(r["flits"]) for r in rows if r["direction"] == side}
                grid = Page(page).grid(f"link_{side}")
                self.assertEqual(sent, {place: value for place, value in grid.items() if value}, side)
                self.assertEqual(56, len(grid), "the links that lead on")
            self.open(page, "wafer")
            self.assertIn("Map of the links", self.text())
            self.assertIn("8 x 8 nodes", self.text())
            busiest = max(rows, key=lambda r: int(r["flits"]))
            first = self.csv("busiest-links")[0]
            self.assertEqual(int(busiest["flits"]), int(first["flits"]))
            self.assertAlmostEqual(float(busiest["utilization"]), float(first["utilization"]), 5)
            shown = {(int(r["x"]), int(r["y"])): int(r["links"]) for r in self.csv("wafer-map")}
            for (x, y), flits in shown.items():
                self.assertEqual(max(int(r["flits"]) for r in rows if (int(r["x"]), int(r["y"])) == (x, y)), flits)
            self.assertEqual(64, len(shown))

    def test_a_collective_tells_its_lower_bound_and_time(self):
        out = self.top / "bound"
        said = waferloom("run", SOURCE / "scenarios" / "collectives" / "reduce-chain.yaml", "--out", out)
        # 63 hops, twice a ramp of 2 cycles, 256 wavelets one after the other.
        self.assertIn("lower bound 323 cycles (distance: L + (B - 1) r + 1), 1.96 times of which it takes", said)
        result = result_of(out)
        self.assertEqual(634, result["metrics"]["cycles"]["value"])
        self.assertEqual(323, result["metrics"]["lower_bound"]["value"])
        self.assertEqual(result["metrics"]["lower_bound"], result["collective"]["lower_bound"]["cycles"])
        page = self.report(out)
        self.open(page)
        self.assertIn("1.96 times its lower bound of 323 cycles", self.text())
        self.open(page, "time")
        self.assertEqual([], self.browser.clashes())
        sent = self.csv("link-traffic")
        links = rows_of(out / "links.csv")
        for side in ("north", "south", "west", "east"):
            self.assertEqual(sum(int(r["wavelets"]) for r in links if r["direction"] == side),
                             sum(int(r["wavelets"]) for r in sent if r["direction"] == side))
        self.assertEqual(("0", "634"), (sent[0]["begin_cycle"], sent[-1]["end_cycle"]))
        by_column = self.csv("traffic-by-column")
        self.assertEqual(63 * 256, sum(int(r["wavelets"]) for r in by_column), "each tile but the root sends its vector on")

    def test_a_kernel_shows_its_tasks(self):
        out = self.top / "kernel"
        waferloom("run", SOURCE / "scenarios" / "kernels" / "relay.yaml", "--out", out)
        result = result_of(out)
        self.open(self.report(out))
        self.assertIn(f"for the kernel {result['kernel']['name']}: ", self.text())
        self.assertIn(f"{result['kernel']['columns']} x {result['kernel']['rows']} tiles of ", self.browser.evaluate("document.querySelector('header').innerText"))
        self.assertEqual(rows_of(out / "tasks.csv"), self.csv("tasks"))

    def test_a_collective_says_what_it_moved(self):
        out = self.top / "said"
        waferloom("run", SOURCE / "scenarios" / "collectives" / "all-reduce-ring.yaml", "--out", out)
        page = self.report(out)
        result = result_of(out)
        self.open(page)
        self.assertRegex(self.text(), r"for the all reduce \(ring\): " + f"{result['metrics']['cycles']['value']:,} cycles")
        self.assertRegex(self.text(), rf"Vector\s+16.0 KiB\s+{result['collective']['wavelets']:,} wavelets")
        for tab in self.tabs():
            self.open(page, tab, 1920, 1080, True)
            self.assertEqual([], self.browser.clashes())

    def test_the_colors_of_one_tile_have_one_scale(self):
        self.open(self.page, "wafer")
        busiest = max(int(r["wavelets"]) for r in rows_of(self.run_directory / "links.csv"))
        self.assertEqual(busiest, self.browser.evaluate("waferloom.map.most"))
        self.browser.evaluate("waferloom.map.select({ x: 3, y: 4 })")
        self.browser.wait_for("document.querySelector('.tile h4').textContent.startsWith('Tile (3, 4)')")
        sent = {r["direction"]: int(r["wavelets"]) for r in rows_of(self.run_directory / "links.csv") if (r["x"], r["y"]) == ("3", "4")}
        shown = self.browser.evaluate("[...document.querySelectorAll('.tile tbody tr')].slice(0, 5).map((row) => row.cells[1].textContent)")
        self.assertEqual([f"{sent.get(side, 0):,}" for side in ("north", "east", "south", "west", "ramp")], shown)
        self.assertEqual([], self.browser.clashes())

    def test_a_full_wafer(self):
        directory = self.top / "full"
        full_wafer.write(directory)
        page = self.report(directory)
        self.assertLess(page.stat().st_size, 20 * MEGABYTE)
        seconds = self.open(page)
        self.assertIn("energy", self.tabs())
        wafer = self.open(page, "wafer")
        print(f"full wafer: {page.stat().st_size / MEGABYTE:.1f} MiB, overview after {seconds:.2f} s, map after {wafer:.2f} s")
        # From the whole wafer down to one tile.
        self.assertLess(self.browser.evaluate("waferloom.map.view.scale"), 1)
        self.browser.evaluate("waferloom.map.select({ x: 700, y: 900 })")
        self.browser.wait_for("document.querySelector('.tile h4').textContent.startsWith('Tile (700, 900), reticle 6_10')")
        self.assertEqual([], self.browser.clashes())
        self.browser.evaluate("waferloom.map.close({ x: 700, y: 900 })")
        self.assertGreater(self.browser.evaluate("waferloom.map.view.scale"), 40)


if __name__ == "__main__":
    main()
