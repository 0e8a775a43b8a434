// SPDX-License-Identifier: Apache-2.0
// A large model as data: its dimensions and the shape of its block. models/data holds the published ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config/key.hpp"

namespace waferloom::models {

enum class Position : std::uint8_t { learned, rotary, none };
enum class Block : std::uint8_t { sequential, parallel };
enum class Norm : std::uint8_t { layernorm, rmsnorm };

/// Most of any dimension of a model.
constexpr std::uint64_t kMostOfDimension = std::uint64_t{1} << 24U;
constexpr std::uint64_t kMostLayers = 10000;

struct Model {
  std::string name;
  std::string description;
  std::uint64_t layers = 0;
  std::uint64_t hidden = 0;
  std::uint64_t heads = 0;  ///< of queries
  std::uint64_t key_value_heads =
      0;                        ///< of keys and values, each shared by equally many of queries; 0: `heads`
  std::uint64_t head_size = 0;  ///< features of a head; 0: hidden / heads
  std::uint64_t ffn = 0;
  std::uint64_t vocabulary = 0;
  std::uint64_t sequence = 0;   ///< tokens
  bool tied_embeddings = true;  ///< the head uses the token embedding
  Position position = Position::learned;
  std::uint64_t rotary_dimensions = 0;  ///< per head
  Block block = Block::sequential;
  Norm norm = Norm::layernorm;
  std::uint32_t norms_per_layer = 2;
  bool final_norm = true;
  bool attention_bias = true;        ///< of q, k and v
  bool projection_bias = true;       ///< of the projection behind attention
  bool query_key_norm = false;       ///< an RMSNorm over each head of q and k, with one set of weights each
  std::uint64_t sliding_window = 0;  ///< tokens back that a token sees; 0: all
  bool mlp_bias = true;
  bool head_bias = false;
  bool gated_mlp = false;           ///< gate and up projections, multiplied
  bool causal = true;               ///< decoder; false: encoder
  std::uint64_t segment_types = 0;  ///< rows of a segment embedding (BERT); 0: none
  bool embedding_norm = false;      ///< a norm after the embeddings (BERT)
  bool pooler = false;              ///< dense layer on the first token (BERT)
  bool head = true;                 ///< a projection to the vocabulary; its weights may be tied
  friend bool operator==(const Model&, const Model&) = default;

  [[nodiscard]] std::uint64_t head_features() const { return head_size != 0 ? head_size : hidden / heads; }
  [[nodiscard]] std::uint64_t kv_heads() const { return key_value_heads != 0 ? key_value_heads : heads; }
  [[nodiscard]] std::uint64_t query_features() const { return heads * head_features(); }
  [[nodiscard]] std::uint64_t kv_features() const { return kv_heads() * head_features(); }
};

/// Parameters of a weight matrix and of its bias.
struct MatrixShape {
  std::string name;  ///< "q", "k", "v", "projection", "mlp_gate", "mlp_up", "mlp_down"
  std::uint64_t inputs = 0;
  std::uint64_t outputs = 0;
  bool bias = false;
};

/// The matrices of one layer in the order of the forward pass.
[[nodiscard]] std::vector<MatrixShape> layer_matrices(const Model& model);

struct ParameterCount {
  std::uint64_t embedding = 0;  ///< tokens, positions, segments and their norm
  std::uint64_t per_layer = 0;
  std::uint64_t final_norm = 0;
  std::uint64_t head = 0;  ///< what is not tied, with its bias; a pooler too
  std::uint64_t total = 0;
};

[[nodiscard]] ParameterCount count_parameters(const Model& model);

/// Parameters of a norm over the hidden features: weight, and bias for layernorm.
[[nodiscard]] std::uint64_t norm_parameters(const Model& model);

/// Parameters of all norms of a layer, those of queries and keys included.
[[nodiscard]] std::uint64_t norm_parameters_per_layer(const Model& model);

/// What is wrong with a model's name; nothing if there is such a model, or if it is a path.
[[nodiscard]] std::optional<std::string> unknown_model(const std::string& name_or_path,
                                                       const std::filesystem::path& models_directory);

/// The file that load_model reads.
[[nodiscard]] std::filesystem::path model_file(const std::string& name_or_path,
                                               const std::filesystem::path& models_directory);

/// Reads `models_directory/NAME.yaml`, or the file at a path, in the project's own format. Throws core::InputError with
/// `file:line:column: key: expected ..., got ...`; for an unknown name, with the nearest known one.
[[nodiscard]] Model load_model(const std::string& name_or_path,
                               const std::filesystem::path& models_directory);

/// The two halves of it, for whoever looks at a file's text before: a pipe can be read once only.
[[nodiscard]] std::string model_file_text(const std::filesystem::path& file);
[[nodiscard]] Model read_model(const std::string& text, const std::filesystem::path& file);

/// What contradicts itself in a model: keys of a model file, and what was expected of them.
struct Contradiction {
  std::string key;
  std::string message;
};
[[nodiscard]] std::vector<Contradiction> contradictions(const Model& model);

/// Declares the keys of a model file; `model` has to outlive `keys`.
void declare_keys(core::config::Keys& keys, Model& model);

}  // namespace waferloom::models
