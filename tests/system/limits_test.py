# SPDX-License-Identifier: Apache-2.0
"""Limits of time, memory and counts: what is too long or too large ends at once with a reason.

usage: limits_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, HOST_RESOURCE, InDirectory, PROGRAM, STUCK, main, result_of, rows_of, sets  # noqa: E402

SMALL = ("workload.layers=[0]", "workload.phases=[forward]", "observe.maps=false", "observe.timeline=false")
WITH_ASAN = b"__asan_init" in PROGRAM.read_bytes()


class Limits(InDirectory):
    def edited_trace(self, edit, settings=SMALL):
        """A small step whose records `edit` may change, sealed again; what sealing says, and the scenario."""
        done = self.edit_trace(edit, settings)
        return done, self.write("replay.yaml", "hardware: mesh8\nworkload: { trace: other.trace }\n"
                              "observe: { maps: false, timeline: false }\n")

    # Time

    def test_a_burst_run_ends_at_its_limit(self):
        whole = ("fidelity=burst", "observe.maps=false", "observe.timeline=false")
        self.run_here("run", "smoke", "--out", "whole", settings=whole)
        cycles = result_of(self.top / "whole")["metrics"]["cycles"]["value"]
        self.run_here("run", "smoke", "--out", "same", settings=(*whole, f"simulation.max_cycles={cycles}"))
        for limit in (cycles - 1, cycles // 2):
            self.refuse(f"simulation.max_cycles: not done after {limit} cycles", "run", "smoke", "--out", f"cut{limit}",
                        settings=(*whole, f"simulation.max_cycles={limit}"), status=STUCK)

    def test_what_takes_long_and_ends_is_progress(self):
        """Requests on their way, slow links and hosts, the optimizer: none of them is a stuck run, however long. At
        2 GHz a wavelet waits in a queue for more than 2^30 cycles."""
        for setting in ("memoryx.latency=1ms", "memoryx.optimizer_rate=1kparams/s", "io.latency=1ms", "pe.kernel_load=1s",
                        "memoryx.bandwidth=10Mb/s", "io.bandwidth=1Mb/s"):
            settings = (setting, "simulation.stall_cycles=1", "pe.clock=2GHz", "observe.maps=false", "observe.timeline=false")
            times = []
            for fidelity in ("wavelet", "burst"):
                out = f"{setting.split('=')[0]}-{fidelity}"
                self.run_here("run", "smoke", "--fidelity", fidelity, "--out", out, settings=settings)
                times.append(result_of(self.top / out)["metrics"]["time"]["value"])
            self.assertLess(abs(times[0] / times[1] - 1), 0.05, (setting, times))

    def test_time_in_which_all_tiles_work_costs_nothing(self):
        # 10^12 cycles a layer: with visits of each PE every few thousand of them this took a quarter of an hour.
        self.run_here("run", "smoke", "--fidelity", "wavelet", "--out", "long", settings=(
            "pe.clock=1THz", "pe.kernel_load=1s", "simulation.stall_cycles=2000000000", "observe.maps=false",
            "observe.timeline=false"))
        self.assertGreater(result_of(self.top / "long")["metrics"]["cycles"]["value"], 10 ** 12)

    def test_a_long_step_is_progress(self):
        def lengthen(record):
            if record["kind"] == "compute" and "consumes" not in record:
                record["setup_cycles"] = 300000
        done, scenario = self.edited_trace(lengthen)
        self.assertEqual(0, done.returncode, done.stderr)
        self.run_here("run", scenario, "--out", "out", settings=("simulation.stall_cycles=20000",))

    def test_a_clock_that_the_kernel_cannot_follow(self):
        def lengthen(record):
            if record["kind"] == "compute" and "consumes" not in record:
                record["setup_cycles"] = 30_000_000
        _, scenario = self.edited_trace(lengthen)
        for fidelity in ("wavelet", "burst"):
            self.refuse("pe.clock: the run did not end within .* as far as the kernel's clock", "run", scenario, "--out", fidelity,
                        settings=("pe.clock=1 kHz", f"fidelity={fidelity}"), status=STUCK)

    def test_a_step_beyond_all_time(self):
        def lengthen(record):
            if record["kind"] == "compute" and "consumes" not in record:
                record["setup_cycles"] = 2**55
        done, scenario = self.edited_trace(lengthen)
        self.assertEqual(0, done.returncode, done.stderr)
        self.refuse("more cycles than can be simulated|as far as the kernel's clock", "run", scenario, "--out", "out",
                    settings=("fidelity=burst",), status=STUCK)

    # Counts

    def test_amounts_beyond_64_bits(self):
        def multiply(record):
            if "macs" in record:
                record["macs"] = {"scale": 2**40, "x": 2**40, "y": 2**40}
        done, _ = self.edited_trace(multiply)
        self.assertEqual(BAD_INPUT, done.returncode)
        self.assertRegex(done.stderr, r"macs: expected at most \d+ in all")

    def test_both_fidelities_refuse_the_same_traces(self):
        def starve(record):
            record.pop("consumes", None)
        done, _ = self.edited_trace(starve)
        self.assertEqual(BAD_INPUT, done.returncode)
        self.assertRegex(done.stderr, "expected a compute record that consumes the stream")

    def test_lanes_narrower_than_their_number(self):
        self.run_here("run", "smoke", "--out", "out", settings=(*SMALL, "workload.batch=4", "workload.lanes=4"))
        for row in rows_of(self.top / "out" / "layers.csv"):
            self.assertLessEqual(int(row["start_cycle"]), int(row["end_cycle"]), row)
            self.assertLess(int(row["cycles"]), 2**40, row)

    # Memory

    def test_steps_of_too_many_records(self):
        self.refuse("workload.micro_batch: expected a step of at most [0-9]+ records", "run", "smoke", "--out", "out",
                    settings=("workload.batch=1000000000", "workload.micro_batch=1", "fidelity=burst"))
        self.assertFalse((self.top / "out").exists())

    @unittest.skipIf(WITH_ASAN, "AddressSanitizer reserves more addresses than any limit of them leaves")
    def test_a_wafer_larger_than_the_memory(self):
        def little_memory():
            resource.setrlimit(resource.RLIMIT_AS, (700000 << 10, 700000 << 10))
        self.refuse("^out of memory$", "run", "smoke", "--out", "out", settings=("fabric.width=1000", "fabric.height=1000"),
                    status=HOST_RESOURCE, preexec_fn=little_memory)

    @unittest.skipIf(WITH_ASAN or not pathlib.Path("/sys/kernel/mm/transparent_hugepage").exists(), "memory is not the C library's, or pages have one size")
    def test_the_heap_asks_for_large_pages_unless_addresses_are_limited(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        for limit in (None, limited):
            with subprocess.Popen([PROGRAM, "run", "smoke", "--out", self.top / str(limit is None), *sets("workload.batch=8")],
                                  stdout=subprocess.DEVNULL, preexec_fn=limit) as job:
                smaps = pathlib.Path("/proc", str(job.pid), "smaps")
                while "[heap]" not in smaps.read_text(encoding="utf-8") or not (self.top / str(limit is None)).exists():
                    self.assertIsNone(job.poll())
                asked = re.findall(r"^VmFlags:.* hg\b", smaps.read_text(encoding="utf-8"), re.MULTILINE)
                job.terminate()
            self.assertEqual(limit is None, bool(asked))

    # Waveforms

    def test_a_waveform_spans_its_window(self):
        wave = (*SMALL, "observe.waveform.format=vcd", "observe.waveform.signals=[\"wafer.*.tile_7_9.router.queued\"]")
        for fidelity in ("wavelet", "burst"):
            signals = wave if fidelity == "wavelet" else (*wave[:-1], "observe.waveform.signals=[\"wafer.*.tile_7_9.sram.used\"]")
            out = f"out-{fidelity}"
            self.run_here("run", "smoke", "--out", out, settings=(*signals, f"fidelity={fidelity}", "observe.waveform.window=[1 us, 3 us]"))
            times = [int(line[1:]) for line in (self.top / out / "wave.vcd").read_text(encoding="utf-8").splitlines() if line.startswith("#")]
            self.assertLess(abs(times[-1] - 3e9), 2e6, fidelity)
            self.refuse("observe.waveform.window: expected a window that begins before the run's end", "run", "smoke", "--out",
                        f"late-{fidelity}", settings=(*signals, f"fidelity={fidelity}", "observe.waveform.window=[10 s, 11 s]"))

    def test_a_window_beyond_the_run_is_an_error(self):
        """Of tracks and of the log of wavelets, too; for several processes as for one."""
        for key, what, runs in (("tracks", "tiles", (("smoke", "--fidelity", "burst"), ("smoke", *sets(*SMALL)), ("gemv",), ("gemv", "--jobs", "2"), ("broadcast",))),
                                ("wavelet_log", "tiles", (("smoke", *sets(*SMALL)), ("gemv",), ("gemv", "--jobs", "2"), ("broadcast",)))):
            for run in runs:
                observed = sets(f"observe.{key}.{what}=[\"wafer.*\"]", f"observe.{key}.window=[10 s, 11 s]")
                self.refuse(rf"observe\.{key}\.window: expected a window that begins before the run's end in cycle \d+", "run", *run, *observed, "--out", "late")
                self.assertFalse((self.top / "late").exists())
                self.run_here("run", *run, *sets(f"observe.{key}.{what}=[\"wafer.*\"]", f"observe.{key}.window=[100 ns, 11 s]"), "--out", "seen")
                shutil.rmtree(self.top / "seen")


if __name__ == "__main__":
    main()
