// SPDX-License-Identifier: Apache-2.0
// A workload of ASTRA-sim 1.0's text files, and of SimAI's and AICB's, which have the same columns: a header with the
// type of parallelism, the number of layers, and for each layer its name, a reserved number, and time, collective and
// bytes of the forward pass, of the gradient of the input and of that of the weights, and the update's time.
//
// Times are nanoseconds. All ranks run all layers: forward in order, then backward from the last: gradient of the weights
// and of the input (HYBRID_TRANSFORMER_FWD_IN_BCKWD: the other way round, and forward again from a checkpoint before).
// Collectives of the forward pass and of the input's gradient hold up what follows, those of the weights only the
// layer's update, in MICRO everything. Groups: collectives of weights run among ranks with the same place in their
// model-parallel groups, all others within these:
//   DATA                     groups of one rank
//   MODEL, MICRO, *_DLRM*,   all ranks; of the last three, for the weights as well
//   DISTRIBUTED_INFERENCE
//   HYBRID_*                 `model_parallel_NPU_group` consecutive ranks; HYBRID_DATA_MODEL: as many far apart
//   HYBRID_CUSTOMIZED        as each layer's last column says
// SimAI's collectives may say which ranks: _EP within groups of `ep` ranks in the same place of neighbouring
// model-parallel groups, _DP_EP among these groups, _DP and _TP as above. Its ALLGATHER counts what is gathered,
// ASTRA-sim's what each rank gives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <optional>

#include "trace/import/workload.hpp"

namespace waferloom::trace {

enum class LayerTextDialect : std::uint8_t { astra_sim, simai };

struct LayerTextOptions {
  std::optional<std::uint32_t> ranks;           ///< where the file does not say
  std::optional<std::uint32_t> model_parallel;  ///< likewise
  std::optional<LayerTextDialect> dialect;      ///< none: SimAI's where the header has a key that only it has
};

/// Throws core::InputError, `NAME:LINE:COLUMN: expected ..., got ...`.
[[nodiscard]] Workload layer_text_workload(std::istream& in, const std::string& name,
                                           const LayerTextOptions& options);

}  // namespace waferloom::trace
