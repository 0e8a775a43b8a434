// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/model_ends.hpp"

#include "models/weight_streaming/elementwise.hpp"
#include "models/weight_streaming/embedding.hpp"

namespace waferloom::models {

using trace::Phase;
using trace::Record;

void ends_forward(StepBuilder& builder, const std::string& input) {
  builder.set_layer(trace::kNoLayer);
  builder.set_phase(Phase::forward);
  if (builder.model().final_norm) {
    builder.set_operation("final_norm");
    norm_forward(builder, "norm", "final", input);
  }
  if (!builder.model().head) return;
  builder.set_operation("loss");
  loss_forward(builder);
}

void ends_backward(StepBuilder& builder, const std::string& gradient) {
  const Phase phase = builder.backward_phase();
  builder.set_layer(trace::kNoLayer);
  if (builder.model().head) {
    builder.set_phase(phase);
    builder.set_operation("loss");
    loss_backward(builder, gradient);
  }
  if (!builder.model().final_norm) return;
  builder.set_phase(phase);
  builder.set_operation("final_norm");
  elementwise(builder, "begin", 1, builder.model().hidden, [&](Record& record) {
    builder.hold(record, gradient, activation_bytes(builder.geometry(), builder.model().hidden));
    builder.release(record, "final");
  });
  norm_backward(builder, "norm");
}

}  // namespace waferloom::models
