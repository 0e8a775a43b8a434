// SPDX-License-Identifier: Apache-2.0
// One I/O channel at an edge tile: it stands where a neighbouring router would, feeds wavelets from the host
// into the edge router's port, and takes those that leave the wafer there.
//
// Timing contract: at most one wavelet per 32 bits of its bandwidth enters, and likewise leaves; colors take
// turns. Wavelets from the host may enter from the cycle at which they are ready. Leaving wavelets wait in a
// queue of `buffer` wavelets, shared by the colors as credits of the router's queue depth each.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <vector>

#include "core/state/state.hpp"
#include "core/wavelet.hpp"
#include "fabric/edge.hpp"

namespace waferloom::fabric {

class IoChannel final : public sc_core::sc_module, public EdgeLink {
 public:
  /// To the routers of the region at whose edge it stands; unbound where that is simulated elsewhere.
  sc_core::sc_port<EdgeRouters, 1, sc_core::SC_ZERO_OR_MORE_BOUND> routers;

  /// `cycles_per_wavelet`: 32 bits over the channel's bandwidth. `depth`: the edge router's queue depth.
  IoChannel(const sc_core::sc_module_name& name, double cycles_per_wavelet, std::uint32_t depth,
            std::uint32_t buffer_wavelets);

  /// It stands at port `port` of router `tile`; `wake` asks the region to run in a cycle.
  void place(std::uint32_t tile, core::Direction port, std::function<void(core::Cycle)> wake);

  /// Host side: `words` of `color` become available in cycle `ready`. The caller keeps within space().
  void push(core::Color color, std::vector<std::uint32_t> words, core::Cycle ready);
  /// Wavelets from the host that still fit in the buffer.
  [[nodiscard]] std::uint64_t space() const { return buffer_wavelets_ - buffered_; }
  /// Called whenever a pushed block has wholly entered the wafer.
  void on_space(std::function<void()> callback) { on_space_ = std::move(callback); }
  /// Called with the color of each wavelet that enters the wafer, in its cycle.
  void on_enter(std::function<void(core::Color, core::Cycle)> callback) { on_enter_ = std::move(callback); }
  /// Called with the color and data of each wavelet that has left the wafer, in its cycle.
  void on_leave(std::function<void(core::Color, std::uint32_t, core::Cycle)> callback) {
    on_leave_ = std::move(callback);
  }

  /// It stands for a channel that is simulated elsewhere, to which `forward` brings what is pushed: of that one's state,
  /// this one knows only what the host needs, and is told what happens there.
  void stand_for_another(std::function<void(core::Color, std::vector<std::uint32_t>, core::Cycle)> forward) {
    forward_ = std::move(forward);
  }
  /// There a wavelet has entered the wafer, or left it.
  void entered_elsewhere(core::Color color, core::Cycle cycle);
  void left_elsewhere(core::Color color, std::uint32_t data, core::Cycle cycle) {
    if (on_leave_) on_leave_(color, data, cycle);
  }

  // EdgeLink: the edge router's side.
  void send(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet,
            core::Cycle arrival) override;
  void return_credit(std::uint32_t tile, core::Direction output, core::Color color,
                     core::Cycle cycle) override;
  [[nodiscard]] std::uint32_t credits() const override { return depth_; }

  /// One cycle of the region that holds the edge tile, before its routers act.
  void step(core::Cycle cycle);
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now) const;

  [[nodiscard]] std::uint64_t entered() const { return entered_; }
  [[nodiscard]] std::uint64_t left() const { return left_; }
  /// Wavelets from the host that have yet to enter, and wavelets on their way to it.
  [[nodiscard]] std::uint64_t buffered() const { return buffered_; }
  [[nodiscard]] std::uint64_t leaving() const { return leaving_.size(); }
  [[nodiscard]] double cycles_per_wavelet() const;

  /// What a checkpoint keeps of it, by whoever simulates it. One that stands for another reads what it knows of that one.
  void archive(core::State& state);

 private:
  struct Block {
    std::vector<std::uint32_t> words;
    std::size_t next = 0;
    core::Cycle ready = 0;
    std::size_t elsewhere = 0;  ///< words that are where the channel is simulated

    void archive(core::State& state) { state(words, next, ready); }
  };
  struct Leaving {
    std::uint32_t data;
    core::Color color;
    core::Cycle arrival;
  };
  static constexpr unsigned kFractionBits = 24;  // of a cycle, for rates that are no whole number of cycles

  [[nodiscard]] bool may_act(std::uint64_t free_at, core::Cycle cycle) const {
    return (free_at >> kFractionBits) <= cycle;
  }
  void occupy(std::uint64_t& free_at, core::Cycle cycle) const;
  void enter(core::Cycle cycle);
  void leave(core::Cycle cycle);

  std::uint64_t wavelet_time_;  ///< fixed point cycles
  std::uint32_t depth_;
  std::uint64_t buffer_wavelets_;
  std::uint64_t buffered_ = 0;
  std::array<std::deque<Block>, core::kMaxColors> blocks_;
  std::array<std::uint32_t, core::kMaxColors> router_credits_{};
  std::uint32_t waiting_ = 0;  ///< colors with a block
  std::uint8_t last_ = 0;
  std::uint64_t enter_free_ = 0;
  std::uint64_t leave_free_ = 0;
  std::deque<Leaving> leaving_;
  std::uint64_t entered_ = 0;
  std::uint64_t left_ = 0;

  std::uint32_t tile_ = 0;
  core::Direction port_ = core::Direction::north;
  std::function<void(core::Cycle)> wake_;
  std::function<void(core::Color, std::vector<std::uint32_t>, core::Cycle)> forward_;
  std::function<void()> on_space_;
  std::function<void(core::Color, core::Cycle)> on_enter_;
  std::function<void(core::Color, std::uint32_t, core::Cycle)> on_leave_;
};

}  // namespace waferloom::fabric
