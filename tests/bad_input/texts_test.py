# SPDX-License-Identifier: Apache-2.0
"""Texts and files that a user chooses: names, pipes, devices, links, tables from other tools.

usage: texts_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import csv
import json
import os
import pathlib
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(sys.argv[2]).resolve() / "tests" / "support"))
import program  # noqa: E402  (its place is known only now)

SMALL = ("workload.layers=[0]", "workload.phases=[forward]", "observe.maps=false")


class Texts(program.InDirectory):
    def test_a_name_stays_within_its_directory(self):
        for name in ("../../x", ".hidden", "a\\nb", "", "a/b"):
            scenario = self.put("scenario.yaml", f'hardware: mesh8\nname: "{name}"\nworkload: {{ model: tiny }}\n')
            if name:
                self.refuse(r"scenario\.yaml:2:7: name: expected a name without / and line breaks", "run", scenario)
            study = self.put("study.yaml", f'base: smoke\nname: "{name}"\nvary: {{ pe.clock: [1 GHz] }}\n')
            self.refuse(r"study\.yaml:2:7: name: expected a name", "sweep", study, "--no-cache")
        self.assertEqual(["scenario.yaml", "study.yaml"], sorted(path.name for path in self.top.iterdir()))

    def test_operations_with_commas_and_markup_come_back_whole(self):
        self.succeed("trace", "build", "smoke", "--out", "step.trace", settings=SMALL)
        wanted = 'a, "b" <c>&</script>'
        lines = (self.top / "step.trace").read_text(encoding="utf-8").splitlines()[:-1]
        records = [json.loads(line.rsplit("\t", 1)[0]) for line in lines]
        for record in records:
            if record.get("operation") == "qkv":
                record["operation"] = wanted
        self.put("edited", "".join(json.dumps(record) + "\n" for record in records))
        self.succeed("trace", "seal", "edited", "other.trace")
        scenario = self.put("replay.yaml", "hardware: mesh8\nworkload: { trace: other.trace }\nfidelity: burst\n")
        self.succeed("run", scenario, "--out", "out")
        self.succeed("report", "out")
        with open(self.top / "out" / "layers.csv", encoding="utf-8", newline="") as file:
            self.assertIn(wanted, [row["operation"] for row in csv.DictReader(file)])
        self.assertIn(wanted, [each["operation"] for each in self.result("out")["operations"]])
        with sqlite3.connect(self.top / "out" / "results.sqlite") as database:
            self.assertIn((wanted,), database.execute("SELECT DISTINCT operation FROM layers").fetchall())
        page = (self.top / "out" / "report.html").read_text(encoding="utf-8")
        self.assertNotIn("<c>&</script>", page)

        records[5]["operation"] = "two\nlines"
        self.put("edited", "".join(json.dumps(record) + "\n" for record in records))
        self.refuse(r"edited:6: .*operation: expected a text on one line", "trace", "seal", "edited", "never.trace")

    def test_a_scenario_through_a_pipe(self):
        self.put("model.yaml", (pathlib.Path(sys.argv[2]) / "models/data/tiny.yaml").read_text(encoding="utf-8"))
        read, write = os.pipe()
        os.write(write, b"hardware: mesh8\nname: piped\nworkload: { model: ./model.yaml }\n")
        os.close(write)
        done = self.succeed("check", f"/dev/fd/{read}", pass_fds=(read,))
        self.assertIn("valid", done.stdout)
        os.close(read)

    def test_a_path_behind_a_linked_directory(self):
        self.put("real/deep/scenario.yaml", "hardware: mesh8\nworkload: { model: ../model.yaml }\n")
        self.put("real/model.yaml", (pathlib.Path(sys.argv[2]) / "models/data/tiny.yaml").read_text(encoding="utf-8"))
        (self.top / "link").symlink_to("real/deep")
        self.succeed("check", "link/scenario.yaml")

    def test_output_into_what_is_no_file(self):
        os.mkfifo(self.top / "pipe")
        reader = os.open(self.top / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.succeed("trace", "build", "smoke", "--out", "/dev/null", settings=SMALL)
        self.assertTrue((pathlib.Path("/dev/null")).is_char_device())
        (self.top / "result.json").symlink_to("/dev/full")
        if os.path.exists("/dev/full"):
            self.refuse("cannot write", "trace", "build", "smoke", "--out", "result.json", settings=SMALL, status=4)
            self.assertTrue(pathlib.Path("/dev/full").is_char_device())

    def test_traffic_tables_of_other_tools(self):
        self.put("table.txt", "\ufeff0, 1, 0.2\n% of a matrix tool\n1,2,0.1 # east\n\n2\t0\t0.05\n")
        settings = ("traffic.pattern=table", "traffic.table=table.txt", "traffic.warmup=100 cycles",
                    "traffic.sample=100 cycles")
        self.succeed("run", "noc-uniform", "--out", "out", settings=settings)
        self.put("table.txt", "0;1;0.2\n")
        self.refuse(r"table\.txt:1: expected three fields", "run", "noc-uniform", "--out", "other", settings=settings)

    def test_a_damaged_result_says_so(self):
        for name in ("a", "b"):
            self.put(f"{name}/result.json", "[" * 100000)
        self.refuse("expected a run's results, got what cannot be read: expected at most 64 brackets", "compare", "a", "b")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
