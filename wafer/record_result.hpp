// SPDX-License-Identifier: Apache-2.0
// When a record of the trace ran, with what a timeline needs of the record itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/wavelet.hpp"
#include "trace/record.hpp"

namespace waferloom::wafer {

struct RecordResult {
  std::uint32_t record = 0;  ///< id
  std::string name;
  std::uint32_t layer = trace::kNoLayer;
  trace::Phase phase = trace::Phase::forward;
  std::string operation;
  trace::Kind kind = trace::Kind::compute;
  core::Cycle start = 0;                 ///< of its first part on some tile, or at the host
  core::Cycle end = 0;                   ///< of its last part
  std::vector<std::uint32_t> waits_for;  ///< records, ascending
};

/// A record that was never begun (it has no part) counts as begun when it was done.
[[nodiscard]] RecordResult make_record_result(const trace::Record& record, core::Cycle start,
                                              core::Cycle end);

}  // namespace waferloom::wafer
