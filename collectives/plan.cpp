// SPDX-License-Identifier: Apache-2.0
#include "collectives/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/origin.hpp"

namespace waferloom::collectives {

namespace {

/// A PE's output queues in the order in which colors get them: the deepest first.
constexpr std::array<std::uint8_t, pe::kMaxOutputQueues> kOutputQueues{2, 3, 0, 1, 4, 5};

}  // namespace

PlannedStep sending_step(std::uint8_t queue, std::uint64_t wavelets, std::uint32_t payload) {
  PlannedStep planned;
  planned.step.output = queue;
  planned.step.iterations = wavelets;
  planned.step.addend = payload;
  return planned;
}

PlannedStep receiving_step(std::uint8_t thread, core::Color color, std::uint64_t wavelets,
                           std::uint64_t payload) {
  PlannedStep planned;
  planned.step.input = thread;
  planned.step.input_color = color;
  planned.step.iterations = wavelets;
  planned.expected = wavelets * payload;
  return planned;
}

PlanBuilder::PlanBuilder(core::Rectangle area, const fabric::FabricParameters& fabric,
                         const pe::PeParameters& pe)
    : area_(area), fabric_(fabric), pe_(pe), tiles_(area.area(), StepRef::kNone) {}

bool PlanBuilder::streams_keep_time() const {
  const auto holds_ramp = [&](std::uint32_t depth) {
    return depth >= std::max(fabric_.ramp_latency_cycles, 2U);
  };
  return fabric_.link_cycles() == 1 && fabric_.queue_depth >= 2 && fabric_.turn_latency_cycles == 0 &&
         std::all_of(pe_.input_queues.begin(), pe_.input_queues.end(), holds_ramp) &&
         std::all_of(pe_.output_queues.begin(), pe_.output_queues.end(), holds_ramp);
}

core::Color PlanBuilder::new_color() {
  if (next_color_ == fabric_.colors) {
    throw core::config::KeyError(
        {"fabric.colors", "collective.kind", "collective.algorithm"},
        fmt::format("colors exhausted: the collective needs more than the routers' {}", fabric_.colors));
  }
  return static_cast<core::Color>(next_color_++);
}

void PlanBuilder::route(core::Coordinate at, core::Color color, const fabric::Route& route) {
  plan_.routes.push_back({at, color, route});
}

TilePlan& PlanBuilder::tile(core::Coordinate at, std::uint32_t& index) {
  std::uint32_t& place = tiles_[std::size_t{at.y - area_.y} * area_.width + (at.x - area_.x)];
  if (place == StepRef::kNone) {
    place = static_cast<std::uint32_t>(plan_.tiles.size());
    plan_.tiles.emplace_back().at = at;
  }
  index = place;
  return plan_.tiles[place];
}

StepRef PlanBuilder::add(core::Coordinate at, std::uint8_t thread, PlannedStep step,
                         const std::vector<StepRef>& after) {
  std::copy_if(after.begin(), after.end(), std::back_inserter(step.after),
               [](const StepRef& ref) { return ref.exists(); });
  StepRef ref;
  TilePlan& plan = tile(at, ref.tile);
  ref.thread = thread;
  ref.index = plan.threads.at(thread).size();
  plan.threads.at(thread).add(std::move(step));
  return ref;
}

std::uint8_t PlanBuilder::output_queue(core::Coordinate at, core::Color color) {
  std::uint32_t index = 0;
  TilePlan& plan = tile(at, index);
  for (const pe::QueueBinding& binding : plan.outputs) {
    if (binding.color == color) return binding.queue;
  }
  if (plan.outputs.size() == kOutputQueues.size()) {
    throw core::config::KeyError({"collective.algorithm", "collective.kind"},
                                 fmt::format("tile ({}, {}): expected at most {} colors to send on", at.x,
                                             at.y, kOutputQueues.size()));
  }
  plan.outputs.push_back({color, kOutputQueues.at(plan.outputs.size())});
  return plan.outputs.back().queue;
}

StepRef PlanBuilder::send(core::Coordinate at, std::uint8_t thread, core::Color color, std::uint64_t wavelets,
                          std::uint32_t payload, const std::vector<StepRef>& after) {
  return add(at, thread, sending_step(output_queue(at, color), wavelets, payload), after);
}

StepRef PlanBuilder::receive(core::Coordinate at, std::uint8_t thread, core::Color color,
                             std::uint64_t wavelets, std::uint64_t payload,
                             const std::vector<StepRef>& after) {
  return add(at, thread, receiving_step(thread, color, wavelets, payload), after);
}

StepRef PlanBuilder::forward(core::Coordinate at, std::uint8_t thread, core::Color from, core::Color to,
                             std::uint64_t wavelets, std::uint64_t payload, std::uint32_t addend,
                             const std::vector<StepRef>& after) {
  PlannedStep planned;
  planned.step.input = thread;
  planned.step.input_color = from;
  planned.step.output = output_queue(at, to);
  planned.step.iterations = wavelets;
  planned.step.addend = addend;
  planned.expected = wavelets * payload;
  return add(at, thread, std::move(planned), after);
}

void PlanBuilder::make_first(core::Coordinate at, std::uint8_t thread, std::uint32_t count,
                             ThreadPlan::Maker maker) {
  std::uint32_t index = 0;
  tile(at, index).threads.at(thread).make_first(count, std::move(maker));
}

StepRef PlanBuilder::ref(core::Coordinate at, std::uint8_t thread, std::uint32_t index) {
  StepRef found{0, thread, index};
  (void)tile(at, found.tile);
  return found;
}

void PlanBuilder::delay(StepRef ref, std::uint64_t cycles) {
  plan_.tiles[ref.tile].threads.at(ref.thread).kept(ref.index).step.delay = cycles;
}

void PlanBuilder::finish_with_control(StepRef ref, std::uint32_t commands) {
  pe::Step& step = plan_.tiles[ref.tile].threads.at(ref.thread).kept(ref.index).step;
  step.finishes_with_control = true;
  step.control = commands;
}

void PlanBuilder::expect_payload(StepRef ref, std::uint64_t payload) {
  plan_.tiles[ref.tile].threads.at(ref.thread).kept(ref.index).expected = payload;
}

void PlanBuilder::expect_control(StepRef ref) {
  plan_.tiles[ref.tile].threads.at(ref.thread).kept(ref.index).step.awaits_control = true;
}

}  // namespace waferloom::collectives
