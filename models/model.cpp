// SPDX-License-Identifier: Apache-2.0
#include "models/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

void declare_keys(config::Keys& keys, Model& m) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 24U;
  config::Section s(keys, "", "");
  s.text("name", m.name, "name of the model");
  s.text("description", m.description, "what it is");
  s.count<std::uint64_t>("layers", m.layers, {1, 10000}, "transformer layers");
  s.count<std::uint64_t>("hidden", m.hidden, {1, kMost}, "features between layers");
  s.count<std::uint64_t>("heads", m.heads, {1, kMost}, "attention heads");
  s.count<std::uint64_t>("ffn", m.ffn, {1, kMost}, "features inside the MLP");
  s.count<std::uint64_t>("vocabulary", m.vocabulary, {1, kMost}, "tokens of the vocabulary");
  s.count<std::uint64_t>("sequence", m.sequence, {1, kMost}, "tokens per sequence");
  s.flag("tied_embeddings", m.tied_embeddings, "the head uses the token embedding");
  s.choice<Position>("position", m.position, kPositions, "how positions are told");
  s.count<std::uint64_t>("rotary_dimensions", m.rotary_dimensions, {0, kMost}, "rotated features per head");
  s.choice<Block>("block", m.block, kBlocks, "attention and MLP one after the other, or side by side");
  s.choice<Norm>("norm", m.norm, kNorms, "kind of the norms");
  s.count<std::uint32_t>("norms_per_layer", m.norms_per_layer, {1, 2}, "norms in a layer");
  s.flag("final_norm", m.final_norm, "a norm after the last layer");
  s.flag("attention_bias", m.attention_bias, "biases of q, k, v and projection");
  s.flag("mlp_bias", m.mlp_bias, "biases of the MLP");
  s.flag("head_bias", m.head_bias, "a bias of the head");
  s.flag("gated_mlp", m.gated_mlp, "a gate beside the MLP's first matrix");
  s.flag("causal", m.causal, "decoder; false = encoder");
  s.count<std::uint64_t>("segment_types", m.segment_types, {0, kMost}, "rows of a segment embedding");
  s.flag("embedding_norm", m.embedding_norm, "a norm after the embeddings");
  s.flag("pooler", m.pooler, "a dense layer on the first token");
  s.flag("head", m.head, "a projection to the vocabulary");
}

void check(const Model& m, const config::Node& root, const config::Settings& settings,
           config::Problems& problems) {
  for (const char* key : kRequired) {
    if (!settings.contains(key) && !problems.concerns(key))
      problems.add(root.where, key, "expected a value, got nothing");
  }
  const auto add = [&](const char* key, const std::string& message) {
    const auto place = settings.find(key);
    problems.add(place == settings.end() ? root.where : place->second, key, message);
  };
  if (!problems.empty()) return;
  if (m.hidden % m.heads != 0) {
    add("heads", fmt::format("expected a divisor of hidden ({}), got {}", m.hidden, m.heads));
  }
  if (m.position == Position::rotary && m.rotary_dimensions == 0) {
    add("rotary_dimensions",
        fmt::format("expected how many of a head's {} features position: rotary rotates, got none",
                    m.hidden / m.heads));
  }
  if (m.position != Position::rotary && m.rotary_dimensions != 0) {
    add("rotary_dimensions",
        fmt::format("expected 0 unless position is rotary, got {}", m.rotary_dimensions));
  }
  if (m.rotary_dimensions * m.heads > m.hidden) {
    add("rotary_dimensions", fmt::format("expected at most the features of a head ({}), got {}",
                                         m.hidden / m.heads, m.rotary_dimensions));
  }
  if (m.block == Block::sequential && m.norms_per_layer == 1) {
    add("norms_per_layer", "expected 2 where attention and MLP follow one another, got 1");
  }
}

bool is_path(const std::string& name_or_path) {
  return name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".yaml");
}

}  // namespace

std::vector<MatrixShape> layer_matrices(const Model& m) {
  std::vector<MatrixShape> matrices;
  for (const char* name : {"q", "k", "v", "projection"}) {
    matrices.push_back({name, m.hidden, m.hidden, m.attention_bias});
  }
  if (m.gated_mlp) matrices.push_back({"mlp_gate", m.hidden, m.ffn, m.mlp_bias});
  matrices.push_back({"mlp_up", m.hidden, m.ffn, m.mlp_bias});
  matrices.push_back({"mlp_down", m.ffn, m.hidden, m.mlp_bias});
  return matrices;
}

std::uint64_t norm_parameters(const Model& m) { return (m.norm == Norm::layernorm ? 2 : 1) * m.hidden; }

ParameterCount count_parameters(const Model& m) {
  ParameterCount count;
  count.embedding = (m.vocabulary + m.segment_types) * m.hidden;
  if (m.position == Position::learned) count.embedding += m.sequence * m.hidden;
  if (m.embedding_norm) count.embedding += norm_parameters(m);
  for (const MatrixShape& matrix : layer_matrices(m)) {
    count.per_layer += matrix.inputs * matrix.outputs + (matrix.bias ? matrix.outputs : 0);
  }
  count.per_layer += m.norms_per_layer * norm_parameters(m);
  if (m.final_norm) count.final_norm = norm_parameters(m);
  if (m.head && !m.tied_embeddings) count.head += m.vocabulary * m.hidden;
  if (m.head && m.head_bias) count.head += m.vocabulary;
  if (m.pooler) count.head += m.hidden * m.hidden + m.hidden;
  count.total = count.embedding + m.layers * count.per_layer + count.final_norm + count.head;
  return count;
}

std::optional<std::string> unknown_model(const std::string& name, const fs::path& directory) {
  std::error_code error;
  if (is_path(name) || fs::exists(directory / (name + ".yaml"), error)) return std::nullopt;
  std::vector<std::string> known;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".yaml") known.push_back(entry.path().stem().string());
  }
  std::sort(known.begin(), known.end());
  const std::string nearest = core::nearest_name(name, known);
  return fmt::format("expected a known model (see `waferloom list models`), got {}{}", name,
                     nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
}

fs::path model_file(const std::string& name_or_path, const fs::path& models_directory) {
  return is_path(name_or_path) ? fs::path(name_or_path) : models_directory / (name_or_path + ".yaml");
}

Model load_model(const std::string& name_or_path, const fs::path& models_directory) {
  if (const auto problem = unknown_model(name_or_path, models_directory)) {
    throw config::KeyError({"workload.model"}, *problem);
  }
  const fs::path file = model_file(name_or_path, models_directory);
  Model model;
  model.name = file.stem().string();
  config::Keys keys;
  declare_keys(keys, model);
  config::Problems problems;
  const config::Node root = config::parse_file(file, 0, problems);
  config::Settings settings;
  if (root.kind == config::Node::Kind::mapping) {
    config::apply(root, keys, settings, problems);
    check(model, root, settings, problems);
  }
  problems.throw_if_any();
  return model;
}

}  // namespace waferloom::models
