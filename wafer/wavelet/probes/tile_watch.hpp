// SPDX-License-Identifier: Apache-2.0
// Which of an observer's places have to be looked at after a cycle: those whose tile has changed, and those that asked
// for it. A place is a number of the observer's own, of a tile or of something else.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class TileWatch {
 public:
  /// Looked at whenever the tile's router or PE, as wanted, has changed. A tile may have a place for each.
  void add(std::uint32_t place, Region& region, std::uint32_t tile, bool router, bool pe);
  /// Looked at in `cycle`, which is to come, although nothing may have happened.
  void ask(std::uint32_t place, core::Cycle cycle);
  /// The next cycle that was asked for.
  [[nodiscard]] core::Cycle next() const;
  using Asked = std::pair<core::Cycle, std::uint32_t>;
  /// All that was asked for: cycles and places.
  [[nodiscard]] std::vector<Asked> asked() const;
  /// Nothing before `cycle` will be asked for.
  void begin_at(core::Cycle cycle) { begin_ = cycle; }

  /// Calls `look` for the places whose tiles have changed and those asked for up to `cycle`: ascending, each once.
  template <class Look>
  void changed(core::Cycle cycle, const Look& look) {
    take_changed();
    due(cycle, look);
  }
  /// For those asked for alone.
  template <class Look>
  void due(core::Cycle cycle, const Look& look) {
    take_asked(cycle);
    for (std::size_t word = 0; word < now_.size(); ++word) {
      for (std::uint64_t rest = std::exchange(now_[word], 0); rest != 0; rest &= rest - 1) {
        look(static_cast<std::uint32_t>(word * kWordBits) +
             static_cast<std::uint32_t>(std::countr_zero(rest)));
      }
    }
  }

 private:
  static constexpr std::size_t kWordBits = 64;
  using Places = std::vector<std::uint64_t>;  ///< bit per place
  struct Watched {
    Region* region = nullptr;
    std::vector<std::uint32_t> router_place;  ///< by tile
    std::vector<std::uint32_t> pe_place;
  };
  void take(const core::ChangeList& changes, const std::vector<std::uint32_t>& place_of);
  void take_changed();
  void take_asked(core::Cycle cycle);
  static void set(Places& places, std::uint32_t place);

  std::vector<Watched> watched_;
  Places now_;
  core::Cycle begin_ = 0;  ///< what was asked for earlier was looked at
  std::array<Places, kWordBits>
      wheel_;                ///< asked for in the cycles from begin_ on, by cycle modulo their number
  std::uint64_t asked_ = 0;  ///< a bit for each that holds something
  std::priority_queue<Asked, std::vector<Asked>, std::greater<>> later_;  ///< beyond the wheel
  std::vector<core::Cycle> latest_;  ///< by place: what later_ got last, which is not needed twice
};

}  // namespace waferloom::wafer
