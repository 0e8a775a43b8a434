// SPDX-License-Identifier: Apache-2.0
// Models from elsewhere: published parameter counts from the shapes that their descriptions state, and what is refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/error.hpp"
#include "models/import/any_model.hpp"

namespace waferloom::models {
namespace {

namespace fs = std::filesystem;

class ModelImport : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::temp_directory_path() / ("waferloom-import-" + std::to_string(getpid()));
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  [[nodiscard]] Model load(const std::string& text, const std::string& name = "config.json") const {
    return load_any_model(write(name, text).string(), fs::path(WAFERLOOM_SOURCE_DIR) / "models" / "data");
  }
  [[nodiscard]] std::uint64_t parameters(const std::string& text,
                                         const std::string& name = "config.json") const {
    return count_parameters(load(text, name)).total;
  }
  [[nodiscard]] std::string error_of(const std::string& text, const std::string& name = "config.json") const {
    try {
      (void)load(text, name);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  }
  fs::path directory_;
};

/// A config.json of the LLaMA family.
std::string llama(const std::string& type, const std::string& shape) {
  return R"({"model_type": ")" + type +
         R"(", "hidden_act": "silu", "rms_norm_eps": 1e-06, "use_cache": true, )" + shape + "}";
}

// Counts as published with the models' weights.
TEST_F(ModelImport, PublishedCountsOfHuggingFacesFamilies) {
  EXPECT_EQ(
      parameters(R"({"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12, "vocab_size": 50257,
                           "n_positions": 1024, "n_ctx": 1024, "activation_function": "gelu_new", "resid_pdrop": 0.1})"),
      124'439'808U);
  EXPECT_EQ(
      parameters(
          R"({"model_type": "gptj", "n_layer": 28, "n_embd": 4096, "n_head": 16, "rotary_dim": 64, "n_inner": null,
                           "vocab_size": 50400, "n_positions": 2048, "tie_word_embeddings": false})"),
      6'050'882'784U);
  EXPECT_EQ(
      parameters(
          R"({"model_type": "gpt_neox", "hidden_size": 6144, "intermediate_size": 24576, "num_hidden_layers": 44,
                           "num_attention_heads": 64, "rotary_pct": 0.25, "vocab_size": 50432,
                           "max_position_embeddings": 2048, "use_parallel_residual": true, "hidden_act": "gelu_fast"})"),
      20'554'567'680U);
  EXPECT_EQ(
      parameters(llama("llama", R"("hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
      "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072)")),
      8'030'261'248U);
  EXPECT_EQ(
      parameters(llama("mistral", R"("hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
      "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 32000, "max_position_embeddings": 32768,
      "sliding_window": 4096)")),
      7'241'732'096U);
  EXPECT_EQ(
      parameters(llama("qwen2", R"("hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
      "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151936, "max_position_embeddings": 32768,
      "tie_word_embeddings": true, "sliding_window": 32768, "use_sliding_window": false)")),
      494'032'768U);
  EXPECT_EQ(
      parameters(llama("qwen3", R"("hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36,
      "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936,
      "max_position_embeddings": 40960)")),
      8'190'735'360U);
  // Heads of more features than hidden / heads.
  EXPECT_EQ(
      parameters(llama("qwen3", R"("hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28,
      "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936,
      "max_position_embeddings": 40960, "tie_word_embeddings": true)")),
      596'049'920U);
}

const char* const kZooShape = R"(    hidden_size: 2048
    num_hidden_layers: 24
    num_heads: 16
    filter_size: 8192
    use_ffn_bias: True
    nonlinearity: "gelu"
    dropout_rate: 0.0
)";

TEST_F(ModelImport, ModelZooOfBothReleases) {
  const std::string inputs = "train_input: { vocab_size: 50257, max_sequence_length: 2048 }\n";
  EXPECT_EQ(parameters(inputs + "model:\n" + kZooShape + "    share_embedding_weights: True\n", "a.yaml"),
            1'315'723'264U);
  const std::string newer = std::string("trainer:\n init:\n  model:\n") + kZooShape +
                            "    vocab_size: 50257\n    max_position_embeddings: 2048\n    name: gpt3\n" +
                            "  seed: &seed 1\n fit: { again: *seed }\n";
  EXPECT_EQ(parameters(newer, "b.yaml"), 1'315'723'264U);
  // The class without a name: rotary positions with layernorm lie in blocks side by side that share a norm.
  const Model gptj =
      load(inputs + "model:\n" + kZooShape + "    position_embedding_type: rotary\n    rotary_dim: 64\n",
           "c.yaml");
  EXPECT_EQ(gptj.block, Block::parallel);
  EXPECT_EQ(gptj.norms_per_layer, 1U);
  EXPECT_EQ(gptj.rotary_dimensions, 64U);
  const Model grouped = load(
      inputs + "model:\n" + kZooShape +
          "    attention_module: multiquery_attention\n    extra_attention_params: { num_kv_groups: 1 }\n",
      "d.yaml");
  EXPECT_EQ(grouped.kv_heads(), 1U);
}

TEST_F(ModelImport, WhatIsNotModelledIsRefusedByItsKey) {
  const std::string shape =
      R"("hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
 "vocab_size": 100, "max_position_embeddings": 32)";
  EXPECT_NE(error_of(llama("mixtral", shape + R"(, "num_local_experts": 8, "num_experts_per_tok": 2)"))
                .find("config.json:2:73: num_local_experts: expected a model without experts"),
            std::string::npos);
  EXPECT_NE(
      error_of(llama("llama", shape + R"(, "quantization_config": {"bits": 4})")).find("quantization_config"),
      std::string::npos);
  EXPECT_NE(error_of(llama("llama", shape + R"(, "attention_sinks": 4)"))
                .find("attention_sinks: expected a key whose meaning"),
            std::string::npos);
  EXPECT_EQ(error_of(llama("llama", shape + R"(, "attention_sinks": null, "other": false)")), "");
  EXPECT_NE(
      error_of(
          R"({"model_type": "gpt_neox", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
                         "num_attention_heads": 4, "vocab_size": 100, "max_position_embeddings": 32, "rotary_pct": -1})")
          .find("rotary_pct: expected more than 0 and at most 1, got -1"),
      std::string::npos);
  EXPECT_NE(error_of(R"({"model_type": "bloom"})").find("model_type: expected one of gpt2, gptj,"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"hidden_size": 64})").find("model_type: expected"), std::string::npos);
  EXPECT_NE(
      error_of(
          R"({"model_type": "gpt2", "n_layer": -1, "n_embd": "x", "n_head": 1.5, "vocab_size": 20000000, "n_positions": 8})")
          .find("n_layer: expected a whole number from 1"),
      std::string::npos);
  EXPECT_NE(error_of(R"({"model_type": "gpt2", "n_layer": )").find("config.json:1:"), std::string::npos);
  EXPECT_NE(error_of(llama("llama", R"("hidden_size": 65, "intermediate_size": 128, "num_hidden_layers": 2,
      "num_attention_heads": 4, "vocab_size": 100, "max_position_embeddings": 32)"))
                .find("heads: expected a divisor of hidden (65), got 4"),
            std::string::npos);
  EXPECT_NE(
      error_of(llama("llama", R"("hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 10001,
      "num_attention_heads": 4, "vocab_size": 100, "max_position_embeddings": 32)"))
          .find("layers: expected at most 10000, got 10001"),
      std::string::npos);
  EXPECT_NE(error_of("model:\n" + std::string(kZooShape) +
                         "    vocab_size: 9\n    max_position_embeddings: 8\n    moe: { num_experts: 4 }\n",
                     "z.yaml")
                .find("z.yaml:11:10: model.moe: expected a model without experts"),
            std::string::npos);
  EXPECT_NE(
      error_of("model:\n" + std::string(kZooShape) +
                   "    vocab_size: 9\n    max_position_embeddings: 8\n    position_embedding_type: alibi\n",
               "z.yaml")
          .find("position_embedding_type: expected learned, rotary or none"),
      std::string::npos);
}

TEST_F(ModelImport, AnImportedModelIsWrittenWholeInTheOwnFormat) {
  const Model model =
      load(llama("qwen3", R"("hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2,
      "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 128, "max_position_embeddings": 64)"),
           "Small-1B/config.json");
  EXPECT_EQ(model.name, "Small-1B");
  EXPECT_EQ(load(model_text(model), "own.yaml"), model);
}

TEST_F(ModelImport, AFileIsReadOnceAsAPipeCanBe) {
  const std::string text =
      llama("llama", R"("hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2,
      "num_attention_heads": 8, "vocab_size": 128, "max_position_embeddings": 64)");
  const Model from_file = load(text);
  for (const std::string& each : {text, model_text(from_file)}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(0, pipe(ends.data()));
    ASSERT_EQ(static_cast<ssize_t>(each.size()), ::write(ends[1], each.data(), each.size()));
    close(ends[1]);
    Model model = load_any_model("/dev/fd/" + std::to_string(ends[0]), directory_);
    close(ends[0]);
    model.name = from_file.name;
    model.description = from_file.description;
    EXPECT_EQ(model, from_file);
  }
}

TEST_F(ModelImport, PublicFilesWhereTheyAreAtHand) {
  const fs::path files = fs::path(WAFERLOOM_SOURCE_DIR) / ".." / "shared" / "imports";
  if (!fs::is_directory(files)) GTEST_SKIP() << "no public files here";
  const auto count = [&](const char* name) {
    return count_parameters(load_any_model((files / name).string(), {})).total;
  };
  EXPECT_EQ(count("huggingface/Llama-3.1-8B.config.json"), 8'030'261'248U);
  EXPECT_EQ(count("modelzoo/2.10-1p3b.yaml"), 1'315'723'264U);
  EXPECT_EQ(count("modelzoo/R_1.6.1-params_gpt3_xl_ws.yaml"), 1'315'723'264U);
  EXPECT_EQ(count("modelzoo/R_1.6.1-params_gpt3_6p7b_ws.yaml"), 6'658'404'352U);
  EXPECT_EQ(count("modelzoo/2.10-params_llama2_7b.yaml"), 6'738'415'616U);
  EXPECT_EQ(count("modelzoo/2.10-params_gptj_6B.yaml"), 6'049'711'185U);  // with a vocabulary of 50257
}

}  // namespace
}  // namespace waferloom::models
