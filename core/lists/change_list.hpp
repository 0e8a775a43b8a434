// SPDX-License-Identifier: Apache-2.0
// The watched places that have changed since the list was cleared. Bits say what changed at each; the caller that notes
// a change gives them their meaning. A note costs one comparison where nothing is watched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace waferloom::core {

class ChangeList {
 public:
  /// `places`: how many there are.
  void watch(std::uint32_t place, std::size_t places) {
    if (states_.empty()) {
      states_.resize(places, State::ignored);
      what_.resize(places, 0);
    }
    if (states_[place] == State::ignored) states_[place] = State::watched;
  }
  /// Never inlined: the hot paths that call it are seldom watched, and have to stay small.
  [[gnu::noinline]] void note(std::uint32_t place, std::uint8_t what = 0) {
    if (place >= states_.size() || states_[place] == State::ignored) return;
    what_[place] = static_cast<std::uint8_t>(what_[place] | what);
    if (states_[place] == State::noted) return;
    states_[place] = State::noted;
    noted_.push_back(place);
  }
  [[nodiscard]] const std::vector<std::uint32_t>& noted() const { return noted_; }
  /// Of a watched place: all bits that were noted.
  [[nodiscard]] std::uint8_t what(std::uint32_t place) const { return what_[place]; }
  void clear() {
    for (const std::uint32_t place : noted_) {
      states_[place] = State::watched;
      what_[place] = 0;
    }
    noted_.clear();
  }

 private:
  enum class State : std::uint8_t { ignored, watched, noted };
  std::vector<State> states_;
  std::vector<std::uint8_t> what_;
  std::vector<std::uint32_t> noted_;
};

}  // namespace waferloom::core
