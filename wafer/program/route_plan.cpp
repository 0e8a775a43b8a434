// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/route_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "core/config/origin.hpp"
#include "trace/rule_error.hpp"
#include "trace/shared_stream.hpp"
#include "wafer/program/channel_schedule.hpp"

namespace waferloom::wafer {

using core::Color;
using core::Coordinate;
using core::Direction;
using core::DirectionSet;
using trace::Kind;
using trace::Record;

namespace {

/// Records of one kind with the same area, axis and colors need the same routes.
auto route_key(const Record& record) {
  return std::make_tuple(record.kind == Kind::stream_in, record.kind == Kind::stream_out, record.axis,
                         record.area.x, record.area.y, record.area.width, record.area.height, record.colors,
                         record.lanes, record.lane, record.relay_colors);
}

/// Lays one color from `from` to `to` along row `y`, from the tile after `from` to the one before `to`.
template <class Add>
void lay_between(std::uint32_t from, std::uint32_t to, const Add& add) {
  const bool east = to > from;
  for (std::uint32_t x = from; x != to;) {
    x = east ? x + 1 : x - 1;
    if (x != to) add(x, east);
  }
}

/// Adds the columns that a channel serves for one record to those that it is known to serve.
void merge(const ChannelUse& use, std::vector<ChannelUse>& channels) {
  const auto known = std::find_if(channels.begin(), channels.end(),
                                  [&](const ChannelUse& other) { return other.channel == use.channel; });
  if (known == channels.end()) {
    channels.push_back(use);
    return;
  }
  for (std::size_t i = 0; i < use.columns.size(); ++i) {
    const auto place = std::lower_bound(known->columns.begin(), known->columns.end(), use.columns[i]);
    if (place != known->columns.end() && *place == use.columns[i]) continue;
    known->colors.insert(known->colors.begin() + (place - known->columns.begin()), use.colors[i]);
    known->columns.insert(place, use.columns[i]);
  }
}

}  // namespace

RoutePlan::RoutePlan(const Hardware& hardware, core::Rectangle program, const std::vector<Record>& records,
                     bool keeps)
    : hardware_(hardware),
      program_(program),
      keeps_(keeps),
      inputs_(keeps ? program.area() : 0),
      outputs_(keeps ? program.area() : 0) {
  for (const fabric::ChannelSegment& segment :
       fabric::assign_columns(program.x, program.width, hardware.io.channels, hardware.fabric.width)) {
    for (std::uint32_t i = 0; i < segment.count; ++i) number_on_channel_.push_back(i);
  }
  std::set<decltype(route_key(records.front()))> planned;
  for (const Record& record : records) {
    if (record.kind == Kind::compute || record.kind == Kind::update) continue;
    if (!planned.insert(route_key(record)).second) continue;
    check_colors(record);
    begins_.emplace_back(routes_.size(), record.id);
    if (record.kind == Kind::stream_in) {
      plan_stream_in(record);
    } else if (record.kind == Kind::stream_out) {
      plan_stream_out(record);
    } else {
      plan_chain(record);
    }
  }
  for (const Record& record : records) check_drain(record);
  for (const ChannelUse& use : input_channels_) {
    static_cast<void>(
        request_words(hardware.io, use.columns.size()));  // throws where the buffer is too small
  }
}

void RoutePlan::check_colors(const Record& record) const {
  for (const std::vector<std::uint8_t>* colors : {&record.colors, &record.relay_colors}) {
    for (const Color color : *colors) {
      if (color < hardware_.fabric.colors) continue;
      trace::break_rule(record, "colors exhausted: it needs color {}, the routers have {}", color,
                        hardware_.fabric.colors);
    }
  }
}

std::uint32_t RoutePlan::record_of(std::size_t route) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), route,
                                      [](std::size_t r, const auto& begin) { return r < begin.first; });
  return std::prev(after)->second;
}

void RoutePlan::add(Coordinate at, Color color, DirectionSet rx, DirectionSet tx) {
  if (!keeps_) return;
  routes_.push_back({at, color, fabric::Route::fixed(rx, tx)});
}

void RoutePlan::bind(std::vector<std::vector<pe::QueueBinding>>& bindings, Coordinate at, Color color,
                     std::uint8_t queue, const Record& record) {
  if (!keeps_) return;
  auto& tile = bindings[std::size_t{at.y - program_.y} * program_.width + (at.x - program_.x)];
  for (const pe::QueueBinding& binding : tile) {
    if (binding.color == color && binding.queue == queue) return;
    if (binding.color == color || binding.queue == queue) {
      trace::break_rule(
          record, "colors: color {} at tile ({}, {}) needs queue {}, but color {} is bound to queue {} there",
          color, at.x, at.y, queue, binding.color, binding.queue);
    }
  }
  tile.push_back({color, queue});
}

void RoutePlan::plan_stream_in(const Record& record) {
  if (hardware_.io.input_edge != fabric::Edge::north) {
    throw core::config::KeyError(
        {"io.input_edge"}, "expected north, where the columns of a weight stream begin, got another edge");
  }
  const std::uint32_t top = program_.y + record.area.y;
  const std::uint32_t bottom = top + record.area.height - 1;
  const auto segments = fabric::assign_columns(program_.x + record.area.x, record.area.width,
                                               hardware_.io.channels, hardware_.fabric.width);
  for (const fabric::ChannelSegment& segment : segments) {
    const std::uint32_t first = number_on_channel_[record.area.x + segment.begin];
    if (first + segment.count > record.colors.size()) {
      trace::break_rule(record,
                        "colors exhausted: I/O channel {} serves {} columns, but the stream has {} colors",
                        segment.channel, first + segment.count, record.colors.size());
    }
    ChannelUse use{segment.channel, {}, {}};
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      const std::uint32_t column = record.area.x + segment.begin + i;
      const std::uint32_t x = program_.x + column;
      const Color color = record.colors[first + i];
      if (!trace::is_home(record, segment.begin + i)) {
        plan_tap(record, segment.begin + i);
        continue;
      }
      if (trace::is_shared(record)) plan_relay(record, segment.begin + i);
      use.columns.push_back(column);
      use.colors.push_back(color);
      const auto down = [&](std::uint32_t y) {
        DirectionSet tx;
        if (y >= top) tx.add(Direction::ramp);
        if (y < bottom) tx.add(Direction::south);
        return tx;
      };
      if (segment.position == x) {
        add({x, 0}, color, {Direction::north}, down(0));
      } else {
        const bool east = x > segment.position;
        add({segment.position, 0}, color, {Direction::north}, {east ? Direction::east : Direction::west});
        lay_between(segment.position, x, [&](std::uint32_t between, bool eastwards) {
          add({between, 0}, color, {eastwards ? Direction::west : Direction::east},
              {eastwards ? Direction::east : Direction::west});
        });
        add({x, 0}, color, {east ? Direction::west : Direction::east}, down(0));
      }
      for (std::uint32_t y = 1; y <= bottom; ++y) add({x, y}, color, {Direction::north}, down(y));
      for (std::uint32_t y = top; y <= bottom; ++y) bind(inputs_, {x, y}, color, QueueUse::weights, record);
    }
    if (!use.columns.empty()) merge(use, input_channels_);
  }
}

template <class Takes>
void RoutePlan::plan_both_ways(Coordinate source, trace::Axis axis, Line line, Color color,
                               const Takes& takes) {
  const bool along_x = axis == trace::Axis::x;
  const Direction up = way_of(axis, Flow::up).ahead;
  const Direction down = way_of(axis, Flow::down).ahead;
  const std::uint32_t from = along_x ? source.x : source.y;
  for (std::uint32_t place = line.first; place <= line.last; ++place) {
    DirectionSet tx;
    if (place != from && takes(place)) tx.add(Direction::ramp);
    if (place <= from && place != line.first) tx.add(down);
    if (place >= from && place != line.last) tx.add(up);
    const Direction rx = place == from ? Direction::ramp : place > from ? down : up;
    add(along_x ? Coordinate{place, source.y} : Coordinate{source.x, place}, color, {rx}, tx);
  }
}

void RoutePlan::plan_relay(const Record& record, std::uint32_t column) {
  const auto in_lane = [&](std::uint32_t lane) {
    return program_.x + trace::column_in_lane(record, column, lane);
  };
  const Coordinate relay{in_lane(record.lane), program_.y + record.area.y + trace::relay_row(record, column)};
  const Line line{in_lane(0), in_lane(record.lanes - 1)};
  const Color color = trace::relay_color(record, column);
  bind(outputs_, relay, color, QueueUse::out_copies, record);
  plan_both_ways(relay, trace::Axis::x, line, color,
                 [&](std::uint32_t x) { return (x - line.first) % record.area.width == 0; });
}

void RoutePlan::plan_tap(const Record& record, std::uint32_t column) {
  const std::uint32_t top = program_.y + record.area.y;
  const Line line{top, top + record.area.height - 1};
  const Coordinate tap{program_.x + record.area.x + column, top + trace::relay_row(record, column)};
  const Color color = trace::tap_color(record);
  bind(inputs_, tap, trace::relay_color(record, column), QueueUse::copies, record);
  if (line.first == line.last) return;
  bind(outputs_, tap, color, QueueUse::out_copies, record);
  plan_both_ways(tap, trace::Axis::y, line, color, [](std::uint32_t) { return true; });
  for (std::uint32_t y = line.first; y <= line.last; ++y) {
    if (y != tap.y) bind(inputs_, {tap.x, y}, color, QueueUse::copies, record);
  }
}

void RoutePlan::check_drain(const Record& record) const {
  if (record.drains_to == trace::kNoRecord) return;
  const bool north = hardware_.io.output_edge == fabric::Edge::north;
  if ((record.root == trace::Root::first) == north) return;
  trace::break_rule(
      record, "root: expected {}, where results leave (io.output_edge: {}), got the other end of the columns",
      north ? "first" : "last", north ? "north" : "south");
}

void RoutePlan::plan_stream_out(const Record& record) {
  const bool north = hardware_.io.output_edge == fabric::Edge::north;
  if (!north && hardware_.io.output_edge != fabric::Edge::south) {
    throw core::config::KeyError(
        {"io.output_edge"},
        "expected north or south, where the columns of a gradient stream end, got another "
        "edge");
  }
  const std::uint32_t top = program_.y + record.area.y;
  const std::uint32_t last = north ? top : top + record.area.height - 1;
  const std::uint32_t edge = north ? 0 : hardware_.fabric.height - 1;
  if (last == edge) {
    throw core::config::KeyError(
        {"workload.rectangle", "fabric.program", "fabric.height", "io.output_edge"},
        fmt::format("expected at least one row between the rectangle and the {} edge, where "
                    "results turn towards the I/O channels; got rows {} to {} of {}",
                    north ? "north" : "south", top, top + record.area.height - 1, hardware_.fabric.height));
  }
  const auto segments = fabric::assign_columns(program_.x + record.area.x, record.area.width,
                                               hardware_.io.channels, hardware_.fabric.width);
  for (const fabric::ChannelSegment& segment : segments) {
    const std::uint32_t first = number_on_channel_[record.area.x + segment.begin];
    if (first + segment.count > record.colors.size() || record.colors.size() < 2) {
      trace::break_rule(record,
                        "colors exhausted: I/O channel {} serves {} columns, but the stream has {} colors",
                        segment.channel, first + segment.count, record.colors.size());
    }
    ChannelUse use{segment.channel, {}, {}};
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      const std::uint32_t column = record.area.x + segment.begin + i;
      // Not the color on which this column's weights end in the same router.
      const Color color = record.colors[(first + i + 1) % record.colors.size()];
      use.columns.push_back(column);
      use.colors.push_back(color);
      bind(outputs_, {program_.x + column, last}, color, QueueUse::out_results, record);
      plan_results({program_.x + column, last}, edge, segment.position, color);
    }
    merge(use, output_channels_);
  }
}

void RoutePlan::plan_results(Coordinate from, std::uint32_t edge, std::uint32_t position, Color color) {
  const Direction ahead = edge < from.y ? Direction::north : Direction::south;
  const Direction behind = core::opposite(ahead);
  add(from, color, {Direction::ramp}, {ahead});
  for (std::uint32_t y = std::min(from.y, edge) + 1; y < std::max(from.y, edge); ++y) {
    add({from.x, y}, color, {behind}, {ahead});
  }
  if (position == from.x) {
    add({from.x, edge}, color, {behind}, {ahead});
    return;
  }
  const bool east = position > from.x;
  add({from.x, edge}, color, {behind}, {east ? Direction::east : Direction::west});
  lay_between(from.x, position, [&](std::uint32_t between, bool eastwards) {
    add({between, edge}, color, {eastwards ? Direction::west : Direction::east},
        {eastwards ? Direction::east : Direction::west});
  });
  add({position, edge}, color, {east ? Direction::west : Direction::east}, {ahead});
}

void RoutePlan::plan_chain(const Record& record) {
  if (record.colors.size() != 4) {
    trace::break_rule(record, "colors: expected 4, got {}", record.colors.size());
  }
  if (!keeps_) return;
  plan_flow(record, Flow::up);
  plan_flow(record, Flow::down);
}

void RoutePlan::plan_flow(const Record& record, Flow flow) {
  const bool along_x = record.axis == trace::Axis::x;
  const bool up = flow == Flow::up;
  const FlowWay& way = way_of(record.axis, flow);
  const Direction ahead = way.ahead;
  const Direction behind = core::opposite(ahead);
  const std::uint32_t length = along_x ? record.area.width : record.area.height;
  const std::size_t base = up ? 0 : 2;
  for (std::uint32_t row = 0; row < record.area.height; ++row) {
    for (std::uint32_t column = 0; column < record.area.width; ++column) {
      const Coordinate at{program_.x + record.area.x + column, program_.y + record.area.y + row};
      const std::uint32_t place = along_x ? column : row;
      const std::uint32_t parity = (along_x ? record.area.x + column : record.area.y + row) % 2;
      const Color own = record.colors[base + parity];
      const Color other = record.colors[base + 1 - parity];
      const bool first = up ? place == 0 : place + 1 == length;
      const bool last = up ? place + 1 == length : place == 0;
      if (!last) {
        add(at, own, {Direction::ramp}, {ahead});
        bind(outputs_, at, own, way.output, record);
      }
      if (!first) {
        add(at, other, {behind}, {Direction::ramp});
        bind(inputs_, at, other, way.input, record);
      }
    }
  }
}

}  // namespace waferloom::wafer
