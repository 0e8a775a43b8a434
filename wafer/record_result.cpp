// SPDX-License-Identifier: Apache-2.0
#include "wafer/record_result.hpp"

#include <algorithm>

namespace waferloom::wafer {

RecordResult make_record_result(const trace::Record& record, core::Cycle start, core::Cycle end) {
  RecordResult result{
      record.id, record.name, record.layer, record.phase, record.operation, record.kind, std::min(start, end),
      end,       {}};
  for (const trace::Dependency& dependency : record.after) result.waits_for.push_back(dependency.record);
  if (record.consumes != trace::kNoRecord) result.waits_for.push_back(record.consumes);
  std::sort(result.waits_for.begin(), result.waits_for.end());
  result.waits_for.erase(std::unique(result.waits_for.begin(), result.waits_for.end()),
                         result.waits_for.end());
  return result;
}

}  // namespace waferloom::wafer
