// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/lane_copies.hpp"

#include "wafer/burst/engine/credit_loops.hpp"
#include "wafer/program/flows.hpp"

namespace waferloom::burst {

using core::Direction;
using wafer::QueueUse;

namespace {

std::uint32_t distance(std::uint32_t a, std::uint32_t b) { return a > b ? a - b : b - a; }

std::uint32_t place(const LaneTile& tile) { return tile.column - tile.stream.area.x; }

}  // namespace

LaneCopies::LaneCopies(const wafer::Hardware& hardware, core::Rectangle program, const CoarseTrace& coarse)
    : columns_(static_cast<double>(program.width) / coarse.program.width),
      rows_(coarse.rows),
      column_cycles_(hop_cycles(hardware.fabric, hardware.fabric.reticle_width)),
      row_cycles_(hop_cycles(hardware.fabric, hardware.fabric.reticle_height)),
      ramps_(2.0 * hardware.fabric.ramp_latency_cycles),
      ends_words_(hardware.pe.output_queues[QueueUse::out_copies] +
                  hardware.pe.input_queues[QueueUse::copies] + hardware.fabric.queue_depth),
      taken_words_(hardware.pe.input_queues[QueueUse::copies] + hardware.fabric.queue_depth),
      row_words_(link_words(hardware.fabric, hardware.fabric.reticle_width)),
      column_words_(link_words(hardware.fabric, hardware.fabric.reticle_height)) {}

std::uint32_t LaneCopies::column_in(const LaneTile& tile, std::uint32_t lane) {
  return trace::column_in_lane(tile.stream, place(tile), lane);
}

std::uint32_t LaneCopies::passing_row(const LaneTile& tile) {
  return tile.stream.area.y + trace::relay_row(tile.stream, place(tile));
}

bool LaneCopies::passes_on(const LaneTile& tile) {
  return trace::is_shared(tile.stream) &&
         trace::passes_on(tile.stream, place(tile), tile.row - tile.stream.area.y);
}

std::uint32_t LaneCopies::lanes_apart(const LaneTile& tile) { return distance(tile.stream.lane, tile.home); }

core::DirectionSet LaneCopies::onward(const LaneTile& tile) {
  const core::Rectangle& area = tile.stream.area;
  const bool last = tile.row + 1 == area.y + area.height;
  core::DirectionSet links;
  if (is_home(tile)) {
    if (!last) links.add(Direction::south);
    if (!passes_on(tile)) return links;
    if (tile.stream.lane > 0) links.add(Direction::west);
    if (tile.stream.lane + 1 < tile.stream.lanes) links.add(Direction::east);
    return links;
  }
  const std::uint32_t tap = passing_row(tile);
  if (tile.row >= tap && !last) links.add(Direction::south);
  if (tile.row <= tap && tile.row != area.y) links.add(Direction::north);
  return links;
}

Ticks LaneCopies::way_to_tap(const LaneTile& tap) const {
  return ticks(ramps_ + lanes_apart(tap) * tap.stream.area.width * columns_ * column_cycles_);
}

Ticks LaneCopies::way_from_tap(const LaneTile& tile) const {
  return ticks(ramps_ + distance(tile.row, passing_row(tile)) * rows_ * row_cycles_);
}

std::uint64_t LaneCopies::relay_slack(const LaneTile& tap) const {
  const double hops = lanes_apart(tap) * tap.stream.area.width * columns_;
  return ends_words_ + static_cast<std::uint64_t>(hops * row_words_);
}

std::uint64_t LaneCopies::column_slack(const LaneTile& tile, std::uint32_t other) const {
  const std::uint32_t tap = passing_row(tile);
  const auto routers = [&](std::uint32_t hops) {
    return static_cast<std::uint64_t>(hops * rows_ * column_words_);
  };
  if (tile.row == tap) return ends_words_ + routers(distance(other, tap));
  // The tap sends to both sides at once; where one stops, it goes on as far as the routers on the way hold.
  const bool same_side = (tile.row > tap) == (other > tap) && other != tap;
  if (!same_side) return taken_words_ + routers(distance(other, tap));
  const std::uint32_t own = distance(tile.row, tap);
  const std::uint32_t others = distance(other, tap);
  return taken_words_ + (others > own ? routers(others - own) : 0);
}

}  // namespace waferloom::burst
