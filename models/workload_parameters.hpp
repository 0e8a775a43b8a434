// SPDX-License-Identifier: Apache-2.0
// Configuration section `workload`: which model, which part of its training step, and how it is mapped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "trace/record.hpp"

namespace waferloom::models {

/// How a weight travels: alone with its 16-bit index in one 32-bit wavelet (needed for sparsity; 32 bits per
/// parameter as the vendor's white paper counts them), or two FP16 weights packed in a wavelet.
enum class WeightFormat : std::uint8_t { indexed, packed };

struct WorkloadParameters {
  std::string model = "gpt3-xl";  ///< name in models/data, or a path to a model file
  std::string strategy = "weight_streaming";
  std::string trace;                  ///< replay this trace file instead of lowering a model
  std::uint64_t batch = 1;            ///< sequences per step
  std::uint64_t sequence = 0;         ///< tokens per sequence; 0 = the model's own
  std::vector<std::uint32_t> layers;  ///< which layers; empty = all, with embedding and loss
  std::vector<trace::Phase> phases;   ///< which phases; empty = all
  trace::Precision precision = trace::Precision::mixed;
  WeightFormat weight_format = WeightFormat::indexed;
  double sparsity = 0.0;      ///< share of zero weights, which are not sent; 0 <= s < 1
  core::Rectangle rectangle;  ///< on the wafer; width or height 0 = the whole program area
  friend bool operator==(const WorkloadParameters&, const WorkloadParameters&) = default;
};

}  // namespace waferloom::models
