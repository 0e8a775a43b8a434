// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "core/error.hpp"
#include "models/sram_check.hpp"
#include "wafer/burst/overlap.hpp"
#include "wafer/burst/tile_totals.hpp"

namespace waferloom::burst {

using wafer::GroupResult;
using wafer::ShortStep;

namespace {

/// Layers kept at each end of a run: at first so few, and if what is between does not repeat, so many.
constexpr std::array<std::uint32_t, 2> kEnds{1, 2};
constexpr std::uint32_t kMiddle = 3;  ///< and between: two equal periods
/// Periods that differ by no more are equal: rates that are no whole number of ticks are rounded. A rest of the
/// first layers' start may remain, and requests of the host begin at other places in each layer: burst.fold_tolerance.
constexpr Ticks kRounding = kTicksPerCycle;
constexpr std::uint32_t kMicroBatches = 5;  ///< the first, three to compare, the last

using Key = std::tuple<std::uint32_t, std::uint32_t, trace::Phase, std::string>;

/// Which of a short sequence stands for place `index` of a whole one, and how many of the latter it stands
/// behind.
struct Stand {
  std::uint32_t index = 0;
  std::uint32_t skipped = 0;
};

/// `first` places at the beginning are kept, and all after the gap.
Stand stand_for(std::uint32_t index, std::uint32_t kept, std::uint32_t whole, std::uint32_t first) {
  const std::uint32_t gap = whole - kept;
  if (index <= first) return {index, 0};
  if (index - first <= gap) return {first, index - first};
  return {index - gap, gap};
}

class Unfolding {
 public:
  Unfolding(const Run& run, const ShortStep& small, const ShortStep& whole, double tolerance)
      : run_(run), small_(small), whole_(whole), tolerance_(tolerance) {
    for (std::uint32_t i = 0; i < run.result.groups.size(); ++i) {
      const wafer::Group& group = run.result.groups[i].group;
      groups_[{group.micro_batch, group.layer, group.phase, group.operation}] = i;
    }
  }

  /// Measures the periods; false: what should repeat does not.
  [[nodiscard]] bool repeats() {
    for (std::uint32_t batch = 0; batch < small_.micro_batches; ++batch) {
      std::vector<Periods>& periods = periods_.emplace_back(small_.runs.size());
      for (std::size_t run = 0; run < periods.size(); ++run) {
        if (gap(run) == 0) continue;
        const auto forward = layer_period(batch, run, true);
        const auto backward = layer_period(batch, run, false);
        if (!forward || !backward) return false;
        periods[run] = {*forward, *backward};
      }
    }
    if (small_.micro_batches == whole_.micro_batches) return true;
    const auto period = equal_distance(batch_starts(1), batch_starts(2), batch_starts(3));
    if (!period) return false;
    batch_period_ = *period;
    return true;
  }

  [[nodiscard]] GroupResult unfolded(const wafer::Group& group) const {
    GroupResult result;
    const auto stands = stand(group);
    if (stands) {
      const Run::Times& times = run_.times[stands->group];
      result = run_.result.groups[stands->group];
      result.start = cycle_of(times.start + stands->offset);
      result.end = cycle_of(times.end + stands->offset);
    }
    result.group = group;
    return result;
  }
  /// Begins and ends of records, and their traffic with the host: those of their like in the group that stands for
  /// theirs.
  void unfold_records(const std::vector<trace::Record>& records, const wafer::Grouping& grouping,
                      wafer::RunResult& result) const {
    std::unordered_map<std::uint32_t, std::vector<const wafer::ChannelTraffic*>> traffic;
    for (const wafer::ChannelTraffic& each : run_.result.channels) traffic[each.record].push_back(&each);
    std::vector<std::vector<const wafer::RecordResult*>> simulated(run_.result.groups.size());
    for (const wafer::RecordResult& record : run_.result.records) {
      simulated[run_.group_of[record.record]].push_back(&record);
    }
    std::vector<std::uint32_t> seen(grouping.groups.size());
    wafer::RecordLog log(records, nullptr);
    for (const trace::Record& record : records) {
      const std::uint32_t own = grouping.of_record[record.id];
      const wafer::Group& group = grouping.groups[own];
      const auto stands = stand(group);
      const std::uint32_t place = seen[own]++;
      if (!stands || place >= simulated[stands->group].size()) continue;
      const wafer::RecordResult& like = *simulated[stands->group][place];
      const auto cycles = static_cast<core::Cycle>(stands->offset / kTicksPerCycle);
      log.started(record.id, like.start + cycles);
      log.done(record.id, like.end + cycles);
      for (const wafer::ChannelTraffic* each : traffic[like.record]) {
        result.channels.push_back(
            {record.id, each->channel, each->in, each->start + cycles, each->end + cycles, each->words});
      }
    }
    result.records = log.results();
  }

 private:
  struct Stands {
    std::uint32_t group = 0;  ///< of the short step
    Ticks offset = 0;
  };
  [[nodiscard]] std::optional<Stands> stand(const wafer::Group& group) const {
    const Stand batch = stand_for(group.micro_batch, small_.micro_batches, whole_.micro_batches, 2);
    const LayerStand layer = layer_of(group, batch.index);
    const auto found = groups_.find({batch.index, layer.index, group.phase, group.operation});
    if (found == groups_.end()) return std::nullopt;
    return Stands{found->second, batch_offset(batch) + layer.offset};
  }

  struct Periods {
    Ticks forward = 0;
    Ticks backward = 0;
  };
  using Starts = std::map<std::pair<trace::Phase, std::string>, std::pair<Ticks, Ticks>>;

  /// Begins and ends of a layer's operations in one direction.
  [[nodiscard]] Starts layer_starts(std::uint32_t batch, std::uint32_t layer, bool forward) const {
    Starts starts;
    for (const auto& [key, group] : groups_) {
      const auto& [b, l, phase, operation] = key;
      if (b != batch || l != layer || (phase == trace::Phase::forward) != forward) continue;
      starts[{phase, operation}] = {run_.times[group].start, run_.times[group].end};
    }
    return starts;
  }
  [[nodiscard]] Starts batch_starts(std::uint32_t batch) const {
    Starts starts;
    for (const auto& [key, group] : groups_) {
      const auto& [b, l, phase, operation] = key;
      if (b != batch) continue;
      starts[{phase, fmt::format("{}.{}", l, operation)}] = {run_.times[group].start, run_.times[group].end};
    }
    return starts;
  }

  /// The distance between three that follow each other at the same one, operation by operation.
  [[nodiscard]] std::optional<Ticks> equal_distance(const Starts& a, const Starts& b, const Starts& c) const {
    if (a.size() != b.size() || b.size() != c.size() || a.empty()) return std::nullopt;
    const Ticks period = c.begin()->second.first - b.begin()->second.first;
    const Ticks tolerance = std::max(kRounding, static_cast<Ticks>(static_cast<double>(period) * tolerance_));
    for (const auto& [key, times] : b) {
      const auto before = a.find(key);
      const auto after = c.find(key);
      if (before == a.end() || after == c.end()) return std::nullopt;
      for (const Ticks each : {times.first - before->second.first, times.second - before->second.second,
                               after->second.first - times.first, after->second.second - times.second}) {
        if (std::abs(each - period) > tolerance) return std::nullopt;
      }
    }
    return period;
  }

  [[nodiscard]] std::optional<Ticks> layer_period(std::uint32_t batch, std::size_t run, bool forward) const {
    const auto begin = small_.runs.begin();
    const std::uint32_t middle =
        std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(run), ends(run) + kMiddle / 2);
    const Starts low = layer_starts(batch, middle - 1, forward);
    const Starts mid = layer_starts(batch, middle, forward);
    const Starts high = layer_starts(batch, middle + 1, forward);
    // A step of one direction alone has nothing to measure in the other.
    if (low.empty() && mid.empty() && high.empty()) return 0;
    return forward ? equal_distance(low, mid, high) : equal_distance(high, mid, low);
  }

  /// Layers kept at each end of a run of which some are left out.
  [[nodiscard]] std::uint32_t ends(std::size_t run) const { return (small_.runs[run] - kMiddle) / 2; }
  /// Which layer of a run's short one stands for the layer at `place`, both from where the way through it begins.
  [[nodiscard]] Stand stand_in(std::size_t run, std::uint32_t place) const {
    if (gap(run) == 0) return {place, 0};
    return stand_for(place, small_.runs[run], whole_.runs[run], ends(run) + 1);
  }
  /// Layers of a run that are left out.
  [[nodiscard]] std::uint32_t gap(std::size_t run) const { return whole_.runs[run] - small_.runs[run]; }
  /// What those of a run add to a micro-batch, on its way forward or backward.
  [[nodiscard]] Ticks extension(std::uint32_t batch, std::size_t run, bool forward) const {
    const Periods& periods = periods_[batch][run];
    return gap(run) * (forward ? periods.forward : periods.backward);
  }
  [[nodiscard]] Ticks extension(std::uint32_t batch, bool forward) const {
    Ticks all = 0;
    for (std::size_t run = 0; run < small_.runs.size(); ++run) all += extension(batch, run, forward);
    return all;
  }
  [[nodiscard]] Ticks extension(std::uint32_t batch) const {
    return extension(batch, true) + extension(batch, false);
  }

  /// The layer of the short step that stands for a group's, and how much later the group's is.
  struct LayerStand {
    std::uint32_t index = trace::kNoLayer;
    Ticks offset = 0;
  };
  [[nodiscard]] LayerStand layer_of(const wafer::Group& group, std::uint32_t batch) const {
    const bool forward = group.phase == trace::Phase::forward;
    if (group.layer == trace::kNoLayer) {
      if (group.operation == "embedding") return {trace::kNoLayer, forward ? 0 : extension(batch)};
      return {trace::kNoLayer, extension(batch, true)};
    }
    // The run in which it lies, and what lies before that.
    std::size_t run = 0;
    std::uint32_t place = group.layer;
    LayerStand stand{0, 0};
    for (; place >= whole_.runs[run]; ++run) {
      place -= whole_.runs[run];
      stand.index += small_.runs[run];
      if (forward) stand.offset += extension(batch, run, true);
    }
    if (forward) {
      const Stand in_run = stand_in(run, place);
      stand.index += in_run.index;
      stand.offset += in_run.skipped * periods_[batch][run].forward;
      return stand;
    }
    // The backward pass begins at the last layer, when all forward ones are done.
    const Stand in_run = stand_in(run, whole_.runs[run] - 1 - place);
    stand.index += small_.runs[run] - 1 - in_run.index;
    stand.offset = extension(batch, true) + in_run.skipped * periods_[batch][run].backward;
    for (std::size_t later = run + 1; later < small_.runs.size(); ++later) {
      stand.offset += extension(batch, later, false);
    }
    return stand;
  }

  [[nodiscard]] Ticks batch_offset(Stand batch) const {
    Ticks offset = 0;
    for (std::uint32_t i = 0; i < batch.index; ++i) offset += extension(i);
    return batch.skipped == 0 ? offset : offset + batch.skipped * (batch_period_ + extension(2));
  }

  const Run& run_;
  ShortStep small_;
  ShortStep whole_;
  std::map<Key, std::uint32_t> groups_;
  double tolerance_;
  std::vector<std::vector<Periods>> periods_;  ///< by micro-batch of the short step and run of layers
  Ticks batch_period_ = 0;
};

double busy_cycles(const std::vector<GroupResult>& groups) {
  return std::accumulate(groups.begin(), groups.end(), 0.0,
                         [](double sum, const GroupResult& each) { return sum + each.busy_cycles; });
}

}  // namespace

std::vector<ShortStep> short_steps(const wafer::Scenario& scenario) {
  const models::WorkloadParameters& workload = scenario.workload;
  if (!scenario.burst.fold || !workload.trace.empty() || !workload.layers.empty()) return {};
  // Layers that take turns.
  if (workload.activations != models::Activations::keep && workload.input_every != 1) return {};
  if (workload.strategy != "weight_streaming") return {};
  const ShortStep whole = wafer::whole_step(scenario);
  std::vector<ShortStep> steps;
  for (const std::uint32_t ends : kEnds) {
    ShortStep small = whole;
    for (std::uint32_t& layers : small.runs) layers = std::min(layers, 2 * ends + kMiddle);
    small.micro_batches = std::min(whole.micro_batches, kMicroBatches);
    const bool is_whole = small.layers() == whole.layers() && small.micro_batches == whole.micro_batches;
    const bool is_new = steps.empty() || steps.back().layers() != small.layers();
    if (!is_whole && is_new) steps.push_back(std::move(small));
  }
  return steps;
}

std::optional<Run> unfold(const Run& run, const ShortStep& small, const ShortStep& whole, double tolerance,
                          const std::vector<trace::Record>& records) {
  Unfolding unfolding(run, small, whole, tolerance);
  if (!unfolding.repeats()) return std::nullopt;
  Run result{{}, {}, {}, run.grid, {}, run.transfers};
  result.result.clock_hz = run.result.clock_hz;
  result.result.grid_columns = run.result.grid_columns;
  result.result.grid_rows = run.result.grid_rows;
  result.result.elaboration_s = run.result.elaboration_s;
  result.result.simulation_s = run.result.simulation_s;
  const wafer::Grouping grouping = wafer::group_records(records);
  for (const wafer::Group& group : grouping.groups) {
    result.result.groups.push_back(unfolding.unfolded(group));
    result.result.cycles = std::max(result.result.cycles, result.result.groups.back().end);
    result.result.macs += group.macs;
  }
  unfolding.unfold_records(records, grouping, result.result);
  if (small.layers() != whole.layers()) {
    result.folded.push_back(fmt::format("{} of {} layers simulated, the others are equal to them",
                                        small.layers(), whole.layers()));
  }
  if (small.micro_batches != whole.micro_batches) {
    result.folded.push_back(fmt::format("{} of {} micro-batches simulated, the others are equal to them",
                                        small.micro_batches, whole.micro_batches));
  }
  // A tile's work grows as that of all of them does; what lives in SRAM follows from the whole trace.
  const double more = busy_cycles(result.result.groups) / std::max(1.0, busy_cycles(run.result.groups));
  for (std::uint64_t& busy : result.grid.busy_cycles) {
    busy = std::min<std::uint64_t>(static_cast<std::uint64_t>(static_cast<double>(busy) * more),
                                   result.result.cycles);
  }
  models::SramCheck sram(std::numeric_limits<std::uint64_t>::max());
  for (const trace::Record& record : records) {
    // Lanes are equal: the first tile's tensors are as many as those of any other.
    if (record.area.contains(core::Coordinate{0, 0})) sram.add(record);
  }
  for (std::uint32_t& bytes : result.grid.sram_high_water) {
    bytes = std::max(bytes, static_cast<std::uint32_t>(sram.peak_bytes()));
  }
  return result;
}

namespace {

/// `records`: of the trace, or a shorter step of its kind.
wafer::SimulationInput input_of(const wafer::Scenario& scenario, const PlacedTrace& trace,
                                const std::vector<trace::Record>& records, const RecordNotice& on_record) {
  return {scenario.hardware,
          {scenario.memoryx, scenario.host},
          scenario.simulation,
          trace.program,
          records,
          on_record,
          0,
          trace.carried};
}

/// Folded where possible.
Run run_step(Simulator& simulator, const wafer::Scenario& scenario, const PlacedTrace& trace,
             const std::atomic<bool>& stop, const Simulator::Report& report, const RecordNotice& notice) {
  const auto run = [&](const std::vector<trace::Record>& records, const RecordNotice& on_record) {
    return simulator.run(input_of(scenario, trace, records, on_record), scenario.burst, stop, report);
  };
  for (const ShortStep& small : short_steps(scenario)) {
    const Run short_run = run(wafer::lower_short_step(scenario, small).records, nullptr);
    if (std::optional<Run> whole = unfold(short_run, small, wafer::whole_step(scenario),
                                          scenario.burst.fold_tolerance, trace.loaded.records)) {
      if (notice) {
        for (const wafer::RecordResult& record : whole->result.records) notice(record);
      }
      return std::move(*whole);
    }
  }
  return run(trace.loaded.records, notice);
}

}  // namespace

Outcome simulate(Simulator& simulator, const wafer::Scenario& scenario, const PlacedTrace& trace,
                 const std::atomic<bool>& stop, const Simulator::Report& report, const RecordNotice& notice,
                 const ObserverFactory& observe) {
  const wafer::Hardware& hardware = scenario.hardware;
  const std::vector<trace::Record>& records = trace.loaded.records;
  if (observe) {
    static_cast<void>(
        simulator.run(input_of(scenario, trace, records, nullptr), scenario.burst, stop, report, observe));
  }
  Run run = run_step(simulator, scenario, trace, stop, report, notice);
  // Of a folded step only a part was simulated within the limit.
  const core::Cycle limit = scenario.simulation.max_cycles;
  if (limit != 0 && run.result.cycles > limit) {
    throw core::SimulationError(fmt::format("simulation.max_cycles: not done after {} cycles", limit));
  }
  run.result.channels = wafer::by_channel(run.result.channels);
  const wafer::Grouping grouping = wafer::group_records(records);
  std::vector<core::Rectangle> areas(run.result.groups.size());
  for (const trace::Record& record : records) {
    // A lane's tiles do as those of the others.
    core::Rectangle& area = areas[grouping.of_record[record.id]];
    if (area.area() == 0) area = record.area;
  }
  share_overlaps(run.result.groups, areas);
  run.result.links =
      sample_links(run.result, hardware, trace.program, records, scenario.observe.link_samples);
  add_totals(run.result, hardware, trace.program, records, grouping, run.grid, scenario.observe.maps);
  return {std::move(run.result), std::move(run.folded), run.transfers};
}

core::Cycle step_cycles(Simulator& simulator, const wafer::Scenario& scenario, const PlacedTrace& trace,
                        const std::atomic<bool>& stop, const Simulator::Report& report) {
  return run_step(simulator, scenario, trace, stop, report, nullptr).result.cycles;
}

}  // namespace waferloom::burst
