// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/thread_lists.hpp"

#include <algorithm>
#include <map>

#include "trace/shared_stream.hpp"

namespace waferloom::wafer {

using trace::Record;

namespace {

/// Streams that lanes share, one for each choice of their columns' homes.
std::vector<const Record*> shared_streams(const std::vector<Record>& records) {
  std::vector<const Record*> shared;
  for (const Record& record : records) {
    const bool known =
        !trace::is_shared(record) || std::any_of(shared.begin(), shared.end(), [&](const Record* other) {
          return other->area == record.area && other->lanes == record.lanes;
        });
    if (!known) shared.push_back(&record);
  }
  return shared;
}

}  // namespace

ThreadLists::ThreadLists(const RecordParts& parts) {
  const std::vector<Record>& records = parts.records();
  std::vector<core::Rectangle> areas;
  std::vector<std::size_t> area_of_record;
  for (const Record& record : records) {
    const auto place = std::find(areas.begin(), areas.end(), record.area);
    area_of_record.push_back(static_cast<std::size_t>(place - areas.begin()));
    if (place == areas.end()) areas.push_back(record.area);
  }
  const std::vector<const Record*> shared = shared_streams(records);
  std::map<std::vector<bool>, std::uint32_t> kinds;
  std::vector<std::uint32_t> example_of_kind;
  for (std::uint32_t tile = 0; tile < parts.tiles(); ++tile) {
    std::vector<bool> lies_in;
    for (const core::Rectangle& area : areas) lies_in.push_back(area.contains(parts.place_of(tile)));
    for (const Record* stream : shared) {
      lies_in.push_back(parts.has(stream->id, tile) &&
                        trace::is_home(*stream, parts.place_of(tile).x - stream->area.x));
    }
    const auto [kind, is_new] = kinds.try_emplace(lies_in, static_cast<std::uint32_t>(kinds.size()));
    if (is_new) example_of_kind.push_back(tile);
    kind_of_tile_.push_back(kind->second);
  }
  lists_.resize(kinds.size());
  for (const auto& [lies_in, kind] : kinds) {
    for (const Record& record : records) {
      if (trace::is_of_host(record.kind) || !lies_in[area_of_record[record.id]]) continue;
      const ThreadPair threads = parts.of(record.id, example_of_kind[kind]).place.threads;
      lists_[kind][threads.up].push_back(record.id);
      if (threads.down != threads.up) lists_[kind][threads.down].push_back(record.id);
    }
  }
}

}  // namespace waferloom::wafer
