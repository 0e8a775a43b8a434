// SPDX-License-Identifier: Apache-2.0
// Attention under weight streaming: activations times activations. Rows that share a sequence pass their keys
// and values along the columns; every PE works on blocks of keys as they come (streaming softmax), so that no
// score matrix is kept. Where a head spans several columns, the scores of a block are summed over them and
// sent back.
//
// All keys count, as in the published FLOP figures, unless the workload skips what a causal mask leaves out: then
// half of them do, as tokens lie on the rows in turn, so that a block holds as many earlier keys for each row (an
// approximation: to within a token). What passes by is the same.
//
// The backward pass forms five products: keys and values pass by in shares, and what the rows add to dK and dV of a
// share is summed along the columns before the next one comes. Where there is no room for these sums it forms seven:
// scores twice, once with keys and values passing by, for dQ, and once with queries and output gradients passing by, for
// dK and dV, so that no gradient has to travel back.
#pragma once

#include <string>
#include <vector>

#include "models/step_builder.hpp"

namespace waferloom::models {

/// From tensors q, k, v of the layer into `output`. `last_uses`: tensors that nothing needs afterwards.
void attention_forward(StepBuilder& builder, const std::string& output,
                       const std::vector<std::string>& last_uses = {});

/// From the gradient of `output`, which nothing needs afterwards, into `dq`, `dk` and `dv`.
void attention_backward(StepBuilder& builder, const std::string& output, const std::string& dq,
                        const std::string& dk, const std::string& dv);

}  // namespace waferloom::models
