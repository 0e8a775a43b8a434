// SPDX-License-Identifier: Apache-2.0
// The results of a kernel's run; docs/kernels.md describes the files.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "kernels/code.hpp"
#include "results/text_parts.hpp"
#include "wafer/program/result/kernel_result.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::results {

[[nodiscard]] nlohmann::ordered_json kernel_json(const wafer::Scenario& scenario,
                                                 const kernels::CompiledKernel& kernel,
                                                 const wafer::KernelResult& result);

/// One row per task: how often it ran, when first and last.
[[nodiscard]] std::string tasks_csv(const kernels::CompiledKernel& kernel, const wafer::KernelResult& result);

/// By task of the kernel.
[[nodiscard]] std::vector<std::string> task_names(const kernels::CompiledKernel& kernel);

/// One row per number of the buffers that are written.
void values_csv(const kernels::CompiledKernel& kernel, const wafer::KernelResult& result, TextParts& text);

}  // namespace waferloom::results
