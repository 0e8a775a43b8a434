// SPDX-License-Identifier: Apache-2.0
#include "models/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/catalog.hpp"
#include "core/config/document.hpp"
#include "core/config/key.hpp"
#include "core/config/origin.hpp"
#include "core/config/reader.hpp"
#include "core/nearest.hpp"

namespace waferloom::models {

namespace config = core::config;
namespace fs = std::filesystem;

namespace {

constexpr std::array kPositions{config::Named<Position>{"learned", Position::learned},
                                config::Named<Position>{"rotary", Position::rotary},
                                config::Named<Position>{"none", Position::none}};
constexpr std::array kBlocks{config::Named<Block>{"sequential", Block::sequential},
                             config::Named<Block>{"parallel", Block::parallel}};
constexpr std::array kNorms{config::Named<Norm>{"layernorm", Norm::layernorm},
                            config::Named<Norm>{"rmsnorm", Norm::rmsnorm}};

/// Keys that a model file has to state: nothing sensible can stand in for them.
constexpr std::array kRequired{"layers", "hidden", "heads", "ffn", "vocabulary", "sequence"};

}  // namespace

void declare_keys(config::Keys& keys, Model& m) {
  config::Section s(keys, "", "");
  s.text("name", m.name, "name of the model");
  s.text("description", m.description, "what it is");
  s.count<std::uint64_t>("layers", m.layers, {1, kMostLayers}, "transformer layers");
  s.count<std::uint64_t>("hidden", m.hidden, {1, kMostOfDimension}, "features between layers");
  s.count<std::uint64_t>("heads", m.heads, {1, kMostOfDimension}, "attention heads, of queries");
  s.count<std::uint64_t>("key_value_heads", m.key_value_heads, {0, kMostOfDimension},
                         "heads of keys and values, each shared by equally many of queries; 0 = heads");
  s.count<std::uint64_t>("head_size", m.head_size, {0, kMostOfDimension},
                         "features of a head; 0 = hidden / heads");
  s.count<std::uint64_t>("ffn", m.ffn, {1, kMostOfDimension}, "features inside the MLP");
  s.count<std::uint64_t>("vocabulary", m.vocabulary, {1, kMostOfDimension}, "tokens of the vocabulary");
  s.count<std::uint64_t>("sequence", m.sequence, {1, kMostOfDimension}, "tokens per sequence");
  s.flag("tied_embeddings", m.tied_embeddings, "the head uses the token embedding");
  s.choice<Position>("position", m.position, kPositions, "how positions are told");
  s.count<std::uint64_t>("rotary_dimensions", m.rotary_dimensions, {0, kMostOfDimension},
                         "rotated features per head");
  s.choice<Block>("block", m.block, kBlocks, "attention and MLP one after the other, or side by side");
  s.choice<Norm>("norm", m.norm, kNorms, "kind of the norms");
  s.count<std::uint32_t>("norms_per_layer", m.norms_per_layer, {1, 2}, "norms in a layer");
  s.flag("final_norm", m.final_norm, "a norm after the last layer");
  s.flag("attention_bias", m.attention_bias, "biases of q, k and v");
  s.flag("projection_bias", m.projection_bias,
         "a bias of the projection behind attention; as attention_bias where it is left out");
  s.flag("query_key_norm", m.query_key_norm, "an RMSNorm over each head of q and of k");
  s.count<std::uint64_t>("sliding_window", m.sliding_window, {0, kMostOfDimension},
                         "tokens back that a token sees; 0 = all. Longer sequences are refused");
  s.flag("mlp_bias", m.mlp_bias, "biases of the MLP");
  s.flag("head_bias", m.head_bias, "a bias of the head");
  s.flag("gated_mlp", m.gated_mlp, "a gate beside the MLP's first matrix");
  s.flag("causal", m.causal, "decoder; false = encoder");
  s.count<std::uint64_t>("segment_types", m.segment_types, {0, kMostOfDimension},
                         "rows of a segment embedding");
  s.flag("embedding_norm", m.embedding_norm, "a norm after the embeddings");
  s.flag("pooler", m.pooler, "a dense layer on the first token");
  s.flag("head", m.head, "a projection to the vocabulary");
  for (const char* key : kRequired) keys.require(key);
}

std::vector<Contradiction> contradictions(const Model& m) {
  std::vector<Contradiction> found;
  const auto add = [&](const char* key, const std::string& message) { found.push_back({key, message}); };
  if (m.layers > kMostLayers)
    add("layers", fmt::format("expected at most {}, got {}", kMostLayers, m.layers));
  if (m.head_size == 0 && m.hidden % m.heads != 0) {
    add("heads", fmt::format("expected a divisor of hidden ({}), got {}", m.hidden, m.heads));
  }
  if (m.heads % m.kv_heads() != 0) {
    add("key_value_heads", fmt::format("expected a divisor of heads ({}), got {}", m.heads, m.kv_heads()));
  }
  if (m.query_features() > kMostOfDimension) {
    add("head_size", fmt::format("expected at most {} features of all heads, got {}", kMostOfDimension,
                                 m.query_features()));
  }
  if (m.position == Position::rotary && m.rotary_dimensions == 0) {
    add("rotary_dimensions",
        fmt::format("expected how many of a head's {} features position: rotary rotates, got none",
                    m.head_features()));
  }
  if (m.position != Position::rotary && m.rotary_dimensions != 0) {
    add("rotary_dimensions",
        fmt::format("expected 0 unless position is rotary, got {}", m.rotary_dimensions));
  }
  if (m.rotary_dimensions > m.head_features()) {
    add("rotary_dimensions", fmt::format("expected at most the features of a head ({}), got {}",
                                         m.head_features(), m.rotary_dimensions));
  }
  if (m.block == Block::sequential && m.norms_per_layer == 1) {
    add("norms_per_layer", "expected 2 where attention and MLP follow one another, got 1");
  }
  return found;
}

namespace {

void check(const Model& m, const config::Node& root, const config::Settings& settings,
           config::Problems& problems) {
  for (const char* key : kRequired) {
    if (!settings.contains(key) && !problems.concerns(key))
      problems.add(root.where, key, "expected a value, got nothing");
  }
  if (!problems.empty()) return;
  for (const Contradiction& each : contradictions(m)) {
    const auto place = settings.find(each.key);
    problems.add(place == settings.end() ? root.where : place->second, each.key, each.message);
  }
}

}  // namespace

std::vector<MatrixShape> layer_matrices(const Model& m) {
  std::vector<MatrixShape> matrices;
  matrices.push_back({"q", m.hidden, m.query_features(), m.attention_bias});
  matrices.push_back({"k", m.hidden, m.kv_features(), m.attention_bias});
  matrices.push_back({"v", m.hidden, m.kv_features(), m.attention_bias});
  matrices.push_back({"projection", m.query_features(), m.hidden, m.projection_bias});
  if (m.gated_mlp) matrices.push_back({"mlp_gate", m.hidden, m.ffn, m.mlp_bias});
  matrices.push_back({"mlp_up", m.hidden, m.ffn, m.mlp_bias});
  matrices.push_back({"mlp_down", m.ffn, m.hidden, m.mlp_bias});
  return matrices;
}

std::uint64_t norm_parameters(const Model& m) { return (m.norm == Norm::layernorm ? 2 : 1) * m.hidden; }

std::uint64_t norm_parameters_per_layer(const Model& m) {
  return m.norms_per_layer * norm_parameters(m) + (m.query_key_norm ? 2 * m.head_features() : 0);
}

ParameterCount count_parameters(const Model& m) {
  ParameterCount count;
  count.embedding = (m.vocabulary + m.segment_types) * m.hidden;
  if (m.position == Position::learned) count.embedding += m.sequence * m.hidden;
  if (m.embedding_norm) count.embedding += norm_parameters(m);
  for (const MatrixShape& matrix : layer_matrices(m)) {
    count.per_layer += matrix.inputs * matrix.outputs + (matrix.bias ? matrix.outputs : 0);
  }
  count.per_layer += norm_parameters_per_layer(m);
  if (m.final_norm) count.final_norm = norm_parameters(m);
  if (m.head && !m.tied_embeddings) count.head += m.vocabulary * m.hidden;
  if (m.head && m.head_bias) count.head += m.vocabulary;
  if (m.pooler) count.head += m.hidden * m.hidden + m.hidden;
  count.total = count.embedding + m.layers * count.per_layer + count.final_norm + count.head;
  return count;
}

std::optional<std::string> unknown_model(const std::string& name, const fs::path& directory) {
  std::error_code error;
  if (config::is_path(name) || fs::exists(directory / (name + ".yaml"), error)) return std::nullopt;
  std::vector<std::string> known;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".yaml") known.push_back(entry.path().stem().string());
  }
  std::sort(known.begin(), known.end());
  return fmt::format("expected a known model (see `waferloom list models`), got {}{}", name,
                     core::suggestion(name, known));
}

fs::path model_file(const std::string& name_or_path, const fs::path& models_directory) {
  return config::is_path(name_or_path) ? fs::path(name_or_path) : models_directory / (name_or_path + ".yaml");
}

Model load_model(const std::string& name_or_path, const fs::path& models_directory) {
  if (const auto problem = unknown_model(name_or_path, models_directory)) {
    throw config::KeyError({"workload.model"}, *problem);
  }
  const fs::path file = model_file(name_or_path, models_directory);
  return read_model(model_file_text(file), file);
}

std::string model_file_text(const fs::path& file) {
  config::Problems problems;
  const std::optional<std::string> text = config::file_text(file, 0, problems);
  problems.throw_if_any();
  return text.value_or("");
}

Model read_model(const std::string& text, const fs::path& file) {
  Model model;
  model.name = file.stem().string();
  config::Keys keys;
  declare_keys(keys, model);
  config::Problems problems;
  const config::Node root = config::parse_file_text(text, file, 0, problems);
  config::Settings settings;
  if (root.kind == config::Node::Kind::mapping) {
    config::apply(root, keys, settings, problems);
    if (!settings.contains("projection_bias")) model.projection_bias = model.attention_bias;
    check(model, root, settings, problems);
  }
  problems.throw_if_any();
  return model;
}

}  // namespace waferloom::models
