// SPDX-License-Identifier: Apache-2.0
// Execution strategies: how a training step of a model becomes a traffic trace. Adding one is a new file and
// one line in strategy.cpp.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "models/model.hpp"
#include "models/placement.hpp"
#include "models/sram_check.hpp"
#include "models/workload_parameters.hpp"
#include "trace/record.hpp"

namespace waferloom::models {

using RecordSink = std::function<void(const trace::Record&)>;

/// What a strategy is asked for.
struct LoweringRequest {
  const Model& model;
  const WorkloadParameters& workload;
  Placement placement;
  std::uint32_t sharing_lanes = 1;  ///< lanes of this shape side by side that share weights as they stream in
  SramCheck* sram =
      nullptr;  ///< where given, it learns what the fullest PE needs, and nothing is refused for it
  bool least_buffers = false;  ///< working buffers as small as they get, even where larger ones fit
  /// The step of which this is a part: working buffers are as large as fit there.
  const LoweringRequest* part_of = nullptr;
};

struct Strategy {
  std::string_view name;
  std::string_view description;
  /// The trace's header; throws core::InputError when the model cannot be placed.
  trace::Header (*header)(const LoweringRequest&);
  /// Gives the records to the sink in order.
  void (*lower)(const LoweringRequest&, const RecordSink&);
};

[[nodiscard]] std::span<const Strategy> strategies();

/// Throws core::InputError that lists the known strategies.
[[nodiscard]] const Strategy& find_strategy(std::string_view name);

}  // namespace waferloom::models
