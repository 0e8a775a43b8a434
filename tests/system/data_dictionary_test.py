# SPDX-License-Identifier: Apache-2.0
"""The data dictionary against what runs leave: every column and key that they write is on the page, in its place, with
a meaning; and the attributed cycles of a step's rows add up.

usage: data_dictionary_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import csv
import json
import pathlib
import re
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import SOURCE, InDirectory, json_of, main, result_of, rows_of, sets, waferloom  # noqa: E402


def read_page(text):
    """{table: {name: (type, unit, meaning)}}"""
    tables, table = {}, None
    for line in text.splitlines():
        if line.startswith("### "):
            table = tables[line[4:]] = {}
        row = re.match(r"\| `([^`]+)` \| (\w*) \| ([^|]*) \| (.*) \|$", line)
        if row and table is not None:
            table[row[1]] = tuple(cell.strip() for cell in row.groups()[1:])
    return tables


PAGE = read_page((SOURCE / "docs" / "data-dictionary.md").read_text(encoding="utf-8"))


def keys_of(value, path=""):
    """Names of all keys: `a.b[].c`; a metric ends at its value and unit."""
    if isinstance(value, dict) and not {"value", "unit"} == set(value):
        for key, inner in value.items():
            yield from keys_of(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner, path + "[]")
    else:
        yield path, value


class Dictionary(InDirectory):
    def test_the_page_is_the_programs(self):
        self.assertEqual((SOURCE / "docs" / "data-dictionary.md").read_text(encoding="utf-8"), waferloom("describe", "--data"),
                         "remake it: waferloom describe --data > docs/data-dictionary.md")

    def test_everything_has_a_meaning(self):
        self.assertGreater(len(PAGE), 20)
        for table, columns in PAGE.items():
            self.assertTrue(columns, table)
            for name, (kind, _, meaning) in columns.items():
                self.assertIn(kind, ("whole", "real", "text", "number"), (table, name))
                self.assertTrue(meaning, (table, name))

    def check_csv(self, directory):
        for path in sorted(directory.glob("*.csv")):
            with open(path, encoding="utf-8", newline="") as lines:
                self.assertEqual(list(PAGE[path.name]), next(csv.reader(lines)), path.name)

    def check_keys(self, file, table):
        known = PAGE[table]
        for path, value in keys_of(file):
            beginnings = [".".join(path.split(".")[:n]) for n in range(1, path.count(".") + 2)]
            whole = {"metrics", "configuration", "configuration.simulation", "choice", "loads[]"}
            wild = re.sub(r"\.[^.]+$", ".*", path)
            self.assertTrue(path in known or wild in known or whole & set(beginnings) & set(known), (table, path))
            if isinstance(value, dict) and path in known:
                self.assertEqual(known[path][1], value["unit"], (table, path))

    def check_run(self, directory):
        self.check_csv(directory)
        result = result_of(directory)
        self.check_keys(result, "result.json")
        self.check_keys(json_of(directory / "host.json"), "host.json")
        for name, metric in (result.get("metrics") or {}).items():
            self.assertIn(name, PAGE["metrics"])
            if isinstance(metric, dict) and name != "load":
                self.assertEqual(PAGE["metrics"][name][1], metric["unit"], name)
        return result

    def test_a_step(self):
        out = self.top / "step"
        waferloom("run", "smoke", "--set", "observe.tracks.tiles=[\"1,1\"]", "--out", out)
        result = self.check_run(out)
        with sqlite3.connect(out / "results.sqlite") as database:
            for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
                self.assertEqual(list(PAGE[f"results.sqlite: {name}"]), columns, name)
        # Attributed: what rows have of the run adds up to the time in which anything was under way.
        rows = rows_of(out / "layers.csv")
        own = sum(float(row["own_cycles"]) for row in rows)
        ends = sorted((int(row["start_cycle"]), int(row["end_cycle"])) for row in rows)
        covered = reached = 0
        for start, end in ends:
            covered += max(0, end - max(start, reached))
            reached = max(reached, end)
        self.assertAlmostEqual(covered, own, delta=0.01 * len(rows))
        self.assertLessEqual(own, result["metrics"]["cycles"]["value"] + 0.01 * len(rows))
        for phase in result["phases"]:
            of_phase = sum(float(row["own_cycles"]) for row in rows if row["phase"] == phase["phase"])
            self.assertAlmostEqual(phase["own_cycles"]["value"], of_phase, delta=0.01 * len(rows))

    def test_a_collective_and_a_network(self):
        (self.top / "c.yaml").write_text("hardware: mesh8\ncollective: {kind: broadcast}\n", encoding="utf-8")
        waferloom("run", self.top / "c.yaml", "--out", self.top / "c")
        self.check_run(self.top / "c")
        short = sets("traffic.warmup=100 cycles", "traffic.sample=500 cycles")
        waferloom("run", "noc-uniform", *short, "--out", self.top / "n")
        self.check_run(self.top / "n")

    def test_a_kernel(self):
        waferloom("run", SOURCE / "scenarios" / "kernels" / "latency.yaml", "--out", self.top / "k")
        self.check_run(self.top / "k")

    def test_a_study(self):
        (self.top / "study.yaml").write_text("base: smoke\nset: {fidelity: burst}\nvary: {workload.batch: [1, 2]}\n", encoding="utf-8")
        waferloom("sweep", self.top / "study.yaml", "--out", self.top / "s")
        with open(self.top / "s" / "table.csv", encoding="utf-8", newline="") as lines:
            head = next(csv.reader(lines))
        known = set(PAGE["table.csv"]) | {"workload.batch"}
        for name in head:
            metric = any(name.startswith(each) for each in PAGE["metrics"])
            self.assertTrue(name in known or metric, name)
        with sqlite3.connect(self.top / "s" / "study.sqlite") as database:
            for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'points'"):
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
                self.assertEqual(list(PAGE[f"study.sqlite: {name}"]), columns, name)

    def test_an_explanation(self):
        waferloom("explain", "smoke", *sets("workload.layers=0", "workload.phases=forward"), "--out", self.top / "e")
        with open(self.top / "e" / "explain.csv", encoding="utf-8", newline="") as lines:
            self.assertEqual(list(PAGE["explain.csv"]), next(csv.reader(lines)))


if __name__ == "__main__":
    main()
