// SPDX-License-Identifier: Apache-2.0
#include "fabric/memoryx.hpp"

#include <algorithm>

namespace waferloom::fabric {

using sc_core::sc_time;

sc_time MemoryX::optimizer_time(std::uint64_t parameters) const {
  return {static_cast<double>(parameters) / parameters_.optimizer_parameters_per_s, sc_core::SC_SEC};
}

void MemoryX::serve(bool read, std::uint64_t bytes, sc_time& delay) {
  const sc_time now = sc_core::sc_time_stamp() + delay;
  sc_time& free = read ? read_free_ : write_free_;
  free = std::max(free, now) +
         sc_time(static_cast<double>(bytes) * 8.0 / parameters_.bandwidth_bits_per_s, sc_core::SC_SEC);
  delay = free - sc_core::sc_time_stamp() + sc_time(parameters_.latency_s, sc_core::SC_SEC);
}

void MemoryX::archive(core::State& state) {
  PatternHost::archive(state);
  for (sc_time* const free : {&read_free_, &write_free_})
    *free = sc_time::from_value(state.kept(free->value()));
}

}  // namespace waferloom::fabric
