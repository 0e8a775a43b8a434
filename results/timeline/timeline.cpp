// SPDX-License-Identifier: Apache-2.0
#include "results/timeline/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "trace/names.hpp"

namespace waferloom::results {

using core::Cycle;
using trace::Kind;
using wafer::GroupResult;
using wafer::RecordResult;
using wafer::Share;

namespace {

using Slice = Timeline::Slice;
using Details = Timeline::Details;

class Builder {
 public:
  explicit Builder(Timeline& timeline) : timeline_(timeline) {}

  /// The track of this name under `parent`, made when first asked for.
  std::uint32_t track(const std::string& name, std::uint32_t parent = Timeline::kNoTrack) {
    const auto [place, added] = known_.try_emplace({parent, name}, next());
    if (added) timeline_.tracks.push_back({name, parent, false});
    return place->second;
  }
  std::uint32_t counter(const std::string& name, std::uint32_t parent) {
    timeline_.tracks.push_back({name, parent, true});
    return next() - 1;
  }
  void add(std::uint32_t track, Cycle start, Cycle end, std::shared_ptr<const Details> details) {
    timeline_.slices.push_back({track, start, end, std::move(details)});
  }
  void add(std::uint32_t track, Cycle start, Cycle end, Details details) {
    add(track, start, end, std::make_shared<const Details>(std::move(details)));
  }

  /// Sorts the slices, and gives those that overlap tracks of their own beside the one they were meant for.
  void lay_out() {
    std::stable_sort(timeline_.slices.begin(), timeline_.slices.end(), [](const Slice& a, const Slice& b) {
      return std::tuple(a.start, b.end, a.track) < std::tuple(b.start, a.end, b.track);
    });
    struct Row {
      std::uint32_t track;
      Cycle end;
    };
    std::unordered_map<std::uint32_t, std::vector<Row>> rows;
    for (Slice& slice : timeline_.slices) {
      std::vector<Row>& here = rows[slice.track];
      auto row =
          std::find_if(here.begin(), here.end(), [&](const Row& each) { return each.end <= slice.start; });
      if (row == here.end()) {
        std::uint32_t track = slice.track;
        if (!here.empty()) {
          track = next();
          const Timeline::Track meant = timeline_.tracks[slice.track];
          timeline_.tracks.push_back(meant);
        }
        row = here.insert(here.end(), {track, 0});
      }
      slice.track = row->track;
      row->end = slice.end;
    }
  }

 private:
  [[nodiscard]] std::uint32_t next() const { return static_cast<std::uint32_t>(timeline_.tracks.size()); }

  Timeline& timeline_;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> known_;
};

std::string place_of(std::uint32_t layer) {
  return layer == trace::kNoLayer ? std::string("outside layers") : fmt::format("layer {}", layer);
}

Details named(std::string name) {
  Details details;
  details.name = std::move(name);
  return details;
}

std::string host_track(Kind kind) {
  if (kind == Kind::update) return "optimizer";
  return kind == Kind::stream_in ? "streams in" : "streams out";
}

/// Slices that span several records: a layer's phase, a phase's operation.
class Spans {
 public:
  void cover(std::uint32_t track, const std::string& name, Cycle start, Cycle end) {
    const auto [place, added] = spans_.try_emplace({track, name}, start, end);
    place->second.first = std::min(place->second.first, start);
    place->second.second = std::max(place->second.second, end);
  }
  void add_to(Builder& builder) const {
    for (const auto& [key, times] : spans_) {
      builder.add(key.first, times.first, times.second, named(key.second));
    }
  }

 private:
  std::map<std::pair<std::uint32_t, std::string>, std::pair<Cycle, Cycle>> spans_;
};

void add_records(Builder& builder, std::span<const RecordResult> records) {
  std::unordered_map<std::uint32_t, std::size_t> index_of;
  for (std::size_t i = 0; i < records.size(); ++i) index_of[records[i].record] = i;
  std::vector<Details> details(records.size());
  std::uint64_t flow = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const RecordResult& record = records[i];
    details[i].name = record.name;
    details[i].record = record.record;
    details[i].kind = trace::name_of(record.kind);
    for (const std::uint32_t other : record.waits_for) {
      const auto found = index_of.find(other);
      // What has not begun before is no cause: a dependency on a later record bounds a buffer.
      if (found == index_of.end() || records[found->second].start >= record.start) continue;
      details[found->second].flows_out.push_back(++flow);
      details[i].flows_in.push_back(flow);
    }
  }
  Spans spans;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const RecordResult& record = records[i];
    if (trace::is_of_host(record.kind)) continue;
    const std::string phase(trace::name_of(record.phase));
    const std::uint32_t layer_track = builder.track(place_of(record.layer));
    const std::uint32_t phase_track = builder.track(phase, layer_track);
    spans.cover(layer_track, phase, record.start, record.end);
    spans.cover(phase_track, record.operation, record.start, record.end);
    builder.add(builder.track(record.operation, phase_track), record.start, record.end,
                std::move(details[i]));
  }
  const std::uint32_t host = builder.track("host and I/O");
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (trace::is_of_host(records[i].kind)) {
      builder.add(builder.track(host_track(records[i].kind), host), records[i].start, records[i].end,
                  std::move(details[i]));
    }
  }
  spans.add_to(builder);
}

/// Where no records are known (folded layers), a phase's operations stand for themselves.
void add_groups(Builder& builder, std::span<const GroupResult> groups) {
  Spans spans;
  for (const GroupResult& group : groups) {
    const std::string phase(trace::name_of(group.group.phase));
    const std::uint32_t layer_track = builder.track(place_of(group.group.layer));
    if (group.end > group.start) spans.cover(layer_track, phase, group.start, group.end);
    builder.add(builder.track(phase, layer_track), group.start, group.end, named(group.group.operation));
  }
  spans.add_to(builder);
}

struct Counter {
  const char* name;
  double (*share)(const wafer::Shares&);
};

constexpr std::array<Counter, 6> kCounters{{
    {"PE arithmetic (%)", [](const wafer::Shares& s) { return s[Share::arithmetic] + s[Share::sram]; }},
    {"PE moving wavelets (%)", [](const wafer::Shares& s) { return s[Share::streaming]; }},
    {"busiest link of a row (%)", [](const wafer::Shares& s) { return s[Share::row_link]; }},
    {"busiest link of a column (%)", [](const wafer::Shares& s) { return s[Share::column_link]; }},
    {"I/O in, busiest channel (%)", [](const wafer::Shares& s) { return s[Share::io_in]; }},
    {"I/O out, busiest channel (%)", [](const wafer::Shares& s) { return s[Share::io_out]; }},
}};

/// Utilization at each moment: that of the shortest group under way then, whose figures are of the least time.
void add_counters(Builder& builder, Timeline& timeline, std::span<const GroupResult> groups) {
  if (groups.empty()) return;
  const std::uint32_t parent = builder.track("utilization");
  std::vector<std::uint32_t> tracks;
  for (const Counter& counter : kCounters) tracks.push_back(builder.counter(counter.name, parent));
  struct Edge {
    Cycle at;
    bool begins;
    std::size_t group;
  };
  std::vector<Edge> edges;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].cycles() == 0) continue;
    edges.push_back({groups[g].start, true, g});
    edges.push_back({groups[g].end, false, g});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return std::tuple(a.at, a.begins, a.group) < std::tuple(b.at, b.begins, b.group);
  });
  std::set<std::pair<Cycle, std::size_t>> active;
  std::array<double, kCounters.size()> last{};
  last.fill(-1);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const std::pair key(groups[edges[e].group].cycles(), edges[e].group);
    if (edges[e].begins) {
      active.insert(key);
    } else {
      active.erase(key);
    }
    if (e + 1 < edges.size() && edges[e + 1].at == edges[e].at) continue;
    for (std::size_t c = 0; c < kCounters.size(); ++c) {
      const double value =
          active.empty() ? 0 : 100 * kCounters[c].share(groups[active.begin()->second].shares);
      if (value == last[c]) continue;
      last[c] = value;
      timeline.values.push_back({tracks[c], edges[e].at, value});
    }
  }
}

/// The mean over all links of a direction, sample by sample.
void add_link_counters(Builder& builder, Timeline& timeline, const TimelineInput& input) {
  const std::span<const wafer::LinkTotals> links = input.links;
  if (links.empty()) return;
  const std::uint32_t parent = builder.track("utilization");
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    const std::uint32_t track = builder.counter(
        fmt::format("links {}, mean (%)", core::name_of(static_cast<core::Direction>(d))), parent);
    for (const wafer::LinkTotals& each : links) {
      const double possible =
          static_cast<double>(each.tiles) * static_cast<double>(each.end - each.begin) / input.link_cycles;
      timeline.values.push_back(
          {track, each.begin, possible > 0 ? 100 * static_cast<double>(each.sent[d]) / possible : 0});
    }
    timeline.values.push_back({track, links.back().end, 0});
  }
}

void add_levels(Builder& builder, Timeline& timeline, std::span<const Levels> levels) {
  if (levels.empty()) return;
  const std::uint32_t parent = builder.track("power and memory");
  for (const Levels& each : levels) {
    const std::uint32_t track = builder.counter(fmt::format("{} ({})", each.quantity, each.unit), parent);
    for (const Level& level : each.levels) timeline.values.push_back({track, level.at, level.value});
  }
}

/// What the tracks of channels stand under: says so where they are not all of the wafer's.
std::string name_of_channels(const TimelineInput& input) {
  std::set<std::uint32_t> in;
  std::set<std::uint32_t> out;
  for (const wafer::ChannelTraffic& each : input.channels) (each.in ? in : out).insert(each.channel);
  const std::size_t shown = std::max(in.size(), out.size());
  if (shown >= input.channels_of_wafer) return "I/O channels";
  return fmt::format("I/O channels ({} of {}: observe.tracks.channels)", shown, input.channels_of_wafer);
}

/// Per channel and direction a track, with a slice for each record's words.
void add_channels(Builder& builder, const TimelineInput& input) {
  if (input.channels.empty()) return;
  std::unordered_map<std::uint32_t, const RecordResult*> known;
  for (const RecordResult& record : input.records) known[record.record] = &record;
  const std::uint32_t parent = builder.track(name_of_channels(input));
  for (const wafer::ChannelTraffic& each : input.channels) {
    Details details;
    const auto record = known.find(each.record);
    details.name = record == known.end() ? fmt::format("record {}", each.record) : record->second->name;
    details.arguments.emplace_back("stream", std::uint64_t{each.record});
    details.arguments.emplace_back("words", each.words);
    const double possible = input.channel_words_per_cycle * static_cast<double>(each.end - each.start);
    if (possible > 0) {
      details.arguments.emplace_back("busy (%)",
                                     std::min(100.0, 100 * static_cast<double>(each.words) / possible));
    }
    builder.add(builder.track(fmt::format("{} {}", each.in ? "input" : "output", each.channel), parent),
                each.start, each.end, std::move(details));
  }
}

std::string_view text_of(pe::PeState state) {
  switch (state) {
    case pe::PeState::arithmetic:
      return "computing";
    case pe::PeState::sram:
      return "computing at the SRAM's rate";
    case pe::PeState::bank_conflict:
      return "bank conflict";
    case pe::PeState::streaming:
      return "streaming";
    case pe::PeState::waiting_for_input:
      return "waiting for input";
    case pe::PeState::blocked_on_output:
      return "blocked on output";
    case pe::PeState::idle:
      break;
  }
  return "idle";
}

std::shared_ptr<const Details> details_of(const wafer::TileState& state,
                                          std::span<const GroupResult> groups) {
  Details details;
  details.name = text_of(state.state);
  if (state.group < groups.size()) {
    const wafer::Group& group = groups[state.group].group;
    details.name = fmt::format("{}: {}", group.operation, details.name);
    details.arguments.emplace_back("of", place_of(group.layer));
    details.arguments.emplace_back("phase", std::string(trace::name_of(group.phase)));
  }
  return std::make_shared<const Details>(std::move(details));
}

/// Per chosen tile a track, of a kernel one for each of its tasks, with a slice for each state and operation.
void add_tiles(Builder& builder, const TimelineInput& input) {
  if (input.tile_states.empty()) return;
  const std::uint32_t parent = builder.track("tiles");
  std::map<std::pair<std::uint32_t, pe::PeState>, std::shared_ptr<const Details>> known;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> tracks;
  for (const wafer::TileState& each : input.tile_states) {
    std::shared_ptr<const Details>& details = known[{each.group, each.state}];
    if (details == nullptr) details = details_of(each, input.groups);
    const auto [track, added] = tracks.try_emplace({each.at.x, each.at.y});
    if (added) track->second = builder.track(fmt::format("tile ({}, {})", each.at.x, each.at.y), parent);
    std::uint32_t here = track->second;
    if (each.group < input.tasks.size()) here = builder.track(input.tasks[each.group], here);
    builder.add(here, each.start, each.end, details);
  }
}

}  // namespace

double channel_rate(const fabric::FabricParameters& fabric, const fabric::IoParameters& io, double clock_hz) {
  const double link = 1.0 / fabric.link_cycles();
  return std::min(link, io.bandwidth_bits_per_s / io.channels / core::kWaveletBits / clock_hz);
}

Timeline make_timeline(const TimelineInput& input) {
  Timeline timeline;
  timeline.title = input.title;
  timeline.clock_hz = input.clock_hz;
  Builder builder(timeline);
  add_counters(builder, timeline, input.groups);
  add_link_counters(builder, timeline, input);
  add_levels(builder, timeline, input.levels);
  std::stable_sort(timeline.values.begin(), timeline.values.end(),
                   [](const Timeline::Value& a, const Timeline::Value& b) { return a.at < b.at; });
  if (input.records.empty()) {
    add_groups(builder, input.groups);
  } else {
    add_records(builder, input.records);
  }
  add_channels(builder, input);
  add_tiles(builder, input);
  builder.lay_out();
  return timeline;
}

}  // namespace waferloom::results
