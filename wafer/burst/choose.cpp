// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/choose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>

#include "core/config/origin.hpp"
#include "core/error.hpp"
#include "wafer/burst/candidate_text.hpp"
#include "wafer/burst/judge.hpp"
#include "wafer/burst/side_by_side.hpp"
#include "wafer/scenario/lowering.hpp"

namespace waferloom::burst {

using models::Activations;
using models::Automatic;
using wafer::Scenario;

namespace {

constexpr std::uint32_t kMostLanes = 12;
constexpr std::size_t kSmaller = 2;  ///< micro-batches tried below the largest that fits
constexpr std::size_t kAtATime = 4;  ///< numbers of lanes that are tried without knowing of each other

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

/// A candidate as the workload has it.
Candidate as_given(const models::WorkloadParameters& workload) {
  Candidate candidate;
  candidate.lanes = workload.lanes;
  candidate.micro_batch = workload.at_once();
  candidate.activations = workload.activations;
  candidate.lane_copies = workload.lane_copies;
  candidate.parts = workload.parts;
  candidate.recomputed = workload.recomputed;
  candidate.recomputed_layers = workload.recomputed_layers;
  candidate.input_every = workload.input_every;
  candidate.spilled_layers = workload.spilled_layers;
  return candidate;
}

/// What to compute again beside what is kept, from the least on: attention costs most beside what keeping it takes.
const std::vector<std::vector<models::LayerPart>>& parts_to_recompute() {
  using models::LayerPart;
  static const std::vector<std::vector<LayerPart>> kParts{
      {LayerPart::qkv},
      {LayerPart::mlp_up},
      {LayerPart::qkv, LayerPart::mlp_up},
      {LayerPart::qkv, LayerPart::projection, LayerPart::mlp_up}};
  return kParts;
}

class Chooser {
 public:
  Chooser(Judge& judge, const Scenario& scenario, const std::atomic<bool>& stop)
      : judge_(judge), scenario_(scenario), stop_(stop) {}

  Choice choose() {
    search();
    const Candidate* best = look_closely();
    if (best == nullptr) throw core::config::KeyError({"workload.auto"}, describe_refusals());
    choice_.taken = static_cast<std::size_t>(best - choice_.candidates.data());
    return std::move(choice_);
  }

 private:
  /// Tries candidates coarsely.
  void search() {
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
    for (std::size_t i = 0; i < lanes.size(); i += kAtATime) {
      std::vector<std::function<void()>> trials;
      for (std::size_t k = i; k < std::min(i + kAtATime, lanes.size()); ++k) {
        trials.emplace_back([&, l = lanes[k]] { try_down(l, first, batches, 1); });
      }
      try_all(trials);
    }
    if (!batch_open) return;
    std::vector<std::function<void()>> trials;
    for (const std::uint32_t each : nearest_lanes()) {
      trials.emplace_back([&, each] { go_on_from(each, first, batches); });
    }
    if (trials.size() == 1) return trials.front()();
    try_all(trials);
  }

  /// Those of the fastest, and of the next one on other lanes if the margin does not tell them apart.
  [[nodiscard]] std::vector<std::uint32_t> nearest_lanes() const {
    const Candidate* best = fastest();
    if (best == nullptr) return {};
    const Candidate* next =
        fastest(&Candidate::coarse_cycles, [&](const Candidate& each) { return each.lanes != best->lanes; });
    if (next == nullptr || next->coarse_cycles > within_margin(best->coarse_cycles)) return {best->lanes};
    return {best->lanes, next->lanes};
  }

  /// What else is open, on so many lanes.
  void go_on_from(std::uint32_t lanes, Activations first, const std::vector<std::uint64_t>& batches) {
    const std::uint64_t largest = fastest_on(lanes).micro_batch;
    std::vector<std::uint64_t> smaller;
    std::copy_if(batches.begin(), batches.end(), std::back_inserter(smaller),
                 [&](std::uint64_t batch) { return batch < largest; });
    try_down(lanes, first, smaller, kSmaller);
    if (scenario_.workload.automatic != Automatic::all) return;
    std::vector<std::function<void()>> trials;
    for (const Activations other : {Activations::recompute, Activations::keep}) {
      trials.emplace_back([&, other] { try_down(lanes, other, batches, kSmaller); });
    }
    try_all(trials);
    // Passing weights on costs the PEs that do it, fetching a copy for each lane the I/O.
    if (lanes > 1) {
      Candidate other = fastest_on(lanes);
      other.lane_copies = other.lane_copies == models::LaneCopies::fabric ? models::LaneCopies::io
                                                                          : models::LaneCopies::fabric;
      static_cast<void>(run(std::move(other)));
    }
    refine(lanes, batches);
  }

  /// At the scenario's own fineness, those that the margin does not tell from the fastest; if none of them can run there,
  /// those behind them. The fastest.
  const Candidate* look_closely() {
    for (;;) {
      const Candidate* best = fastest();
      if (best == nullptr) break;
      const core::Cycle bound = within_margin(best->coarse_cycles);
      std::vector<std::size_t> near;
      std::vector<Job> jobs;
      for (std::size_t i = 0; i < choice_.candidates.size(); ++i) {
        const Candidate& each = choice_.candidates[i];
        if (!is_open(each) || each.coarse_cycles > bound || each.cycles != 0) continue;
        near.push_back(i);
        jobs.emplace_back([this, each] {
          Candidate judged = each;
          judge_.judge_finely(judged);
          return to_text(std::span(&judged, 1));
        });
      }
      const std::vector<std::string> answers = side_by_side(jobs, stop_);
      for (std::size_t i = 0; i < near.size(); ++i) {
        choice_.candidates[near[i]] = std::move(candidates_of(answers[i]).front());
      }
      if (near.empty() || fastest(&Candidate::cycles) != nullptr) break;
    }
    return fastest(&Candidate::cycles);
  }

  /// Trials side by side, each of which knows what was tried before all of them, so that the candidates are the same
  /// however many run at a time.
  void try_all(const std::vector<std::function<void()>>& trials) {
    std::vector<Job> jobs;
    for (const std::function<void()>& trial : trials) {
      jobs.emplace_back([this, &trial] {
        const std::size_t before = choice_.candidates.size();
        trial();
        std::string text = to_text(std::span(choice_.candidates).subspan(before));
        choice_.candidates.resize(before);
        return text;
      });
    }
    for (const std::string& text : side_by_side(jobs, stop_)) {
      for (Candidate& each : candidates_of(text)) choice_.candidates.push_back(std::move(each));
    }
  }

  /// Tries micro-batches from the largest down until so many fit.
  void try_down(std::uint32_t lanes, Activations activations, const std::vector<std::uint64_t>& batches,
                std::size_t fitting) {
    Candidate candidate = as_given(scenario_.workload);
    if (scenario_.workload.automatic == Automatic::all) {
      candidate = {};
      candidate.lane_copies = scenario_.workload.lane_copies;
    }
    candidate.lanes = lanes;
    candidate.activations = activations;
    for (const std::uint64_t batch : batches) {
      if (fitting == 0) return;
      if (batch % candidate.lanes != 0) continue;
      candidate.micro_batch = batch;
      if (run(candidate)) --fitting;
      // Smaller ones stream the weights more often still.
      if (const Candidate& last = choice_.candidates.back(); last.at_least != 0 && !last.given_up) return;
    }
  }

  /// From the fastest so far on these lanes: what the SRAM has room for.
  void refine(std::uint32_t lanes, const std::vector<std::uint64_t>& batches) {
    cut_layers_work(lanes, batches);
    if (fastest_on(lanes).activations != Activations::keep) {
      Candidate kept = fastest_on(lanes);
      for (const auto& recomputed : parts_to_recompute()) {
        kept.recomputed = recomputed;
        if (!judge_.fits(kept)) continue;
        static_cast<void>(run(kept));
        break;
      }
    }
    const auto layers = wafer::whole_step(scenario_).layers();
    if (fastest_on(lanes).activations == Activations::spill) {
      run_least(fastest_on(lanes), &Candidate::spilled_layers, layers - 1);
    }
    if (fastest_on(lanes).activations != Activations::keep) {
      run_least(fastest_on(lanes), &Candidate::recomputed_layers, layers - 1);
    }
    if (fastest_on(lanes).activations == Activations::spill) {
      Candidate every = fastest_on(lanes);
      every.activations = Activations::recompute;
      every.spilled_layers = 0;
      run_least(every, &Candidate::input_every, layers, 2);
    }
  }

  /// More sequences at once with all inputs kept, in as few parts as fit.
  void cut_layers_work(std::uint32_t lanes, const std::vector<std::uint64_t>& batches) {
    constexpr std::uint32_t kMostParts = 16;
    Candidate candidate = fastest_on(lanes);
    candidate.activations = Activations::recompute;
    for (const std::uint64_t batch : batches) {
      if (batch % candidate.lanes != 0) continue;
      if (batch < fastest_on(lanes).micro_batch) return;
      candidate.micro_batch = batch;
      for (candidate.parts = 1; candidate.parts <= kMostParts; candidate.parts *= 2) {
        if (!judge_.fits(candidate)) continue;
        if (candidate.parts > 1) static_cast<void>(run(candidate));
        return;
      }
    }
  }

  /// The least number from `first` on that fits, if it is below `most`.
  void run_least(Candidate candidate, std::uint32_t Candidate::*number, std::uint32_t most,
                 std::uint32_t first = 1) {
    std::uint32_t low = first;
    std::uint32_t high = most;
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      candidate.*number = middle;
      if (judge_.fits(candidate)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    candidate.*number = low;
    if (low < most) static_cast<void>(run(std::move(candidate)));
  }

  /// Whether it can run and was simulated.
  bool run(Candidate candidate) {
    candidate.coarse_cycles = 0;
    candidate.cycles = 0;
    candidate.at_least = 0;
    candidate.given_up = false;
    candidate.refused.clear();
    const Candidate* best = fastest();
    judge_.judge_coarsely(candidate, best == nullptr ? 0 : best->coarse_cycles);
    choice_.candidates.push_back(std::move(candidate));
    return is_open(choice_.candidates.back());
  }

  /// It can run, as far as is known, and may be the one to take.
  static bool is_open(const Candidate& candidate) {
    return candidate.coarse_cycles != 0 && candidate.refused.empty();
  }

  using Among = std::function<bool(const Candidate&)>;

  /// Of those that can run and were judged so.
  [[nodiscard]] const Candidate* fastest(
      core::Cycle Candidate::*judged = &Candidate::coarse_cycles,
      const Among& among = [](const Candidate&) { return true; }) const {
    const Candidate* best = nullptr;
    for (const Candidate& candidate : choice_.candidates) {
      if (candidate.*judged == 0 || !candidate.refused.empty() || !among(candidate)) continue;
      if (best == nullptr || candidate.*judged < best->*judged) best = &candidate;
    }
    return best;
  }

  /// Of those on so many lanes, some of which can run.
  [[nodiscard]] const Candidate& fastest_on(std::uint32_t lanes) const {
    return *fastest(&Candidate::coarse_cycles, [&](const Candidate& each) { return each.lanes == lanes; });
  }

  [[nodiscard]] std::string describe_refusals() const {
    std::string text = "expected a candidate that can run, got none";
    for (const Candidate& candidate : choice_.candidates) {
      text += fmt::format("\n  lanes {}, micro-batch {}, {}: {}", candidate.lanes, candidate.micro_batch,
                          models::name_of(candidate.activations), candidate.refused);
    }
    return text;
  }

  Judge& judge_;
  const Scenario& scenario_;
  const std::atomic<bool>& stop_;
  Choice choice_;
};

}  // namespace

Choice choose(Simulator& simulator, Scenario& scenario, const std::atomic<bool>& stop,
              const Simulator::Report& report) {
  if (scenario.workload.automatic == Automatic::none) return {};
  Judge judge(simulator, scenario, stop, report);
  Choice choice = Chooser(judge, scenario, stop).choose();
  settle(choice.candidates[choice.taken], scenario.workload);
  return choice;
}

}  // namespace waferloom::burst
