# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a kernel is told with its place, and with the tile where it depends on one.

usage: kernel_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, SOURCE, main  # noqa: E402

GOOD = """hardware: mesh8
parameters: { N: 4 }
width: 2
buffers:
  - { name: data, length: N }
colors:
  - name: link
    routes:
      - { where: x == 0, rx: ramp, tx: east }
      - { rx: west, tx: ramp }
tasks:
  - name: send
    where: x == 0
    start: true
    do:
      - move: { from: data, to: out link }
  - name: take
    where: x == 1
    start: true
    do:
      - move: { from: in link, to: data }
"""


class Kernel(InDirectory):
    def refuse_kernel(self, said, *changes, arguments=()):
        text = GOOD
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        self.write("k.yaml", text)
        for command in (("check",), ("run", "--out", "out")):
            self.refuse(said, command[0], "k.yaml", *command[1:], *arguments)
            self.assertFalse((self.top / "out").exists())

    def test_a_good_one_runs(self):
        self.write("k.yaml", GOOD)
        self.run_here("run", "k.yaml", "--out", "out")

    def test_keys(self):
        self.refuse_kernel(r"k\.yaml:12:5: tasks\[0\]\.nam: expected a known key, got an unknown one; did you mean name\?",
                           ("  - name: send", "  - nam: send"))
        self.refuse_kernel(r"expected this key \(columns of tiles, over parameters\), got none", ("width: 2\n", ""))
        self.refuse_kernel(r"expected one deed .*, got several", ("      - move: { from: in link", "      - activate: send\n        move: { from: in link"))

    def test_names(self):
        self.refuse_kernel(r"k\.yaml:16:23: .*expected a buffer \(data\), got dato; did you mean data\?", ("from: data", "from: dato"))
        self.refuse_kernel(r"k\.yaml:16:33: .*expected a color \(link\), got lnk", ("out link", "out lnk"))
        self.refuse_kernel(r"expected a task \(send, take\), got tale; did you mean take\?",
                           ("      - move: { from: in", "      - activate: tale\n      - move: { from: in"))

    def test_operands_and_routes_that_say_too_little_or_the_same_twice(self):
        self.refuse_kernel(r"k\.yaml:21:23: .*expected in COLOR, got in", ("from: in link", 'from: "in "'))
        self.refuse_kernel(r"k\.yaml:16:33: .*expected a color \(link\)", ("out link", '"out  "'))
        self.refuse_kernel(r"k\.yaml:9:\d+: .*tx: expected each direction once, got east again", ("tx: east", "tx: [east, east]"))
        # Told once: what follows from it is not.
        self.write("k.yaml", GOOD.replace("    where: x == 1\n    start: true\n", "    where: x == 1\n    color: link[x]\n"))
        said = self.refuse(r"color: expected what is the same on all tiles, got x", "check", "k.yaml").stderr
        self.assertNotIn("expected a color", said)

    def test_what_would_mean_nothing(self):
        self.refuse_kernel(r"k\.yaml:21:23: tasks: tile \(1, 0\): expected wavelet in a task with color, got it in take, which has none",
                           ("move: { from: in link, to: data }", 'move: { from: wavelet, to: "data[0]" }'))
        self.refuse_kernel(r"k\.yaml:9:\d+: .*ring: expected positions beside it", ("tx: east", "tx: east, ring: true"))

    def test_wavelets_that_are_taken_as_another_type(self):
        self.refuse_kernel(r"k\.yaml:21:9: tasks: tile \(1, 0\): expected that color link is taken as it is sent, as fp16, got fp32",
                           ("to: out link", "to: out link, type: fp16"))
        self.refuse_kernel(r"k\.yaml:22:9: tasks: tile \(1, 0\): expected that color link is taken as it is sent, as fp16, got fp32",
                           ("width: 2", "width: 2\nvalues: true"), ("to: out link", "to: out link, type: fp16"), ("    where: x == 1\n    start: true\n", "    where: x == 1\n    color: link\n"),
                           ("from: in link, to: data", 'from: wavelet, to: "data[0]"'))

    def test_expressions(self):
        self.refuse_kernel(r"k\.yaml:5:27: buffers\[0\]\.length: tile \(0, 0\): expected a divisor other than 0, got 4 by 0",
                           ("length: N", "length: N // x"))
        self.refuse_kernel(r"tile \(1, 0\): expected a whole number, got 1 / 2", ("length: N", "length: 4 + x / 2"))
        self.refuse_kernel(r"expected a parameter, x, y, width, height, a variable or an index, got M", ("length: N", "length: M"))

    def test_memory_routes_queues_and_tasks(self):
        self.refuse_kernel(r"tile \(0, 0\): expected data to lie within the SRAM", ("length: N", "length: 100000"))
        self.refuse_kernel(r"tile \(0, 0\): expected that tile \(1, 0\) takes color link from the west",
                           ("rx: west, tx: ramp", "rx: east, tx: ramp"))
        self.refuse_kernel(r"tile \(0, 0\): expected color link to stay within the kernel's tiles, got a route to the north",
                           ("tx: east", "tx: [east, north]"))
        self.refuse_kernel(r"tile \(1, 0\): expected a route of color link from the ramp, got none",
                           ("move: { from: in link, to: data }", "move: { from: data, to: out link }"))
        self.refuse_kernel(r"tile \(1, 0\): expected that something activates task take",
                           ("    where: x == 1\n    start: true\n", "    where: x == 1\n"))
        self.refuse_kernel(r"input_queue: tile \(0, 0\): expected 0 to 5, got 9", ("  - name: link\n", "  - name: link\n    input_queue: 9\n"))
        self.refuse_kernel(r"expected elements of data, 0 to 3, got 4 from 2 on",
                           ("move: { from: data, to", "move: { from: { buffer: data, offset: 2, length: 4 }, to"))
        self.refuse_kernel(r"expected that for repeats at most 10000 times in all",
                           ("      - move: { from: in", "      - { for: { a: 4000, b: 4000 }, activate: take }\n      - move: { from: in"))
        self.refuse_kernel(r"expected at most 24 colors",
                           ("  - name: link\n", "  - { name: c, for: { k: 24 }, routes: [{ where: x > 5, rx: ramp, tx: east }] }\n  - name: link\n"))

    def test_what_would_be_ignored(self):
        buffers = "  - { name: data, length: N }\n"
        self.refuse_kernel(r"k\.yaml:6:\d+: buffers\[1\]\.bank: tile \(0, 0\): expected none where address says where the buffer lies, got one",
                           (buffers, buffers + "  - { name: b, length: 4, address: 5000, bank: 2 }\n"))
        self.refuse_kernel(r"buffers\[1\]\.address: tile \(0, 0\): expected a multiple of 4 B, the size of an element, got 5002",
                           (buffers, buffers + "  - { name: b, length: 4, address: 5002 }\n"))
        self.refuse_kernel(r"k\.yaml:16:\d+: .*expected an operand on the fabric \(in COLOR or out COLOR\) with async, got none",
                           ("move: { from: data, to: out link }", "move: { from: data, to: data, async: true }"))
        self.refuse_kernel(r"k\.yaml:21:\d+: .*thread: tile \(1, 0\): expected none where nothing is sent",
                           ("from: in link, to: data", "from: in link, to: data, async: true, thread: 2"))
        self.refuse_kernel(r"k\.yaml:16:\d+: .*expected a scalar or an element as the target of a sum, got data",
                           ("move: { from: data, to: out link }", "reduce: { a: data, to: data }"))

    def test_what_the_run_would_refuse(self):
        self.refuse_kernel(r"k\.yaml:16:\d+: .*expected fewer than 2\^32 wavelets of an operation, got 8589934592 elements",
                           ("from: data, to: out link", "from: 1, to: out link, length: 8589934592"))
        self.refuse_kernel(r"k\.yaml:16:\d+: .*count: tile \(0, 0\): expected 0 to \d+, got -3",
                           ("move: { from: data, to: out link }", "loop: { count: 0 - 3, do: [{ move: { from: data, to: out link } }] }"))

    def test_queues_overlaps_and_numbers_taken_twice(self):
        buffers = "  - { name: data, length: N }\n"
        self.refuse_kernel(r"k\.yaml:7:\d+: buffers: tile \(0, 0\): expected c to overlap no other buffer, got 4104 to 4120 B, of which b has 4100 to 4116",
                           (buffers, buffers + "  - { name: b, length: 4, address: 4100 }\n  - { name: c, length: 4, address: 4104 }\n"))
        color = GOOD[GOOD.index("  - name: link"):GOOD.index("tasks:")]
        for key in ("input_queue", "output_queue"):
            both = "".join(color.replace("name: link\n", f"name: {name}\n    {key}: 1\n") for name in ("link", "other"))
            self.refuse_kernel(rf"colors\[1\]\.{key}: tile \(0, 0\): expected a queue of its own, got 1, which color link has", (color, both))
        many = "".join(color.replace("name: link", f"name: l{i}") for i in range(7))
        takes = "".join(f"      - move: {{ from: in l{i}, to: data }}\n" for i in range(7))
        self.refuse_kernel(r"in l6: tile \(1, 0\): expected at most 6 colors that a tile takes", (color, color + many),
                           ("      - move: { from: in link, to: data }\n", takes))
        sends = takes.replace("from: in", "from: data, to: out").replace(", to: data", "")
        self.refuse_kernel(r"out l6: tile \(0, 0\): expected at most 6 colors that a tile sends", (color, color + many),
                           ("      - move: { from: data, to: out link }\n", sends))

    def test_parameters_and_scenarios(self):
        self.refuse_kernel(r"expected a parameter of .*k\.yaml \(N\), got M", arguments=("--set", "workload.parameters.M=3"))
        self.refuse_kernel(r"workload\.parameters\.N: expected a whole number, got many", arguments=("--set", "workload.parameters.N=many"))
        # Of several, the one that is meant.
        self.refuse_kernel(r"--set workload\.parameters\.N=0: workload\.parameters\.N: expected 1 to 9, got 0", ("{ N: 4 }", "{ N: { value: 4, least: 1, most: 9 }, M: 1 }"),
                           arguments=("--set", "workload.parameters.N=0", "--set", "workload.parameters.M=2"))
        self.refuse_kernel(r"expected wavelet for a kernel, got burst", arguments=("--set", "fidelity=burst"))
        self.refuse_kernel(r":\d+:\d+: width, height: expected a rectangle within fabric\.program", ("width: 2", "width: 20"))
        self.write("s.yaml", "hardware: mesh8\nworkload: { parameters: { N: 3 } }\n")
        self.refuse(r"workload\.parameters: expected none without workload\.kernel", "check", "s.yaml")
        self.write("s.yaml", "hardware: mesh8\nworkload: { kernel: k.yaml, model: gpt3-xl }\n")
        self.refuse(r"expected one of a kernel, a model, a trace and a collective, got several", "check", "s.yaml")
        self.write("s.yaml", "hardware: mesh8\nworkload: { kernel: none.yaml }\n")
        self.refuse(r"workload\.kernel: expected an existing file, got none\.yaml", "check", "s.yaml")

    def test_what_shows_only_as_it_runs(self):
        self.write("k.yaml", "values: true\n" + GOOD.replace("      - move: { from: data", "      - loop: { count: 3, index: i, do: [{ move: { from: \"data[4 // (2 - i)]\", to: \"data[0]\" } }] }\n      - move: { from: data"))
        self.refuse(r"k\.yaml:17:\d+: .*tile \(0, 0\): expected (a divisor other than 0|elements of data)", "run", "k.yaml", "--out", "out")
        self.write("k.yaml", GOOD.replace("width: 2", "width: 2\nvariables: { v: 0 }").replace("      - move: { from: data", "      - cycles: { count: v - 3, why: none }\n      - move: { from: data"))
        self.refuse(r"k\.yaml:17:\d+: tasks\[0\]\.do\[0\]\.cycles\.count: tile \(0, 0\): expected 0 or more, got -3 \(v - 3\)", "run", "k.yaml", "--out", "out3")
        self.write("k.yaml", "values: true\n" + GOOD.replace("length: N }", "length: N, fill: i, period: N - 4 }"))
        self.refuse(r"buffers\[0\]\.period: tile \(0, 0\): expected a number other than 0, got 0", "run", "k.yaml", "--out", "out4")
        self.write("k.yaml", "values: true\n" + GOOD.replace("length: N }", "length: N, fill: 3 // (i - 2) }"))
        self.refuse(r"buffers\[0\]\.fill: tile \(0, 0\): expected a divisor other than 0, got 3 by 0 \(3 // \(i - 2\)\)", "run", "k.yaml", "--out", "out5")
        self.write("k.yaml", GOOD.replace("      - move: { from: in link, to: data }\n", "      - move: { from: 0, to: data }\n"))
        self.refuse(r"4 wavelets were never taken, 2 of color 0 in the router of tile \(\d+, \d+\)", "run", "k.yaml", "--out", "out6", status=3)
        self.write("k.yaml", GOOD.replace("      - move: { from: data", "      - activate: send\n      - move: { from: data").replace("to: out link }", "to: out link, length: 0 }"))
        self.refuse(r"goes round without taking any time", "run", "k.yaml", "--out", "out2", status=3)
        # A loop that ends, but not soon, where numbers are computed.
        self.write("k.yaml", "values: true\n" + GOOD.replace("width: 2", "width: 2\nvariables: { v: 0 }").replace(
            "      - move: { from: data", "      - loop: { count: pow2(40), do: [{ set: { v: v + 1 } }] }\n      - move: { from: data"))
        self.refuse(r"k\.yaml:18: tile \(0, 0\): cycle \d+: task send goes round without taking any time", "run", "k.yaml", "--out", "out7", status=3)
        self.write("k.yaml", "values: true\n" + GOOD.replace("      - move: { from: data", "      - loop: { count: pow2(40), do: [] }\n      - move: { from: data"))
        self.refuse(r"k\.yaml:17: tile \(0, 0\): cycle \d+: task send goes round without taking any time", "run", "k.yaml", "--out", "out8", status=3)


if __name__ == "__main__":
    main()
