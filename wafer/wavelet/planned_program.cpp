// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/planned_program.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace waferloom::wafer {

using collectives::PlannedStep;
using collectives::StepRef;

const PlannedStep* PlannedProgram::next(std::uint32_t tile, std::uint8_t thread) const {
  const collectives::ThreadPlan& steps = plan_.tiles[tile].threads.at(thread);
  const std::uint32_t index = done_[tile].at(thread);
  if (index == steps.size()) return nullptr;
  if (!steps.is_made(index)) return &steps.kept(index);
  Made& made = made_[std::uint64_t{tile} * pe::kThreads + thread];
  if (made.index != index) made = {index, steps.at(index)};
  return &made.step;
}

const StepRef* PlannedProgram::unmet(const PlannedStep& step) const {
  const auto place = std::find_if(step.after.begin(), step.after.end(), [&](const StepRef& ref) {
    return done_[ref.tile].at(ref.thread) <= ref.index;
  });
  return place == step.after.end() ? nullptr : &*place;
}

void PlannedProgram::pass_empty_steps(std::uint32_t tile) {
  for (bool passed = true; passed;) {
    passed = false;
    for (std::uint8_t thread = 0; thread < pe::kThreads; ++thread) {
      const PlannedStep* planned = next(tile, thread);
      if (planned == nullptr || planned->step.iterations != 0 || planned->step.finishes_with_control ||
          planned->step.awaits_control)
        continue;
      if (unmet(*planned) != nullptr) continue;
      ++done_[tile].at(thread);
      passed = true;
    }
  }
}

pe::Fetch PlannedProgram::fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle, pe::Step& step) {
  pass_empty_steps(tile);
  const PlannedStep* planned = next(tile, thread);
  if (planned == nullptr || unmet(*planned) != nullptr) return pe::Fetch::none;
  step = planned->step;
  return pe::Fetch::step;
}

void PlannedProgram::completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle,
                               std::uint64_t received) {
  const PlannedStep* planned = next(tile, thread);
  if (received != planned->expected) {
    const core::Coordinate at = plan_.tiles[tile].at;
    throw core::SimulationError(
        fmt::format("cycle {}: tile ({}, {}), microthread {}: expected a payload of {}, got {}", cycle, at.x,
                    at.y, thread, planned->expected, received));
  }
  ++done_[tile].at(thread);
  pass_empty_steps(tile);
  last_end_ = std::max(last_end_, cycle);
}

std::vector<ProgramView::Waiting> PlannedProgram::waiting_threads() const {
  std::vector<Waiting> result;
  for (std::uint32_t tile = 0; tile < plan_.tiles.size(); ++tile) {
    for (std::uint8_t thread = 0; thread < pe::kThreads; ++thread) {
      const PlannedStep* planned = next(tile, thread);
      const StepRef* ref = planned == nullptr ? nullptr : unmet(*planned);
      if (ref == nullptr) continue;
      result.push_back({plan_.tiles[tile].at, thread, ref->thread, fmt::format("step {} of it", ref->index)});
    }
  }
  return result;
}

template <class Matches>
std::optional<std::uint8_t> PlannedProgram::thread_with(core::Coordinate at, const Matches& matches) const {
  for (std::uint32_t tile = 0; tile < plan_.tiles.size(); ++tile) {
    const collectives::TilePlan& plan = plan_.tiles[tile];
    if (plan.at != at) continue;
    for (std::uint8_t thread = 0; thread < pe::kThreads; ++thread) {
      const collectives::ThreadPlan& steps = plan.threads.at(thread);
      for (std::uint32_t i = done_[tile].at(thread); i < steps.size(); ++i) {
        if (matches(plan, steps.at(i).step)) return thread;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::uint8_t> PlannedProgram::sender(core::Coordinate at, core::Color color) const {
  return thread_with(at, [color](const collectives::TilePlan& plan, const pe::Step& step) {
    return std::any_of(plan.outputs.begin(), plan.outputs.end(), [&](const pe::QueueBinding& binding) {
      return binding.color == color && binding.queue == step.output;
    });
  });
}

std::optional<std::uint8_t> PlannedProgram::receiver(core::Coordinate at, core::Color color) const {
  return thread_with(
      at, [color](const collectives::TilePlan&, const pe::Step& step) { return step.input_color == color; });
}

bool PlannedProgram::all_done(const std::function<bool(core::Coordinate)>& has) const {
  for (std::uint32_t tile = 0; tile < plan_.tiles.size(); ++tile) {
    if (!has(plan_.tiles[tile].at)) continue;
    for (std::uint8_t thread = 0; thread < pe::kThreads; ++thread) {
      if (next(tile, thread) != nullptr) return false;
    }
  }
  return true;
}

}  // namespace waferloom::wafer
