// SPDX-License-Identifier: Apache-2.0
#include "pe/tile_ramp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "pe/hierarchy_scope.hpp"

namespace waferloom::pe {

using core::Color;
using core::Cycle;
using core::Wavelet;

bool RampInput::nb_read(Wavelet& wavelet) {
  if (held_.empty()) return false;
  wavelet = held_.front();
  held_.pop_front();
  reads_.push_back(ramp_.now() + 1);
  ramp_.acted();
  return true;
}

void RampInput::read(Wavelet& wavelet) {
  while (!nb_read(wavelet)) sc_core::wait(written_);
}

Wavelet RampInput::read() {
  Wavelet wavelet;
  read(wavelet);
  return wavelet;
}

void RampInput::update() {
  held_.insert(held_.end(), coming_.begin(), coming_.end());
  coming_.clear();
  written_.notify(sc_core::SC_ZERO_TIME);
}

bool RampOutput::nb_write(const Wavelet& wavelet) {
  if (num_free() == 0) return false;
  writes_.push_back({ramp_.now() + 1, wavelet});
  ++written_;
  ramp_.acted();
  return true;
}

void RampOutput::write(const Wavelet& wavelet) {
  while (!nb_write(wavelet)) sc_core::wait(freed_);
}

void RampOutput::update() {
  most_ = next_most_;
  freed_.notify(sc_core::SC_ZERO_TIME);
}

TileRamp::TileRamp(const sc_core::sc_module_name& name, PeArray& pes, std::uint32_t tile,
                   const PeParameters& parameters, sc_core::sc_time period, std::function<void(Cycle)> wake)
    : sc_module(name),
      pes_(pes),
      tile_(tile),
      parameters_(parameters),
      period_value_(period.value()),
      wake_(std::move(wake)) {}

RampInput& TileRamp::input(Color color) {
  for (const QueueBinding& binding : input_colors_) {
    if (binding.color == color) return *inputs_[binding.queue];
  }
  const auto queue = static_cast<std::uint8_t>(inputs_.size());
  if (queue == std::min<std::size_t>(parameters_.input_queues.size(), kMaxInputQueues)) {
    throw core::InputError(
        fmt::format("{}: expected at most {} colors to receive, a PE's input queues", name(), queue));
  }
  const HierarchyScope scope(*this);
  inputs_.push_back(std::make_unique<RampInput>(fmt::format("input_{}", color).c_str(), *this));
  input_colors_.push_back({color, queue});
  return *inputs_.back();
}

RampOutput& TileRamp::output(Color color) {
  for (const QueueBinding& binding : output_colors_) {
    if (binding.color == color) return *outputs_[binding.queue];
  }
  const auto queue = static_cast<std::uint8_t>(outputs_.size());
  if (queue == std::min<std::size_t>(parameters_.output_queues.size(), kMaxOutputQueues)) {
    throw core::InputError(
        fmt::format("{}: expected at most {} colors to send, a PE's output queues", name(), queue));
  }
  const HierarchyScope scope(*this);
  outputs_.push_back(std::make_unique<RampOutput>(fmt::format("output_{}", color).c_str(), *this));
  outputs_.back()->most_ = parameters_.output_queues[queue];
  outputs_.back()->next_most_ = outputs_.back()->most_;
  output_colors_.push_back({color, queue});
  return *outputs_.back();
}

void TileRamp::start(Cycle cycle) {
  if (std::exchange(started_, true)) return;
  pes_.replace(tile_, *this, input_colors_, output_colors_, cycle);
  wake_(cycle);
}

void TileRamp::acted() {
  if (!started_) return;
  pes_.visit_in(tile_, now() + 1);
  wake_(now() + 1);
}

Cycle TileRamp::visit(Cycle cycle) {
  Cycle next = core::kNever;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto q = static_cast<std::uint8_t>(i);
    RampInput& input = *inputs_[i];
    for (; !input.reads_.empty() && input.reads_.front() <= cycle; input.reads_.pop_front()) {
      pes_.take(tile_, q);
      --input.known_;
    }
    if (!input.reads_.empty()) next = std::min(next, input.reads_.front());
    while (const std::optional<Wavelet> wavelet = pes_.wavelet(tile_, q, input.known_, cycle)) {
      ++input.known_;
      input.coming_.push_back(*wavelet);
      input.request_update();
    }
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const auto q = static_cast<std::uint8_t>(i);
    RampOutput& output = *outputs_[i];
    for (; !output.writes_.empty() && output.writes_.front().cycle <= cycle; output.writes_.pop_front()) {
      const Wavelet& wavelet = output.writes_.front().wavelet;
      pes_.send_result(tile_, q, wavelet.data, wavelet.control, cycle);
      ++output.sent_;
    }
    if (!output.writes_.empty()) next = std::min(next, output.writes_.front().cycle);
    const std::uint64_t most = output.sent_ + pes_.room(tile_, q);
    if (most == output.next_most_) continue;
    output.next_most_ = most;
    output.request_update();
  }
  return next;
}

}  // namespace waferloom::pe
