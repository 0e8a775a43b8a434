// SPDX-License-Identifier: Apache-2.0
// A PE in a hardware description language, at a tile's ramp: joins a model that Verilator made from it to one color that
// it receives and one on which it sends. `Model` has the pins clk, reset, in_valid, in_data, in_ready, out_valid,
// out_data, out_ready and busy (tests/verilog/answering_pe.v shows them).
//
// Timing contract: in cycle t the clock rises once, in its middle, after the fabric has acted. A word passes at an edge
// at which `valid` and `ready` are both high: what can be read in cycle t passes at the edge of cycle t, and what passes
// out at that edge was written in cycle t (pe/tile_ramp.hpp says what follows). The clock stands still while no word can
// pass and `busy` is low, so that a run can end.
#pragma once

#include <memory>
#include <systemc>

#include "pe/tile_ramp.hpp"

namespace waferloom::pe {

template <class Model>
class RtlPe final : public sc_core::sc_module {
 public:
  sc_core::sc_port<RampRead> in;
  sc_core::sc_port<sc_core::sc_fifo_out_if<core::Wavelet>> out;

  /// `period`: of the wafer's clock.
  RtlPe(const sc_core::sc_module_name& name, sc_core::sc_time period)
      : sc_module(name), in("in"), out("out"), period_(period), model_(std::make_unique<Model>()) {
    SC_HAS_PROCESS(RtlPe);
    SC_THREAD(run);
  }
  ~RtlPe() override { model_->final(); }

 private:
  void run() {
    model_->clk = 0;
    model_->reset = 1;
    model_->eval();
    rise();
    model_->reset = 0;
    for (;;) {
      wait(to_middle());
      while (offer()) {
        pass();
        rise();
        wait(period_);
      }
      wait(in->data_written_event() | out->data_read_event());
    }
  }

  /// Time to the middle of the present cycle, or of the next one when that has passed.
  [[nodiscard]] sc_core::sc_time to_middle() const {
    const sc_dt::uint64 length = period_.value();
    const sc_dt::uint64 past = sc_core::sc_time_stamp().value() % length;
    return sc_core::sc_time::from_value((length / 2 + length - past) % length);
  }
  /// Drives the inputs as the FIFOs are; true: the clock has to rise.
  bool offer() {
    const core::Wavelet* const wavelet = in->front();
    model_->clk = 0;
    model_->in_valid = wavelet != nullptr ? 1 : 0;
    model_->in_data = wavelet != nullptr ? wavelet->data : 0;
    model_->out_ready = out->num_free() > 0 ? 1 : 0;
    model_->eval();
    return model_->busy != 0 || takes() || gives();
  }
  [[nodiscard]] bool takes() const { return model_->in_valid != 0 && model_->in_ready != 0; }
  [[nodiscard]] bool gives() const { return model_->out_valid != 0 && model_->out_ready != 0; }
  void pass() {
    const bool received = takes();
    if (gives()) static_cast<void>(out->nb_write({model_->out_data, 0, false}));
    core::Wavelet wavelet;
    if (received) static_cast<void>(in->nb_read(wavelet));
  }
  void rise() {
    model_->clk = 1;
    model_->eval();
    model_->clk = 0;
    model_->eval();
  }

  sc_core::sc_time period_;
  std::unique_ptr<Model> model_;
};

}  // namespace waferloom::pe
