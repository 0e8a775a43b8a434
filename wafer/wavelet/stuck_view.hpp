// SPDX-License-Identifier: Apache-2.0
// What is known of a run that cannot go on: who is held up where, and what routes and programs say of it. Lists are in
// the order of places, row by row, however the wafer is cut into regions and shared by ranks.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fabric/router_array.hpp"
#include "pe/pe_array.hpp"
#include "wafer/program/program_view.hpp"
#include "wafer/program/replay/stuck_text.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class StuckView {
 public:
  struct Queue {
    core::Coordinate at;
    fabric::BlockedQueue queue;
  };
  struct Thread {
    core::Coordinate at;
    pe::WaitingThread thread;
  };
  using Line = PlacedLine;
  virtual ~StuckView() = default;

  [[nodiscard]] virtual core::Rectangle mesh() const = 0;
  [[nodiscard]] virtual std::vector<Queue> queues() const = 0;
  [[nodiscard]] virtual std::vector<Thread> threads() const = 0;
  /// Threads whose next step cannot begin.
  [[nodiscard]] virtual std::vector<ProgramView::Waiting> parked() const = 0;
  /// What the program has to say of its threads, for people.
  [[nodiscard]] virtual std::vector<Line> lines() const = 0;
  /// Inputs from which a color is taken at present.
  [[nodiscard]] virtual core::DirectionSet inputs(core::Coordinate at, core::Color color) const = 0;
  /// The input queue of the PE that a color is bound to, pe::kNoQueue if none.
  [[nodiscard]] virtual std::uint8_t bound_queue(core::Coordinate at, core::Color color) const = 0;
  [[nodiscard]] virtual std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const = 0;
  [[nodiscard]] virtual std::optional<std::uint8_t> receiver(core::Coordinate at,
                                                             core::Color color) const = 0;
};

/// Of the regions of this process.
class LocalStuckView final : public StuckView {
 public:
  using Lines = std::function<std::vector<Line>()>;
  /// All have to outlive this.
  LocalStuckView(Wafer& wafer, const ProgramView& program, Lines lines = {})
      : wafer_(wafer), program_(program), lines_(std::move(lines)) {}

  [[nodiscard]] core::Rectangle mesh() const override;
  [[nodiscard]] std::vector<Queue> queues() const override;
  [[nodiscard]] std::vector<Thread> threads() const override;
  [[nodiscard]] std::vector<ProgramView::Waiting> parked() const override;
  [[nodiscard]] std::vector<Line> lines() const override;
  [[nodiscard]] core::DirectionSet inputs(core::Coordinate at, core::Color color) const override;
  [[nodiscard]] std::uint8_t bound_queue(core::Coordinate at, core::Color color) const override;
  [[nodiscard]] std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const override {
    return program_.sender(at, color);
  }
  [[nodiscard]] std::optional<std::uint8_t> receiver(core::Coordinate at, core::Color color) const override {
    return program_.receiver(at, color);
  }

 private:
  Wafer& wafer_;
  const ProgramView& program_;
  Lines lines_;
};

/// Sorts by place, row by row; what is of one place keeps its order.
template <class Item>
void sort_by_place(std::vector<Item>& items) {
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return a.at.y != b.at.y ? a.at.y < b.at.y : a.at.x < b.at.x;
  });
}

}  // namespace waferloom::wafer
