# SPDX-License-Identifier: Apache-2.0
"""The package python/waferloom, its documentation's examples and its notebooks, with the Python that has pandas.

usage: package_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, PROGRAM, SOURCE, main, python_with  # noqa: E402

PYTHON = python_with("pandas", "yaml", "matplotlib", "nbclient", "ipykernel")


def fenced(text, language):
    """The fenced blocks of a language, one after the other."""
    parts = text.split("```")
    return "\n".join(part[len(language) + 1:] for part in parts[1::2] if part.startswith(language + "\n"))


class Package(InDirectory):
    def setUp(self):
        super().setUp()
        self.assertIsNotNone(PYTHON, "no Python with pandas, PyYAML, matplotlib, nbclient and ipykernel: scripts/setup installs them")

    def python(self, code, status=0, **environment):
        """Runs code in the directory; gives what it printed, or its errors where it is to fail."""
        settings = {"WAFERLOOM": str(PROGRAM), "PYTHONPATH": str(SOURCE / "python"), "MPLBACKEND": "agg",
                    "XDG_CACHE_HOME": str(self.top / "cache"), **environment}
        done = subprocess.run([PYTHON, "-W", "error::FutureWarning", "-c", "import waferloom\n" + code], cwd=self.top,
                              env={**os.environ, **settings}, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        return done.stderr if status else done.stdout

    def test_the_examples_of_the_documentation(self):
        said = self.python(fenced((SOURCE / "docs" / "python.md").read_text(encoding="utf-8"), "python"))
        self.assertIn("did you mean io.bandwidth?", said)
        self.assertTrue((self.top / "busy.png").stat().st_size > 0)

    def test_frames_say_what_the_files_say(self):
        self.python("""
import csv, json, numpy
run = waferloom.run("smoke", out="out")
result = json.load(open("out/result.json"))
assert run.metric("cycles") == result["metrics"]["cycles"]["value"]
assert dict(run.metrics.unit) == {name: each["unit"] for name, each in result["metrics"].items()}
for name in ("layers", "links", "tiles", "link_samples"):
    rows = list(csv.DictReader(open(f"out/{name}.csv")))
    frame = getattr(run, name)
    assert list(frame.columns) == list(rows[0]) and len(frame) == len(rows), name
    assert set(frame.attrs["units"]) == set(frame.columns), set(frame.columns) - set(frame.attrs["units"])
for name in ("records", "dependencies", "levels", "channel_traffic", "layers", "router_outputs"):
    frame = run.table(name)
    assert set(frame.attrs["units"]) == set(frame.columns), (name, set(frame.columns) - set(frame.attrs["units"]))
assert run.layers.cycles.sum() == run.table("layers").eval("end_cycle - start_cycle").sum()
x, y = run.map_origin
for link in run.links.itertuples():
    assert run.link_map(link.direction)[link.y - y, link.x - x] == link.utilization
busy = run.tile_map()
assert numpy.nansum(busy) == run.tiles.busy_share.sum() and numpy.isnan(busy).sum() == busy.size - len(run.tiles)
assert abs(run.energy.sum() - run.metric("energy")) < 1e-12
assert run.configuration["name"] == "smoke"
""")

    def test_a_study_of_python_values(self):
        self.python("""
import numpy
base = {"name": "mine", "hardware": "mesh8", "fidelity": "burst", "workload": {"model": "tiny", "sequence": 32}}
study = waferloom.sweep(base, vary={"workload.batch": numpy.array([1, 2]), "io.bandwidth": ["20 Gb/s", "40 Gb/s"]},
                        set={"seed": 3}, metrics=["time", "energy"], objectives={"time": "minimize"}, keep="runs", jobs=1)
points = study.points
assert list(points["workload.batch"]) == [1, 1, 2, 2] and list(points["io.bandwidth"]) == [2e10, 4e10, 2e10, 4e10]
assert list(study.settings["io.bandwidth"]) == ["20 Gb/s", "40 Gb/s"] * 2
assert points.attrs["units"]["time"] == "s" and (points.status == "done").all()
assert study.best().name == points.time.idxmin() and list(study.pareto.index) == [study.best().name]
for number in points.index:
    run = study.run(number)
    assert run.metric("time") == points.time[number] and run.configuration["seed"] == 3
    assert abs(study.shares.loc[number].sum() - run.time_by_bound.sum()) < 1e-9
assert waferloom.sweep(base, vary={"workload.batch": [1]}, out="other").directory.name == "other"
""")

    def test_packet_networks_and_collectives(self):
        self.python("""
network = waferloom.run("noc-uniform", set={"traffic.warmup": "100 cycles", "traffic.sample": "500 cycles"})
assert network.metric("latency_mean") == network.loads.latency_mean[0] > 0
assert set(network.loads.attrs["units"]) == set(network.loads.columns)
ring = waferloom.run({"hardware": "mesh16", "collective": {"kind": "all_reduce", "algorithm": "ring", "elements": 64}})
assert ring.link_map().shape == (16, 16) and ring.metric("busiest_link") > 0
try:
    ring.layers
except waferloom.WaferloomError as error:
    assert "no layers.csv" in str(error), error
else:
    raise AssertionError
""")

    def test_errors_are_exceptions(self):
        self.python("""
def raised(kind, said, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except kind as error:
        assert said in str(error), error
        return error
    raise AssertionError(said)

assert raised(waferloom.BadInput, "did you mean workload.batch", waferloom.run, "smoke", set={"workload.bacth": 2}).status == 2
raised(waferloom.BadInput, "smoek", waferloom.check, "smoek")
raised(waferloom.Stuck, "max_cycles", waferloom.run, "smoke", set={"simulation.max_cycles": 1000})
raised(waferloom.BadInput, "does not exist yet", waferloom.run, "smoke", out=".")
raised(waferloom.WaferloomError, "result.json", waferloom.Run, ".")
raised(waferloom.WaferloomError, "study.json", waferloom.Study, ".")
raised(waferloom.WaferloomError, "expected the program", waferloom.run, "smoke", program="/nowhere/waferloom")
run = waferloom.run("smoke", out="out")
raised(KeyError, "tokens_per_second", run.metric, "speed")
raised(waferloom.WaferloomError, "expected one of", run.table, "nothing")
raised(waferloom.WaferloomError, "expected north", run.link_map, "up")
raised(waferloom.WaferloomError, "busy_share", run.tile_map, "nothing")
open("out/result.json", "w").write("{")
raised(waferloom.WaferloomError, "not readable", waferloom.Run, "out")
""")

    def test_progress_is_shown_where_it_is_asked_for(self):
        code = 'waferloom.run("smoke", set={"workload.batch": 4}, progress=%s)\nraise SystemExit(1)'
        self.assertRegex(self.python(code % True, status=1), r"\d+\.\d %  .*M hops/s")
        self.assertEqual("", self.python(code % False, status=1))

    def test_an_interrupted_run_ends_the_program(self):
        said = self.python("""
import os, signal, threading, time
def interrupt():
    while not os.path.exists("out"):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
try:
    waferloom.run("smoke", set={"workload.batch": 32, "workload.activations": "spill"}, out="out")
except KeyboardInterrupt:
    print("interrupted", os.path.exists("out/result.json"))
""")
        self.assertEqual("interrupted False\n", said)

    def test_notebooks(self):
        done = subprocess.run([PYTHON, SOURCE / "scripts" / "run-notebooks", "--check"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env={**os.environ, "WAFERLOOM": str(PROGRAM), "XDG_CACHE_HOME": str(self.top)})
        self.assertEqual(0, done.returncode, done.stdout + done.stderr[-2000:])


if __name__ == "__main__":
    main()
