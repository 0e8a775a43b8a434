// SPDX-License-Identifier: Apache-2.0
// Rows of values that belong to tokens, between the host and the wafer. Columns are the only way in and out. On the way
// in, a stream passes all rows of a column, and each row keeps its own values. On the way out, each row appends its own
// values to the stream of its column.
#pragma once

#include <string>

#include "models/step_builder.hpp"

namespace waferloom::models {

/// `rows` rows of hidden features come in as FP16 and are added to the tensor `output` by the rows of PEs that
/// they concern.
void rows_in(StepBuilder& builder, const std::string& what, std::uint64_t rows, const std::string& output);

/// The same where the rows are parameters and not looked up for each token, so that lanes can share them.
void parameter_rows_in(StepBuilder& builder, const std::string& what, std::uint64_t rows,
                       const std::string& output);

/// Gradients of `rows` rows of hidden features leave as FP32; what follows waits for it.
void gradient_rows_out(StepBuilder& builder, const std::string& what, std::uint64_t rows);

struct Spilled {
  std::uint32_t read = trace::kNoRecord;  ///< the record that reads it from SRAM
  std::uint32_t out = trace::kNoRecord;   ///< the one that brings it to the host
};

/// The tensor `name` of hidden features leaves as FP16, and is released with that or else stays; what follows
/// goes on meanwhile.
Spilled spill_out(StepBuilder& builder, const std::string& what, const std::string& name, bool release);
/// It comes back, once the host has all of it; what follows goes on meanwhile. The record that takes it.
std::uint32_t spill_in(StepBuilder& builder, const std::string& what, const std::string& name,
                       std::uint32_t spilled);

}  // namespace waferloom::models
