// SPDX-License-Identifier: Apache-2.0
// A small wafer for tests, elaborated and ready for routes and programs, and steps in the shapes that tests
// need.
#pragma once

#include <memory>

#include "fabric/memoryx.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::test {

inline wafer::Hardware small_hardware(std::uint32_t width, std::uint32_t height) {
  wafer::Hardware hardware;
  hardware.fabric.width = width;
  hardware.fabric.height = height;
  hardware.fabric.reticle_width = width;
  hardware.fabric.reticle_height = height;
  hardware.fabric.program = {0, 0, width, height};
  hardware.io.channels = 1;
  return hardware;
}

/// Elaborates a wafer with MemoryX bound to its I/O. One per process.
class TestWafer {
 public:
  explicit TestWafer(const wafer::Hardware& hardware, const core::SimulationParameters& simulation = {})
      : wafer_((sc_core::sc_set_time_resolution(1, sc_core::SC_FS), "wafer"), hardware, simulation),
        memoryx_("memoryx", fabric::MemoryXParameters{}) {
    wafer_.io().host.bind(memoryx_.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  wafer::Wafer& operator*() { return wafer_; }
  wafer::Wafer* operator->() { return &wafer_; }

 private:
  wafer::Wafer wafer_;
  fabric::MemoryX memoryx_;
};

inline pe::Step send(std::uint8_t output, std::uint64_t wavelets, std::uint32_t payload = 1) {
  pe::Step step;
  step.output = output;
  step.iterations = wavelets;
  step.addend = payload;
  return step;
}
inline pe::Step receive(std::uint8_t input, std::uint64_t wavelets, std::uint64_t cycles = 1) {
  pe::Step step;
  step.input = input;
  step.iterations = wavelets;
  step.cycles = cycles;
  return step;
}
inline pe::Step forward(std::uint8_t input, std::uint8_t output, std::uint64_t wavelets,
                        std::uint32_t addend = 1) {
  pe::Step step = receive(input, wavelets);
  step.output = output;
  step.addend = addend;
  return step;
}

}  // namespace waferloom::test
