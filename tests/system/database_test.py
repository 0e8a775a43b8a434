# SPDX-License-Identifier: Apache-2.0
"""The results database: it holds what the other files hold, the same for every run, and as much as was
simulated when a run is interrupted.

usage: database_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import collections
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InSharedDirectory, PROGRAM, SOURCE, main, result_of, rows_of, sets, waferloom  # noqa: E402

SLOW = ["--set", "workload.batch=8", "--set", "io.bandwidth=1 Gb/s"]


def read(directory, query):
    with sqlite3.connect(directory / "results.sqlite") as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(query)]


class Database(InSharedDirectory):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.out = cls.top / "smoke"
        waferloom("run", "smoke", "--out", cls.out)

    def content(self, directory):
        with sqlite3.connect(directory / "results.sqlite") as database:
            return "\n".join(database.iterdump())

    def test_the_run_with_its_metrics(self):
        result = result_of(self.out)
        [run] = read(self.out, "SELECT * FROM runs")
        self.assertEqual(("smoke", "finished", result["version"], "wavelet", 1, 850e6),
                         tuple(run[name] for name in ("scenario", "state", "version", "fidelity", "seed", "clock_hz")))
        self.assertEqual(result["configuration"], json.loads(run["configuration"]))
        self.assertEqual({name: (m["value"], m["unit"]) for name, m in result["metrics"].items()},
                         {m["name"]: (m["value"], m["unit"]) for m in read(self.out, "SELECT * FROM metrics")})

    def assert_same_rows(self, expected, rows, keys=None):
        self.assertEqual(len(expected), len(rows))
        for wanted, row in zip(expected, rows):
            for name in keys or wanted:
                value = "" if row[name] is None else row[name]
                if isinstance(value, float):
                    self.assertAlmostEqual(float(wanted[name]), value, places=5)
                else:
                    self.assertEqual(wanted[name], str(value), name)

    def assert_same_links(self, directory):
        def key(row):
            return int(row["y"]), int(row["x"]), row["direction"]
        self.assert_same_rows(sorted(rows_of(directory / "links.csv"), key=key),
                              sorted(read(directory, "SELECT * FROM links"), key=key), ["x", "y", "direction", "wavelets"])

    def test_layers_tiles_and_links_are_those_of_the_csv_files(self):
        self.assert_same_rows(rows_of(self.out / "layers.csv"),
                              read(self.out, "SELECT *, end_cycle - start_cycle AS cycles, (end_cycle - start_cycle) / "
                                             "(SELECT clock_hz FROM runs) AS time_s FROM layers ORDER BY id"))
        self.assert_same_rows(rows_of(self.out / "tiles.csv"), read(self.out, "SELECT * FROM tiles ORDER BY rowid"),
                              ["x", "y", "busy_cycles", "received_wavelets", "injected_wavelets", "sram_high_water_bytes"])
        self.assert_same_links(self.out)

    def test_records_are_those_of_the_trace(self):
        waferloom("trace", "build", "smoke", "--out", self.top / "step.trace")
        trace = [json.loads(line) for line in waferloom("trace", "show", "--json", self.top / "step.trace").splitlines()[1:]]
        records = read(self.out, "SELECT * FROM records ORDER BY id")
        self.assertEqual([(r["id"], r["name"], r.get("layer"), r["phase"], r["operation"], r["kind"]) for r in trace],
                         [tuple(r[name] for name in ("id", "name", "layer", "phase", "operation", "kind")) for r in records])
        self.assertEqual({(r["id"], other) for r in trace for other in
                          {a["record"] for a in r.get("after", [])} | ({r["consumes"]} if "consumes" in r else set())},
                         {(d["record"], d["waits_for"]) for d in read(self.out, "SELECT * FROM dependencies")})
        self.assertTrue(all(r["start_cycle"] <= r["end_cycle"] for r in records))
        [most] = read(self.out, "SELECT max(end_cycle) AS cycle FROM records")
        [cycles] = read(self.out, "SELECT value FROM metrics WHERE name = 'cycles'")
        self.assertEqual(cycles["value"], most["cycle"])

    def test_the_same_scenario_gives_the_same_content(self):
        for name, settings in (("again", []), ("regions", ["simulation.region_width=1", "simulation.region_height=3"])):
            waferloom("run", "smoke", "--out", self.top / name, *sets(*settings))
            self.assertEqual(self.content(self.out), self.content(self.top / name), name)
            self.assertEqual((self.out / "link_samples.csv").read_bytes(), (self.top / name / "link_samples.csv").read_bytes())

    def test_samples_of_the_links_add_up_to_their_traffic(self):
        sides = ("north", "south", "west", "east")
        for name, settings in (("many", ["observe.link_samples=1000"]), ("few", ["observe.link_samples=3"])):
            waferloom("run", "smoke", "--out", self.top / name, *sets(*settings))
        for name, least, most in (("smoke", 17, 64), ("many", 100, 1000), ("few", 1, 4)):
            rows = rows_of(self.top / name / "link_samples.csv")
            sums = collections.Counter()
            for row in rows:
                self.assertEqual(("1", "1"), (row["columns"], row["rows"]))
                sums.update({(row["x"], row["y"], side): int(row[side]) for side in sides})
            self.assertEqual({(r["x"], r["y"], r["direction"]): int(r["wavelets"])
                              for r in rows_of(self.out / "links.csv") if r["direction"] != "ramp"}, dict(+sums), name)
            stored = read(self.top / name, "SELECT * FROM link_samples ORDER BY begin_cycle")
            self.assertTrue(least <= len(stored) <= most, len(stored))
            self.assertEqual(0, stored[0]["begin_cycle"])
            self.assertEqual([s["end_cycle"] for s in stored[:-1]], [s["begin_cycle"] for s in stored[1:]])
            self.assertEqual(1, len({s["end_cycle"] - s["begin_cycle"] for s in stored[:-1]}) if len(stored) > 1 else 1)
            for side in sides:
                self.assertEqual(sum(count for place, count in sums.items() if place[2] == side), sum(s[side] for s in stored))
        waferloom("run", "smoke", "--out", self.top / "none", "--set", "observe.link_samples=0")
        self.assertFalse((self.top / "none" / "link_samples.csv").exists())

    def test_a_collective_has_one_too(self):
        waferloom("run", SOURCE / "scenarios" / "collectives" / "broadcast.yaml", "--out", self.top / "broadcast")
        self.assertEqual("finished", read(self.top / "broadcast", "SELECT state FROM runs")[0]["state"])
        self.assert_same_links(self.top / "broadcast")

    def test_an_interrupted_run_keeps_what_was_simulated(self):
        # Whole and with a timeline, whether the run could end in order or not.
        for number in (signal.SIGINT, signal.SIGKILL):
            out = self.top / f"signal{number}"
            run = subprocess.Popen([PROGRAM, "run", "smoke", *SLOW, "--out", out], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                time.sleep(0.05)
                try:
                    if read(out, "SELECT count(*) AS n FROM records")[0]["n"] > 0:
                        break
                except sqlite3.OperationalError:
                    pass  # not there yet, or just being written
            run.send_signal(number)
            run.wait(60)
            self.assertFalse((out / "result.json").exists(), "the run was too fast for this test")
            self.assertEqual("unfinished", read(out, "SELECT state FROM runs")[0]["state"])
            self.assertEqual([], read(out, "SELECT * FROM layers"))
            self.assertEqual("ok", read(out, "PRAGMA integrity_check")[0]["integrity_check"])
            done = read(out, "SELECT * FROM records")
            self.assertGreater(len(done), 0)
            waferloom("timeline", out)
            self.assertGreater((out / "timeline.pftrace").stat().st_size, 100 * len(done))


if __name__ == "__main__":
    main()
