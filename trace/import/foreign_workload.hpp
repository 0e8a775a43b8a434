// SPDX-License-Identifier: Apache-2.0
// A workload in any of the formats that can be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "trace/import/workload.hpp"

namespace waferloom::trace {

enum class WorkloadFormat : std::uint8_t { chakra, astra_sim, simai };

struct ForeignOptions {
  std::optional<WorkloadFormat> format;  ///< none: told by what the first file begins with
  std::optional<std::uint32_t> ranks;
  std::optional<std::uint32_t> model_parallel;
};

/// `files`: of Chakra one for each rank or one for all, or a folder of them (`*.et`); of the others one. Throws
/// core::InputError.
[[nodiscard]] Workload read_workload(const std::vector<std::filesystem::path>& files,
                                     const ForeignOptions& options);

}  // namespace waferloom::trace
