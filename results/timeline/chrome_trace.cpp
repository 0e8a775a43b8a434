// SPDX-License-Identifier: Apache-2.0
#include "results/timeline/chrome_trace.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

namespace waferloom::results {

using nlohmann::ordered_json;

namespace {

constexpr std::uint32_t kFirstPid = 1;

/// The first of the topmost tracks with the name of `top`: those of one name are one process.
std::uint32_t first_of_name(const Timeline& timeline, std::uint32_t top) {
  std::uint32_t first = 0;
  while (timeline.tracks[first].parent != Timeline::kNoTrack ||
         timeline.tracks[first].name != timeline.tracks[top].name)
    ++first;
  return first;
}

/// What a track is to Chrome: its topmost track as process, its path below that as thread.
struct Place {
  std::uint32_t pid = 0;
  std::uint32_t tid = 0;
  std::string thread;
};

Place place_of(const Timeline& timeline, std::uint32_t track) {
  Place place{0, track, {}};
  std::uint32_t top = track;
  for (; timeline.tracks[top].parent != Timeline::kNoTrack; top = timeline.tracks[top].parent) {
    const std::string& name = timeline.tracks[top].name;
    place.thread = place.thread.empty() ? name : name + " / " + place.thread;
  }
  place.pid = kFirstPid + first_of_name(timeline, top);
  if (place.thread.empty()) place.thread = "phases";
  return place;
}

}  // namespace

std::string chrome_trace(const Timeline& timeline) {
  std::string text = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
  bool first = true;
  const auto add = [&](const ordered_json& event) {
    text += first ? "\n" : ",\n";
    first = false;
    text += event.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  };
  const auto microseconds = [&](core::Cycle cycle) { return timeline.nanoseconds(cycle) / 1e3; };

  std::vector<Place> places;
  for (std::uint32_t i = 0; i < timeline.tracks.size(); ++i) {
    const Timeline::Track& track = timeline.tracks[i];
    places.push_back(place_of(timeline, i));
    if (track.parent == Timeline::kNoTrack && places[i].pid == kFirstPid + i) {
      add({{"ph", "M"}, {"name", "process_name"}, {"pid", places[i].pid}, {"args", {{"name", track.name}}}});
      add({{"ph", "M"},
           {"name", "process_sort_index"},
           {"pid", places[i].pid},
           {"args", {{"sort_index", places[i].pid}}}});
    }
    if (track.counter) continue;
    add({{"ph", "M"},
         {"name", "thread_name"},
         {"pid", places[i].pid},
         {"tid", places[i].tid},
         {"args", {{"name", places[i].thread}}}});
  }
  for (const Timeline::Slice& slice : timeline.slices) {
    const Place& place = places[slice.track];
    const Timeline::Details& details = *slice.details;
    ordered_json event{{"ph", "X"},
                       {"name", details.name},
                       {"pid", place.pid},
                       {"tid", place.tid},
                       {"ts", microseconds(slice.start)},
                       {"dur", microseconds(slice.end) - microseconds(slice.start)},
                       {"args", {{"start_cycle", slice.start}, {"cycles", slice.end - slice.start}}}};
    if (details.record != trace::kNoRecord) {
      event["cat"] = details.kind;
      event["args"]["record"] = details.record;
    }
    for (const auto& [name, value] : details.arguments) {
      std::visit([&, &key = name](const auto& known) { event["args"][key] = known; }, value);
    }
    add(event);
    const auto flow = [&](const char* phase, std::uint64_t id) {
      ordered_json arrow{{"ph", phase},
                         {"name", "waits for"},
                         {"cat", "dependency"},
                         {"id", id},
                         {"pid", place.pid},
                         {"tid", place.tid},
                         {"ts", microseconds(slice.start)}};
      if (*phase == 'f') arrow["bp"] = "e";
      add(arrow);
    };
    for (const std::uint64_t id : details.flows_out) flow("s", id);
    for (const std::uint64_t id : details.flows_in) flow("f", id);
  }
  for (const Timeline::Value& value : timeline.values) {
    add({{"ph", "C"},
         {"name", timeline.tracks[value.track].name},
         {"pid", places[value.track].pid},
         {"ts", microseconds(value.at)},
         {"args", {{"value", value.value}}}});
  }
  text += "\n]}\n";
  return text;
}

}  // namespace waferloom::results
