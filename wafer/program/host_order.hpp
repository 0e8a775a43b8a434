// SPDX-License-Identifier: Apache-2.0
// The host's order: when it may start a record of its own, a stream in or an optimizer's update. One rule for all
// fidelities. A host record waits for all tiles; there is no order between tiles and host but this.
#pragma once

#include <vector>

#include "trace/record.hpp"
#include "wafer/program/record_times.hpp"

namespace waferloom::wafer {

/// `times`: of all records, as far as the run has come.
[[nodiscard]] bool host_may_start(const trace::Record& record, const std::vector<trace::Record>& records,
                                  const std::vector<RecordTimes>& times);

}  // namespace waferloom::wafer
