// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/judge.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "trace/statistics.hpp"
#include "wafer/burst/fold.hpp"
#include "wafer/program/route_plan.hpp"

namespace waferloom::burst {

namespace {

/// The number, or the limit if that is less; 0 = no limit.
std::uint32_t at_most(std::uint32_t number, std::uint32_t limit) {
  return number == 0 ? limit : std::min(number, limit);
}

wafer::BurstParameters coarse(wafer::BurstParameters burst) {
  constexpr std::uint32_t kRows = 2;
  constexpr std::uint32_t kBlocks = 24;
  constexpr double kFoldTolerance = 0.05;
  const std::uint32_t rows = burst.grid_rows();
  burst.tiles = at_most(burst.tiles, wafer::BurstParameters{}.tiles);
  burst.rows = at_most(rows, kRows);
  burst.blocks = at_most(burst.blocks, kBlocks);
  burst.fold = true;
  burst.fold_tolerance = kFoldTolerance;
  return burst;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

core::Cycle within_margin(core::Cycle coarse) {
  return static_cast<core::Cycle>(static_cast<double>(coarse) * (1 + kCoarseMargin));
}

void settle(const Candidate& candidate, models::WorkloadParameters& workload) {
  workload.automatic = models::Automatic::none;
  workload.lanes = candidate.lanes;
  workload.micro_batch = candidate.micro_batch;
  workload.activations = candidate.activations;
  workload.lane_copies = candidate.lane_copies;
  workload.parts = candidate.parts;
  workload.recomputed = candidate.recomputed;
  workload.recomputed_layers = candidate.recomputed_layers;
  workload.input_every = candidate.input_every;
  workload.spilled_layers = candidate.spilled_layers;
}

wafer::Scenario Judge::settled(const Candidate& candidate) const {
  wafer::Scenario scenario = scenario_;
  settle(candidate, scenario.workload);
  return scenario;
}

bool Judge::fits(const Candidate& candidate) const {
  constexpr std::uint32_t kMicroBatches = 2;
  const wafer::Scenario scenario = settled(candidate);
  try {
    wafer::ShortStep step = wafer::whole_step(scenario);
    step.micro_batches = std::min(step.micro_batches, kMicroBatches);
    static_cast<void>(wafer::lower_short_step(scenario, step));
    return true;
  } catch (const core::InputError&) {
    return false;
  }
}

void Judge::judge_coarsely(Candidate& candidate, core::Cycle fastest) {
  wafer::Scenario scenario = settled(candidate);
  scenario.burst = coarse(scenario.burst);
  const core::Cycle bound = within_margin(fastest);
  const core::Cycle limit = scenario.simulation.max_cycles;
  const bool hopeless_first = fastest != 0 && (limit == 0 || bound < limit);
  if (hopeless_first) scenario.simulation.max_cycles = bound;
  try {
    // Whether it fits shows with one micro-batch; the whole step may have hundreds.
    const wafer::ShortStep whole = wafer::whole_step(scenario);
    const wafer::LoadedTrace once = wafer::lower_short_step(scenario, {whole.runs, 1});
    const core::Cycle least = whole.micro_batches * io_cycles(once);
    if (fastest != 0 && least > bound) {
      candidate.at_least = least;
      return;
    }
    candidate.coarse_cycles = cycles_of(scenario);
  } catch (const core::InputError& error) {
    candidate.refused = error.what();
  } catch (const PastMaxCycles& error) {
    if (hopeless_first) {
      candidate.at_least = bound + 1;
      candidate.given_up = true;
    } else {
      candidate.refused = first_line(error.what());
    }
  } catch (const core::SimulationError&) {
    // Starved for SRAM where operations overlap; in smaller blocks it may be able to run.
    judge_finely(candidate);
    candidate.coarse_cycles = candidate.cycles;
  }
}

void Judge::judge_finely(Candidate& candidate) {
  try {
    candidate.cycles = cycles_of(settled(candidate));
  } catch (const core::InputError& error) {
    candidate.refused = error.what();
  } catch (const core::SimulationError& error) {
    // What fits in the order of the trace may still starve for SRAM where operations overlap.
    candidate.refused = first_line(error.what());
  }
}

core::Cycle Judge::cycles_of(const wafer::Scenario& scenario) {
  const wafer::LoadedTrace loaded = wafer::load_trace(scenario);
  core::Rectangle program = wafer::program_rectangle(scenario);
  program.width = loaded.header.columns;
  program.height = loaded.header.rows;
  wafer::RoutePlan::check(scenario.hardware, program, loaded.records);
  return step_cycles(simulator_, scenario, {loaded, program, true}, stop_, report_);
}

/// What the I/O channels take for a micro-batch if all of them are busy all the time.
core::Cycle Judge::io_cycles(const wafer::LoadedTrace& micro_batch) const {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  for (const trace::Record& record : micro_batch.records) {
    (record.kind == trace::Kind::stream_in ? in : out) += trace::host_wavelets(record);
  }
  const double bits = static_cast<double>(std::max(in, out)) * core::kWaveletBits;
  return static_cast<core::Cycle>(bits / scenario_.hardware.io.bandwidth_bits_per_s *
                                  scenario_.hardware.pe.clock_hz);
}

}  // namespace waferloom::burst
