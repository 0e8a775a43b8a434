// SPDX-License-Identifier: Apache-2.0
// The PE of one tile in the SystemC hierarchy: a handle into its region's PeArray. Its ports join it to its
// router's ramp and to its SRAM.
#pragma once

#include <systemc>

#include "core/ramp.hpp"
#include "pe/pe_array.hpp"
#include "pe/sram_module.hpp"

namespace waferloom::pe {

class ProcessingElement : public sc_core::sc_module {
 public:
  sc_core::sc_port<core::RouterRamp> ramp;
  sc_core::sc_port<SramPort> memory;

  ProcessingElement(const sc_core::sc_module_name& name, std::uint32_t index)
      : sc_module(name), ramp("ramp"), memory("memory"), index_(index) {}

  /// Position in its region's array.
  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] PeArray& array() const { return *array_; }
  void attach(PeArray& array) { array_ = &array; }

 private:
  std::uint32_t index_;
  PeArray* array_ = nullptr;
};

}  // namespace waferloom::pe
