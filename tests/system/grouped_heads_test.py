# SPDX-License-Identifier: Apache-2.0
"""Attention with fewer heads of keys and values than of queries, with heads of a size of their own and with norms of
queries and keys: work as counted by hand, the same wavelets on every link at both fidelities, times that agree.

usage: grouped_heads_test.py WAFERLOOM_PROGRAM SOURCE_DIRECTORY
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import InDirectory, main, result_of, rows_of  # noqa: E402

LAYERS, HIDDEN, HEADS, HEAD_SIZE, FFN, VOCABULARY, TOKENS = 2, 64, 8, 16, 128, 128, 32
MODEL = f"""
layers: {LAYERS}
hidden: {HIDDEN}
heads: {HEADS}
head_size: {HEAD_SIZE}
ffn: {FFN}
vocabulary: {VOCABULARY}
sequence: {TOKENS}
position: rotary
rotary_dimensions: 16
norm: rmsnorm
gated_mlp: true
attention_bias: false
mlp_bias: false
tied_embeddings: false
"""


def expected_macs(batch, kv_heads):
    """Every matrix three times, the logits once more for the loss's gradient; scores and values forward, and five
    products backward (docs/weight-streaming.md)."""
    queries, keys = HEADS * HEAD_SIZE, kv_heads * HEAD_SIZE
    layer = 2 * HIDDEN * queries + 2 * HIDDEN * keys + 3 * HIDDEN * FFN
    matrices = TOKENS * (3 * LAYERS * layer + 4 * HIDDEN * VOCABULARY)
    return batch * (matrices + 7 * LAYERS * TOKENS * TOKENS * queries)


class GroupedHeads(InDirectory):
    def run_model(self, fidelity, kv_heads, batch, norm):
        name = f"{fidelity}-{kv_heads}-{batch}-{norm}"
        self.write("model.yaml", MODEL + f"key_value_heads: {kv_heads}\nquery_key_norm: {str(norm).lower()}\n")
        self.run_here("run", "smoke", "--fidelity", fidelity, "--out", name,
                      settings=["workload.model=./model.yaml", f"workload.batch={batch}", "burst.tiles=0", "observe.timeline=false"])
        links = {(row["x"], row["y"], row["direction"]): int(row["wavelets"]) for row in rows_of(self.top / name / "links.csv")}
        return result_of(self.top / name), links

    def test_work_traffic_and_time(self):
        for kv_heads in (8, 2, 1):
            for batch, norm in ((1, True), (4, False), (4, True)):
                with self.subTest(kv_heads=kv_heads, batch=batch, norm=norm):
                    fine, fine_links = self.run_model("wavelet", kv_heads, batch, norm)
                    coarse, coarse_links = self.run_model("burst", kv_heads, batch, norm)
                    self.assertEqual(expected_macs(batch, kv_heads), fine["metrics"]["multiply_accumulates"]["value"])
                    self.assertEqual(fine_links, coarse_links)
                    # The stated worst of fidelity burst (docs/fidelity.md).
                    self.assertAlmostEqual(1, coarse["metrics"]["cycles"]["value"] / fine["metrics"]["cycles"]["value"], delta=0.05)

    def test_fewer_heads_of_keys_bring_fewer_bytes(self):
        whole, _ = self.run_model("burst", 8, 1, False)
        grouped, _ = self.run_model("burst", 2, 1, False)
        # k and v of 6 heads less.
        self.assertEqual(whole["trace"]["parameters"] - grouped["trace"]["parameters"], LAYERS * 2 * HIDDEN * 6 * HEAD_SIZE)
        self.assertLess(grouped["metrics"]["bytes_in"]["value"], whole["metrics"]["bytes_in"]["value"])

    def test_pipelined_layers_refuse_them_by_name(self):
        self.write("model.yaml", MODEL + "key_value_heads: 2\n")
        self.refuse(r"key_value_heads: expected as many heads of keys and values as of queries \(8\), got 2, for "
                    "workload.strategy layer_pipelined", "check", "smoke",
                    settings=["workload.model=./model.yaml", "workload.strategy=layer_pipelined"])

    def test_a_sliding_window_is_a_limit(self):
        self.write("model.yaml", MODEL + "sliding_window: 16\n")
        self.refuse("workload.sequence: expected at most 16, the sliding window of model", "check", "smoke",
                    settings=["workload.model=./model.yaml"])
        self.run_here("check", "smoke", settings=["workload.model=./model.yaml", "workload.sequence=16"])


if __name__ == "__main__":
    main()
