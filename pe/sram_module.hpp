// SPDX-License-Identifier: Apache-2.0
// A tile's SRAM as a name in the SystemC hierarchy.
#pragma once

#include <systemc>

#include "pe/sram.hpp"

namespace waferloom::pe {

/// What an SRAM offers to its PE.
class SramPort : public virtual sc_core::sc_interface {
 public:
  [[nodiscard]] virtual SramArray& array() const = 0;
};

/// One tile's SRAM in the SystemC hierarchy: a handle into its region's SramArray.
class Sram : public sc_core::sc_module, public SramPort {
 public:
  explicit Sram(const sc_core::sc_module_name& name) : sc_module(name) {}
  [[nodiscard]] SramArray& array() const override { return *array_; }
  void attach(SramArray& array) { array_ = &array; }

 private:
  SramArray* array_ = nullptr;
};

}  // namespace waferloom::pe
