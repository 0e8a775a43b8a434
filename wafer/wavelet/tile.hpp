// SPDX-License-Identifier: Apache-2.0
// One tile of the wafer in the SystemC hierarchy: names and views of its router, PE and SRAM, whose state lies in the
// arrays of its region, and its ramp for a module that stands in the PE's place. Made only when somebody asks for it.
#pragma once

#include <systemc>

#include "fabric/router.hpp"
#include "pe/memory.hpp"
#include "pe/processing_element.hpp"
#include "pe/tile_ramp.hpp"
#include "wafer/wavelet/region.hpp"

namespace waferloom::wafer {

class Tile : public sc_core::sc_module {
 public:
  fabric::Router router;
  pe::ProcessingElement pe;
  pe::Sram sram;
  pe::TileRamp ramp;

  Tile(const sc_core::sc_module_name& name, core::Coordinate at, Region& region,
       const pe::PeParameters& parameters, sc_core::sc_time period)
      : sc_module(name),
        router("router", region.routers(), region.index_of(at)),
        pe("pe", region.pes(), region.index_of(at)),
        sram("sram", region.srams(), region.index_of(at)),
        ramp("ramp", region.pes(), region.index_of(at), parameters, period,
             [&region](core::Cycle cycle) { region.request(cycle); }),
        at_(at) {}

  [[nodiscard]] core::Coordinate at() const { return at_; }

 private:
  core::Coordinate at_;
};

}  // namespace waferloom::wafer
