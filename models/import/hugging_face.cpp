// SPDX-License-Identifier: Apache-2.0
#include "models/import/hugging_face.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <string_view>
#include <vector>

namespace waferloom::models {

namespace {

/// Keys that change neither shape nor work: of training, of generation, of files, and how positions are rotated.
void pass_over_common(ForeignSection& s) {
  s.no_matter({"_*",
               "architectures",
               "auto_map",
               "transformers_version",
               "torch_dtype",
               "dtype",
               "model_type",
               "name_or_path",
               "*_token_id",
               "*_token_ids",
               "*dropout*",
               "*_pdrop",
               "*_eps",
               "*epsilon",
               "initializer*",
               "use_cache",
               "rope_theta",
               "rope_scaling",
               "rope_parameters",
               "rotary_emb_base",
               "rotary_base",
               "pretraining_tp",
               "summary_*",
               "task_specific_params",
               "scale_attn_weights",
               "scale_attn_by_inverse_layer_idx",
               "reorder_and_upcast_attn",
               "gradient_checkpointing",
               "output_*",
               "return_dict",
               "id2label",
               "label2id",
               "bos_token",
               "eos_token",
               "max_window_layers",
               "use_bfloat16",
               "finetuning_task",
               "problem_type",
               "do_sample",
               "max_length",
               "n_ctx",
               "tokenizer_class",
               "embd_layer_norm",
               "attn_implementation",
               "gpt_neox_type",
               "unsloth_*"});
  s.refuse("quantization_config", "quantized weights");
}

/// The activation function costs the same whichever it is, and gates are told by the family.
void check_activation(ForeignSection& s, std::string_view key) {
  static constexpr std::array kKnown{"gelu",       "gelu_new", "gelu_fast", "gelu_pytorch_tanh",
                                     "quick_gelu", "relu",     "silu",      "swish"};
  const std::string name = s.text(key, "gelu");
  for (const std::string_view known : kKnown) {
    if (name == known) return;
  }
  s.problem(key, fmt::format("expected one of {}, got {}", fmt::join(kKnown, ", "), name));
}

Model read_gpt2(ForeignSection& s) {
  Model m;
  m.layers = s.count({"n_layer", "num_hidden_layers"});
  m.hidden = s.count({"n_embd", "hidden_size"});
  m.heads = s.count({"n_head", "num_attention_heads"});
  m.ffn = s.count_or({"n_inner"}, 4 * m.hidden);
  m.vocabulary = s.count({"vocab_size"});
  m.sequence = s.count({"n_positions", "max_position_embeddings", "n_ctx"});
  m.tied_embeddings = s.flag("tie_word_embeddings", true);
  s.refuse("add_cross_attention", "cross-attention");
  check_activation(s, "activation_function");
  return m;
}

Model read_gptj(ForeignSection& s) {
  Model m = read_gpt2(s);
  m.tied_embeddings = s.flag("tie_word_embeddings", false);
  m.position = Position::rotary;
  m.rotary_dimensions = s.count_or({"rotary_dim"}, 64);
  m.block = Block::parallel;
  m.norms_per_layer = 1;
  m.attention_bias = m.projection_bias = false;
  m.head_bias = true;
  return m;
}

/// What the families with rotary positions call alike.
Model read_dimensions(ForeignSection& s) {
  Model m;
  m.layers = s.count({"num_hidden_layers"});
  m.hidden = s.count({"hidden_size"});
  m.heads = s.count({"num_attention_heads"});
  m.ffn = s.count({"intermediate_size"});
  m.vocabulary = s.count({"vocab_size"});
  m.sequence = s.count({"max_position_embeddings"});
  m.tied_embeddings = s.flag("tie_word_embeddings", false);
  m.position = Position::rotary;
  check_activation(s, "hidden_act");
  return m;
}

Model read_gpt_neox(ForeignSection& s) {
  Model m = read_dimensions(s);
  m.block = s.flag("use_parallel_residual", true) ? Block::parallel : Block::sequential;
  m.attention_bias = m.projection_bias = s.flag("attention_bias", true);
  const double share = s.number("partial_rotary_factor", s.number("rotary_pct", 0.25));
  if (share <= 0 || share > 1) {
    s.problem("rotary_pct", fmt::format("expected more than 0 and at most 1, got {}", share));
  } else if (m.heads != 0) {
    const std::uint64_t of_head = m.hidden / m.heads;
    m.rotary_dimensions = static_cast<std::uint64_t>(std::floor(share * static_cast<double>(of_head)));
  }
  return m;
}

/// The family that grew from LLaMA: RMSNorm, rotary positions, a gated MLP, grouped keys and values.
Model read_llama(ForeignSection& s) {
  Model m = read_dimensions(s);
  m.key_value_heads = s.count_or({"num_key_value_heads"}, m.heads);
  m.head_size = s.count_or({"head_dim"}, 0);
  m.norm = Norm::rmsnorm;
  if (m.heads != 0) m.rotary_dimensions = m.head_features();
  m.gated_mlp = true;
  m.attention_bias = m.projection_bias = s.flag("attention_bias", false);
  m.mlp_bias = s.flag("mlp_bias", false);
  return m;
}

Model read_mistral(ForeignSection& s) {
  Model m = read_llama(s);
  m.sliding_window = s.count_or({"sliding_window"}, 0);
  return m;
}

/// Qwen's layers see all tokens unless `use_sliding_window` says so.
void read_qwen_window(ForeignSection& s, Model& m) {
  const std::uint64_t window = s.count_or({"sliding_window"}, 0);
  if (s.flag("use_sliding_window", false)) m.sliding_window = window;
  s.no_matter({"layer_types"});
}

Model read_qwen2(ForeignSection& s) {
  Model m = read_llama(s);
  m.attention_bias = true;
  m.projection_bias = false;
  read_qwen_window(s, m);
  return m;
}

Model read_qwen3(ForeignSection& s) {
  if (!s.has("head_dim")) s.problem("head_dim", "expected the features of a head, got nothing");
  Model m = read_llama(s);
  m.query_key_norm = true;
  read_qwen_window(s, m);
  return m;
}

Model read_mixtral(ForeignSection& s) {
  Model m = read_mistral(s);
  s.no_matter({"router_*", "num_experts_per_tok"});
  s.refuse("num_local_experts", "experts");
  return m;
}

Model read_qwen3_moe(ForeignSection& s) {
  Model m = read_qwen3(s);
  s.no_matter({"router_*", "num_experts_per_tok", "decoder_sparse_step", "mlp_only_layers",
               "moe_intermediate_size", "norm_topk_prob"});
  s.refuse("num_experts", "experts");
  return m;
}

struct Family {
  std::string_view name;  ///< `model_type`
  Model (*read)(ForeignSection& section);
};

constexpr std::array kFamilies{
    Family{"gpt2", read_gpt2},   Family{"gptj", read_gptj},       Family{"gpt_neox", read_gpt_neox},
    Family{"llama", read_llama}, Family{"mistral", read_mistral}, Family{"qwen2", read_qwen2},
    Family{"qwen3", read_qwen3}, Family{"mixtral", read_mixtral}, Family{"qwen3_moe", read_qwen3_moe},
};

}  // namespace

bool is_hugging_face(const YAML::Node& root) { return root.IsMap() && root["model_type"].IsDefined(); }

Model read_hugging_face(const YAML::Node& root, const std::string& source, core::config::Problems& problems) {
  ForeignSection section(root, source, "", problems);
  const std::string type = section.text("model_type", "");
  std::vector<std::string_view> known;
  for (const Family& family : kFamilies) {
    known.push_back(family.name);
    if (family.name != type) continue;
    Model model = family.read(section);
    model.description = fmt::format("{} from {}", type, std::filesystem::path(source).filename().string());
    pass_over_common(section);
    section.finish();
    return model;
  }
  section.problem("model_type", fmt::format("expected one of {}, got {}", fmt::join(known, ", "), type));
  return {};
}

}  // namespace waferloom::models
