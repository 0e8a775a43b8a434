// SPDX-License-Identifier: Apache-2.0
// Tree reduce: in round k, the PEs at odd multiples of 2^k send to the one 2^k before them, which adds. A PE
// streams its last sum on as it forms.
//
// All vectors for one PE come on one color, in the order of the rounds: the router of a sender lets its own
// vector pass first, and the control wavelet behind it switches the router to those further out. Streams that are
// early wait there, where they block no other, and follow without a gap. Receivers whose lines overlap differ
// in their number of rounds, and each number has a color.
#include <array>

#include "collectives/reduce.hpp"
#include "fabric/control.hpp"

namespace waferloom::collectives {

using core::Direction;
using core::DirectionSet;

namespace {

/// Senders to `receiver`, nearest first: one a round.
std::vector<std::size_t> senders_to(std::size_t receiver, std::size_t length) {
  std::vector<std::size_t> senders;
  for (std::size_t step = 1; receiver + step < length && receiver % (2 * step) == 0; step *= 2) {
    senders.push_back(receiver + step);
  }
  return senders;
}

void lay_way(PlanBuilder& builder, const Line& line, std::size_t receiver,
             const std::vector<std::size_t>& senders, core::Color color) {
  builder.route(line[receiver], color, {towards(line, receiver, receiver + 1)}, {Direction::ramp});
  std::size_t next = 0;
  for (std::size_t i = receiver + 1; i <= senders.back(); ++i) {
    const DirectionSet onwards{towards(line, i, receiver)};
    const bool sends = i == senders[next];
    if (i == senders.back()) {
      builder.route(line[i], color, {Direction::ramp}, onwards);
      continue;
    }
    fabric::Route route = fabric::Route::fixed({towards(line, i, i + 1)}, onwards);
    if (sends) {
      ++next;
      route.position_count = 2;
      route.positions[1] = route.positions[0];
      route.positions[0] = {{Direction::ramp}, onwards};
    }
    builder.route(line[i], color, route);
  }
}

}  // namespace

Share tree_reduce(PlanBuilder& builder, const std::vector<core::Color>& colors, const LineReduce& request) {
  const Line& line = request.line;
  struct Target {
    core::Color color = 0;
    bool last = true;  ///< no sender further out
  };
  std::vector<Target> targets(line.size());
  for (std::size_t receiver = 0; receiver < line.size(); ++receiver) {
    const std::vector<std::size_t> senders = senders_to(receiver, line.size());
    if (senders.empty()) continue;
    const core::Color color = colors[senders.size() - 1];
    lay_way(builder, line, receiver, senders, color);
    for (const std::size_t sender : senders) targets[sender] = {color, sender == senders.back()};
  }
  const std::array advance{fabric::Command::switch_advance};
  std::vector<std::uint32_t> carried(line.size());  // contributions in what a PE sends
  StepRef last;
  // From the far end: every PE comes after those that send to it.
  for (std::size_t i = line.size(); i-- > 0;) {
    const std::vector<std::size_t> senders = senders_to(i, line.size());
    const Share& own = request.shares[i];
    carried[i] = own.contributions;
    if (senders.empty()) {
      last =
          builder.send(line[i], request.thread, targets[i].color, request.wavelets, carried[i], {own.ready});
    }
    for (const std::size_t sender : senders) {
      const core::Color color = colors[senders.size() - 1];
      last = i != 0 && sender == senders.back()
                 ? builder.forward(line[i], request.thread, color, targets[i].color, request.wavelets,
                                   carried[sender], carried[i], {own.ready})
                 : builder.receive(line[i], request.thread, color, request.wavelets, carried[sender],
                                   {own.ready});
      if (sender != senders.back()) builder.expect_control(last);
      carried[i] += carried[sender];
    }
    if (i != 0 && !targets[i].last) builder.finish_with_control(last, fabric::encode_commands(advance));
  }
  return {last, carried[0] - request.shares[0].contributions};
}

}  // namespace waferloom::collectives
