// SPDX-License-Identifier: Apache-2.0
// What a replay's threads wait for and which of them serve which color, as messages of a stuck run need it.
#pragma once

#include <optional>
#include <vector>

#include "wafer/program/program_view.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/program/route_plan.hpp"

namespace waferloom::wafer {

class ReplayView final : public ProgramView {
 public:
  /// All have to outlive this.
  ReplayView(const Replay& replay, const RoutePlan& plan, const Hardware& hardware, core::Rectangle program)
      : replay_(replay), plan_(plan), hardware_(hardware), program_(program) {}

  [[nodiscard]] std::vector<Waiting> waiting_threads() const override;
  [[nodiscard]] std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const override;
  /// Queues are bound as the program is loaded.
  [[nodiscard]] std::optional<std::uint8_t> receiver(core::Coordinate, core::Color) const override {
    return std::nullopt;
  }

 private:
  /// The thread that fills an output queue of a tile.
  [[nodiscard]] std::uint8_t thread_into(std::uint8_t queue,
                                         const std::vector<pe::QueueBinding>& inputs) const;

  const Replay& replay_;
  const RoutePlan& plan_;
  const Hardware& hardware_;
  core::Rectangle program_;
};

}  // namespace waferloom::wafer
