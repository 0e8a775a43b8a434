// SPDX-License-Identifier: Apache-2.0
// Records are reported in groups: the operations of a layer's phase.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/record.hpp"

namespace waferloom::wafer {

struct Group {
  std::uint32_t micro_batch = 0;
  std::uint32_t layer = trace::kNoLayer;
  trace::Phase phase = trace::Phase::forward;
  std::string operation;
  std::uint64_t macs = 0;
  std::uint64_t bytes_in = 0;    ///< from the host
  std::uint64_t bytes_out = 0;   ///< to the host
  std::uint64_t sram_bytes = 0;  ///< read and written by computation
};

struct Grouping {
  std::vector<Group> groups;             ///< in order of first appearance
  std::vector<std::uint32_t> of_record;  ///< group of each record
};

[[nodiscard]] Grouping group_records(const std::vector<trace::Record>& records);

}  // namespace waferloom::wafer
