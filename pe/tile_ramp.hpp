// SPDX-License-Identifier: Apache-2.0
// A tile's ramp for a module of one's own: it stands where the tile's PE would, and receives and sends wavelets through
// SystemC's own FIFO interfaces, one FIFO for each color. The ramp and the PE's queues, with their depths and latencies,
// stay.
//
// Timing contract (R = ramp latency; a call at time T is in the cycle floor(T / period)):
//   - A wavelet that the router sends up the ramp in cycle t can be read from cycle t + R on. data_written_event is
//     notified in that cycle, in a delta cycle after the fabric has acted.
//   - A wavelet written in cycle t stands in the output queue at t + 1; it can go down the ramp so that the router sees
//     it in t + 1 + R. One wavelet a cycle goes down; queues take turns.
//   - A module that answers in the cycle in which it reads thus takes 2 R + 1 cycles from router to router, as a PE does
//     whose vector operation takes one cycle.
//   - A place that was read out of in cycle t is free for the router in cycle t + 1, one cycle later than a PE's. Queues
//     of R + 2 or more wavelets keep up with one wavelet a cycle.
//   - How much a module reads in a cycle is its own affair.
// Reads and writes take effect as those of sc_fifo do: what others do in the same delta cycle is not seen, so that no
// result depends on the order of processes. A run ends when nothing is left to do: a module that has nothing to do has
// to wait for an event of these FIFOs, not for a clock that goes on for ever.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "pe/pe_array.hpp"

namespace waferloom::pe {

class TileRamp;

/// A FIFO's reading side that also shows what comes next.
class RampRead : public sc_core::sc_fifo_in_if<core::Wavelet> {
 public:
  /// The wavelet that a read would give; nullptr: there is none.
  [[nodiscard]] virtual const core::Wavelet* front() const = 0;
};

/// What comes up the ramp on a color.
class RampInput final : public sc_core::sc_prim_channel, public RampRead {
 public:
  RampInput(const char* name, TileRamp& ramp) : sc_prim_channel(name), ramp_(ramp) {}

  bool nb_read(core::Wavelet& wavelet) override;
  void read(core::Wavelet& wavelet) override;
  core::Wavelet read() override;
  [[nodiscard]] int num_available() const override { return static_cast<int>(held_.size()); }
  [[nodiscard]] const sc_core::sc_event& data_written_event() const override { return written_; }
  [[nodiscard]] const core::Wavelet* front() const override {
    return held_.empty() ? nullptr : &held_.front();
  }

 private:
  friend class TileRamp;
  void update() override;

  TileRamp& ramp_;
  std::vector<core::Wavelet> coming_;
  std::deque<core::Wavelet> held_;
  std::deque<core::Cycle> reads_;  ///< cycles in which they take effect
  std::uint32_t known_ = 0;        ///< wavelets of the PE's queue that have been handed over
  sc_core::sc_event written_;
};

/// What goes down the ramp on a color.
class RampOutput final : public sc_core::sc_prim_channel, public sc_core::sc_fifo_out_if<core::Wavelet> {
 public:
  RampOutput(const char* name, TileRamp& ramp) : sc_prim_channel(name), ramp_(ramp) {}

  /// The wavelet goes on this FIFO's color, whatever its own is.
  bool nb_write(const core::Wavelet& wavelet) override;
  void write(const core::Wavelet& wavelet) override;
  [[nodiscard]] int num_free() const override { return static_cast<int>(most_ - written_); }
  [[nodiscard]] const sc_core::sc_event& data_read_event() const override { return freed_; }

 private:
  friend class TileRamp;
  struct Write {
    core::Cycle cycle;
    core::Wavelet wavelet;
  };
  void update() override;

  TileRamp& ramp_;
  std::deque<Write> writes_;
  std::uint64_t written_ = 0;    ///< in all
  std::uint64_t sent_ = 0;       ///< of these, those in the PE's queue or beyond
  std::uint64_t most_ = 0;       ///< that may have been written up to now
  std::uint64_t next_most_ = 0;  ///< after the update
  sc_core::sc_event freed_;
};

class TileRamp final : public sc_core::sc_module, public OwnPe {
 public:
  /// `wake` asks the tile's region to run in a cycle.
  TileRamp(const sc_core::sc_module_name& name, PeArray& pes, std::uint32_t tile,
           const PeParameters& parameters, sc_core::sc_time period, std::function<void(core::Cycle)> wake);

  /// The FIFOs of a color, made at the first call, during elaboration; inputs and outputs each take the PE's queues in
  /// the order of these calls. Throws core::InputError when the PE has no more queues.
  [[nodiscard]] RampInput& input(core::Color color);
  [[nodiscard]] RampOutput& output(core::Color color);

  /// Somebody has asked for one of its FIFOs.
  [[nodiscard]] bool used() const { return !inputs_.empty() || !outputs_.empty(); }
  /// Puts it in the PE's place; routes are laid already.
  void start(core::Cycle cycle);
  [[nodiscard]] core::Cycle now() const { return sc_core::sc_time_stamp().value() / period_value_; }
  /// A FIFO was read or written in the present cycle, which takes effect in the next.
  void acted();

  // OwnPe
  [[nodiscard]] core::Cycle visit(core::Cycle cycle) override;
  [[nodiscard]] std::uint32_t known(std::uint8_t queue) const override {
    return queue < inputs_.size() ? inputs_[queue]->known_ : 0;
  }

 private:
  PeArray& pes_;
  std::uint32_t tile_;
  PeParameters parameters_;
  std::uint64_t period_value_;
  std::function<void(core::Cycle)> wake_;
  bool started_ = false;
  // By queue.
  std::vector<std::unique_ptr<RampInput>> inputs_;
  std::vector<std::unique_ptr<RampOutput>> outputs_;
  std::vector<QueueBinding> input_colors_;
  std::vector<QueueBinding> output_colors_;
};

}  // namespace waferloom::pe
