# SPDX-License-Identifier: Apache-2.0
"""Texts and files that a user chooses: names, pipes, devices, links, tables from other tools.

usage: texts_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import os
import pathlib
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, SOURCE, main, result_of, rows_of  # noqa: E402

SMALL = ("workload.layers=[0]", "workload.phases=[forward]", "observe.maps=false")


class Texts(InDirectory):
    def test_a_name_stays_within_its_directory(self):
        for name in ("../../x", ".hidden", "a\\nb", "", "a/b"):
            scenario = self.write("scenario.yaml", f'hardware: mesh8\nname: "{name}"\nworkload: {{ model: tiny }}\n')
            if name:
                self.refuse(r"scenario\.yaml:2:7: name: expected a name without / and line breaks", "run", scenario)
            study = self.write("study.yaml", f'base: smoke\nname: "{name}"\nvary: {{ pe.clock: [1 GHz] }}\n')
            self.refuse(r"study\.yaml:2:7: name: expected a name", "sweep", study, "--no-cache")
        self.assertEqual(["scenario.yaml", "study.yaml"], sorted(path.name for path in self.top.iterdir()))

    def test_operations_with_commas_and_markup_come_back_whole(self):
        wanted = 'a, "b" <c>&</script>'

        def edit(record):
            if record["operation"] == "qkv":
                record["operation"] = wanted
        self.assertEqual(0, self.edit_trace(edit, SMALL).returncode)
        scenario = self.write("replay.yaml", "hardware: mesh8\nworkload: { trace: other.trace }\nfidelity: burst\n")
        self.run_here("run", scenario, "--out", "out")
        self.run_here("report", "out")
        self.assertIn(wanted, [row["operation"] for row in rows_of(self.top / "out" / "layers.csv")])
        self.assertIn(wanted, [each["operation"] for each in result_of(self.top / "out")["operations"]])
        with sqlite3.connect(self.top / "out" / "results.sqlite") as database:
            self.assertIn((wanted,), database.execute("SELECT DISTINCT operation FROM layers").fetchall())
        page = (self.top / "out" / "report.html").read_text(encoding="utf-8")
        self.assertNotIn("<c>&</script>", page)

        def break_line(record):
            if record["id"] == 4:
                record["operation"] = "two\nlines"
        done = self.edit_trace(break_line, SMALL)
        self.assertEqual(BAD_INPUT, done.returncode)
        self.assertRegex(done.stderr, r"edited:6:\d+: .*operation: expected a text on one line")

    def test_a_job_of_a_run_holds_any_text_and_what_cannot_run_gets_none(self):
        place = self.top / "a $(touch x) 'dir'"
        scenario = self.write("a $(touch x) 'dir'/it's.yaml", "hardware: mesh8\nname: \"it's $(touch y) `z`; #\"\nworkload: { model: tiny, phases: [forward] }\n")
        out = place / 'out "1"'
        options = ("run", scenario, "--out", out, "--emit", "slurm", "--partition", "2")
        script = self.write("job.sh", self.run_here(*options).stdout)
        fake = self.write("bin/mpirun", '#!/bin/sh\nwhile [ "${1#/}" = "$1" ]; do shift; done\nexec "$@"\n')
        fake.chmod(0o755)
        done = subprocess.run(["sh", script], env={**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}"}, capture_output=True, text=True, cwd=self.top)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("it's $(touch y) `z`; #", result_of(out)["scenario"])
        for name in "xyz":
            self.assertFalse((self.top / name).exists())
        self.refuse(r"workload\.micro_batch: the model does not fit the SRAM", *options, "--set", "workload.batch=4000")
        self.refuse("--emit: expected a scenario at fidelity wavelet", *options, "--fidelity", "burst")

    def test_a_scenario_through_a_pipe(self):
        self.write("model.yaml", (SOURCE / "models/data/tiny.yaml").read_text(encoding="utf-8"))
        read, write = os.pipe()
        os.write(write, b"hardware: mesh8\nname: piped\nworkload: { model: ./model.yaml }\n")
        os.close(write)
        done = self.run_here("check", f"/dev/fd/{read}", pass_fds=(read,))
        self.assertIn("valid", done.stdout)
        os.close(read)

    def test_a_path_behind_a_linked_directory(self):
        self.write("real/deep/scenario.yaml", "hardware: mesh8\nworkload: { model: ../model.yaml }\n")
        self.write("real/model.yaml", (SOURCE / "models/data/tiny.yaml").read_text(encoding="utf-8"))
        (self.top / "link").symlink_to("real/deep")
        self.run_here("check", "link/scenario.yaml")

    def test_output_into_what_is_no_file(self):
        os.mkfifo(self.top / "pipe")
        reader = os.open(self.top / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.run_here("trace", "build", "smoke", "--out", "/dev/null", settings=SMALL)
        self.assertTrue((pathlib.Path("/dev/null")).is_char_device())
        (self.top / "result.json").symlink_to("/dev/full")
        if os.path.exists("/dev/full"):
            self.refuse("cannot write", "trace", "build", "smoke", "--out", "result.json", settings=SMALL, status=4)
            self.assertTrue(pathlib.Path("/dev/full").is_char_device())

    def test_traffic_tables_of_other_tools(self):
        self.write("table.txt", "\ufeff0, 1, 0.2\n% of a matrix tool\n1,2,0.1 # east\n\n2\t0\t0.05\n")
        settings = ("traffic.pattern=table", "traffic.table=table.txt", "traffic.warmup=100 cycles",
                    "traffic.sample=100 cycles")
        self.run_here("run", "noc-uniform", "--out", "out", settings=settings)
        self.write("table.txt", "0;1;0.2\n")
        self.refuse(r"table\.txt:1:1: expected three fields", "run", "noc-uniform", "--out", "other", settings=settings)

    def test_a_damaged_result_says_so(self):
        for name in ("a", "b"):
            self.write(f"{name}/result.json", "[" * 100000)
        self.refuse("expected a run's results, got what cannot be read: expected at most 64 brackets", "compare", "a", "b")


if __name__ == "__main__":
    main()
