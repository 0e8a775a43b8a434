# SPDX-License-Identifier: Apache-2.0
"""What a lowered training step amounts to, against closed forms that are worked out here anew.

Multiply-accumulates, bytes through the I/O channels, parameters, and wavelets of every operation of a layer, for
several models, rectangles and strategies. Nothing here comes from the program but the trace itself.

usage: trace_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BAD_INPUT, InDirectory, main, sets, waferloom  # noqa: E402

FORWARD, BACKWARD_INPUT, BACKWARD_WEIGHT = "forward", "backward_input", "backward_weight"


class Model:
    """Dimensions as published (models.md, the models' papers), not as models/data has them."""

    def __init__(self, hidden, heads, ffn, norms=2, norm_rows=2, bias=True, attention_bias=None, gated=False):
        self.hidden, self.heads, self.ffn, self.norms, self.norm_rows = hidden, heads, ffn, norms, norm_rows
        attention_bias = bias if attention_bias is None else attention_bias
        h, f = hidden, ffn
        # operation: [(inputs, outputs, bias)]
        self.matrices = {
            "qkv": [(h, h, attention_bias)] * 3,
            "projection": [(h, h, attention_bias)],
            "mlp_up": [(h, f, bias)] * (2 if gated else 1),
            "mlp_down": [(f, h, bias)],
        }

    def all_matrices(self):
        return [matrix for matrices in self.matrices.values() for matrix in matrices]

    def weights(self):
        return sum(i * o for i, o, _ in self.all_matrices())

    def biases(self):
        return sum(o for _, o, bias in self.all_matrices() if bias)

    def norm_parameters(self):
        return self.norms * self.norm_rows * self.hidden


MODELS = {
    "tiny": Model(64, 4, 256),
    "gpt2-small": Model(768, 12, 3072),
    "gpt3-xl": Model(2048, 16, 8192),
    "gpt-j-6b": Model(4096, 16, 16384, norms=1, attention_bias=False),
    "gpt-neox-20b": Model(6144, 64, 24576),
    "llama-7b": Model(4096, 32, 11008, norm_rows=1, bias=False, gated=True),
}


def statistics(*settings, scenario="smoke"):
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "a.trace"
        waferloom("trace", "build", scenario, "--out", file, *sets(*settings))
        waferloom("trace", "validate", file)
        return json.loads(waferloom("trace", "stats", "--json", file))


def key_sweeps(model, columns, rows, batch, sequence):
    """Shares of the keys whose sums for dK and dV take 8 KiB of a PE: at most 24, and a token of each row; else 0."""
    sweeps = -(-8 * -(-model.hidden // columns) * sequence // 8192)
    return sweeps if sweeps <= min(24, sequence // -(-rows // batch)) else 0


def layer_statistics(model, columns, rows, batch, sequence, *settings):
    return statistics(
        "hardware=mesh64", "fabric.width=400", "fabric.height=400", "io.channels=100", "fabric.program.width=398",
        "fabric.program.height=398", "fabric.program.x=1", "fabric.program.y=1", "pe.sram=64 MiB",
        f"workload.model={model}", f"workload.batch={batch}", f"workload.sequence={sequence}", "workload.layers=0",
        "workload.rectangle.x=1", "workload.rectangle.y=1", f"workload.rectangle.width={columns}",
        f"workload.rectangle.height={rows}", *settings)


def sums(stats, field, **wanted):
    return sum(entry[field] for entry in stats["operations"] if all(entry[k] == v for k, v in wanted.items()))


class Layer(unittest.TestCase):
    def check_macs(self, name, columns, rows, batch, sequence):
        model = MODELS[name]
        stats = layer_statistics(name, columns, rows, batch, sequence)
        tokens, pairs = batch * sequence, batch * sequence * sequence * model.hidden
        split = sequence > (tokens + rows - 1) // rows  # a sequence lies on several rows
        sweeps = key_sweeps(model, columns, rows, batch, sequence)
        expected = {FORWARD: tokens * model.weights() + 2 * pairs,
                    BACKWARD_INPUT: tokens * model.weights() + (7 if split and not sweeps else 5) * pairs,
                    BACKWARD_WEIGHT: tokens * model.weights()}
        for phase, macs in expected.items():
            self.assertEqual(macs, sums(stats, "macs", phase=phase), (name, phase))
        return stats

    def test_macs_bytes_and_parameters(self):
        for name, columns, rows, batch, sequence in (
                ("tiny", 8, 8, 1, 32), ("tiny", 4, 2, 4, 16), ("tiny", 2, 16, 8, 32), ("gpt2-small", 12, 16, 2, 64),
                ("gpt2-small", 24, 8, 1, 64), ("gpt3-xl", 16, 16, 1, 128), ("gpt-j-6b", 32, 32, 1, 128),
                ("gpt-neox-20b", 64, 32, 1, 64), ("llama-7b", 32, 16, 4, 64)):
            with self.subTest(name, columns=columns, rows=rows, batch=batch, sequence=sequence):
                stats = self.check_macs(name, columns, rows, batch, sequence)
                model = MODELS[name]
                parameters = model.weights() + model.biases() + model.norm_parameters()
                # The backward pass needs weights again and applies the norms again, but no bias.
                self.assertEqual(4 * parameters, sums(stats, "bytes_in", phase=FORWARD))
                again = sums(stats, "bytes_in", phase=BACKWARD_INPUT) + sums(stats, "bytes_in", phase=BACKWARD_WEIGHT)
                self.assertEqual(4 * (model.weights() + model.norm_parameters()), again)
                self.assertEqual(4 * parameters, stats["total"]["bytes_out"])
                self.assertEqual(parameters, stats["total"]["parameters_out"])

    def test_shares_that_do_not_divide_lose_nothing(self):
        # 33 tokens over the rows and 768 features over 36 columns; 12 heads on 36 columns.
        self.check_macs("gpt2-small", 36, 11, 1, 33)
        self.check_macs("gpt3-xl", 48, 13, 1, 39)
        self.check_macs("llama-7b", 96, 5, 5, 7)

    def test_wavelets_of_every_operation(self):
        for name, columns, rows, batch, sequence in (("tiny", 8, 8, 1, 32), ("gpt2-small", 24, 8, 1, 64),
                                                     ("gpt3-xl", 16, 16, 1, 128), ("gpt3-xl", 32, 8, 2, 64),
                                                     ("gpt3-xl", 32, 8, 1, 256)):
            with self.subTest(name, columns=columns, rows=rows):
                self.check_wavelets(MODELS[name], layer_statistics(name, columns, rows, batch, sequence), columns, rows,
                                    batch, sequence)

    def check_wavelets(self, model, stats, columns, rows, batch, sequence):
        tokens, h = batch * sequence, model.hidden
        along, down = columns - 1, rows - 1
        for operation, matrices in model.matrices.items():
            forward = backward_input = backward_weight = 0
            for inputs, outputs, bias in matrices:
                # Weights, one wavelet each; partial sums of every token, FP32, over every hop of the row.
                forward += inputs * outputs + tokens * outputs * along + bias * outputs
                backward_input += inputs * outputs + tokens * inputs * along
                # Output gradients, FP16, to all columns; products summed down every column; out of the wafer.
                backward_weight += tokens * outputs // 2 * along + (inputs * outputs + bias * outputs) * (down + 1)
            if operation in ("qkv", "mlp_up"):  # behind a norm, which is applied again
                backward_input += model.norm_rows * h
            found = {phase: sums(stats, "wavelets", phase=phase, operation=operation)
                     for phase in (FORWARD, BACKWARD_INPUT, BACKWARD_WEIGHT)}
            self.assertEqual({FORWARD: forward, BACKWARD_INPUT: backward_input, BACKWARD_WEIGHT: backward_weight}, found,
                             operation)
        for operation in ("attention_norm", "mlp_norm"):
            statistics_wavelets = 2 * 2 * tokens * along  # two values a token, summed and sent back
            self.assertEqual(statistics_wavelets + 2 * h, sums(stats, "wavelets", phase=FORWARD, operation=operation))
            self.assertEqual(statistics_wavelets, sums(stats, "wavelets", phase=BACKWARD_INPUT, operation=operation))
            self.assertEqual(2 * h * (down + 1), sums(stats, "wavelets", phase=BACKWARD_WEIGHT, operation=operation))
        # Keys and values, FP16, to all rows of their sequence; scores over the columns of a head and back, FP32.
        rows_of_sequence = rows // batch
        gather = tokens * h * (rows_of_sequence - 1)
        spanned = columns // model.heads if columns > model.heads else 1
        scores = 2 * batch * sequence * sequence * model.heads * (spanned - 1)
        self.assertEqual(gather + scores, sums(stats, "wavelets", phase=FORWARD, operation="attention"))
        # In the backward pass scores and their gradients: once, with sums for the gradients of keys and values, FP32, over
        # the rows of their sequence; or twice, where there is no room for these.
        if key_sweeps(model, columns, rows, batch, sequence):
            expected = gather + 2 * scores + 2 * tokens * h * (rows_of_sequence - 1)
        else:
            expected = 2 * gather + 2 * 2 * scores
        self.assertEqual(expected, sums(stats, "wavelets", phase=BACKWARD_INPUT, operation="attention"))

    def test_a_whole_step_has_embedding_and_loss(self):
        stats = statistics()  # the shipped scenario: two layers, vocabulary 512, learned positions
        model = MODELS["tiny"]
        layers, vocabulary, tokens = 2, 512, 32
        pairs = tokens * tokens * model.hidden
        head = tokens * vocabulary * model.hidden
        expected = layers * (3 * tokens * model.weights() + (2 + 5) * pairs)
        # The head's product is formed again for the loss's gradient, whose logits are not kept.
        self.assertEqual(expected + head + 2 * head + head, stats["total"]["macs"])
        parameters = layers * (model.weights() + model.biases() + model.norm_parameters()) + 2 * model.hidden
        parameters += vocabulary * model.hidden  # the embedding's matrix, shared with the head
        rows_out = 2 * tokens * model.hidden  # gradients of the tokens' and the positions' rows in use
        self.assertEqual(parameters + rows_out, stats["total"]["parameters_out"])


class Choices(InDirectory):
    def test_phases_and_layers(self):
        whole = statistics()
        for phase in (FORWARD, BACKWARD_INPUT, BACKWARD_WEIGHT):
            stats = statistics(f"workload.phases={phase}")
            self.assertEqual({phase}, {entry["phase"] for entry in stats["operations"]})
            self.assertEqual(sums(whole, "bytes_out", phase=phase), sums(stats, "bytes_out"), phase)
            # Alone, the backward pass by weight has to form the loss's logits itself.
            logits = 32 * 64 * 512 if phase == BACKWARD_WEIGHT else 0
            self.assertEqual(sums(whole, "macs", phase=phase) + logits, sums(stats, "macs"), phase)
        stats = statistics("workload.layers=1")
        self.assertEqual({1}, {entry["layer"] for entry in stats["operations"]})
        for field in ("macs", "bytes_in", "bytes_out", "wavelets"):
            self.assertEqual(sums(whole, field, layer=1), stats["total"][field], field)

    def test_packed_weights_halve_the_weights(self):
        indexed = layer_statistics("gpt3-xl", 16, 16, 1, 128)
        packed = layer_statistics("gpt3-xl", 16, 16, 1, 128, "workload.weight_format=packed")
        saved = sums(indexed, "bytes_in") - sums(packed, "bytes_in")
        self.assertEqual(2 * 4 * MODELS["gpt3-xl"].weights() // 2, saved)
        self.assertEqual(indexed["total"]["macs"], packed["total"]["macs"])

    def test_zero_weights_are_neither_sent_nor_computed(self):
        dense = layer_statistics("gpt3-xl", 16, 16, 1, 128)
        sparse = layer_statistics("gpt3-xl", 16, 16, 1, 128, "workload.sparsity=0.75")
        model = MODELS["gpt3-xl"]
        for phase in (FORWARD, BACKWARD_INPUT):
            saved = sums(dense, "macs", phase=phase) - sums(sparse, "macs", phase=phase)
            self.assertEqual(128 * model.weights() * 3 // 4, saved)
            saved = sums(dense, "bytes_in", phase=phase) - sums(sparse, "bytes_in", phase=phase)
            self.assertEqual(4 * model.weights() * 3 // 4, saved)
        self.assertEqual(sums(dense, "macs", phase=BACKWARD_WEIGHT), sums(sparse, "macs", phase=BACKWARD_WEIGHT))

    def test_lanes_and_micro_batches_work_the_same_on_copies(self):
        batch, layer = "workload.batch=4", "workload.layers=0"
        whole, of_layer = statistics(batch)["total"], statistics(batch, layer)["total"]
        rows = 4 * 32 * 64  # each token's row of the embedding is looked up once, whatever else is copied
        io = "workload.lane_copies=io"
        for settings, copies_in, copies in (
                (("workload.lanes=2",), 1, 2), (("workload.lanes=4",), 1, 4), (("workload.lanes=2", io), 2, 2),
                (("workload.lanes=4", io), 4, 4), (("workload.micro_batch=2",), 2, 2), (("workload.micro_batch=1",), 4, 4)):
            with self.subTest(settings):
                cut, of_cut_layer = statistics(batch, *settings)["total"], statistics(batch, layer, *settings)["total"]
                self.assertEqual(whole["macs"], cut["macs"])
                for field, times in (("parameters_in", copies_in), ("bytes_in", copies_in), ("parameters_out", copies)):
                    self.assertEqual(times * of_layer[field], of_cut_layer[field], field)
                for field, times in (("parameters_in", copies_in), ("parameters_out", copies)):
                    self.assertEqual(times * whole[field] - (times - 1) * rows, cut[field], field)

    def test_recomputed_activations_cost_their_arithmetic_again(self):
        tokens, hidden, layers = 4 * 32, 64, 2
        keep, recompute, spill = (statistics("workload.batch=4", f"workload.activations={choice}")["total"]
                                  for choice in ("keep", "recompute", "spill"))
        # All matrices but the last, whose result nobody needs again, and the attention's two products.
        again = layers * tokens * (MODELS["tiny"].weights() - 256 * 64 + 2 * 32 * hidden)
        self.assertEqual(keep["macs"] + again, recompute["macs"])
        self.assertEqual(recompute["macs"], spill["macs"])
        # Each layer's input in FP16, out and in again, but the last one's, which is needed at once.
        inputs = (layers - 1) * tokens * hidden * 2
        self.assertEqual(recompute["bytes_out"] + inputs, spill["bytes_out"])
        self.assertEqual(recompute["bytes_in"] + inputs, spill["bytes_in"])

    def test_a_causal_mask_saves_the_pairs_that_it_leaves_out(self):
        model = MODELS["gpt2-small"]
        for rows, products in ((64, 7), (8, 5), (1, 5)):  # a token of a sequence in a row, several, or all of them
            whole, half = (layer_statistics("gpt2-small", 24, rows, 1, 64, *settings)
                           for settings in ((), ("workload.causal_mask=skipped",)))
            pairs, attended = 64 * 64 * model.hidden, 64 * (64 // 2 + 1) * model.hidden
            for phase, count in ((FORWARD, 2), (BACKWARD_INPUT, products), (BACKWARD_WEIGHT, 0)):
                self.assertEqual(count * (pairs - attended),
                                 sums(whole, "macs", phase=phase) - sums(half, "macs", phase=phase))
            self.assertEqual(whole["total"]["bytes_in"], half["total"]["bytes_in"])

    def test_pipelined_layers_skip_what_a_mask_leaves_out_too(self):
        macs = [statistics("hardware=mesh16", "workload.strategy=layer_pipelined", "workload.batch=4", *settings, scenario="smoke")["total"]["macs"]
                for settings in ((), ("workload.causal_mask=skipped",))]
        self.assertLess(macs[1], macs[0])

    def test_an_encoder_has_no_causal_mask(self):
        said = waferloom("check", "smoke", *sets("workload.model=bert-large", "workload.causal_mask=skipped"),
                         status=BAD_INPUT)
        self.assertIn("workload.causal_mask: expected computed, as bert-large is an encoder", said)

    def test_parts_stream_the_weights_and_their_gradients_once_each(self):
        layer = "workload.layers=0"
        for batch, parts in ((4, 2), (4, 4), (5, 2), (6, 4)):
            batch, parts = f"workload.batch={batch}", parts
            whole, cut = statistics(batch, layer)["total"], statistics(batch, layer, f"workload.parts={parts}")["total"]
            with self.subTest(batch, parts=parts):
                self.assertEqual(whole["macs"], cut["macs"])
                for field in ("bytes_in", "bytes_out", "parameters_in", "parameters_out"):
                    self.assertEqual(parts * whole[field], cut[field], field)

    def test_what_is_kept_is_not_computed_again(self):
        tokens, hidden, ffn, pairs = 4 * 32, 64, 256, 4 * 32 * 32 * 64
        costs = {"qkv": 3 * tokens * hidden * hidden, "attention": 2 * pairs, "projection": tokens * hidden * hidden,
                 "mlp_up": tokens * hidden * ffn}
        batch, recompute = "workload.batch=4", "workload.activations=recompute"
        keep = statistics(batch)["total"]
        for again in (["qkv"], ["attention"], ["projection"], ["mlp_up"], ["qkv", "mlp_up"],
                      ["qkv", "attention", "projection"]):
            with self.subTest(again):
                stats = statistics(batch, recompute, f"workload.recomputed=[{', '.join(again)}]")["total"]
                self.assertEqual(keep["macs"] + 2 * sum(costs[part] for part in again), stats["macs"])
        one_layer = statistics(batch, recompute, "workload.recomputed_layers=1")["total"]
        self.assertEqual(keep["macs"] + sum(costs.values()), one_layer["macs"])

    def test_layers_without_their_input_run_forward_once_more(self):
        tokens, hidden, layers = 2 * 16, 64, 5
        model = self.top / "layered.yaml"
        model.write_text("name: layered\nlayers: 5\nhidden: 64\nheads: 4\nffn: 128\nvocabulary: 128\nsequence: 16\n")
        batch = (f"workload.model={model}", "workload.batch=2")
        recompute, spill = "workload.activations=recompute", "workload.activations=spill"
        plain = statistics(*batch, recompute)["total"]
        forward = tokens * (4 * hidden * hidden + 2 * hidden * 128) + 2 * 2 * 16 * 16 * hidden
        # Groups of 2, 2 and 1 layers: two run once more. Groups of 3 and 2: two, as the last group keeps its inputs.
        for every, again in ((1, 0), (2, 2), (3, 2), (4, 3), (5, 0)):
            stats = statistics(*batch, recompute, f"workload.input_every={every}")["total"]
            self.assertEqual(plain["macs"] + again * forward, stats["macs"], every)
        of_one = tokens * hidden * 2
        for spilled in (1, 2, 4):
            stats = statistics(*batch, spill, f"workload.spilled_layers={spilled}")["total"]
            self.assertEqual(plain["bytes_out"] + spilled * of_one, stats["bytes_out"])
            self.assertEqual(plain["bytes_in"] + spilled * of_one, stats["bytes_in"])
        # Of layers 0, 2 and 4 the inputs live, and those of the first three layers wait at the host.
        both = statistics(*batch, spill, "workload.input_every=2", "workload.spilled_layers=3")["total"]
        every_other = statistics(*batch, recompute, "workload.input_every=2")["total"]
        self.assertEqual(every_other["macs"], both["macs"])
        self.assertEqual(every_other["bytes_out"] + 2 * of_one, both["bytes_out"])

    def test_gpt3_xl_keeps_the_inputs_of_121_sequences(self):
        keys = sets("workload.lanes=1", "workload.activations=recompute", "workload.parts=3", "fidelity=burst")
        plan = waferloom("check", "gpt3-xl", "--sram", *keys)
        lines = plan.splitlines()
        self.assertRegex(lines[0], r"at most \d+ of 45056 B, at record \d+ ")
        # 24 inputs of 3 features, FP16: 41 sequences of 2,048 tokens are 84.5 a row, 40 are 82.4.
        sizes = {fields[0]: int(fields[1]) for fields in map(str.split, lines[3:])
                 if fields[0].endswith(".input")}
        self.assertEqual(3 * 25, len(sizes))
        self.assertEqual(2 * 3 * 85 + 2, sizes["part2.layer7.input"])
        at_peak = sum(int(fields[1]) for fields in map(str.split, lines[3:]) if fields[-1] == "yes")
        self.assertEqual(at_peak, int(lines[0].split("at most ")[1].split()[0]))

    def test_the_same_scenario_gives_the_same_file(self):
        files = [self.top / name for name in ("a", "b")]
        for file in files:
            waferloom("trace", "build", "smoke", "--out", file)
        self.assertEqual(files[0].read_bytes(), files[1].read_bytes())

    def test_names_tell_records_apart(self):
        """Whichever phases, layers, lanes and micro-batches are asked for, no two records have one name."""
        for settings in ((), ("workload.phases=[backward_weight]",), ("workload.phases=[forward, backward_weight]",),
                         ("workload.phases=[forward, update]",), ("workload.activations=recompute",),
                         ("workload.activations=spill",), ("workload.layers=[1]",),
                         ("workload.batch=4", "workload.lanes=2", "workload.micro_batch=2")):
            file = self.top / "a"
            waferloom("trace", "build", "smoke", "--out", file, *sets(*settings))
            names = [json.loads(line)["name"] for line in waferloom("trace", "show", file, "--json").splitlines()[1:]]
            self.assertEqual(len(names), len(set(names)), settings)

    def test_show_lists_every_record(self):
        file = self.top / "a"
        waferloom("trace", "build", "smoke", "--out", file)

        def shown(*options):
            return [json.loads(line) for line in waferloom("trace", "show", file, "--json", *options).splitlines()]

        header, *records = shown()
        self.assertEqual("tiny", header["model"])
        self.assertEqual(list(range(len(records))), [record["id"] for record in records])
        chosen = shown("--layer", "1", "--phase", "forward", "--operation", "qkv")[1:]
        self.assertEqual([r for r in records if r.get("layer") == 1 and r["phase"] == "forward"
                          and r["operation"] == "qkv"], chosen)
        self.assertTrue(chosen)


if __name__ == "__main__":
    main()
