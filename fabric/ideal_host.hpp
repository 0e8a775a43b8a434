// SPDX-License-Identifier: Apache-2.0
// Host `ideal`: it answers at once, however much is asked for, and its optimizer takes no time. What a run gains with it
// is what the host costs; the wafer's own I/O keeps its bandwidth and latency.
#pragma once

#include "fabric/host.hpp"

namespace waferloom::fabric {

class IdealHost final : public PatternHost {
 public:
  explicit IdealHost(const sc_core::sc_module_name& name) : PatternHost(name) {}
  [[nodiscard]] sc_core::sc_time optimizer_time(std::uint64_t) const override {
    return sc_core::SC_ZERO_TIME;
  }

 private:
  void serve(bool, std::uint64_t, sc_core::sc_time&) override {}
};

}  // namespace waferloom::fabric
