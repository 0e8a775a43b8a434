// SPDX-License-Identifier: Apache-2.0
#include "wafer/groups.hpp"

#include <map>
#include <tuple>

#include "trace/quantities.hpp"

namespace waferloom::wafer {

Grouping group_records(const std::vector<trace::Record>& records) {
  Grouping grouping;
  std::map<std::tuple<std::uint32_t, std::uint32_t, trace::Phase, std::string>, std::uint32_t> known;
  for (const trace::Record& record : records) {
    const auto [place, added] =
        known.try_emplace({record.micro_batch, record.layer, record.phase, record.operation},
                          static_cast<std::uint32_t>(grouping.groups.size()));
    if (added)
      grouping.groups.push_back({record.micro_batch, record.layer, record.phase, record.operation, 0});
    grouping.of_record.push_back(place->second);
    grouping.groups[place->second].macs += trace::total_macs(record);
  }
  return grouping;
}

}  // namespace waferloom::wafer
