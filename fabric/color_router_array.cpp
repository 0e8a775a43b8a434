// SPDX-License-Identifier: Apache-2.0
#include "fabric/color_router_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/config/origin.hpp"
#include "core/error.hpp"
#include "core/places.hpp"
#include "fabric/control.hpp"
#include "fabric/limits.hpp"

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

/// Whether a wavelet from `input` to `output` goes from a row to a column, or back.
bool turns(std::size_t input, std::size_t output) {
  const auto is_row = [](std::size_t d) {
    return d == index_of(Direction::west) || d == index_of(Direction::east);
  };
  return input != kRamp && is_row(input) != is_row(output);
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

ColorRouterArray::ColorRouterArray(const sc_core::sc_module_name& name, const FabricParameters& parameters,
                                   const core::Rectangle& area)
    : RouterArray(name),
      depth_(parameters.queue_depth),
      hop_latency_(parameters.hop_latency_cycles),
      turn_latency_(parameters.turn_latency_cycles),
      link_time_(static_cast<std::uint64_t>(
          std::llround(std::ldexp(parameters.link_cycles(), static_cast<int>(kFractionBits))))),
      link_slack_(link_time_ % (std::uint64_t{1} << kFractionBits) == 0
                      ? 0
                      : (std::uint64_t{1} << kFractionBits) - 1),
      links_are_slow_(link_time_ != std::uint64_t{1} << kFractionBits),
      hops_are_simple_(!links_are_slow_ && turn_latency_ == 0),
      ring_(parameters.queue_depth + parameters.hop_latency_cycles + parameters.reticle_crossing_cycles +
            parameters.turn_latency_cycles - 1),
      colors_(parameters.colors),
      mesh_(parameters),
      area_(area),
      router_of_(area.area(), kNone) {
  static_assert(kMostHopCycles == core::kMostCyclesAhead);
  static_assert(kMostQueueDepth + kMostHopCycles <= std::numeric_limits<std::uint8_t>::max());
  if (parameters.queue_depth > kMostQueueDepth || longest_hop_cycles(parameters) > kMostHopCycles) {
    throw core::config::KeyError(
        {"fabric.queue_depth", "fabric.hop_latency", "fabric.reticle_crossing", "fabric.turn_latency"},
        fmt::format("expected at most {} wavelets and hops of at "
                    "most {} cycles, got {} and {}",
                    kMostQueueDepth, kMostHopCycles, parameters.queue_depth, longest_hop_cycles(parameters)));
  }
}

void ColorRouterArray::join_region(Direction edge, const core::Rectangle& far) {
  beyond_[index_of(edge)] = far;
}

void ColorRouterArray::join_channel(std::uint32_t tile, Direction towards, int channel) {
  channels_.push_back({tile, towards, channel});
}

ColorRouterArray::Port ColorRouterArray::make_port(std::uint32_t tile, Direction towards) {
  const core::Coordinate at = core::place_at(area_, tile);
  const std::optional<core::Coordinate> there =
      core::neighbour(at, towards, {0, 0, mesh_.width, mesh_.height});
  if (!there) {
    const auto channel = std::find_if(channels_.rbegin(), channels_.rend(), [&](const ChannelPort& each) {
      return each.tile == tile && each.towards == towards;
    });
    if (channel == channels_.rend()) return {};
    return {kBoundary, 0, edges[index_of(towards)][channel->channel], 0};
  }
  const bool crosses = at.x / mesh_.reticle_width != there->x / mesh_.reticle_width ||
                       at.y / mesh_.reticle_height != there->y / mesh_.reticle_height;
  const std::uint32_t extra = crosses ? mesh_.reticle_crossing_cycles : 0;
  if (area_.contains(*there)) return {core::number_of(area_, *there), extra, nullptr, 0};
  return {kBoundary, extra, edges[index_of(towards)][0], core::number_of(beyond_[index_of(towards)], *there)};
}

std::uint32_t ColorRouterArray::make_router(std::uint32_t tile) {
  const auto router = static_cast<std::uint32_t>(routers_.size());
  router_of_[tile] = router;
  routers_.emplace_back().tile = tile;
  rows_.emplace_back().fill(kNone);
  row_colors_.push_back(0);
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    ports_.push_back(make_port(tile, static_cast<Direction>(d)));
    if (links_are_slow_) link_free_.push_back(0);
  }
  return router;
}

void ColorRouterArray::check_route(std::uint32_t tile, Color color, const Route& route) {
  if (color >= colors_) {
    throw core::InputError(
        fmt::format("color {}: expected less than {}, the routers' colors", color, colors_));
  }
  const core::Coordinate at = core::place_at(area_, tile);
  for (std::size_t p = 0; p < route.position_count; ++p) {
    for (std::size_t d = 0; d < core::kNeighbours; ++d) {
      const auto direction = static_cast<Direction>(d);
      if (make_port(tile, direction).neighbour != kNone) continue;
      if (!route.positions[p].tx.has(direction) && !route.positions[p].rx.has(direction)) continue;
      throw core::InputError(fmt::format("color {} at tile ({}, {}): unroutable: nothing lies to the {}",
                                         color, at.x, at.y, core::name_of(direction)));
    }
  }
}

void ColorRouterArray::set_route(std::uint32_t tile, Color color, const Route& route) {
  check_route(tile, color, route);
  if (const std::uint32_t existing = find(tile, color); existing != kNone) {
    const Route& other = cold_[existing].route;
    if (other == route) return;
    const core::Coordinate at = core::place_at(area_, tile);
    throw core::InputError(
        fmt::format("color {} at tile ({}, {}): two routes contradict each other: {} -> {} and {} -> {}",
                    color, at.x, at.y, describe(other.positions[0].rx), describe(other.positions[0].tx),
                    describe(route.positions[0].rx), describe(route.positions[0].tx)));
  }
  const std::uint32_t router = router_of_[tile] == kNone ? make_router(tile) : router_of_[tile];
  const auto index = static_cast<std::uint32_t>(states_.size());
  rows_[router][color] = index;
  row_colors_[router] |= std::uint32_t{1} << color;
  cold_.push_back({route});
  pe_queues_.emplace_back();
  if (turn_latency_ != 0) arrived_.emplace_back().fill(0);
  ColorState& state = states_.emplace_back();
  state.router = router;
  state.color = color;
  state.rx = route.positions[0].rx.bits();
  state.tx = route.positions[0].tx.bits();
  state.switches = route.position_count > 1 || route.pop != PopMode::never;
  state.settle();
  make_rings(state, route);
  join_neighbours(index);
}

void ColorRouterArray::make_rings(ColorState& state, const Route& route) {
  std::uint8_t inputs = 0;
  for (std::size_t p = 0; p < route.position_count; ++p) {
    inputs = static_cast<std::uint8_t>(inputs | route.positions[p].rx.bits());
  }
  state.entries = static_cast<std::uint32_t>(entries_.size());
  std::uint8_t rings = 0;
  for (std::size_t i = 0; i < core::kDirections; ++i) {
    if (((inputs >> i) & 1U) != 0) state.ring[i] = rings++;
  }
  entries_.resize(entries_.size() + std::size_t{rings} * ring_);
}

void ColorRouterArray::join_neighbours(std::uint32_t index) {
  ColorState& state = states_[index];
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    const Port& p = port(state.router, d);
    if (p.neighbour == kNone) continue;
    state.extra_latency[d] = static_cast<std::uint8_t>(p.extra_latency);
    std::uint32_t credits = 0;
    if (p.neighbour == kBoundary) {
      state.there[d] = kBoundary;
      credits = p.link->credits() + hop_latency_ + p.extra_latency - 1;
    } else {
      credits = link_capacity(p);
      const std::uint32_t other = find(p.neighbour, state.color);
      state.there[d] = other;
      if (other != kNone) states_[other].there[index_of(core::opposite(static_cast<Direction>(d)))] = index;
    }
    if (turn_latency_ != 0) credits += turn_capacity(cold_[index].route, d);
    state.credits[d] = static_cast<std::uint8_t>(credits);
    routers_[state.router].credit[d] |= bit32(state.color);
    routers_[state.router].settle(d);
  }
}

std::uint32_t ColorRouterArray::ramp(std::uint32_t tile, Color color) const { return find(tile, color); }

void ColorRouterArray::bind_input(std::uint32_t ramp, std::uint32_t queue, std::uint32_t slots) {
  if (ramp == core::kNoRamp) return;
  give_credits();  // what was taken before counts for the queue that was bound then
  ColorState& state = states_[ramp];
  RouterState& router = routers_[state.router];
  const std::uint32_t bit = bit32(state.color);
  pe_queues_[ramp].input = queue;
  state.credits[kRamp] = static_cast<std::uint8_t>(slots);
  router.credit[kRamp] = slots > 0 ? router.credit[kRamp] | bit : router.credit[kRamp] & ~bit;
  router.settle(kRamp);
  if (slots > 0 && (router.want[kRamp] & bit) != 0) activate(state.router);
}

void ColorRouterArray::bind_output(std::uint32_t ramp, std::uint32_t queue) {
  if (ramp != core::kNoRamp) pe_queues_[ramp].output = queue;
}

void ColorRouterArray::inject(std::uint32_t ramp, std::uint32_t data, bool control, Cycle arrival) {
  flights_.add(arrival, {ramp, data, static_cast<std::uint8_t>(kRamp), control});
  ++in_flight_;
}

void ColorRouterArray::arrive(std::uint32_t tile, Direction input, const core::Wavelet& wavelet) {
  const std::uint32_t index = find(tile, wavelet.color);
  if (index == kNone) fail_unrouted(tile, wavelet.color, static_cast<std::uint8_t>(input));
  enqueue(index, static_cast<std::uint8_t>(input), {wavelet.data, wavelet.control ? 1U : 0U});
}

void ColorRouterArray::grant(const ColorState& state, std::size_t output) {
  RouterState& router = routers_[state.router];
  router.credit[output] |= bit32(state.color);
  if ((router.want[output] & bit32(state.color)) == 0) return;
  router.ready = static_cast<std::uint8_t>(router.ready | bit8(output));
  activate(state.router);
}

void ColorRouterArray::return_input_credit(std::uint32_t ramp) {
  if (!collects_) return give_credit(states_[ramp], kRamp);
  credits_.push_back({ramp, static_cast<std::uint8_t>(kRamp)});
}

void ColorRouterArray::give_credits() {
  const Credit* const credits = credits_.data();
  ColorState* const states = states_.data();
  core::walk_ahead(
      credits_.size(), [&](std::size_t i) { __builtin_prefetch(&states[credits[i].state], 1); },
      [&](std::size_t i) { __builtin_prefetch(&routers_[states[credits[i].state].router], 1); },
      [&](std::size_t i) { give_credit(states[credits[i].state], credits[i].output); });
  credits_.clear();
}

void ColorRouterArray::return_credit(std::uint32_t tile, Direction output, Color color) {
  if (const std::uint32_t index = find(tile, color); index != kNone)
    give_credit(states_[index], index_of(output));
}

inline void ColorRouterArray::enqueue_straight(ColorState& state, RouterState& router, Entry entry) {
  note_change(router.tile);
  const std::uint8_t input = state.straight;
  put_last(state, input, entry);
  if (state.count[input] != 1) return;
  state.head_input = input;
  state.pending = state.tx;
  const auto output = static_cast<std::size_t>(std::countr_zero(state.tx));
  router.add_want(output, bit32(state.color));
  activate(state.router, router);
}

void ColorRouterArray::begin_cycle(Cycle cycle) {
  cycle_ = cycle;
  collects_ = true;
  const std::vector<Flight>& due = flights_.of(cycle);
  const Flight* const flights = due.data();  // what is sent meanwhile arrives in other cycles
  const std::size_t count = due.size();
  ColorState* const states = states_.data();
  RouterState* const routers = routers_.data();
  core::walk_ahead(
      count, [&](std::size_t i) { __builtin_prefetch(&states[flights[i].state], 1); },
      [&](std::size_t i) { prefetch_queue(states[flights[i].state]); },
      [&](std::size_t i) {
        const Flight& flight = flights[i];
        const Entry entry{flight.data, flight.control ? 1U : 0U};
        if (ColorState& state = states[flight.state]; state.straight == flight.input) {
          enqueue_straight(state, routers[state.router], entry);
        } else {
          enqueue(flight.state, flight.input, entry);
        }
      });
  in_flight_ -= count;
  flights_.clear(cycle);
  if (!links_are_slow_) return;
  const std::vector<Release>& free = releases_.of(cycle);
  for (const Release& release : free) {
    RouterState& router = routers_[release.router];
    router.busy = static_cast<std::uint8_t>(router.busy & ~bit8(release.output));
    note_change(router.tile);
    if ((router.ready & bit8(release.output)) != 0) activate(release.router);
  }
  in_flight_ -= free.size();
  releases_.clear(cycle);
}

void ColorRouterArray::enqueue(std::uint32_t index, std::uint8_t input, Entry entry) {
  ColorState& state = states_[index];
  if (state.ring[input] == kNoRing) fail_unrouted(routers_[state.router].tile, state.color, input);
  note_change(routers_[state.router].tile);
  put_last(state, input, entry);
  if (((state.rx >> input) & 1U) != 0 && state.head_input != input) present(state, input);
}

void ColorRouterArray::present(ColorState& state, std::uint8_t input) {
  if (state.head_input != kNoInput) fail_two_inputs(state, input);
  state.head_input = input;
  state.pending = state.tx;
  RouterState& router = routers_[state.router];
  const std::uint32_t bit = bit32(state.color);
  for (std::uint32_t outputs = state.tx; outputs != 0; outputs &= outputs - 1) {
    router.add_want(static_cast<std::size_t>(std::countr_zero(outputs)), bit);
  }
  activate(state.router);
}

void ColorRouterArray::select_front(ColorState& state) {
  for (std::uint32_t inputs = state.rx; inputs != 0; inputs &= inputs - 1) {
    const auto input = static_cast<std::uint8_t>(std::countr_zero(inputs));
    if (state.count[input] != 0) present(state, input);
  }
}

void ColorRouterArray::decide(std::uint32_t index) {
  RouterState& router = routers_[index];
  router.listed = false;
  const auto& row = rows_[index];
  for (std::uint32_t outputs = router.free_outputs(); outputs != 0; outputs &= outputs - 1) {
    const auto o = static_cast<std::size_t>(std::countr_zero(outputs));
    const std::uint32_t ready = router.want[o] & router.credit[o];
    moves_.push_back({row[next_in_turn(ready, router.last[o])], static_cast<std::uint8_t>(o),
                      (outputs & (outputs - 1)) == 0});
  }
}

inline void ColorRouterArray::forward(Move move, const ColorState& state, std::uint8_t input, Entry entry,
                                      Cycle cycle) {
  const std::size_t output = move.output;
  if (output == kRamp) {
    deliveries_.push_back({pe_queues_[move.state].input, entry.data, entry.control != 0});
    return;
  }
  ++hops_;
  Cycle arrival = cycle + hop_latency_ + state.extra_latency[output];
  if (!hops_are_simple_) [[unlikely]]
    arrival = late_arrival(move, input, cycle, arrival);
  const std::uint32_t there = state.there[output];
  if (there >= kBoundary) return send_beyond(state, output, entry, arrival);
  flights_.add(arrival, {there, entry.data,
                         static_cast<std::uint8_t>(index_of(core::opposite(static_cast<Direction>(output)))),
                         entry.control != 0});
  ++in_flight_;
}

inline void ColorRouterArray::return_slot(std::uint32_t index, const ColorState& state, std::uint8_t input,
                                          Cycle cycle) {
  if (input == kRamp) return sent_queues_.push_back(pe_queues_[index].output);
  if (state.there[input] < kBoundary) {
    credits_.push_back({state.there[input],
                        static_cast<std::uint8_t>(index_of(core::opposite(static_cast<Direction>(input))))});
  } else if (state.there[input] == kBoundary) {
    const Port& p = port(state.router, input);
    p.link->return_credit(p.far, core::opposite(static_cast<Direction>(input)), state.color, cycle);
  }
}

inline void ColorRouterArray::commit_straight(Move move, ColorState& state, RouterState& router,
                                              Cycle cycle) {
  const std::size_t output = move.output;
  const std::uint8_t input = state.straight;
  const std::uint32_t bit = bit32(state.color);
  note_change(router.tile, bit8(output));
  const Entry entry = take_front(state, input);
  router.last[output] = state.color;
  if (state.count[input] == 0) {
    state.head_input = kNoInput;
    state.pending = 0;
    router.want[output] &= ~bit;
  } else {
    activate(state.router, router);  // the next one stands in front
  }
  if (--state.credits[output] == 0) router.credit[output] &= ~bit;
  router.settle_ready(output);
  forward(move, state, input, entry, cycle);
  return_slot(move.state, state, input, cycle);
}

inline void ColorRouterArray::move_on(Move move, ColorState& state, RouterState& router, Cycle cycle) {
  if (state.straight != kNoInput && (!state.switches || front(state, state.straight).control == 0)) {
    commit_straight(move, state, router, cycle);
  } else {
    commit(move, cycle);
  }
  if (!move.last) return;
  // What its other colors or queues have left to send; credits see to it themselves.
  if (router.free_outputs() != 0) activate(state.router, router);
}

void ColorRouterArray::step(Cycle cycle) {
  give_credits();
  collects_ = false;
  visiting_.swap(active_);
  active_.clear();
  moves_.clear();
  const std::uint32_t* const visiting = visiting_.data();
  core::walk_ahead(
      visiting_.size(), [](std::size_t) {},
      [&](std::size_t i) {
        __builtin_prefetch(&routers_[visiting[i]], 1);
        __builtin_prefetch(&rows_[visiting[i]]);
      },
      [&](std::size_t i) { decide(visiting[i]); });
  const Move* const moves = moves_.data();
  ColorState* const states = states_.data();
  RouterState* const routers = routers_.data();
  core::walk_ahead(
      moves_.size(), [&](std::size_t i) { __builtin_prefetch(&states[moves[i].state], 1); },
      [&](std::size_t i) { prefetch_move(moves[i], states[moves[i].state]); },
      [&](std::size_t i) {
        ColorState& state = states[moves[i].state];
        move_on(moves[i], state, routers[state.router], cycle);
      });
  give_credits();
  pe_->deliver(deliveries_, cycle);
  deliveries_.clear();
  pe_->return_output_credits(sent_queues_, cycle);
  sent_queues_.clear();
}

void ColorRouterArray::commit(Move move, Cycle cycle) {
  ColorState& state = states_[move.state];
  RouterState& router = routers_[state.router];
  const std::size_t output = move.output;
  note_change(router.tile, bit8(output));
  const std::uint8_t input = state.head_input;
  Entry entry = front(state, input);
  if (entry.control != 0 && state.switches) {
    const PopMode pop_mode = cold_[move.state].route.pop;
    if (pop_mode == PopMode::always ||
        (pop_mode == PopMode::on_advance && first_command(entry.data) == Command::switch_advance)) {
      entry.data = pop_command(entry.data);
    }
  }
  const std::uint32_t bit = bit32(state.color);
  state.pending = static_cast<std::uint8_t>(state.pending & ~bit8(output));
  router.want[output] &= ~bit;
  router.last[output] = state.color;
  if (--state.credits[output] == 0) router.credit[output] &= ~bit;
  router.settle_ready(output);
  forward(move, state, input, entry, cycle);
  if (state.pending == 0) pop(move.state, cycle);
}

Cycle ColorRouterArray::occupy(std::uint32_t index, std::size_t output, Cycle cycle) {
  std::uint64_t& free_at = link_free_[std::size_t{index} * core::kNeighbours + output];
  // What comes in a cycle may be due in the part before its start, which the link does not lose.
  const std::uint64_t now = cycle << kFractionBits;
  free_at = std::max(free_at, now - std::min(now, link_slack_)) + link_time_;
  const Cycle free = free_at >> kFractionBits;
  if (free > cycle + 1) {
    RouterState& router = routers_[index];
    router.busy = static_cast<std::uint8_t>(router.busy | bit8(output));
    releases_.add(free, {index, static_cast<std::uint8_t>(output)});
    ++in_flight_;
  }
  return std::max(free, cycle + (link_time_ >> kFractionBits)) - cycle;
}

Cycle ColorRouterArray::late_arrival(Move move, std::uint8_t input, Cycle cycle, Cycle arrival) {
  if (links_are_slow_) arrival += occupy(states_[move.state].router, move.output, cycle) - 1;
  if (turn_latency_ == 0) return arrival;
  if (turns(input, move.output)) arrival += turn_latency_;
  Cycle& last = arrived_[move.state][move.output];
  last = std::max(arrival, last + 1);
  return last;
}

std::uint32_t ColorRouterArray::turn_capacity(const Route& route, std::size_t output) const {
  for (std::size_t p = 0; p < route.position_count; ++p) {
    if (!route.positions[p].tx.has(static_cast<Direction>(output))) continue;
    for (std::size_t i = 0; i < core::kNeighbours; ++i) {
      if (route.positions[p].rx.has(static_cast<Direction>(i)) && turns(i, output)) return turn_latency_;
    }
  }
  return 0;
}

void ColorRouterArray::send_beyond(const ColorState& state, std::size_t output, Entry entry, Cycle arrival) {
  const Port& p = port(state.router, output);
  if (state.there[output] == kNone) {
    fail_unrouted(p.neighbour, state.color,
                  static_cast<std::uint8_t>(index_of(core::opposite(static_cast<Direction>(output)))));
  }
  p.link->send(p.far, core::opposite(static_cast<Direction>(output)),
               {entry.data, state.color, entry.control != 0}, arrival);
}

void ColorRouterArray::pop(std::uint32_t index, Cycle cycle) {
  ColorState& state = states_[index];
  const std::uint8_t input = state.head_input;
  const Entry entry = take_front(state, input);
  state.head_input = kNoInput;
  return_slot(index, state, input, cycle);
  if (entry.control != 0 && state.switches) obey(index, entry.data);
  if (state.switches) {
    select_front(state);
  } else if (state.count[input] != 0) {
    present(state, input);
  }
}

void ColorRouterArray::obey(std::uint32_t index, std::uint32_t commands) {
  ColorState& state = states_[index];
  ColdState& cold = cold_[index];
  for (std::size_t o = 0; o < core::kDirections; ++o) {
    if (((state.tx >> o) & 1U) != 0) cold.sent_before[o] += state.popped;
  }
  state.popped = 0;
  switch (first_command(commands)) {
    case Command::nop:
      return;
    case Command::switch_advance:
      if (state.position + 1U < cold.route.position_count) {
        ++state.position;
      } else if (cold.route.ring) {
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
      return state.settle();
  }
  state.rx = cold.route.positions[state.position].rx.bits();
  state.tx = cold.route.positions[state.position].tx.bits();
  state.settle();
}

void ColorRouterArray::fail_unrouted(std::uint32_t tile, Color color, std::uint8_t input) const {
  const core::Coordinate at = core::place_at(area_, tile);
  throw core::SimulationError(
      fmt::format("cycle {}: routing error at tile ({}, {}): a wavelet of color {} arrives from {}, for "
                  "which that color has no "
                  "route there",
                  cycle_, at.x, at.y, color, core::name_of(static_cast<Direction>(input))));
}

void ColorRouterArray::fail_two_inputs(const ColorState& state, std::uint8_t second) const {
  const core::Coordinate at = core::place_at(area_, routers_[state.router].tile);
  throw core::SimulationError(fmt::format(
      "cycle {}: routing error at tile ({}, {}): color {} is fed by two inputs in one cycle, {} and {}",
      cycle_, at.x, at.y, state.color, core::name_of(static_cast<Direction>(state.head_input)),
      core::name_of(static_cast<Direction>(second))));
}

Cycle ColorRouterArray::next_cycle(Cycle now) const {
  if (!active_.empty()) return now + 1;
  if (in_flight_ == 0) return core::kNever;
  for (Cycle c = now + 1; c < now + kFlightSlots; ++c) {
    if (!flights_.of(c).empty() || !releases_.of(c).empty()) return c;
  }
  return core::kNever;
}

void ColorRouterArray::add_sent(std::uint32_t index,
                                std::array<std::uint64_t, core::kDirections>& totals) const {
  const ColorState& state = states_[index];
  // Of the front wavelet, a copy may have left some way while others wait.
  const std::uint32_t left = state.head_input == kNoInput ? 0U : state.tx & ~std::uint32_t{state.pending};
  for (std::uint32_t outputs = state.tx; outputs != 0; outputs &= outputs - 1) {
    const auto output = static_cast<std::size_t>(std::countr_zero(outputs));
    totals[output] += state.popped + (left >> output & 1U);
  }
  if (!state.switches) return;  // its route has never been another
  for (std::size_t d = 0; d < core::kDirections; ++d) totals[d] += cold_[index].sent_before[d];
}

std::array<std::uint64_t, core::kDirections> ColorRouterArray::sent(std::uint32_t tile) const {
  std::array<std::uint64_t, core::kDirections> totals{};
  const std::uint32_t row = router_of_[tile];
  if (row == kNone) return totals;
  const auto& indices = rows_[row];
  for (std::uint32_t colors = row_colors_[row]; colors != 0; colors &= colors - 1) {
    add_sent(indices[static_cast<std::size_t>(std::countr_zero(colors))], totals);
  }
  return totals;
}

std::vector<RouterArray::Sent> ColorRouterArray::sent_by_all() const {
  std::vector<Sent> all(routers_.size());
  for (std::size_t router = 0; router < routers_.size(); ++router) all[router].tile = routers_[router].tile;
  for (std::uint32_t index = 0; index < states_.size(); ++index) {
    add_sent(index, all[states_[index].router].wavelets);
  }
  return all;
}

core::DirectionSet ColorRouterArray::inputs(std::uint32_t tile, Color color) const {
  const std::uint32_t index = find(tile, color);
  return core::DirectionSet::from_bits(index == kNone ? std::uint8_t{0} : states_[index].rx);
}

RouterView ColorRouterArray::view(std::uint32_t tile) const {
  RouterView view;
  const std::uint32_t place = router_of_[tile];
  if (place == kNone) return view;
  const RouterState& router = routers_[place];
  const auto& row = rows_[place];
  for (std::uint32_t colors = row_colors_[place]; colors != 0; colors &= colors - 1) {
    const std::uint32_t index = row[static_cast<std::size_t>(std::countr_zero(colors))];
    const ColorState& state = states_[index];
    for (const std::uint8_t count : state.count) view.queued += count;
  }
  for (std::size_t d = 0; d < core::kDirections; ++d) {
    view.outputs[d].last = router.last[d];
    view.outputs[d].wanted = router.want[d] != 0;
    view.outputs[d].busy = (router.busy >> d & 1U) != 0;
  }
  return view;
}

void ColorRouterArray::list_queues(std::uint32_t tile, std::vector<QueueView>& queues) const {
  const std::uint32_t row = router_of_[tile];
  if (row == kNone) return;
  for (const std::uint32_t index : rows_[row]) {
    if (index == kNone) continue;
    const ColorState& state = states_[index];
    for (std::size_t input = 0; input < core::kDirections; ++input) {
      if (state.ring[input] == kNoRing) continue;
      const std::uint32_t newest = (state.front[input] + state.count[input] + ring_ - 1) % ring_;
      const Entry& entry = entries_[state.entries + state.ring[input] * ring_ + newest];
      queues.push_back({state.color, static_cast<Direction>(input), state.front[input], state.count[input],
                        ring_, entry.data, entry.control != 0});
    }
  }
}

std::uint32_t ColorRouterArray::queued(std::uint32_t tile, Color color) const {
  const std::uint32_t index = find(tile, color);
  if (index == kNone) return 0;
  const auto& count = states_[index].count;
  return std::accumulate(count.begin(), count.end(), std::uint32_t{0});
}

std::vector<BlockedQueue> ColorRouterArray::blocked() const {
  std::vector<BlockedQueue> result;
  for (std::uint32_t tile = 0; tile < router_of_.size(); ++tile) {
    if (router_of_[tile] == kNone) continue;
    for (const std::uint32_t index : rows_[router_of_[tile]]) {
      if (index == kNone) continue;
      const ColorState& state = states_[index];
      for (std::size_t input = 0; input < core::kDirections; ++input) {
        if (state.count[input] == 0) continue;
        const bool is_head = state.head_input == input;
        result.push_back({tile, static_cast<Direction>(input), state.color, state.count[input],
                          core::DirectionSet::from_bits(is_head ? state.pending : std::uint8_t{0})});
      }
    }
  }
  return result;
}

}  // namespace waferloom::fabric
