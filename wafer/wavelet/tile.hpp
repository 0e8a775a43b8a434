// SPDX-License-Identifier: Apache-2.0
// One tile of the wafer: a PE, its SRAM and its router, joined by their ports.
#pragma once

#include <systemc>

#include "fabric/router.hpp"
#include "pe/processing_element.hpp"
#include "pe/sram_module.hpp"

namespace waferloom::wafer {

class Tile : public sc_core::sc_module {
 public:
  fabric::Router router;
  pe::ProcessingElement pe;
  pe::Sram sram;

  /// `index`: the tile's position in its region.
  Tile(const sc_core::sc_module_name& name, core::Coordinate at, std::uint32_t index)
      : sc_module(name), router("router", at, index), pe("pe", index), sram("sram") {
    pe.ramp(router);
    pe.memory(sram);
  }
};

}  // namespace waferloom::wafer
