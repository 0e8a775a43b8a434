// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/engine_observer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace waferloom::burst {

namespace {

class Several final : public EngineObserver {
 public:
  explicit Several(std::vector<std::unique_ptr<EngineObserver>> observers)
      : observers_(std::move(observers)) {}
  void visited(std::uint32_t tile) override {
    for (const auto& each : observers_) each->visited(tile);
  }
  void complete(Ticks time) override {
    for (const auto& each : observers_) each->complete(time);
  }
  void finish(Ticks time) override {
    for (const auto& each : observers_) each->finish(time);
  }
  [[nodiscard]] bool satisfied() const override {
    return std::all_of(observers_.begin(), observers_.end(),
                       [](const auto& each) { return each->satisfied(); });
  }

 private:
  std::vector<std::unique_ptr<EngineObserver>> observers_;
};

}  // namespace

ObserverFactory both(ObserverFactory first, ObserverFactory second) {
  if (!first) return second;
  if (!second) return first;
  return [first = std::move(first), second = std::move(second)](const Observed& observed) {
    std::vector<std::unique_ptr<EngineObserver>> observers;
    observers.push_back(first(observed));
    observers.push_back(second(observed));
    return std::make_unique<Several>(std::move(observers));
  };
}

}  // namespace waferloom::burst
