// SPDX-License-Identifier: Apache-2.0
// A row of three tiles. The PE of the last one is a SystemC module of this program, which doubles each word that it
// receives; the first tile sends words and receives the answers.
#include <array>
#include <cstdint>
#include <iostream>
#include <systemc>

#include "core/wavelet.hpp"
#include "fabric/memoryx.hpp"
#include "pe/step.hpp"
#include "wafer/wavelet/wafer.hpp"

using namespace waferloom;

namespace {

constexpr std::uint64_t kWords = 8;
constexpr std::uint32_t kPayload = 5;

class DoublingPe final : public sc_core::sc_module {
 public:
  sc_core::sc_port<sc_core::sc_fifo_in_if<core::Wavelet>> in;
  sc_core::sc_port<sc_core::sc_fifo_out_if<core::Wavelet>> out;

  DoublingPe(const sc_core::sc_module_name& name, sc_core::sc_time cycle)
      : sc_module(name), in("in"), out("out"), cycle_(cycle) {
    SC_HAS_PROCESS(DoublingPe);
    SC_THREAD(run);
  }

 private:
  void run() {
    for (;;) {
      core::Wavelet word = in->read();
      word.data *= 2;
      wait(cycle_);
      out->write(word);
    }
  }

  sc_core::sc_time cycle_;
};

/// The program of the first tile: thread 0 sends, thread 1 receives.
class Asking final : public pe::Program {
 public:
  pe::Fetch fetch(std::uint32_t, std::uint8_t thread, core::Cycle, pe::Step& step) override {
    if (thread >= asked_.size() || asked_.at(thread)) return pe::Fetch::none;
    asked_.at(thread) = true;
    step.iterations = kWords;
    if (thread == 0) {
      step.output = 0;
      step.addend = kPayload;
    } else {
      step.input = 1;  // a thread's number is that of its input queue
    }
    return pe::Fetch::step;
  }
  void completed(std::uint32_t, std::uint8_t thread, core::Cycle cycle, std::uint64_t received) override {
    if (thread == 1) std::cout << "the answers' sum is " << received << " in cycle " << cycle << "\n";
  }

 private:
  std::array<bool, 2> asked_{};
};

}  // namespace

int sc_main(int, char**) {
  using core::Direction;
  using fabric::Route;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  wafer::Hardware hardware;
  hardware.fabric.width = hardware.fabric.reticle_width = 3;
  hardware.fabric.height = hardware.fabric.reticle_height = 1;
  hardware.fabric.program = {0, 0, 3, 1};
  hardware.io.channels = 1;
  wafer::Wafer wafer("wafer", hardware, {});
  fabric::MemoryX memoryx("memoryx", {});
  wafer.io().host.bind(memoryx.socket);
  DoublingPe pe("doubling_pe", wafer.period());
  pe.in(wafer.tile({2, 0}).ramp.input(0));
  pe.out(wafer.tile({2, 0}).ramp.output(1));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);

  // Color 0 goes east from the first tile to the last, color 1 back west.
  wafer.set_route({0, 0}, 0, Route::fixed({Direction::ramp}, {Direction::east}));
  wafer.set_route({1, 0}, 0, Route::fixed({Direction::west}, {Direction::east}));
  wafer.set_route({2, 0}, 0, Route::fixed({Direction::west}, {Direction::ramp}));
  wafer.set_route({2, 0}, 1, Route::fixed({Direction::ramp}, {Direction::west}));
  wafer.set_route({1, 0}, 1, Route::fixed({Direction::east}, {Direction::west}));
  wafer.set_route({0, 0}, 1, Route::fixed({Direction::east}, {Direction::ramp}));
  Asking program;
  wafer.load({0, 0}, program, 0, {{1, 1}}, {{0, 0}});  // color 1 into queue 1, color 0 out of queue 0
  wafer.run();
  return 0;
}
