# SPDX-License-Identifier: Apache-2.0
"""Scenarios that are wrong: each problem is named by file, line, column and key, with exit status 2.

usage: config_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, HOST_RESOURCE, InDirectory, main, run_program  # noqa: E402

# name: (scenario file, [what each line on stderr begins with, after the file's name])
FILES = {
    "unknown key": ("fabric:\n  widht: 5\n",
                    [":2:3: fabric.widht: expected a known key, got an unknown one; did you mean fabric.width?"]),
    "unknown section": ("fabrics: { width: 5 }\n",
                        [":1:1: fabrics: expected a known key, got an unknown one; did you mean fabric?"]),
    "key of another section": ("clock: 1 GHz\n",
                               [":1:1: clock: expected a known key, got an unknown one; did you mean pe.clock?"]),
    "duplicate key": ("seed: 1\nname: a\nseed: 2\n",
                      [":3:1: seed: expected the key once, got it again (first at "]),
    "duplicate section": ("pe: { sram: 1 MiB }\npe: { sram: 2 MiB }\n",
                          [":2:1: pe: expected the key once, got it again (first at "]),
    "dotted key": ("fabric.width: 5\n",
                   [":1:1: fabric.width: expected sections nested as mappings, got a dotted key"]),
    "text for a number": ("fabric:\n  width: wide\n",
                          [":2:10: fabric.width: expected a whole number from 1 to 16384, got wide"]),
    "list for a number": ("fabric:\n  width: [5]\n",
                          [":2:10: fabric.width: expected a whole number from 1 to 16384, got a list"]),
    "octal": ("fabric: { width: 010 }\n",
              [":1:18: fabric.width: expected a whole number from 1 to 16384, got 010"]),
    "hexadecimal": ("fabric: { width: 0x10 }\n",
                    [":1:18: fabric.width: expected a whole number from 1 to 16384, got 0x10"]),
    "exponent": ("fabric: { width: 1e3 }\n",
                 [":1:18: fabric.width: expected a whole number from 1 to 16384, got 1e3"]),
    "negative": ("fabric: { width: -5 }\n",
                 [":1:18: fabric.width: expected a whole number from 1 to 16384, got -5"]),
    "overflow": ("seed: 18446744073709551616\n",
                 [":1:7: seed: expected a whole number from 0 to 18446744073709551615, got 18446744073709551616"]),
    "not a number": ("workload: { sparsity: .nan }\n",
                     [":1:23: workload.sparsity: expected a number from 0 to less than 1, got .nan"]),
    "out of range": ("workload: { sparsity: 1.0 }\n",
                     [":1:23: workload.sparsity: expected a number from 0 to less than 1, got 1.0"]),
    "missing unit": ("pe:\n  clock: 850\n",
                     [":2:10: pe.clock: expected a frequency from 1 kHz to 1 THz with a unit (Hz, kHz, MHz, GHz, THz), "
                      "got 850 without a unit"]),
    "zero without unit": ("fabric: { reticle_crossing: 0 }\n",
                          [":1:29: fabric.reticle_crossing: expected a whole number of cycles from 0 cycles to "]),
    "wrong unit": ("pe: { clock: 850 KiB }\n",
                   [":1:14: pe.clock: expected a frequency from 1 kHz to 1 THz with a unit (Hz, kHz, MHz, GHz, THz), "
                    "got 850 KiB with another unit"]),
    "unit on a count": ("fabric: { colors: 24 colors }\n",
                        [":1:19: fabric.colors: expected a whole number from 1 to 32, got 24 colors with a unit"]),
    "infinite bandwidth": ("io: { bandwidth: inf Tb/s }\n", [":1:18: io.bandwidth: expected a bandwidth from "]),
    "part of a byte": ("pe: { sram: 4.3 B }\n", [":1:13: pe.sram: expected a whole number of bytes from 1 KiB to "]),
    "unknown name": ("io: { input_edge: nort }\n",
                     [":1:19: io.input_edge: expected one of north, south, west, east, got nort; did you mean north?"]),
    "unknown router": ("fabric: { router: yx }\n", [":1:19: fabric.router: expected color or xy, got yx"]),
    "packets without traffic": ("fabric: { router: xy }\n", [":1:19: traffic: expected this section for router xy"]),
    "traffic for wavelets": ("traffic: { load: 0.1 }\n", [":1:18: traffic.load: expected workload.* for router color"]),
    "a workload for packets": ("fabric: { router: xy }\nworkload: { model: tiny }\ntraffic: { load: 0.1 }\n",
                               [":2:20: workload.model: expected traffic.* for router xy"]),
    "unknown fidelity": ("fidelity: bursts\n",
                         [":1:11: fidelity: expected wavelet or burst, got bursts; did you mean burst?"]),
    "unknown phase": ("workload: { phases: [forward, sideways] }\n",
                      [":1:31: workload.phases: expected all, or a list of forward, backward_input, "]),
    "too few queues": ("pe: { input_queues: [6, 6, 4, 4] }\n",
                       [":1:21: pe.input_queues: expected a list of 6 to 8 numbers, each from 1 to 8, got 4 numbers"]),
    "an empty queue": ("pe: { output_queues: [2, 2, 0, 6, 2, 2] }\n",
                       [":1:29: pe.output_queues: expected a whole number from 1 to 8, got 0"]),
    "value missing": ("fabric:\n  width:\npe: {}\n",
                      [":2:3: fabric.width: expected a whole number from 1 to 16384, got nothing"]),
    "section empty": ("fabric:\npe: {}\n", [":1:1: fabric: expected a mapping of keys, got nothing"]),
    "section is a number": ("fabric: 5\n", [":1:9: fabric: expected a mapping of keys, got 5"]),
    "alias": ("name: &n x\ndescription: *n\n",
              [":1:7: expected a value, got an anchor (anchors are not supported)",
               ":2:14: expected a value, got an alias (aliases are not supported)"]),
    "merge key": ("fabric:\n  <<: { width: 5 }\n",
                  [":2:3: fabric.<<: expected a known key, got a merge key (not supported)"]),
    "tag": ("seed: !!int 5\n", [":1:7: expected a value without a tag, got the tag tag:yaml.org,2002:int"]),
    "syntax": ("fabric: { width: 5\npe: {}\n", [":2:3: expected valid YAML, got: "]),
    "control character": ("name: a\n# \x04\nseed: x\n", [":2:3: expected text, got the control character 0x04"]),
    "empty file": ("", [":1:1: expected a mapping of keys, got an empty file"]),
    "only a comment": ("# nothing\n", [":1:1: expected a mapping of keys, got an empty file"]),
    "a list": ("- seed: 1\n", [":1:1: expected a mapping of keys, got a list"]),
    "a word": ("hello\n", [":1:1: expected a mapping of keys, got hello"]),
    "two documents": ("seed: 1\n---\nseed: 2\n", [":3:1: expected one document, got a second one"]),
    "unknown preset": ("seed: 1\nhardware: wse22\n", [":2:11: hardware: expected one of cs4, mesh16, "]),
    "missing preset file": ("hardware: ./none.yaml\n", [":1:11: hardware: expected an existing file, got ./none.yaml (no "]),
    "hardware is a mapping": ("hardware: { width: 5 }\n", [":1:11: hardware: expected a text, got a mapping"]),
    "the scenario as its own preset": ("hardware: ./scenario.yaml\n",
                                       [":1:11: hardware: expected presets without a cycle, got scenario.yaml -> scenario.yaml"]),
    "missing trace": ("workload: { trace: none.trace }\n",
                      [":1:20: workload.trace: expected an existing file, got none.trace (no "]),
    "unknown model": ("workload:\n  model: tinny\n",
                      [":2:10: workload.model: expected a known model (see `waferloom list models`), got tinny; did you mean tiny?"]),
    "missing model file": ("workload:\n  model: ./none.yaml\n",
                           [":2:10: workload.model: expected an existing file, got ./none.yaml (no "]),
    "trace and model": ("workload: { trace: scenario.yaml, model: tiny }\n",
                        [":1:20: workload.trace: expected either workload.trace or workload.model, got both"]),
    "rectangle outside the wafer": (
        "hardware: mesh8\nworkload:\n  rectangle: { x: 4, y: 1, width: 5, height: 4 }\n",
        [":3:35: workload.rectangle.width: expected to stay within columns 0 to 7 of the wafer (fabric.width is 8), "
         "got columns 4 to 8 (x 4, width 5)"]),
    "rectangle outside the wafer both ways": (
        "hardware: mesh8\nworkload:\n  rectangle: { x: 9, y: 1, width: 1, height: 4000 }\n",
        [":3:35: workload.rectangle.width: expected to stay within columns 0 to 7 of the wafer (fabric.width is 8), "
         "got columns 9 to 9 (x 9, width 1)",
         ":3:46: workload.rectangle.height: expected to stay within rows 0 to 9 of the wafer (fabric.height is 10), "
         "got rows 1 to 4000 (y 1, height 4000)"]),
    "rectangle outside the program area": (
        "hardware: mesh8\nworkload:\n  rectangle: { x: 0, y: 0, width: 8, height: 8 }\n",
        [":3:46: workload.rectangle.height: expected to stay within the program area, rows 1 to 8 (fabric.program), "
         "got rows 0 to 7 (y 0, height 8)"]),
    "rectangle without extent": ("workload: { rectangle: { x: 5 } }\n",
                                 [":1:29: workload.rectangle: expected a width and a height, or all of it 0 "]),
    "program outside the fabric": (
        "hardware: mesh8\nfabric:\n  width: 7\n",
        [":3:10: fabric.program.width: expected to stay within columns 0 to 6 of the wafer (fabric.width is 7), "
         "got columns 0 to 7 (x 0, width 8)"]),
    "more channels than tiles": ("hardware: mesh8\nio: { channels: 9 }\n",
                                 [":2:17: io.channels: expected at most one channel per tile of an edge, here 8 "
                                  "(fabric.width), got 9"]),
    "no SRAM left": ("pe: { sram: 4 KiB }\n", [":1:13: pe.reserved: expected less than pe.sram, 4096 B, got 4096 B"]),
    "transaction above the buffer": ("io: { transaction: 128 KiB }\n",
                                     [":1:20: io.transaction: expected at most io.buffer, 65536 B, got 131072 B"]),
    "all errors at once": (
        "hardware: wse9\nfabric:\n  widht: 5\n  colors: 99\npe: { clock: 1, sram: 2 KiB, sram: 1 KiB }\nseed: x\n",
        [":1:11: hardware: ", ":3:3: fabric.widht: ", ":4:11: fabric.colors: ", ":5:14: pe.clock: ",
         ":5:30: pe.sram: ", ":6:7: seed: "]),
}


class Scenarios(InDirectory):
    def check(self, *arguments):
        return run_program("check", *arguments, status=None, cwd=self.top)

    def assert_problems(self, expected, *arguments):
        done = self.check(*arguments)
        self.assertEqual((2, ""), (done.returncode, done.stdout), done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(expected), len(lines), done.stderr)
        for want, line in zip(expected, lines):
            self.assertEqual(want, line[:len(want)])

    def test_files(self):
        for name, (text, expected) in FILES.items():
            with self.subTest(name):
                self.write("scenario.yaml", text)
                self.assert_problems(["scenario.yaml" + each for each in expected], "scenario.yaml")

    def test_no_prefix_of_a_scenario_crashes(self):
        text = b"hardware: mesh8\nfabric: { hop_latency: 2 cycles }\nworkload:\n  layers: [0, 2-3]\n  model: tiny\n"
        for length in range(len(text)):
            self.write("scenario.yaml", text[:length])
            done = self.check("scenario.yaml")
            self.assertIn(done.returncode, (0, 2), f"{text[:length]}: {done.stderr}")
            self.assertEqual(done.returncode == 0, done.stderr == "")

    def test_garbage(self):
        for garbage in (b"\xff\xfe\xff", b"\x00", b"[" * 100000, b"{a: " * 100000, b"a: " + b"x" * 1000000,
                        b"- " * 50000, b"!" * 1000, b"%YAML 9.9\n---\na: 1\n", b"\t\n", b"? \n" * 100, b"x" * (17 << 20)):
            self.write("scenario.yaml", garbage)
            done = self.check("scenario.yaml")
            self.assertEqual((2, ""), (done.returncode, done.stdout), garbage[:20])
            self.assertLess(len(done.stderr), 10000)
            self.assertIn("scenario.yaml", done.stderr)

    def test_errors_in_presets_have_the_presets_position(self):
        self.write("chips/good.yaml", "hardware: mesh8\nfabric: { queue_depth: 3 }\n")
        self.write("chips/bad.yaml", "hardware: ./good.yaml\nfabric:\n  queue_depth: none\n")
        self.write("scenario.yaml", "hardware: chips/bad.yaml\nseed: -1\n")
        preset = self.top / "chips" / "bad.yaml"
        self.assert_problems([f"{preset}:3:16: fabric.queue_depth: ", "scenario.yaml:2:7: seed: "], "scenario.yaml")

    def test_a_preset_states_hardware_only(self):
        self.write("chip.yaml", "seed: 4\nworkload: { batch: 2 }\n")
        self.write("scenario.yaml", "hardware: ./chip.yaml\n")
        message = "expected only keys of hardware in a preset, got a key of scenarios"
        chip = self.top / "chip.yaml"
        self.assert_problems([f"{chip}:1:1: seed: {message}", f"{chip}:2:1: workload: {message}"], "scenario.yaml")

    def test_a_cycle_of_presets(self):
        self.write("a.yaml", "hardware: ./b.yaml\n")
        b = self.write("b.yaml", "hardware: a.yaml\n")
        self.write("scenario.yaml", "hardware: a.yaml\n")
        self.assert_problems([f"{b}:1:11: hardware: expected presets without a cycle, got scenario.yaml -> a.yaml -> "
                              "b.yaml -> a.yaml"], "scenario.yaml")

    def test_overrides(self):
        self.write("scenario.yaml", "hardware: mesh8\n")
        for override, expected in {
            "fabric.widht=5": "--set fabric.widht=5: fabric.widht: expected a known key, got an unknown one; did you "
                              "mean fabric.width?",
            "pe.clock=850": "--set pe.clock=850: pe.clock: expected a frequency ",
            "fabric.width=": "--set fabric.width=: fabric.width: expected a whole number from 1 to 16384, got nothing",
            "fabric=5": "--set fabric=5: fabric: expected a mapping of keys, got 5",
            "fabric.program={x: 1, y": "--set fabric.program={x: 1, y: expected valid YAML, got: ",
            "fabric.program={x: 1}": "--set fabric.program={x: 1}: fabric.program.width: expected to stay within ",
            "fabric.width=7": "--set fabric.width=7: fabric.program.width: expected to stay within ",
            "fabric.width": "--set: expected KEY=VALUE, got fabric.width",
            "hardware=none": "--set hardware=none: hardware: expected one of ",
            "fidelity=cycle": "--set fidelity=cycle: fidelity: expected wavelet or burst, got cycle",
        }.items():
            with self.subTest(override):
                self.assert_problems([expected], "scenario.yaml", "--set", override)

    def test_errors_of_file_and_overrides_come_together(self):
        self.write("scenario.yaml", "seed: x\n")
        self.assert_problems(["scenario.yaml:1:7: seed: ", "--set pe.sram=1: pe.sram: ", "--set a=1: a: "],
                             "scenario.yaml", "--set", "pe.sram=1", "--set", "a=1")

    def test_files_that_cannot_be_read(self):
        self.assert_problems(["none.yaml: expected a readable file, got no such file"], "none.yaml")
        self.assert_problems([".: expected a scenario file, a kernel (waferloom list kernels) or one of "], ".")
        self.assert_problems(["./: expected a readable file, got a directory"], "./")
        self.assert_problems(["smok: expected a scenario file, a kernel (waferloom list kernels) or one of collectives/all-reduce-ring, collectives/all-to-all, "
                              "collectives/broadcast, collectives/reduce-chain, collectives/reduce-tree, collectives/reduce-two-phase-2d, "
                              "gpt-j-6b, gpt-neox-20b, gpt2-small-pipelined, gpt3-13b, gpt3-xl, gpt3-xl-layer, headline, noc-saturation, "
                              "noc-uniform, smoke, got none; did you mean smoke?"], "smok")
        self.assertTrue(self.check("stencl7").stderr.endswith("got none; did you mean stencil7?\n"))
        if os.geteuid() != 0:
            self.write("secret.yaml", "seed: 1\n").chmod(0)
            self.assert_problems(["secret.yaml: expected a readable file, got Permission denied"], "secret.yaml")

    def test_a_full_disk_behind_the_output(self):
        for command in (["schema"], ["list", "routers"], ["check", "smoke", "--effective"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = run_program(*command, status=HOST_RESOURCE, capture_output=False, stdout=full, stderr=subprocess.PIPE)
            self.assertNotEqual("", done.stderr)

    def test_a_data_directory_without_data(self):
        done = run_program("list", "hardware", status=BAD_INPUT, env={"WAFERLOOM_DATA_DIR": str(self.top)})
        self.assertEqual("", done.stdout)
        self.assertIn("WAFERLOOM_DATA_DIR: expected a directory with scenarios/hardware", done.stderr)


if __name__ == "__main__":
    main()
