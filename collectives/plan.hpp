// SPDX-License-Identifier: Apache-2.0
// A program for the wafer, laid out tile by tile: routes of its colors, and for each thread of each PE the
// steps that it runs in order, with what each waits for on its own tile.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/geometry.hpp"
#include "fabric/parameters.hpp"
#include "fabric/route.hpp"
#include "pe/parameters.hpp"
#include "pe/queue_binding.hpp"
#include "pe/step.hpp"

namespace waferloom::collectives {

/// A step of a tile's thread. Valid for any: nothing to wait for.
struct StepRef {
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t tile = kNone;
  std::uint8_t thread = 0;
  std::uint32_t index = 0;
  [[nodiscard]] bool exists() const { return tile != kNone; }
};

struct PlannedStep {
  pe::Step step;
  std::uint64_t expected = 0;  ///< payload that it takes in, as a check
  std::vector<StepRef> after;  ///< of the same tile
};

/// A thread's steps in order. The first of them may follow a rule: they are made when they are needed, as a plan of
/// all of them would not fit in memory.
class ThreadPlan {
 public:
  using Maker = std::function<PlannedStep(std::uint32_t index)>;

  void add(PlannedStep step) { kept_.push_back(std::move(step)); }
  /// Of a thread without steps.
  void make_first(std::uint32_t count, Maker maker) {
    made_ = count;
    maker_ = std::move(maker);
  }
  [[nodiscard]] std::uint32_t size() const { return made_ + static_cast<std::uint32_t>(kept_.size()); }
  /// Whether step `index` is made anew each time.
  [[nodiscard]] bool is_made(std::uint32_t index) const { return index < made_; }
  [[nodiscard]] PlannedStep at(std::uint32_t index) const {
    return is_made(index) ? maker_(index) : kept(index);
  }
  [[nodiscard]] const PlannedStep& kept(std::uint32_t index) const { return kept_[index - made_]; }
  [[nodiscard]] PlannedStep& kept(std::uint32_t index) { return kept_[index - made_]; }

 private:
  std::uint32_t made_ = 0;
  Maker maker_;
  std::vector<PlannedStep> kept_;
};

struct TilePlan {
  core::Coordinate at;
  std::array<ThreadPlan, pe::kThreads> threads;
  std::vector<pe::QueueBinding> outputs;
};

struct PlannedRoute {
  core::Coordinate at;
  core::Color color = 0;
  fabric::Route route;
};

struct Plan {
  std::vector<PlannedRoute> routes;
  std::vector<TilePlan> tiles;
};

/// What PlanBuilder::send and receive make.
[[nodiscard]] PlannedStep sending_step(std::uint8_t queue, std::uint64_t wavelets, std::uint32_t payload);
[[nodiscard]] PlannedStep receiving_step(std::uint8_t thread, core::Color color, std::uint64_t wavelets,
                                         std::uint64_t payload);

/// Builds a plan. Colors are handed out one after the other; queues of a PE as its threads need them: a
/// microthread receives on the input queue of its own number, bound to a color as each step begins.
class PlanBuilder {
 public:
  /// `area` on a wafer with such routers and PEs, which outlive this.
  PlanBuilder(core::Rectangle area, const fabric::FabricParameters& fabric, const pe::PeParameters& pe);

  [[nodiscard]] core::Rectangle area() const { return area_; }
  [[nodiscard]] const fabric::FabricParameters& fabric() const { return fabric_; }
  /// Whether every PE sends and takes a wavelet a cycle over links that carry one, so that the cycle in which each
  /// wavelet of a stream passes a router is known beforehand.
  [[nodiscard]] bool streams_keep_time() const;
  /// Throws core::InputError when the routers have no more.
  [[nodiscard]] core::Color new_color();

  void route(core::Coordinate at, core::Color color, core::DirectionSet rx, core::DirectionSet tx) {
    route(at, color, fabric::Route::fixed(rx, tx));
  }
  void route(core::Coordinate at, core::Color color, const fabric::Route& route);

  /// Adds a step behind those of the same thread; waits for what exists of `after`.
  StepRef send(core::Coordinate at, std::uint8_t thread, core::Color color, std::uint64_t wavelets,
               std::uint32_t payload, const std::vector<StepRef>& after = {});
  StepRef receive(core::Coordinate at, std::uint8_t thread, core::Color color, std::uint64_t wavelets,
                  std::uint64_t payload, const std::vector<StepRef>& after = {});
  /// Takes wavelets, adds `addend` to each, and sends it on.
  StepRef forward(core::Coordinate at, std::uint8_t thread, core::Color from, core::Color to,
                  std::uint64_t wavelets, std::uint64_t payload, std::uint32_t addend,
                  const std::vector<StepRef>& after = {});
  /// The first steps of a thread, of which there are none yet: `count` of them, made one by one by `maker`.
  void make_first(core::Coordinate at, std::uint8_t thread, std::uint32_t count, ThreadPlan::Maker maker);
  /// Step `index` of a thread.
  [[nodiscard]] StepRef ref(core::Coordinate at, std::uint8_t thread, std::uint32_t index);
  /// The queue from which a tile sends on a color.
  [[nodiscard]] std::uint8_t output_queue(core::Coordinate at, core::Color color);
  /// A step that sends begins so many cycles later than it could.
  void delay(StepRef step, std::uint64_t cycles);
  /// A control wavelet follows the last wavelet of a step that sends.
  void finish_with_control(StepRef step, std::uint32_t commands);

  /// The sum of the payloads that a step takes in, where they are not all the same.
  void expect_payload(StepRef step, std::uint64_t payload);
  /// A control wavelet comes behind the last wavelet of a step that receives.
  void expect_control(StepRef step);

  [[nodiscard]] Plan take() { return std::move(plan_); }

 private:
  TilePlan& tile(core::Coordinate at, std::uint32_t& index);
  StepRef add(core::Coordinate at, std::uint8_t thread, PlannedStep step, const std::vector<StepRef>& after);

  core::Rectangle area_;
  const fabric::FabricParameters& fabric_;
  const pe::PeParameters& pe_;
  std::uint32_t next_color_ = 0;
  Plan plan_;
  std::vector<std::uint32_t> tiles_;  ///< index in plan_.tiles per tile of the area
};

}  // namespace waferloom::collectives
