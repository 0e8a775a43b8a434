// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/groups.hpp"

#include <map>
#include <tuple>

#include "trace/quantities.hpp"
#include "trace/statistics.hpp"

namespace waferloom::wafer {

namespace {

constexpr std::uint64_t kBytesPerWavelet = 4;

}  // namespace

Grouping group_records(const std::vector<trace::Record>& records) {
  Grouping grouping;
  std::map<std::tuple<std::uint32_t, std::uint32_t, trace::Phase, std::string>, std::uint32_t> known;
  for (const trace::Record& record : records) {
    const auto [place, added] =
        known.try_emplace({record.micro_batch, record.layer, record.phase, record.operation},
                          static_cast<std::uint32_t>(grouping.groups.size()));
    if (added) grouping.groups.push_back({record.micro_batch, record.layer, record.phase, record.operation});
    grouping.of_record.push_back(place->second);
    Group& group = grouping.groups[place->second];
    group.macs += trace::total_macs(record);
    if (record.kind == trace::Kind::stream_in) group.bytes_in += kBytesPerWavelet * host_wavelets(record);
    if (record.kind == trace::Kind::stream_out) group.bytes_out += kBytesPerWavelet * host_wavelets(record);
    group.sram_bytes += total(record.read_bytes, record) + total(record.write_bytes, record);
  }
  return grouping;
}

}  // namespace waferloom::wafer
