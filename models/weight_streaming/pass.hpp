// SPDX-License-Identifier: Apache-2.0
// Forward and backward of one micro-batch under weight streaming: which layer's records, for which part of the
// sequences, come when.
//
//   forward    layer by layer, in each the parts one after the other
//   ends       final norm, head and loss, forward and backward, part by part
//   backward   group by group from the last: layers of a group without their inputs run forward once more, part by
//              part; then layer by layer from the last, in each part by part: what was not kept again, then backward
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "models/step_builder.hpp"
#include "models/weight_streaming/kept.hpp"
#include "models/weight_streaming/layer.hpp"

namespace waferloom::models {

class Pass {
 public:
  /// `last`: it ends with the updates. `parts` are on the same rows.
  Pass(StepBuilder& builder, const std::vector<Geometry>& parts, const LoweringRequest& request, bool last);

  void run();

 private:
  void forward();
  void ends();
  void backward();
  void update();
  void update_ends();

  /// First layer, by place, of the group that the layer at `place` belongs to: the one from which it can be reached.
  [[nodiscard]] std::size_t group_of(std::size_t place) const;
  /// The layers between first and last once more forward, so that all have their inputs.
  void bring_inputs(std::size_t first, std::size_t last);
  void layer_backward(std::size_t place, std::uint32_t part);
  void begin_part(std::uint32_t part);
  void begin_ends(trace::Phase phase, const char* operation);

  std::uint32_t spill(std::size_t place, std::uint32_t part, bool release);
  void fetch(std::size_t place, std::uint32_t part);
  /// The record that brings the input of a layer back, once; kNoRecord: it has been there all the time.
  [[nodiscard]] std::uint32_t fetched(std::size_t place, std::uint32_t part);

  StepBuilder& builder_;
  const std::vector<Geometry>& parts_;
  std::vector<std::uint32_t> layers_;
  std::vector<Kept> kept_;  ///< by place in layers_
  bool whole_;              ///< with embedding and loss
  bool last_;
  bool wants_forward_;
  bool wants_backward_;
  using Unit = std::pair<std::size_t, std::uint32_t>;  ///< place of a layer, and part
  std::map<Unit, std::uint32_t> spilled_;              ///< the record that brought its input to the host
  std::map<Unit, std::uint32_t> fetched_;              ///< the record that took it back
};

}  // namespace waferloom::models
