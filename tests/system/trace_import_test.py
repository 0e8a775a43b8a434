# SPDX-License-Identifier: Apache-2.0
"""Workloads of ranks from elsewhere: what becomes of them, counted by hand, and that they run at both fidelities.

Files of this test's own making stand for the formats. Public files are tried where the environment variable
WAFERLOOM_IMPORTS names a folder of them (chakra/, astra-sim/, simai/).

usage: trace_import_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import os
import pathlib
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, main, result_of, rows_of, run_program, sets, waferloom  # noqa: E402

METADATA, LOAD, STORE, COMP, SEND, RECEIVE, COLLECTIVE = range(1, 8)
ALL_REDUCE, REDUCE, ALL_GATHER, GATHER, SCATTER, BROADCAST, ALL_TO_ALL, REDUCE_SCATTER, _, BARRIER = range(10)


# ---- Chakra's messages, by the field numbers of the public schema ----

def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    value = value if isinstance(value, bytes) else value.encode()
    return varint(field << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    if isinstance(value, bool):
        return text(10, text(1, name) + number(27, int(value)))
    if isinstance(value, str):
        return text(10, text(1, name) + text(29, value))
    if isinstance(value, float):
        return text(10, text(1, name) + varint(3 << 3 | 1) + struct.pack("<d", value))
    if isinstance(value, list):
        return text(10, text(1, name) + text(28, text(1, bytes(map(int, value)))))
    return text(10, text(1, name) + number(9, value))


def node(number_of, kind, after=(), packed=True, micros=0, name=None, **attributes):
    out = number(1, number_of) + text(2, name or f"n{number_of}") + number(3, kind)
    if after and packed:
        out += text(5, b"".join(map(varint, after)))
    for each in () if packed else after:
        out += number(4, each)
    if micros:
        out += number(7, micros)
    return out + b"".join(attribute(*each) for each in attributes.items())


def write_chakra(path, *nodes, version="0.0.4"):
    head = text(1, version) if version == "0.0.4" else text(2, text(1, "schema") + text(29, version))
    path.write_bytes(b"".join(varint(len(each)) + each for each in (head, *nodes)))
    return path


class Imports(InDirectory):
    def imported(self, files, *options, tiles="4x4", status=0):
        files = [files] if isinstance(files, (str, pathlib.Path)) else files
        return waferloom("trace", "import", *files, "--out", self.top / "t.trace", "--tiles", tiles, *options,
                         status=status)

    def records(self):
        lines = waferloom("trace", "show", self.top / "t.trace", "--json").splitlines()
        return [json.loads(line) for line in lines][1:]

    def wavelets(self):
        return json.loads(waferloom("trace", "stats", self.top / "t.trace", "--json"))["total"]["wavelets"]

    def ran(self, fidelity, width, height, *settings):
        (self.top / "s.yaml").write_text(
            "hardware: mesh8\n"
            f"fabric: {{width: {width + 2}, height: {height + 2}, reticle_width: {width + 2}, reticle_height: {height + 2}, "
            f"program: {{x: 1, y: 1, width: {width}, height: {height}}}}}\n"
            "workload: {trace: t.trace}\n", encoding="utf-8")
        self.runs = getattr(self, "runs", 0) + 1
        out = self.top / f"run-{self.runs}"
        waferloom("run", self.top / "s.yaml", "--fidelity", fidelity, *sets(*settings), "--out", out)
        return out

    def runs_alike(self, width, height, within=0.05):
        """At both fidelities: the same wavelets on each link, all that were injected delivered, about the same time."""
        cycles = {}
        links = {}
        for fidelity in ("wavelet", "burst"):
            out = self.ran(fidelity, width, height)
            metrics = result_of(out)["metrics"]
            self.assertNotIn("tokens_per_second", metrics)  # it has none
            self.assertEqual(self.wavelets(), metrics["wavelets_injected"]["value"])
            self.assertEqual(self.wavelets(), metrics["wavelets_delivered"]["value"])
            cycles[fidelity] = metrics["cycles"]["value"]
            links[fidelity] = [(row["x"], row["y"], row["direction"], row["wavelets"])
                               for row in rows_of(out / "links.csv") if row["wavelets"] != "0"]
        self.assertEqual(links["wavelet"], links["burst"])
        self.assertAlmostEqual(1, cycles["burst"] / cycles["wavelet"], delta=within)
        return cycles["wavelet"]


class Chakra(Imports):
    def files(self, *ranks, **options):
        return [write_chakra(self.top / f"t.{i}.et", *nodes, **options) for i, nodes in enumerate(ranks)]

    def test_a_ring_all_reduce_moves_what_it_has_to(self):
        reduce = node(0, COLLECTIVE, comm_type=ALL_REDUCE, comm_size=16384, is_cpu_op=False)
        said = self.imported(self.files(*[[reduce]] * 4))
        # Rounds of reduce-scatter and all-gather; each of 4 ranks sends a quarter, 1024 words, 4 tiles on.
        self.assertIn(f"{6 * 4 * 4096} B between ranks, {6 * 4 * 4096} B as whole words", said)
        self.assertEqual(6 * 4 * 1024 * 4, self.wavelets())
        self.runs_alike(8, 8)

    def test_a_line_all_reduce_moves_all_of_it_there_and_back(self):
        reduce = node(0, COLLECTIVE, comm_type=ALL_REDUCE, comm_size=4096)
        self.imported(self.files(*[[reduce]] * 3), "--all-reduce", "line", "--columns", 3)
        self.assertEqual(2 * 2 * 1024 * 4, self.wavelets())
        self.runs_alike(12, 4)

    def test_a_coarse_grid_tells_about_the_same_time(self):
        # docs/fidelity.md has larger ones.
        reduce = node(0, COLLECTIVE, comm_type=ALL_REDUCE, comm_size=1 << 20)
        for algorithm in ("ring", "line"):
            self.imported(self.files(*[[reduce]] * 4), "--all-reduce", algorithm, tiles="16x12")
            whole, coarse = (result_of(self.ran("burst", 32, 24, f"burst.tiles={tiles}"))["metrics"]["cycles"]["value"]
                             for tiles in (0, 16))
            self.assertAlmostEqual(1, coarse / whole, delta=0.04)

    def test_all_kinds_of_collectives(self):
        words, ranks, far = 512, 4, 4  # all in a row
        hops = {  # of a word to its receiver, in ranks
            REDUCE: words * 3, BROADCAST: words * 3,
            ALL_GATHER: words * 3 * (3 + 3), REDUCE_SCATTER: words // 4 * 3 * (3 + 3),
            GATHER: words * (1 + 2 + 3), SCATTER: words // 4 * (1 + 2 + 3),
            # t on, and 4 - t back
            ALL_TO_ALL: words // 4 * sum((4 - t) * t + t * (4 - t) for t in (1, 2, 3)),
        }
        for kind, expected in hops.items():
            with self.subTest(kind=kind):
                one = node(0, COLLECTIVE, comm_type=kind, comm_size=4 * words)
                self.imported(self.files(*[[one]] * ranks), "--columns", ranks)
                self.assertEqual(expected * far, self.wavelets())

    def test_messages_go_along_rows_and_columns(self):
        sends = [node(0, SEND, comm_dst=3, comm_tag=7, comm_size=4096)]
        takes = [node(0, RECEIVE, comm_src=0, comm_tag=7, comm_size=4096),
                 node(1, COMP, [0], num_ops=2 * 16 * 1000)]
        self.imported(self.files(sends, [], [], takes))
        across, down, work = self.records()
        self.assertEqual(("x", "last", 4), (across.get("axis", "x"), across["root"], across["distance"]))
        self.assertEqual(("y", "last", 4), (down["axis"], down["root"], down["distance"]))
        self.assertEqual([{"record": 0, "lag": 0}], down["after"])
        self.assertEqual([{"record": 1}], work["after"])
        self.assertEqual({"scale": 1000}, work["macs"])
        self.assertEqual(1024 * 8, self.wavelets())
        self.runs_alike(8, 8)

    def test_ranks_that_send_to_each_other_do_not_wait_in_a_circle(self):
        ranks = 4
        traces = [[node(0, SEND, comm_dst=(i + 1) % ranks, comm_tag=0, comm_size=1024),
                   node(1, RECEIVE, [0], comm_src=(i - 1) % ranks, comm_tag=0, comm_size=1024),
                   node(2, COMP, [1], micros=2),
                   node(3, SEND, [2], comm_dst=(i + 1) % ranks, comm_tag=0, comm_size=1024),
                   node(4, RECEIVE, [3], comm_src=(i - 1) % ranks, comm_tag=0, comm_size=1024)]
                  for i in range(ranks)]
        said = self.imported(self.files(*traces, version="1.0.2-chakra.0.0.4"))
        self.assertIn("schema 1.0.2-chakra.0.0.4, of 4 ranks", said)
        self.assertIn(f"{8 * 1024} B between ranks", said)
        self.assertGreater(self.runs_alike(8, 8), 1700)  # 2 us at 850 MHz

    def test_work_is_operations_or_time(self):
        nodes = [node(0, METADATA), node(1, LOAD, [0], tensor_size=1600), node(2, COMP, [1], micros=10, num_ops=3200),
                 node(3, COMP, [2], packed=False, micros=10), node(4, STORE, [3], tensor_size=3200)]
        self.imported(self.files(nodes), "--clock", "1 GHz")
        load, by_operations, by_time, store = self.records()
        self.assertEqual(({"scale": 100}, {"scale": 100}), (load["read_bytes"], by_operations["macs"]))
        self.assertEqual((10000, {"scale": 200}), (by_time["setup_cycles"], store["write_bytes"]))
        self.assertEqual([[], [0], [1], [2]], [[each["record"] for each in r.get("after", [])]
                                               for r in (load, by_operations, by_time, store)])
        self.imported(self.files(nodes), "--clock", "1 GHz", "--work", "duration")
        self.assertEqual(10000, self.records()[1]["setup_cycles"])

    def test_groups_by_name_and_one_file_for_all(self):
        pair = [node(0, COLLECTIVE, comm_type=ALL_REDUCE, comm_size=1024, pg_name="pair")]
        self.imported(self.files(pair, pair, []), "--columns", 3)
        self.assertEqual(2 * 2 * 128 * 4, self.wavelets())
        one = self.files([node(0, COLLECTIVE, comm_type=ALL_REDUCE, comm_size=1024, involved_dim=[True, True])])
        self.imported(one, "--ranks", 8)
        self.assertIn("of 8 ranks", waferloom("trace", "show", self.top / "t.trace"))

    def refused(self, *ranks, options=()):
        return self.imported(self.files(*ranks), *options, status=BAD_INPUT)

    def test_what_is_missing_is_named(self):
        said = self.refused([node(0, COMP, num_ops=1), node(5, COMP, [9], num_ops=1, name="late")])
        self.assertIn("t.0.et: node 5 (late): data_deps: expected the id of a node of the file, got 9", said)
        said = self.refused([node(0, SEND, comm_dst=1, comm_size=8)], [])
        self.assertIn("t.0.et: node 0 (n0): expected a receive with tag 0 in the trace of rank 1, got 0 of 1", said)
        said = self.refused([], [node(3, RECEIVE, comm_src=0, comm_size=8)])
        self.assertIn("t.1.et: node 3 (n3): expected a send with tag 0 in the trace of rank 0, got 0 of 1", said)
        said = self.refused([node(0, COLLECTIVE, comm_type=ALL_REDUCE, comm_size=8)], [])
        self.assertIn("t.0.et: node 0 (n0): expected all 2 ranks of group \"\" to take part, got 1", said)
        said = self.refused([node(0, SEND, comm_dst=4, comm_size=8)], [])
        self.assertIn("comm_dst: expected a number from 0 to 1, got 4", said)
        said = self.refused([node(0, COLLECTIVE, comm_type=11, comm_size=8)])
        self.assertIn("comm_type: expected 0 to 9 (ALL_REDUCE, ", said)
        said = self.refused([node(0, COLLECTIVE, comm_type=0, comm_size=8, involved_dim=[True, False])])
        self.assertIn("involved_dim: expected all dimensions", said)
        said = self.refused([node(0, COMP), node(0, COMP)])
        self.assertIn("id: expected one that no other node has", said)

    def test_names_are_made_plain(self):
        path = write_chakra(self.top / "t.0.et", number(1, 0) + text(2, b"a\xff\nb") + number(3, COMP) + attribute("num_ops", 64))
        self.imported(path)
        self.assertEqual("0.a\ufffd b.0", self.records()[0]["name"])

    def test_cycles_are_named(self):
        said = self.refused([node(0, COMP, [2]), node(1, COMP, [0]), node(2, COMP, [1])])
        self.assertIn("t.0.et: node 0 (n0): expected dependencies without a cycle, got 3 nodes that wait for each other: "
                      "node 0 (n0) of t.0.et, which waits for node 2 (n2) of t.0.et, which waits for node 1 (n1)", said)

    def test_damaged_files_are_refused_with_the_place(self):
        path, = self.files([node(0, COMP, num_ops=1)])
        whole = path.read_bytes()
        path.write_bytes(whole[:-3])
        self.assertRegex(self.imported(path, status=BAD_INPUT), r"t\.0\.et: byte \d+: expected \d+ bytes, got \d+")
        path.write_bytes(b"")
        self.assertIn("expected the message GlobalMetadata", self.imported(path, "--format", "chakra", status=BAD_INPUT))
        for i in range(len(whole)):  # never anything but taken or refused
            path.write_bytes(whole[:i] + bytes([whole[i] ^ 0x55]) + whole[i + 1:])
            if i % 7 == 0:
                self.imported(path, "--format", "chakra", status=None)


HEAD = "HYBRID_TRANSFORMER model_parallel_NPU_group: 2\n"


class Texts(Imports):
    def text(self, content):
        path = self.top / "w.txt"
        path.write_text(content, encoding="utf-8")
        return path

    def test_layers_forward_and_backward(self):
        layers = ("a -1 1000 ALLREDUCE 1024 2000 NONE 0 3000 ALLREDUCE 2048 10\n"
                  "b -1 500 NONE 0 600 ALLREDUCE 1024 700 NONE 0 10\n")
        said = self.imported(self.text(HEAD + "2\n" + layers), "--ranks", 4, "--clock", "1 GHz")
        self.assertIn("ASTRA-sim workload, HYBRID_TRANSFORMER, 2 layers on 4 ranks", said)
        order = [(r["layer"], r["phase"], r["kind"]) for r in self.records() if r["kind"] == "compute" and "setup_cycles" in r]
        self.assertEqual([(0, "forward"), (1, "forward"), (1, "backward_weight"), (1, "update"), (1, "backward_input"),
                          (0, "backward_weight"), (0, "update"), (0, "backward_input")], [o[:2] for o in order])
        # Two pairs, each 2 rounds of 2 halves: 128 words 4 tiles on; of the weights, 256 words.
        self.assertEqual(2 * (2 * 2 * 2 * 128 * 4) + 2 * 2 * 2 * 256 * 4, self.wavelets())
        cycles = self.runs_alike(8, 8)
        self.assertGreater(cycles, 1000 + 500 + 700 + 600 + 3000 + 2000)

    def test_types_decide_who_exchanges(self):
        layer = "1\na -1 0 ALLREDUCE 4096 0 NONE 0 0 ALLREDUCE 4096 0\n"
        four = 6 * 4 * 256 * 4  # among 4 ranks
        pairs = 2 * (2 * 2 * 512 * 4)
        for head, options, expected in (("MICRO", (), 2 * four), ("DATA", (), four), ("MODEL", (), four),
                                        ("HYBRID_DLRM DLRM_LAST_BOTTOM_LAYER: 0", (), 2 * four),
                                        ("DISTRIBUTED_INFERENCE", (), four),
                                        ("HYBRID_MODEL_DATA", ("--model-parallel", 2), 2 * pairs),
                                        ("HYBRID_DATA_MODEL", ("--model-parallel", 2), 2 * pairs),
                                        ("HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 4", (), four)):
            with self.subTest(head=head):
                self.imported(self.text(f"{head}\n{layer}"), "--ranks", 4, *options)
                self.assertEqual(expected, self.wavelets())
        self.imported(self.text("HYBRID_CUSTOMIZED\n1\na -1 0 ALLREDUCE 4096 0 NONE 0 0 ALLREDUCE 4096 0 MODEL\n"),
                      "--ranks", 4, "--model-parallel", 2)
        self.assertEqual(four, self.wavelets())

    def test_what_is_not_told_is_taken_with_a_note(self):
        out = run_program("trace", "import", self.text("HYBRID_MODEL_DATA\n1\na -1 0 ALLREDUCE 4096 0 NONE 0 0 NONE 0 0\n"),
                          "--ranks", 8, "--tiles", "4x4", "--out", self.top / "t.trace")
        self.assertIn("how many ranks share a layer is not told: 2 are taken (--model-parallel)", out.stderr)

    def test_too_many_ranks_are_refused(self):
        layer = "1\na -1 0 ALLREDUCE 4096 0 NONE 0 0 NONE 0 0\n"
        self.assertIn("--ranks: expected 1 to 65536", self.imported(self.text("MODEL\n" + layer), "--ranks", 70000, status=BAD_INPUT))
        said = self.imported(self.text("MODEL\n" + layer), "--ranks", 4096, tiles="1x1", status=BAD_INPUT)
        self.assertIn("a: expected collectives among at most 2048 ranks, got 4096", said)

    def test_a_key_and_its_value_may_stand_together(self):
        self.imported(self.text("HYBRID_TRANSFORMER model_parallel_NPU_group:2\n1\na -1 0 ALLREDUCE 4096 0 NONE 0 0 NONE 0 0\n"),
                      "--ranks", 2)
        self.assertEqual(2 * 2 * 512 * 4, self.wavelets())

    def test_checkpoints_run_layers_again(self):
        lines = "".join(f"l{i} -1 100 NONE 0 100 NONE 0 100 NONE 0 0\n" for i in range(4))
        self.imported(self.text("HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 1 checkpoints: 1 1 "
                                "checkpoint_initiates: 1 3\n4\n" + lines), "--ranks", 1)
        operations = [(r["layer"], r["operation"]) for r in self.records()]
        self.assertEqual([(1, "forward_again"), (2, "forward_again"), (3, "input_gradient"), (3, "weight_gradient")],
                         operations[4:8])

    def test_simai_says_more(self):
        head = "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 2 pp: 1 vpp: 1 ga: 1 all_gpus: 8 checkpoints: 0 checkpoint_initiates: 0\n"
        layer = "1\na -1 10 ALLTOALL_EP 4096 10 ALLGATHER 4096 10 REDUCESCATTER_DP_EP 4096 1\n"
        said = self.imported(self.text(head + layer), "--columns", 8)
        self.assertIn("SimAI workload, HYBRID_TRANSFORMER_FWD_IN_BCKWD, 1 layers on 8 ranks", said)
        hops = 8 * 512 * 2  # pairs two apart, half of it each
        hops += 8 * 512 * 1  # an all-gather of 4096 B in all, among neighbours
        hops += 8 * 512 * 4  # pairs four apart
        self.assertEqual(hops * 4, self.wavelets())

    def test_what_is_wrong_is_named_with_its_place(self):
        def refused(content, *options):
            return self.imported(self.text(content), *options, status=BAD_INPUT)
        layer = "a -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n"
        self.assertIn("w.txt:1:1: expected one of MICRO, DATA, MODEL, ", refused("PIPELINE\n1\n" + layer, "--ranks", 2))
        self.assertIn("w.txt:3:1: expected 12 columns", refused("DATA\n1\na -1 1\n", "--ranks", 2))
        self.assertIn("w.txt:3:8: expected one of ALLGATHER, ", refused("DATA\n1\n" + layer.replace("NONE", "SUM", 1), "--ranks", 2))
        self.assertIn("w.txt:4:1: expected layer 2 of 2, got the end of the file", refused("DATA\n2\n" + layer, "--ranks", 2))
        self.assertIn("w.txt:4:1: expected the end of the file after 1 layers", refused("DATA\n1\n" + layer + layer, "--ranks", 2))
        self.assertIn("--ranks: expected 1 to ", refused("DATA\n1\n" + layer))
        self.assertIn("expected ranks that divide", refused(HEAD + "1\n" + layer, "--ranks", 3))
        # 2^31 * 2 * 2^32 is 0 in 64 bits.
        beyond = ("HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2147483648 ep: 2 pp: 4294967296 all_gpus: 8 "
                  "checkpoints: 1 0 checkpoint_initiates: 1 0\n")
        self.assertIn("expected ranks that divide by the stages (4294967296)", refused(beyond + "1\n" + layer))
        # Of 8 ranks 2 share the data, so 4 share the layers: two stages and two experts leave too few.
        few = ("HYBRID_DATA_MODEL model_parallel_NPU_group: 2 ep: 2 pp: 2 all_gpus: 8 "
               "checkpoints: 1 0 checkpoint_initiates: 1 0\n")
        self.assertIn("expected ranks that divide by the stages (2)", refused(few + "1\n" + layer.replace("NONE", "ALLREDUCE_DP_EP")))
        self.assertIn("expected keys among", refused("DATA npus: 3\n1\n" + layer, "--ranks", 3))
        self.assertIn("w.txt:1:6: expected a key with a colon", refused("DATA 3\n1\n" + layer, "--ranks", 3))


class Export(Imports):
    def test_a_step_is_read_back(self):
        step = self.top / "step.trace"
        waferloom("trace", "build", "smoke", "--out", step)
        said = waferloom("trace", "export", step, "--out", self.top / "step.0.et")
        total = json.loads(waferloom("trace", "stats", step, "--json"))["total"]
        self.assertIn(f"{total['records']} nodes", said)
        said = self.imported(self.top / "step.0.et", tiles="8x8")
        self.assertIn("schema 1.0.2-chakra.0.0.4, of 1 ranks", said)
        records = self.records()
        originals = [json.loads(line) for line in waferloom("trace", "show", step, "--json").splitlines()][1:]
        names = {record["name"].split(".", 1)[1].rsplit(".", 1)[0] for record in records}
        self.assertEqual({r["name"] for r in originals if r["kind"] in ("compute", "stream_in", "stream_out")}, names)
        # Work is rounded up to whole multiply-accumulates of a tile.
        macs = sum(record["macs"]["scale"] for record in records if "macs" in record) * 64
        self.assertGreaterEqual(macs, total["macs"])
        self.assertEqual(0, self.wavelets())

    def test_what_is_no_step_is_refused(self):
        self.imported(write_chakra(self.top / "t.et", node(0, COLLECTIVE, comm_type=0, comm_size=64)), "--ranks", 2)
        said = waferloom("trace", "export", self.top / "t.trace", "--out", self.top / "x.et", status=BAD_INPUT)
        self.assertIn("kind: expected one of a training step", said)


class Options(Imports):
    def test_the_grid_may_come_from_a_scenario(self):
        one = write_chakra(self.top / "t.et", node(0, COLLECTIVE, comm_type=ALL_REDUCE, comm_size=1024))
        out = ("--out", self.top / "t.trace", "--ranks", 4)
        said = waferloom("trace", "import", one, *out, "--scenario", "smoke")
        self.assertIn("4 ranks of 4 x 4 tiles, 2 in a row", said)
        self.assertIn("--tiles: expected how many tiles a rank has", waferloom("trace", "import", one, *out, status=BAD_INPUT))
        for tiles in ("4", "0x4", "4x", "4x4x4"):
            self.assertIn("--tiles: expected WIDTHxHEIGHT", self.imported(one, "--ranks", 4, tiles=tiles, status=BAD_INPUT))
        self.assertIn("--clock: expected a frequency", self.imported(one, "--clock", "fast", status=BAD_INPUT))


@unittest.skipUnless(os.environ.get("WAFERLOOM_IMPORTS"), "WAFERLOOM_IMPORTS names no folder of public files")
class PublicFiles(Imports):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(os.environ["WAFERLOOM_IMPORTS"])

    def test_chakra(self):
        self.imported(sorted((self.folder / "chakra").glob("all_reduce_4npus_1MB.*.et")))
        self.assertEqual(6 * 4 * 65536 * 4, self.wavelets())
        self.ran("burst", 8, 8)
        said = self.imported(sorted((self.folder / "chakra").glob("custom_ring_allreduce_8npus_1MB.*.et")), "--columns", 4)
        self.assertIn(f"{14 * 8 * 131072} B between ranks", said)
        self.ran("burst", 16, 8)

    def test_texts(self):
        for folder, options in (("astra-sim", ("--ranks", 16)), ("simai", ("--ranks", 4))):
            for path in sorted((self.folder / folder).glob("*.txt")):
                with self.subTest(path=path.name):
                    self.imported(path, *options)
                    self.assertGreater(self.wavelets(), 0)


if __name__ == "__main__":
    main()
