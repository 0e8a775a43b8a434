// SPDX-License-Identifier: Apache-2.0
#include "fabric/color_router_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/error.hpp"
#include "fabric/control.hpp"

namespace waferloom::fabric {

using core::Color;
using core::Cycle;
using core::Direction;
using core::index_of;

namespace {

constexpr std::uint8_t bit8(std::size_t i) { return static_cast<std::uint8_t>(1U << i); }
constexpr std::uint32_t bit32(std::size_t i) { return std::uint32_t{1} << i; }
constexpr std::size_t kRamp = index_of(Direction::ramp);

/// The first set bit after `last`, cyclically.
std::uint8_t next_in_turn(std::uint32_t candidates, std::uint8_t last) {
  const std::uint32_t later = candidates & ~((bit32(last) << 1U) - 1U);
  return static_cast<std::uint8_t>(std::countr_zero(later != 0 ? later : candidates));
}

std::string describe(core::DirectionSet set) {
  std::string text;
  for (std::size_t d = 0; d < core::kDirections; ++d) {
    if (!set.has(static_cast<Direction>(d))) continue;
    if (!text.empty()) text += '+';
    text += core::name_of(static_cast<Direction>(d));
  }
  return text.empty() ? "none" : text;
}

}  // namespace

ColorRouterArray::ColorRouterArray(const FabricParameters& parameters, std::vector<core::Coordinate> places)
    : depth_(parameters.queue_depth),
      hop_latency_(parameters.hop_latency_cycles),
      ring_(parameters.queue_depth + parameters.hop_latency_cycles + parameters.reticle_crossing_cycles - 1),
      colors_(parameters.colors),
      places_(std::move(places)),
      routers_(places_.size()),
      ports_(places_.size() * core::kDirections) {
  if (hop_latency_ + parameters.reticle_crossing_cycles >= kFlightSlots) {
    throw core::InputError(fmt::format("fabric.hop_latency: expected less than {} cycles with the crossing of "
                                       "a reticle, got {}",
                                       kFlightSlots, hop_latency_ + parameters.reticle_crossing_cycles));
  }
}

std::uint32_t ColorRouterArray::link_capacity(const Port& port) const {
  return depth_ + hop_latency_ + port.extra_latency - 1;
}

void ColorRouterArray::connect_neighbour(std::uint32_t tile, Direction towards, std::uint32_t neighbour,
                                         std::uint32_t extra_latency_cycles) {
  Port& p = port(tile, index_of(towards));
  p.neighbour = static_cast<std::int32_t>(neighbour);
  p.extra_latency = extra_latency_cycles;
}

void ColorRouterArray::connect_boundary(std::uint32_t tile, Direction towards, BoundaryLink& link,
                                        std::uint32_t extra_latency_cycles) {
  Port& p = port(tile, index_of(towards));
  p.neighbour = kBoundary;
  p.link = &link;
  p.extra_latency = extra_latency_cycles;
}

void ColorRouterArray::set_route(std::uint32_t tile, Color color, const Route& route) {
  if (color >= colors_) {
    throw core::InputError(fmt::format("color {}: expected less than {}, the routers' colors", color, colors_));
  }
  if (ColorState* existing = find(tile, color)) {
    if (existing->route == route) return;
    const core::Coordinate at = places_[tile];
    throw core::InputError(fmt::format(
        "color {} at tile ({}, {}): two routes contradict each other: {} -> {} and {} -> {}", color, at.x, at.y,
        describe(existing->route.positions[0].rx), describe(existing->route.positions[0].tx),
        describe(route.positions[0].rx), describe(route.positions[0].tx)));
  }
  RouterState& router = routers_[tile];
  if (router.row == kNoRoute) {
    router.row = static_cast<std::uint32_t>(rows_.size());
    rows_.emplace_back().fill(kNoRoute);
  }
  rows_[router.row][color] = static_cast<std::uint32_t>(states_.size());
  ColorState& state = states_.emplace_back();
  state.route = route;
  state.rx = route.positions[0].rx.bits();
  state.tx = route.positions[0].tx.bits();
  state.entries = static_cast<std::uint32_t>(entries_.size());
  entries_.resize(entries_.size() + std::size_t{ring_} * core::kDirections);
  for (std::size_t o = 0; o < core::kNeighbours; ++o) {
    const Port& p = port(tile, o);
    std::uint32_t credits = 0;
    if (p.neighbour >= 0) credits = link_capacity(p);
    if (p.neighbour == kBoundary) credits = p.link->credits() + hop_latency_ + p.extra_latency - 1;
    state.credits[o] = static_cast<std::uint8_t>(credits);
    if (credits > 0) router.credit[o] |= bit32(color);
  }
}

void ColorRouterArray::set_ramp_credits(std::uint32_t tile, Color color, std::uint32_t slots) {
  ColorState* state = find(tile, color);
  if (state == nullptr) return;
  state->credits[kRamp] = static_cast<std::uint8_t>(slots);
  if (slots > 0) routers_[tile].credit[kRamp] |= bit32(color);
}

ColorRouterArray::ColorState* ColorRouterArray::find(std::uint32_t tile, Color color) {
  const std::uint32_t row = routers_[tile].row;
  if (row == kNoRoute) return nullptr;
  const std::uint32_t state = rows_[row][color];
  return state == kNoRoute ? nullptr : &states_[state];
}

ColorRouterArray::ColorState& ColorRouterArray::find_or_fail(std::uint32_t tile, Color color,
                                                             std::uint8_t input) {
  if (ColorState* state = find(tile, color)) return *state;
  const core::Coordinate at = places_[tile];
  throw core::SimulationError(fmt::format(
      "cycle {}: a wavelet of color {} arrives at tile ({}, {}) from {}, where that color has no route", cycle_,
      color, at.x, at.y, core::name_of(static_cast<Direction>(input))));
}

void ColorRouterArray::activate(std::uint32_t tile) {
  RouterState& router = routers_[tile];
  if (router.listed) return;
  router.listed = true;
  active_.push_back(tile);
}

void ColorRouterArray::inject(std::uint32_t tile, const core::Wavelet& wavelet) {
  flights_[(cycle_ + 1) % kFlightSlots].push_back(
      {tile, wavelet.data, wavelet.color, static_cast<std::uint8_t>(kRamp), wavelet.control});
  ++in_flight_;
}

void ColorRouterArray::arrive(std::uint32_t tile, Direction input, const core::Wavelet& wavelet) {
  enqueue({tile, wavelet.data, wavelet.color, static_cast<std::uint8_t>(input), wavelet.control});
}

void ColorRouterArray::give_credit(std::uint32_t tile, std::size_t output, Color color, ColorState& state) {
  if (state.credits[output]++ != 0) return;
  RouterState& router = routers_[tile];
  router.credit[output] |= bit32(color);
  if ((router.want[output] & bit32(color)) != 0) activate(tile);
}

void ColorRouterArray::return_input_credit(std::uint32_t tile, Color color) {
  give_credit(tile, kRamp, color, *find(tile, color));
}

void ColorRouterArray::return_credit(std::uint32_t tile, Direction output, Color color) {
  if (ColorState* state = find(tile, color)) give_credit(tile, index_of(output), color, *state);
}

void ColorRouterArray::begin_cycle(Cycle cycle) {
  cycle_ = cycle;
  std::vector<Flight>& due = flights_[cycle % kFlightSlots];
  for (const Flight& flight : due) enqueue(flight);
  in_flight_ -= due.size();
  due.clear();
}

void ColorRouterArray::enqueue(const Flight& flight) {
  ColorState& state = find_or_fail(flight.tile, flight.color, flight.input);
  const std::uint32_t ring = state.entries + flight.input * ring_;
  std::uint32_t slot = std::uint32_t{state.front[flight.input]} + state.count[flight.input];
  if (slot >= ring_) slot -= ring_;
  entries_[ring + slot] = {flight.data, flight.control};
  ++state.count[flight.input];
  if (((state.rx >> flight.input) & 1U) != 0) present(flight.tile, flight.color, state, flight.input);
}

void ColorRouterArray::present(std::uint32_t tile, Color color, ColorState& state, std::uint8_t input) {
  if (state.head_input == input) return;
  if (state.head_input != kNoInput) fail_two_inputs(tile, color, state.head_input, input);
  state.head_input = input;
  state.pending = state.tx;
  RouterState& router = routers_[tile];
  for (std::uint32_t outputs = state.tx; outputs != 0; outputs &= outputs - 1) {
    router.want[static_cast<std::size_t>(std::countr_zero(outputs))] |= bit32(color);
  }
  activate(tile);
}

void ColorRouterArray::select_front(std::uint32_t tile, Color color, ColorState& state) {
  for (std::uint8_t input = 0; input < core::kDirections; ++input) {
    if (((state.rx >> input) & 1U) != 0 && state.count[input] != 0) present(tile, color, state, input);
  }
}

void ColorRouterArray::step(Cycle cycle) {
  visiting_.swap(active_);
  active_.clear();
  moves_.clear();
  for (const std::uint32_t tile : visiting_) decide(tile);
  for (const std::uint32_t tile : visiting_) routers_[tile].listed = false;
  for (const Move& move : moves_) commit(move, cycle);
  for (const std::uint32_t tile : visiting_) {
    const RouterState& router = routers_[tile];
    std::uint32_t ready = 0;
    for (std::size_t o = 0; o < core::kDirections; ++o) ready |= router.want[o] & router.credit[o];
    if (ready != 0) activate(tile);
  }
}

void ColorRouterArray::decide(std::uint32_t tile) {
  const RouterState& router = routers_[tile];
  const auto& row = rows_[router.row];
  for (std::size_t o = 0; o < core::kDirections; ++o) {
    const std::uint32_t ready = router.want[o] & router.credit[o];
    if (ready == 0) continue;
    const std::uint8_t color = next_in_turn(ready, router.last[o]);
    moves_.push_back({tile, row[color], color, static_cast<std::uint8_t>(o)});
  }
}

void ColorRouterArray::commit(const Move& move, Cycle cycle) {
  ColorState& state = states_[move.state];
  RouterState& router = routers_[move.tile];
  const std::uint8_t input = state.head_input;
  const Entry entry = entries_[state.entries + input * ring_ + state.front[input]];
  const bool pops = entry.control && (state.route.pop == PopMode::always ||
                                      (state.route.pop == PopMode::on_advance &&
                                       first_command(entry.data) == Command::switch_advance));
  const std::uint32_t data = pops ? pop_command(entry.data) : entry.data;

  state.pending = static_cast<std::uint8_t>(state.pending & ~bit8(move.output));
  router.want[move.output] &= ~bit32(move.color);
  router.last[move.output] = move.color;
  if (--state.credits[move.output] == 0) router.credit[move.output] &= ~bit32(move.color);

  Port& out = port(move.tile, move.output);
  ++out.sent;
  if (move.output == kRamp) {
    pe_->deliver(move.tile, {data, move.color, entry.control}, cycle);
  } else {
    ++hops_;
    const Cycle arrival = cycle + hop_latency_ + out.extra_latency;
    if (out.neighbour >= 0) {
      flights_[arrival % kFlightSlots].push_back(
          {static_cast<std::uint32_t>(out.neighbour), data, move.color,
           static_cast<std::uint8_t>(index_of(core::opposite(static_cast<Direction>(move.output)))),
           entry.control});
      ++in_flight_;
    } else {
      out.link->send({data, move.color, entry.control}, arrival);
    }
  }
  if (state.pending == 0) pop(move.tile, move.color, state, cycle);
}

void ColorRouterArray::pop(std::uint32_t tile, Color color, ColorState& state, Cycle cycle) {
  const std::uint8_t input = state.head_input;
  const Entry entry = entries_[state.entries + input * ring_ + state.front[input]];
  state.front[input] = static_cast<std::uint8_t>(state.front[input] + 1U == ring_ ? 0 : state.front[input] + 1);
  --state.count[input];
  state.head_input = kNoInput;

  if (input == kRamp) {
    pe_->return_output_credit(tile, color, cycle);
  } else {
    const Port& from = port(tile, input);
    if (from.neighbour >= 0) {
      const auto upstream = static_cast<std::uint32_t>(from.neighbour);
      const auto output = index_of(core::opposite(static_cast<Direction>(input)));
      if (ColorState* sender = find(upstream, color)) give_credit(upstream, output, color, *sender);
    } else if (from.neighbour == kBoundary) {
      from.link->return_credit(color, cycle);
    }
  }
  if (entry.control) obey(state, entry.data);
  select_front(tile, color, state);
}

void ColorRouterArray::obey(ColorState& state, std::uint32_t commands) {
  const Route& route = state.route;
  switch (first_command(commands)) {
    case Command::nop:
      return;
    case Command::switch_advance:
      if (state.position + 1U < route.position_count) {
        ++state.position;
      } else if (route.ring) {
        state.position = 0;
      }
      break;
    case Command::switch_reset:
      state.position = 0;
      break;
    case Command::teardown:
      // The color is closed here: nothing is taken or sent until the program is loaded anew.
      state.rx = 0;
      state.tx = 0;
      return;
  }
  state.rx = route.positions[state.position].rx.bits();
  state.tx = route.positions[state.position].tx.bits();
}

void ColorRouterArray::fail_two_inputs(std::uint32_t tile, Color color, std::uint8_t first,
                                       std::uint8_t second) const {
  const core::Coordinate at = places_[tile];
  throw core::SimulationError(fmt::format(
      "cycle {}: routing error at tile ({}, {}): color {} is fed by two inputs in one cycle, {} and {}", cycle_,
      at.x, at.y, color, core::name_of(static_cast<Direction>(first)),
      core::name_of(static_cast<Direction>(second))));
}

Cycle ColorRouterArray::next_cycle(Cycle now) const {
  if (!active_.empty()) return now + 1;
  if (in_flight_ == 0) return core::kNever;
  for (Cycle c = now + 1; c < now + kFlightSlots; ++c) {
    if (!flights_[c % kFlightSlots].empty()) return c;
  }
  return core::kNever;
}

std::uint64_t ColorRouterArray::sent(std::uint32_t tile, Direction output) const {
  return port(tile, index_of(output)).sent;
}

std::vector<BlockedQueue> ColorRouterArray::blocked() const {
  std::vector<BlockedQueue> result;
  for (std::uint32_t tile = 0; tile < routers_.size(); ++tile) {
    if (routers_[tile].row == kNoRoute) continue;
    for (std::uint32_t color = 0; color < colors_; ++color) {
      const std::uint32_t index = rows_[routers_[tile].row][color];
      if (index == kNoRoute) continue;
      const ColorState& state = states_[index];
      for (std::size_t input = 0; input < core::kDirections; ++input) {
        if (state.count[input] == 0) continue;
        const bool is_head = state.head_input == input;
        result.push_back({tile, static_cast<Direction>(input), static_cast<Color>(color), state.count[input],
                          core::DirectionSet::from_bits(is_head ? state.pending : std::uint8_t{0})});
      }
    }
  }
  return result;
}

}  // namespace waferloom::fabric
