// SPDX-License-Identifier: Apache-2.0
#include "models/geometry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/arithmetic.hpp"
#include "core/config/origin.hpp"
#include "core/geometry.hpp"

namespace waferloom::models {

std::uint32_t largest_fit(std::uint32_t limit, std::uint64_t whole) {
  if (limit >= whole) return limit;
  std::uint32_t n = limit;
  while (n > 0 && whole % n != 0) --n;
  return n;
}

std::uint64_t attended_keys(const Model& model, const WorkloadParameters& workload, std::uint64_t sequence) {
  if (workload.causal_mask == CausalMask::computed) return sequence;
  if (!model.causal) {
    throw core::config::KeyError(
        {"workload.causal_mask", "workload.model"},
        fmt::format("expected computed, as {} is an encoder without a causal mask, got skipped", model.name));
  }
  return sequence / 2 + 1;  // (n + 1) / 2, rounded up
}

void require_plain_attention(const Model& model, std::string_view strategy) {
  const auto refuse = [&](const char* key, const std::string& expected) {
    throw core::config::KeyError(
        {"workload.model", "workload.strategy"},
        fmt::format("{}: {}: expected {} for workload.strategy {}", model.name, key, expected, strategy));
  };
  if (model.kv_heads() != model.heads) {
    refuse("key_value_heads", fmt::format("as many heads of keys and values as of queries ({}), got {},",
                                          model.heads, model.kv_heads()));
  }
  if (model.query_features() != model.hidden) {
    refuse("head_size", fmt::format("heads of {} / {} features, got {},", model.hidden, model.heads,
                                    model.head_features()));
  }
  if (model.query_key_norm) refuse("query_key_norm", "no norm of queries and keys");
}

std::uint64_t sequence_of(const LoweringRequest& request) {
  const std::uint64_t asked = request.workload.sequence;
  if (const std::uint64_t window = request.model.sliding_window;
      window != 0 && (asked == 0 ? request.model.sequence : asked) > window) {
    throw core::config::KeyError(
        {"workload.sequence", "workload.model"},
        fmt::format(
            "expected at most {}, the sliding window of {} (what lies behind it is not modelled), got {}",
            window, request.model.name, asked == 0 ? request.model.sequence : asked));
  }
  if (asked == 0) return request.model.sequence;
  if (request.model.position == Position::learned && asked > request.model.sequence) {
    throw core::config::KeyError(
        {"workload.sequence", "workload.model"},
        fmt::format("expected at most {}, for so many positions {} has learned, got {}",
                    request.model.sequence, request.model.name, asked));
  }
  return asked;
}

void check_micro_batch(const WorkloadParameters& workload) {
  if (workload.batch % workload.at_once() == 0) return;
  throw core::config::KeyError(
      {"workload.micro_batch", "workload.batch"},
      fmt::format("expected a divisor of workload.batch, {}, got {}", workload.batch, workload.micro_batch));
}

namespace {

void place_heads_and_sequences(Geometry& g, const Model& model) {
  g.head_pieces = static_cast<std::uint32_t>(std::min<std::uint64_t>(g.columns, model.kv_heads()));
  g.heads_per_piece = model.heads / g.head_pieces;
  g.sequence_pieces = static_cast<std::uint32_t>(std::min<std::uint64_t>(g.rows, g.batch));
}

Geometry geometry_of(const LoweringRequest& request, std::uint64_t sequences) {
  const Model& model = request.model;
  Geometry g;
  g.batch = sequences;
  g.sequence = sequence_of(request);
  g.tokens = g.batch * g.sequence;
  if (request.placement.columns == 0 || request.placement.rows == 0 || g.tokens == 0) {
    throw core::config::KeyError({"workload.rectangle", "fabric.program"},
                                 "expected at least one tile and one token");
  }
  g.columns = largest_fit(request.placement.columns, model.kv_heads());
  g.rows = largest_fit(request.placement.rows, g.batch);
  // Fewer rows than sequences may stay free.
  if (g.rows / g.batch == g.sequence) g.rows = static_cast<std::uint32_t>(g.tokens);
  place_heads_and_sequences(g, model);
  if (g.rows > g.tokens) {
    throw core::config::KeyError(
        {"workload.rectangle", "fabric.program", "workload.batch", "workload.micro_batch",
         "workload.sequence", "workload.lanes", "workload.model"},
        fmt::format("expected at most one row per token, {} for {} sequences of {} "
                    "tokens, got {} rows",
                    g.tokens, g.batch, g.sequence, g.rows));
  }
  return g;
}

}  // namespace

Geometry make_geometry(const LoweringRequest& request) {
  return geometry_of(request, request.workload.at_once());
}

std::vector<Geometry> make_part_geometries(const LoweringRequest& request) {
  const std::uint64_t sequences = request.workload.at_once();
  const std::uint64_t parts = request.workload.parts;
  if (parts > sequences) {
    throw core::config::KeyError(
        {"workload.parts", "workload.batch", "workload.micro_batch", "workload.lanes"},
        fmt::format("expected at most the sequences that a lane has at once, {}, got {}", sequences, parts));
  }
  const std::uint64_t largest = core::ceil_div(sequences, parts);
  // Rows that hold several sequences each hold equally many, which depends on the part's size.
  if (sequences % parts != 0 && largest > request.placement.rows) {
    throw core::config::KeyError(
        {"workload.parts", "workload.batch", "workload.micro_batch", "workload.lanes", "workload.rectangle",
         "fabric.program"},
        fmt::format(
            "expected a divisor of the sequences that a lane has at once, {}, where a part has more of them "
            "than there are rows ({}), got {}",
            sequences, request.placement.rows, parts));
  }
  std::vector<Geometry> geometries;
  for (std::uint64_t part = 0; part < parts; ++part) {
    geometries.push_back(geometry_of(request, core::share(sequences, parts, part)));
  }
  const auto least = std::min_element(geometries.begin(), geometries.end(),
                                      [](const Geometry& a, const Geometry& b) { return a.rows < b.rows; });
  const std::uint32_t rows = least->rows;
  for (Geometry& g : geometries) {
    g.rows = rows;
    place_heads_and_sequences(g, request.model);
  }
  return geometries;
}

}  // namespace waferloom::models
