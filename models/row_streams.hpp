// SPDX-License-Identifier: Apache-2.0
// Rows of values that belong to tokens, between the host and the wafer. Columns are the only way in and out: what
// comes in passes all rows of a column, of which each keeps its own; on the way out every row adds its own to a
// stream of all, which is a concatenation.
#pragma once

#include <string>

#include "models/step_builder.hpp"

namespace waferloom::models {

/// `rows` rows of hidden features come in as FP16 and are added to the tensor `output` by the rows of PEs that
/// they concern.
void rows_in(StepBuilder& builder, const std::string& what, std::uint64_t rows, const std::string& output);

/// Gradients of `rows` rows of hidden features leave as FP32; what follows waits for it.
void gradient_rows_out(StepBuilder& builder, const std::string& what, std::uint64_t rows);

/// The tensor `name` of hidden features leaves as FP16 and is then released; what follows goes on meanwhile.
/// The record that brings it to the host.
std::uint32_t spill_out(StepBuilder& builder, const std::string& what, const std::string& name);
/// It comes back, once the host has all of it.
void spill_in(StepBuilder& builder, const std::string& what, const std::string& name, std::uint32_t spilled);

}  // namespace waferloom::models
