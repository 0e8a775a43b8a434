// SPDX-License-Identifier: Apache-2.0
#include "trace/import/exchange.hpp"

#include "core/arithmetic.hpp"
#include "core/wavelet.hpp"

namespace waferloom::trace {

namespace {

constexpr std::uint64_t kWordBytes = core::kWaveletBits / 8;

using Ranks = std::vector<std::uint32_t>;

/// Each rank to the one `distance` on around the ring.
Round around(const Ranks& order, std::size_t distance, std::uint64_t words) {
  Round round;
  for (std::size_t i = 0; i < order.size(); ++i) {
    round.exchanges.push_back({order[i], order[(i + distance) % order.size()], words});
  }
  return round;
}

void ring(const Ranks& order, std::uint64_t words, bool adds, std::vector<Round>& rounds) {
  for (std::size_t t = 1; t < order.size(); ++t) {
    Round round = around(order, 1, words);
    round.adds = adds;
    round.follows = !rounds.empty();
    rounds.push_back(std::move(round));
  }
}

void add_up(const Ranks& order, std::uint64_t words, std::vector<Round>& rounds) {
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    rounds.push_back({{{order[i], order[i - 1], words}}, true, !rounds.empty()});
  }
}

void pass_on(const Ranks& order, std::uint64_t words, std::vector<Round>& rounds) {
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    rounds.push_back({{{order[i], order[i + 1], words}}, false, !rounds.empty()});
  }
}

void with_root(const Ranks& order, std::uint64_t words, bool to_root, std::vector<Round>& rounds) {
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Exchange exchange =
        to_root ? Exchange{order[i], order[0], words} : Exchange{order[0], order[i], words};
    rounds.push_back({{exchange}, false, false});
  }
}

}  // namespace

std::vector<Round> rounds_of(const RankStep& step, const Ranks& order, AllReduce algorithm) {
  std::vector<Round> rounds;
  if (order.size() < 2) return rounds;
  const std::uint64_t whole = core::ceil_div(step.bytes, kWordBytes);
  const std::uint64_t part = core::ceil_div(core::ceil_div(step.bytes, order.size()), kWordBytes);
  switch (step.collective) {
    case Collective::all_reduce:
      if (algorithm == AllReduce::ring) {
        ring(order, part, true, rounds);
        ring(order, part, false, rounds);
      } else {
        add_up(order, whole, rounds);
        pass_on(order, whole, rounds);
      }
      break;
    case Collective::reduce_scatter:
      ring(order, part, true, rounds);
      break;
    case Collective::all_gather:
      ring(order, whole, false, rounds);
      break;
    case Collective::all_to_all:
      for (std::size_t t = 1; t < order.size(); ++t) rounds.push_back(around(order, t, part));
      break;
    case Collective::broadcast:
      pass_on(order, whole, rounds);
      break;
    case Collective::reduce:
      add_up(order, whole, rounds);
      break;
    case Collective::gather:
      with_root(order, whole, true, rounds);
      break;
    case Collective::scatter:
      with_root(order, part, false, rounds);
      break;
    case Collective::barrier:
      add_up(order, 1, rounds);
      pass_on(order, 1, rounds);
      break;
  }
  return rounds;
}

}  // namespace waferloom::trace
