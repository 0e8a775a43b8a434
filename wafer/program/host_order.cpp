// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/host_order.hpp"

#include <algorithm>

namespace waferloom::wafer {

bool host_may_start(const trace::Record& record, const std::vector<trace::Record>& records,
                    const std::vector<RecordTimes>& times) {
  return std::all_of(record.after.begin(), record.after.end(), [&](const trace::Dependency& dependency) {
    // A stream that was announced earlier is ahead in the channels in any case.
    return records[dependency.record].kind == trace::Kind::stream_in || times[dependency.record].done;
  });
}

}  // namespace waferloom::wafer
