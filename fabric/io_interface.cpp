// SPDX-License-Identifier: Apache-2.0
#include "fabric/io_interface.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace waferloom::fabric {

using core::Cycle;
using sc_core::sc_time;

namespace {

/// Gradients go to addresses of their own, above any model's weights.
constexpr std::uint64_t kWriteBase = std::uint64_t{1} << 48U;

Cycle cycle_at_or_after(const sc_time& time, const sc_time& period) {
  return (time.value() + period.value() - 1) / period.value();
}

}  // namespace

IoInterface::IoInterface(const sc_core::sc_module_name& name, const IoParameters& io,
                         const FabricParameters& fabric, sc_time period, double clock_hz)
    : sc_module(name),
      host("host"),
      io_(io),
      period_(period),
      latency_(io.latency_s, sc_core::SC_SEC),
      transaction_words_(std::max(io.transaction_bytes / 4, 1U)),
      write_address_(kWriteBase) {
  // A channel enters and leaves the wafer through a router's port, as wide as a link.
  const double cycles_per_wavelet =
      std::max(core::kWaveletBits * io.channels * clock_hz / io.bandwidth_bits_per_s, fabric.link_cycles());
  const auto make_channel = [&](const char* direction, std::uint32_t number) {
    channels_.push_back(std::make_unique<IoChannel>(fmt::format("{}_{}", direction, number).c_str(),
                                                    cycles_per_wavelet, fabric.queue_depth,
                                                    io.buffer_bytes / 4));
    return channels_.back().get();
  };
  const bool one_edge = io.input_edge == io.output_edge;
  for (std::uint32_t i = 0; i < io.channels; ++i) {
    inputs_.push_back(make_channel(one_edge ? "channel" : "input", i));
    outputs_.push_back(one_edge ? inputs_.back() : make_channel("output", i));
  }
  inputs_state_.resize(io.channels);
  outputs_state_.resize(io.channels);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&wake_);
  sc_core::sc_spawn([this] { wake_all(); }, "wake", &options);
}

void IoInterface::wake_all() {
  const auto wake_due = [](const auto& states) {
    for (auto state = states.rbegin(); state != states.rend(); ++state) {
      if (*state && std::exchange((*state)->due, false)) (*state)->changed.notify();
    }
  };
  wake_due(inputs_state_);
  wake_due(outputs_state_);
}

void IoInterface::use_input(std::uint32_t channel) {
  inputs_[channel]->on_enter(
      [this, channel](core::Color color, Cycle cycle) { schedule_->entered(channel, color, cycle); });
  if (inputs_state_[channel]) return;
  inputs_state_[channel] = std::make_unique<InputState>();
  if (!kept_.empty()) {
    inputs_state_[channel]->waits = true;
    inputs_state_[channel]->read = kept_[channel].read;
  }
  inputs_[channel]->on_space([this, channel] { wake(*inputs_state_[channel]); });
  spawn(fmt::format("{}_read_{}", basename(), channel), [this, channel] { read_loop(channel); });
}

void IoInterface::use_output(std::uint32_t channel) {
  if (outputs_state_[channel]) return;
  outputs_state_[channel] = std::make_unique<OutputState>();
  if (!kept_.empty()) {
    outputs_state_[channel]->gathering = std::move(kept_[channel].gathering);
    outputs_state_[channel]->answers = std::move(kept_[channel].answers);
  }
  outputs_[channel]->on_leave([this, channel](core::Color color, std::uint32_t data, Cycle cycle) {
    OutputState& state = *outputs_state_[channel];
    state.gathering.push_back(data);
    const bool flush = schedule_->received(channel, color, data, cycle);
    if (!flush && state.gathering.size() < transaction_words_) return;
    state.ready.push_back(std::exchange(state.gathering, {}));
    wake(state);
  });
  spawn(fmt::format("{}_write_{}", basename(), channel), [this, channel] { write_loop(channel); });
  spawn(fmt::format("{}_answer_{}", basename(), channel), [this, channel] { answer_loop(channel); });
}

void IoInterface::spawn(const std::string& name, std::function<void()> loop) {
  sc_core::sc_spawn(
      [this, body = std::move(loop)] {
        try {
          body();
        } catch (const std::exception&) {
          if (!on_error_) throw;
          on_error_(std::current_exception());
        }
      },
      name.c_str());
}

void IoInterface::read_loop(std::uint32_t channel) {
  InputState& state = *inputs_state_[channel];
  IoChannel& link = *inputs_[channel];
  if (state.waits) sc_core::wait(state.changed);
  for (;;) {
    while (!state.read) {
      HostRead next;
      if (schedule_->next_read(channel, next)) {
        state.read = next;
      } else {
        sc_core::wait(state.changed);
      }
    }
    while (link.space() < state.read->words) sc_core::wait(state.changed);
    const HostRead read = *std::exchange(state.read, std::nullopt);
    std::vector<std::uint32_t> words(read.words);
    sc_time delay = sc_core::SC_ZERO_TIME;
    if (!transport(tlm::TLM_READ_COMMAND, read.address, words, delay)) return;
    schedule_->fetched(channel, read, words);
    const sc_time arrival = sc_core::sc_time_stamp() + delay + latency_;
    // Never the current cycle: its region may have run already.
    const Cycle now = sc_core::sc_time_stamp().value() / period_.value();
    link.push(read.color, std::move(words), std::max(cycle_at_or_after(arrival, period_), now + 1));
    // Channels take turns: a channel that fills its buffer at once would keep all others waiting for the host.
    sc_core::wait(sc_core::SC_ZERO_TIME);
  }
}

void IoInterface::write_loop(std::uint32_t channel) {
  OutputState& state = *outputs_state_[channel];
  for (;;) {
    while (state.ready.empty()) sc_core::wait(state.changed);
    std::vector<std::uint32_t> words = std::move(state.ready.front());
    state.ready.erase(state.ready.begin());
    sc_time delay = latency_;
    if (!transport(tlm::TLM_WRITE_COMMAND, write_address_, words, delay)) return;
    write_address_ += words.size() * 4;
    state.answers.push_back({static_cast<std::uint32_t>(words.size()), sc_core::sc_time_stamp() + delay});
    state.answered.notify(sc_core::SC_ZERO_TIME);
  }
}

void IoInterface::answer_loop(std::uint32_t channel) {
  OutputState& state = *outputs_state_[channel];
  for (;;) {
    while (state.answers.empty()) sc_core::wait(state.answered);
    const Answer answer = state.answers.front();
    ++transactions_;
    if (answer.time > sc_core::sc_time_stamp()) sc_core::wait(answer.time - sc_core::sc_time_stamp());
    --transactions_;
    state.answers.pop_front();
    schedule_->written(channel, answer.words);
  }
}

void IoInterface::Kept::archive(core::State& state) {
  state(read, gathering);
  std::vector<std::uint64_t> times;
  std::vector<std::uint32_t> words;
  for (const Answer& answer : answers) {
    times.push_back(answer.time.value());
    words.push_back(answer.words);
  }
  state(times, words);
  answers.clear();
  for (std::size_t i = 0; i < times.size(); ++i) answers.push_back({words[i], sc_time::from_value(times[i])});
}

void IoInterface::archive(core::State& state) {
  state(write_address_);
  kept_.resize(inputs_.size());
  for (std::size_t i = 0; i < kept_.size() && !state.loads(); ++i) {
    if (inputs_state_[i]) kept_[i].read = inputs_state_[i]->read;
    if (!outputs_state_[i]) continue;
    kept_[i].gathering = outputs_state_[i]->gathering;
    kept_[i].answers = outputs_state_[i]->answers;
  }
  state(kept_);
  if (!state.loads()) kept_.clear();
}

bool IoInterface::at_work(core::Cycle cycle) const {
  return transactions_ != 0 || std::any_of(channels_.begin(), channels_.end(), [&](const auto& channel) {
           return channel->next_cycle(cycle) != core::kNever;
         });
}

bool IoInterface::transport(tlm::tlm_command command, std::uint64_t address,
                            std::vector<std::uint32_t>& words, sc_time& delay) {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(command);
  transaction.set_address(address);
  transaction.set_data_ptr(reinterpret_cast<unsigned char*>(words.data()));
  transaction.set_data_length(static_cast<unsigned>(words.size() * 4));
  transaction.set_streaming_width(static_cast<unsigned>(words.size() * 4));
  transaction.set_byte_enable_ptr(nullptr);
  transaction.set_dmi_allowed(false);
  transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  ++transactions_;
  host->b_transport(transaction, delay);
  --transactions_;
  if (!transaction.is_response_error()) return true;
  // Handed over, not thrown: AddressSanitizer cannot follow an exception on the stack of a SystemC thread.
  const core::SimulationError error(fmt::format(
      "host: {} of {} bytes at address {:#x} failed: {}", command == tlm::TLM_READ_COMMAND ? "read" : "write",
      words.size() * 4, address, transaction.get_response_string()));
  if (!on_error_) throw error;
  on_error_(std::make_exception_ptr(error));
  return false;
}

}  // namespace waferloom::fabric
