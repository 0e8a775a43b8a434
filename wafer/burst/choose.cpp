// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/choose.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/origin.hpp"
#include "core/error.hpp"
#include "trace/statistics.hpp"
#include "wafer/burst/fold.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/scenario/lowering.hpp"

namespace waferloom::burst {

using models::Activations;
using models::Automatic;
using wafer::Scenario;

namespace {

constexpr std::uint32_t kMostLanes = 12;
constexpr std::size_t kSmaller = 2;  ///< micro-batches tried below the largest that fits

/// From the largest down.
std::vector<std::uint64_t> divisors_of(std::uint64_t number) {
  std::vector<std::uint64_t> divisors;
  for (std::uint64_t d = 1; d * d <= number; ++d) {
    if (number % d != 0) continue;
    divisors.push_back(d);
    if (d * d != number) divisors.push_back(number / d);
  }
  std::sort(divisors.rbegin(), divisors.rend());
  return divisors;
}

void settle(const Candidate& candidate, models::WorkloadParameters& workload) {
  workload.lanes = candidate.lanes;
  workload.micro_batch = candidate.micro_batch;
  workload.activations = candidate.activations;
  workload.lane_copies = candidate.lane_copies;
}

class Chooser {
 public:
  Chooser(Simulator& simulator, const Scenario& scenario, const std::atomic<bool>& stop,
          const Simulator::Report& report)
      : simulator_(simulator), scenario_(scenario), stop_(stop), report_(report) {}

  Choice choose() {
    const models::WorkloadParameters& given = scenario_.workload;
    const bool all_open = given.automatic == Automatic::all;
    const bool lanes_open = given.automatic != Automatic::micro_batch;
    const bool batch_open = given.automatic != Automatic::lanes;
    const std::vector<std::uint64_t> batches =
        batch_open ? divisors_of(given.batch) : std::vector<std::uint64_t>{given.at_once()};
    std::vector<std::uint32_t> lanes{given.lanes};
    if (lanes_open) {
      lanes.clear();
      for (std::uint32_t l = 1; l <= kMostLanes; ++l) lanes.push_back(l);
    }
    const Activations first = all_open ? Activations::spill : given.activations;
    for (const std::uint32_t l : lanes) try_down(l, first, batches, 1);
    const Candidate* best = fastest();
    if (best == nullptr) throw core::config::KeyError({"workload.auto"}, describe_refusals());
    if (batch_open) {
      const std::uint64_t largest = best->micro_batch;
      std::vector<std::uint64_t> smaller;
      std::copy_if(batches.begin(), batches.end(), std::back_inserter(smaller),
                   [&](std::uint64_t batch) { return batch < largest; });
      try_down(best->lanes, first, smaller, kSmaller);
    }
    if (all_open) {
      const std::uint32_t fastest_lanes = fastest()->lanes;
      for (const Activations other : {Activations::recompute, Activations::keep}) {
        try_down(fastest_lanes, other, batches, kSmaller);
      }
      // Passing weights on costs the PEs that do it, fetching a copy for each lane the I/O.
      if (Candidate other = *fastest(); other.lanes > 1) {
        other.lane_copies = other.lane_copies == models::LaneCopies::fabric ? models::LaneCopies::io
                                                                            : models::LaneCopies::fabric;
        static_cast<void>(run(std::move(other)));
      }
    }
    choice_.taken = static_cast<std::size_t>(fastest() - choice_.candidates.data());
    return std::move(choice_);
  }

 private:
  /// Tries micro-batches from the largest down until so many fit.
  void try_down(std::uint32_t lanes, Activations activations, const std::vector<std::uint64_t>& batches,
                std::size_t fitting) {
    Candidate candidate;
    candidate.lanes = lanes;
    candidate.activations = activations;
    candidate.lane_copies = scenario_.workload.lane_copies;
    for (const std::uint64_t batch : batches) {
      if (fitting == 0) return;
      if (batch % candidate.lanes != 0) continue;
      candidate.micro_batch = batch;
      if (run(candidate)) --fitting;
      // Smaller ones stream the weights more often still.
      if (choice_.candidates.back().at_least != 0) return;
    }
  }

  /// Whether it can run and was simulated.
  bool run(Candidate candidate) {
    candidate.cycles = 0;
    Scenario scenario = scenario_;
    scenario.workload.automatic = Automatic::none;
    settle(candidate, scenario.workload);
    try {
      // Whether it fits shows with one micro-batch; the whole step may have hundreds.
      const wafer::ShortStep whole = wafer::whole_step(scenario);
      const wafer::LoadedTrace once = wafer::lower_short_step(scenario, {whole.layers, 1});
      const core::Cycle least = whole.micro_batches * io_cycles(once);
      const Candidate* best = fastest();
      if (best != nullptr && least > best->cycles) {
        candidate.at_least = least;
        choice_.candidates.push_back(std::move(candidate));
        return false;
      }
      const wafer::LoadedTrace loaded = wafer::load_trace(scenario);
      core::Rectangle program = wafer::program_rectangle(scenario);
      program.width = loaded.header.columns;
      program.height = loaded.header.rows;
      wafer::RoutePlan::check(scenario.hardware, program, loaded.records);
      candidate.cycles = step_cycles(simulator_, scenario, {loaded, program, true}, stop_, report_);
    } catch (const core::InputError& error) {
      candidate.refused = error.what();
    } catch (const core::SimulationError& error) {
      // What fits in the order of the trace may still starve for SRAM where operations overlap.
      const std::string text = error.what();
      candidate.refused = text.substr(0, text.find('\n'));
    }
    choice_.candidates.push_back(std::move(candidate));
    return choice_.candidates.back().cycles != 0;
  }

  /// What the I/O channels take for a micro-batch if all of them are busy all the time.
  [[nodiscard]] core::Cycle io_cycles(const wafer::LoadedTrace& micro_batch) const {
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    for (const trace::Record& record : micro_batch.records) {
      (record.kind == trace::Kind::stream_in ? in : out) += trace::host_wavelets(record);
    }
    const double bits = static_cast<double>(std::max(in, out)) * core::kWaveletBits;
    return static_cast<core::Cycle>(bits / scenario_.hardware.io.bandwidth_bits_per_s *
                                    scenario_.hardware.pe.clock_hz);
  }

  [[nodiscard]] const Candidate* fastest() const {
    const Candidate* best = nullptr;
    for (const Candidate& candidate : choice_.candidates) {
      if (candidate.cycles == 0) continue;
      if (best == nullptr || candidate.cycles < best->cycles) best = &candidate;
    }
    return best;
  }

  [[nodiscard]] std::string describe_refusals() const {
    std::string text = "expected a candidate that can run, got none";
    for (const Candidate& candidate : choice_.candidates) {
      text += fmt::format("\n  lanes {}, micro-batch {}, {}: {}", candidate.lanes, candidate.micro_batch,
                          models::name_of(candidate.activations), candidate.refused);
    }
    return text;
  }

  Simulator& simulator_;
  const Scenario& scenario_;
  const std::atomic<bool>& stop_;
  const Simulator::Report& report_;
  Choice choice_;
};

}  // namespace

Choice choose(Simulator& simulator, Scenario& scenario, const std::atomic<bool>& stop,
              const Simulator::Report& report) {
  if (scenario.workload.automatic == Automatic::none) return {};
  Choice choice = Chooser(simulator, scenario, stop, report).choose();
  const Candidate& taken = choice.candidates[choice.taken];
  settle(taken, scenario.workload);
  scenario.workload.automatic = Automatic::none;
  return choice;
}

}  // namespace waferloom::burst
