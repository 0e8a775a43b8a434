// SPDX-License-Identifier: Apache-2.0
// The PE of docs/own-pe.md as a plain SystemC module: it receives words and answers with their sum. It knows of the wafer
// nothing but core::Wavelet.
#pragma once

#include <cstdint>
#include <systemc>

#include "core/wavelet.hpp"

namespace waferloom::test {

class AnsweringPe final : public sc_core::sc_module {
 public:
  sc_core::sc_port<sc_core::sc_fifo_in_if<core::Wavelet>> in;
  sc_core::sc_port<sc_core::sc_fifo_out_if<core::Wavelet>> out;

  /// `period`: a cycle of the wafer, which an addition takes.
  AnsweringPe(const sc_core::sc_module_name& name, std::uint32_t words, sc_core::sc_time period)
      : sc_module(name), in("in"), out("out"), words_(words), period_(period) {
    SC_HAS_PROCESS(AnsweringPe);
    SC_THREAD(run);
  }

 private:
  void run() {
    for (;;) {
      core::Wavelet sum;
      for (std::uint32_t i = 0; i < words_; ++i) {
        sum.data += in->read().data;
        wait(period_);
      }
      out->write(sum);
    }
  }

  std::uint32_t words_;
  sc_core::sc_time period_;
};

}  // namespace waferloom::test
