// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/placement.hpp"

#include <algorithm>
#include <cmath>

#include "fabric/io_plan.hpp"

namespace waferloom::wafer {

models::Placement make_placement(const Scenario& scenario) {
  const core::Rectangle rectangle = program_rectangle(scenario);
  models::Placement placement;
  placement.columns = rectangle.width;
  placement.rows = rectangle.height;
  placement.colors = scenario.hardware.fabric.colors;
  placement.results_leave_north = scenario.hardware.io.output_edge == fabric::Edge::north;
  placement.kernel_load_cycles = static_cast<std::uint64_t>(
      std::llround(scenario.hardware.pe.kernel_load_s * scenario.hardware.pe.clock_hz));
  placement.sram_bytes = scenario.hardware.pe.sram_bytes -
                         std::min(scenario.hardware.pe.reserved_bytes, scenario.hardware.pe.sram_bytes);
  for (const fabric::ChannelSegment& segment : fabric::assign_columns(
           rectangle.x, rectangle.width, scenario.hardware.io.channels, scenario.hardware.fabric.width)) {
    placement.columns_per_channel = std::max(placement.columns_per_channel, segment.count);
  }
  return placement;
}

}  // namespace waferloom::wafer
