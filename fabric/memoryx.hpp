// SPDX-License-Identifier: Apache-2.0
// MemoryX, the default host behind the wafer's I/O: it holds the weights, takes gradients and runs the
// optimizer.
//
// Timing contract: reads and writes each occupy their direction of the link for size / bandwidth, one after
// the other, and complete a fixed latency later. No latency or optimizer rate is published; both are assumed
// (see fabric/parameters.hpp).
#pragma once

#include "fabric/host.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::fabric {

class MemoryX final : public PatternHost {
 public:
  MemoryX(const sc_core::sc_module_name& name, const MemoryXParameters& parameters)
      : PatternHost(name), parameters_(parameters) {}

  [[nodiscard]] sc_core::sc_time optimizer_time(std::uint64_t parameters) const override;
  void archive(core::State& state) override;

 private:
  void serve(bool read, std::uint64_t bytes, sc_core::sc_time& delay) override;

  MemoryXParameters parameters_;
  sc_core::sc_time read_free_;   ///< when the reading direction is next free
  sc_core::sc_time write_free_;  ///< when the writing direction is next free
};

}  // namespace waferloom::fabric
