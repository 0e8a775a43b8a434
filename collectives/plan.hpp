// SPDX-License-Identifier: Apache-2.0
// A program for the wafer, laid out tile by tile: routes of its colors, and for each thread of each PE the
// steps that it runs in order, with what each waits for on its own tile.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "core/geometry.hpp"
#include "fabric/route.hpp"
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

struct TilePlan {
  core::Coordinate at;
  std::array<std::vector<PlannedStep>, pe::kThreads> threads;
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

/// Builds a plan. Colors are handed out one after the other; queues of a PE as its threads need them: a
/// microthread receives on the input queue of its own number, bound to a color as each step begins.
class PlanBuilder {
 public:
  /// `area` on the wafer, whose routers have `colors`.
  PlanBuilder(core::Rectangle area, std::uint32_t colors);

  [[nodiscard]] core::Rectangle area() const { return area_; }
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
  /// A control wavelet follows the last wavelet of a step that sends.
  void finish_with_control(StepRef step, std::uint32_t commands);

  /// A control wavelet comes behind the last wavelet of a step that receives.
  void expect_control(StepRef step);

  [[nodiscard]] Plan take() { return std::move(plan_); }

 private:
  TilePlan& tile(core::Coordinate at, std::uint32_t& index);
  StepRef add(core::Coordinate at, std::uint8_t thread, PlannedStep step, const std::vector<StepRef>& after);
  std::uint8_t output_queue(core::Coordinate at, core::Color color);

  core::Rectangle area_;
  std::uint32_t colors_;
  std::uint32_t next_color_ = 0;
  Plan plan_;
  std::vector<std::uint32_t> tiles_;  ///< index in plan_.tiles per tile of the area
};

}  // namespace waferloom::collectives
