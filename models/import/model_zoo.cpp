// SPDX-License-Identifier: Apache-2.0
#include "models/import/model_zoo.hpp"

#include <fmt/format.h>

#include <string_view>

namespace waferloom::models {

namespace {

/// Keys of `model` that change neither shape nor work: initial values, losses, dropout, numbers' formats, generation.
void pass_over_training(ForeignSection& s) {
  s.no_matter({"name",
               "*initializer*",
               "loss_*",
               "*dropout*",
               "*_epsilon",
               "mup_*",
               "embeddings_scale",
               "output_logits_alpha",
               "scale_*",
               "attention_logits_alpha",
               "attention_type",
               "attention_softmax_fp32",
               "attention_kernel",
               "fp16_type",
               "mixed_precision",
               "boundary_casting",
               "tf_summary",
               "enable_vts",
               "compute_eval_metrics",
               "start_token",
               "loop_dim",
               "stop_sequences",
               "max_tokens",
               "temperature",
               "top_k",
               "top_p",
               "rope_theta",
               "pad_rope",
               "pos_scaling_factor",
               "pos_scaling_type",
               "pos_scaling_extra_args",
               "position_embedding_offset",
               "use_bfloat16",
               "precision_opt_level",
               "label_smoothing",
               "z_loss_eps",
               "document_*",
               "lora_params",
               "to_float16",
               "use_position_embedding"});
  s.refuse("moe", "experts");
  s.refuse("moe_params", "experts");
  s.refuse("num_relative_attention_buckets", "relative positions");
  s.refuse("fixed_sparse_attention", "sparse attention patterns");
  s.refuse("attention_sink_tokens", "attention sinks");
}

void read_position(ForeignSection& s, Model& m, bool parallel) {
  const std::string type = s.text("position_embedding_type", parallel ? "rotary" : "learned");
  if (!s.flag("use_position_embedding", true) || type == "None" || type == "none") {
    m.position = Position::none;
  } else if (type == "learned") {
    m.position = Position::learned;
  } else if (type == "rotary") {
    m.position = Position::rotary;
    const std::uint64_t of_head = m.heads == 0 ? 1 : m.hidden / m.heads;
    // The zoo rotates a quarter of a head where nothing is said.
    m.rotary_dimensions = s.count_or({"rotary_dim"}, std::max<std::uint64_t>(of_head / 4, 1));
  } else {
    s.problem("position_embedding_type",
              fmt::format("expected learned, rotary or none (others are not modelled), got {}", type));
  }
  if (m.position != Position::rotary) s.no_matter({"rotary_dim"});
}

void read_attention(ForeignSection& s, Model& m, const std::string& source, core::config::Problems& problems,
                    const YAML::Node& model) {
  const std::string module = s.text("attention_module", "aiayn_attention");
  if (module == "multiquery_attention") {
    const YAML::Node more = model["extra_attention_params"];
    s.no_matter({"extra_attention_params"});
    if (!more.IsDefined() || !more.IsMap()) {
      s.problem("extra_attention_params", "expected num_kv_groups for multiquery_attention, got nothing");
      return;
    }
    ForeignSection extra(more, source, "model.extra_attention_params.", problems);
    m.key_value_heads = extra.count({"num_kv_groups"});
    extra.finish();
  } else if (module == "aiayn_attention") {
    s.refuse("extra_attention_params",
             "parameters of attention beside num_kv_groups of multiquery_attention");
  } else {
    s.problem("attention_module", "expected aiayn_attention or multiquery_attention, got " + module);
  }
}

bool is_parallel(ForeignSection& s, const std::string& norm) {
  const std::string name = s.text("name", "");
  if (name == "gptj" || name == "gpt-j" || name == "gpt-neox" || name == "falcon") return true;
  // Releases 1.x do not name the class: rotary positions with layernorm are those of GPT-J and GPT-NeoX.
  return name.empty() && norm == "layernorm" && s.text("position_embedding_type", "") == "rotary";
}

YAML::Node model_of(const YAML::Node& root) {
  if (!root.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  if (const YAML::Node trainer = root["trainer"]; trainer.IsDefined() && trainer.IsMap()) {
    const YAML::Node init = trainer["init"];
    return init.IsDefined() && init.IsMap() ? init["model"] : YAML::Node(YAML::NodeType::Undefined);
  }
  return root["model"];
}

/// The first of the inputs' sections that has the key; older releases tell some of a model's dimensions there.
ForeignSection section_with(const YAML::Node& root, const YAML::Node& model, const char* key,
                            const std::string& source, core::config::Problems& problems) {
  if (!model[key].IsDefined()) {
    for (const char* name : {"train_input", "eval_input"}) {
      const YAML::Node input = root[name];
      if (input.IsDefined() && input.IsMap() && input[key].IsDefined())
        return {input, source, std::string(name) + ".", problems};
    }
  }
  return {model, source, "model.", problems};
}

}  // namespace

bool is_model_zoo(const YAML::Node& root) {
  const YAML::Node model = model_of(root);
  return model.IsDefined() && model.IsMap();
}

Model read_model_zoo(const YAML::Node& root, const std::string& source, core::config::Problems& problems) {
  const YAML::Node model = model_of(root);
  ForeignSection s(model, source, "model.", problems);
  Model m;
  m.description = fmt::format("{} from {}", s.text("name", "a model of the model zoo"),
                              std::filesystem::path(source).filename().string());
  m.layers = s.count({"num_hidden_layers"});
  m.hidden = s.count({"hidden_size"});
  m.heads = s.count({"num_heads"});
  m.ffn = s.count({"filter_size"});
  m.vocabulary = section_with(root, model, "vocab_size", source, problems).count({"vocab_size"});
  m.sequence =
      model["max_position_embeddings"].IsDefined()
          ? s.count({"max_position_embeddings"})
          : section_with(root, model, "max_sequence_length", source, problems).count({"max_sequence_length"});
  s.no_matter({"vocab_size", "max_sequence_length"});
  const std::string norm = s.text("norm_type", "layernorm");
  if (norm == "rmsnorm") {
    m.norm = Norm::rmsnorm;
  } else if (norm != "layernorm") {
    s.problem("norm_type", "expected layernorm or rmsnorm, got " + norm);
  }
  const bool parallel = is_parallel(s, norm);
  m.block = parallel ? Block::parallel : Block::sequential;
  m.norms_per_layer = !parallel || s.flag("use_untied_layer_norm", false) ? 2 : 1;
  read_position(s, m, parallel);
  read_attention(s, m, source, problems, model);
  m.sliding_window = s.count_or({"attention_sliding_window_length"}, 0);
  m.tied_embeddings = s.flag("share_embedding_weights", true);
  m.embedding_norm = s.flag("embedding_layer_norm", false);
  m.attention_bias = s.flag("use_projection_bias_in_attention", true);
  m.projection_bias = s.flag("use_ffn_bias_in_attention", true);
  m.mlp_bias = s.flag("use_ffn_bias", false);
  m.head_bias = s.flag("use_bias_in_output", false);
  const std::string nonlinearity = s.text("nonlinearity", "gelu");
  m.gated_mlp = nonlinearity.ends_with("glu");
  pass_over_training(s);
  s.finish();
  return m;
}

}  // namespace waferloom::models
