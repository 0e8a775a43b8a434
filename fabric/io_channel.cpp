// SPDX-License-Identifier: Apache-2.0
#include "fabric/io_channel.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace waferloom::fabric {

using core::Color;
using core::Cycle;

IoChannel::IoChannel(const sc_core::sc_module_name& name, double cycles_per_wavelet, std::uint32_t depth,
                     std::uint32_t buffer_wavelets)
    : sc_module(name),
      routers("routers"),
      wavelet_time_(static_cast<std::uint64_t>(
          std::llround(std::max(cycles_per_wavelet, 1.0) * static_cast<double>(1U << kFractionBits)))),
      depth_(depth),
      buffer_wavelets_(buffer_wavelets) {
  router_credits_.fill(depth);
}

double IoChannel::cycles_per_wavelet() const {
  return static_cast<double>(wavelet_time_) / static_cast<double>(1U << kFractionBits);
}

void IoChannel::place(std::uint32_t tile, core::Direction port, std::function<void(Cycle)> wake) {
  tile_ = tile;
  port_ = port;
  wake_ = std::move(wake);
}

void IoChannel::push(Color color, std::vector<std::uint32_t> words, Cycle ready) {
  if (words.empty()) return;
  buffered_ += words.size();
  if (forward_) {
    blocks_[color].push_back({{}, 0, ready, words.size()});
    forward_(color, std::move(words), ready);
    return;
  }
  blocks_[color].push_back({std::move(words), 0, ready, 0});
  waiting_ |= std::uint32_t{1} << color;
  wake_(std::max(ready, enter_free_ >> kFractionBits));
}

void IoChannel::entered_elsewhere(Color color, Cycle cycle) {
  Block& block = blocks_[color].front();
  if (on_enter_) on_enter_(color, cycle);
  if (++block.next != block.elsewhere) return;
  buffered_ -= block.elsewhere;
  blocks_[color].pop_front();
  if (on_space_) on_space_();
}

void IoChannel::send(std::uint32_t, core::Direction, const core::Wavelet& wavelet, Cycle arrival) {
  leaving_.push_back({wavelet.data, wavelet.color, arrival});
  wake_(std::max(arrival, leave_free_ >> kFractionBits));
}

void IoChannel::return_credit(std::uint32_t, core::Direction, Color color, Cycle cycle) {
  if (router_credits_[color]++ == 0 && ((waiting_ >> color) & 1U) != 0) {
    wake_(std::max(cycle + 1, enter_free_ >> kFractionBits));
  }
}

void IoChannel::occupy(std::uint64_t& free_at, Cycle cycle) const {
  free_at = std::max(free_at, std::uint64_t{cycle} << kFractionBits) + wavelet_time_;
}

void IoChannel::step(Cycle cycle) {
  if (waiting_ != 0 && may_act(enter_free_, cycle)) enter(cycle);
  if (!leaving_.empty() && leaving_.front().arrival <= cycle && may_act(leave_free_, cycle)) leave(cycle);
}

void IoChannel::enter(Cycle cycle) {
  std::uint32_t ready = 0;
  for (std::uint32_t rest = waiting_; rest != 0; rest &= rest - 1) {
    const auto color = static_cast<std::size_t>(std::countr_zero(rest));
    if (router_credits_[color] > 0 && blocks_[color].front().ready <= cycle)
      ready |= std::uint32_t{1} << color;
  }
  if (ready == 0) return;
  const std::uint32_t later = ready & ~((std::uint32_t{2} << last_) - 1U);
  const auto color = static_cast<Color>(std::countr_zero(later != 0 ? later : ready));
  last_ = color;
  Block& block = blocks_[color].front();
  routers->arrive(tile_, port_, {block.words[block.next], color, false});
  --router_credits_[color];
  ++entered_;
  if (on_enter_) on_enter_(color, cycle);
  occupy(enter_free_, cycle);
  if (++block.next == block.words.size()) {
    buffered_ -= block.words.size();
    blocks_[color].pop_front();
    if (blocks_[color].empty()) waiting_ &= ~(std::uint32_t{1} << color);
    if (on_space_) on_space_();
  }
}

void IoChannel::leave(Cycle cycle) {
  const Leaving wavelet = leaving_.front();
  leaving_.pop_front();
  ++left_;
  occupy(leave_free_, cycle);
  routers->return_credit(tile_, port_, wavelet.color);
  if (on_leave_) on_leave_(wavelet.color, wavelet.data, cycle);
}

Cycle IoChannel::next_cycle(Cycle now) const {
  Cycle next = core::kNever;
  for (std::uint32_t rest = waiting_; rest != 0; rest &= rest - 1) {
    const auto color = static_cast<std::size_t>(std::countr_zero(rest));
    if (router_credits_[color] == 0) continue;
    next = std::min(next, std::max(blocks_[color].front().ready, enter_free_ >> kFractionBits));
  }
  if (!leaving_.empty()) {
    next = std::min(next, std::max(leaving_.front().arrival, leave_free_ >> kFractionBits));
  }
  return next == core::kNever ? next : std::max(next, now + 1);
}

void IoChannel::archive(core::State& state) {
  state(buffered_, blocks_, router_credits_, waiting_, last_, enter_free_, leave_free_, leaving_, entered_,
        left_);
  if (!forward_) return;
  for (std::deque<Block>& blocks : blocks_) {
    for (Block& block : blocks) block.elsewhere = std::exchange(block.words, {}).size();
  }
  waiting_ = 0;
  leaving_.clear();
  entered_ = 0;
  left_ = 0;
}

}  // namespace waferloom::fabric
