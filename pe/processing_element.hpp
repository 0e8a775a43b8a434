// SPDX-License-Identifier: Apache-2.0
// The PE of one tile in the SystemC hierarchy: a name and a view of its place in its region's PeArray. It is made
// when the tile is asked for.
#pragma once

#include <systemc>

#include "pe/pe_array.hpp"

namespace waferloom::pe {

class ProcessingElement : public sc_core::sc_module {
 public:
  /// `index`: position in its region's array.
  ProcessingElement(const sc_core::sc_module_name& name, PeArray& array, std::uint32_t index)
      : sc_module(name), array_(array), index_(index) {}

  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] PeArray& array() const { return array_; }
  /// As of the end of `cycle`.
  [[nodiscard]] PeView view(core::Cycle cycle) const { return array_.view(index_, cycle); }

 private:
  PeArray& array_;
  std::uint32_t index_;
};

}  // namespace waferloom::pe
