// SPDX-License-Identifier: Apache-2.0
// The router of one tile in the SystemC hierarchy: a name and a view of its place in its region's RouterArray. It is made
// when the tile is asked for.
#pragma once

#include <systemc>

#include "fabric/router_array.hpp"

namespace waferloom::fabric {

class Router : public sc_core::sc_module {
 public:
  /// `index`: position in its region's array.
  Router(const sc_core::sc_module_name& name, RouterArray& array, std::uint32_t index)
      : sc_module(name), array_(array), index_(index) {}

  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] RouterArray& array() const { return array_; }
  [[nodiscard]] RouterView view() const { return array_.view(index_); }
  [[nodiscard]] std::uint64_t sent(core::Direction output) const { return array_.sent(index_, output); }

 private:
  RouterArray& array_;
  std::uint32_t index_;
};

}  // namespace waferloom::fabric
