// SPDX-License-Identifier: Apache-2.0
#include "collectives/ring.hpp"

#include <algorithm>

#include "collectives/star.hpp"

namespace waferloom::collectives {

namespace {

/// A ring laid on a line, with one color per edge: edges whose paths overlap have different ones.
class Ring {
 public:
  Ring(PlanBuilder& builder, const Line& line) : line_(line) {
    for (std::size_t i = 0; i < line.size(); i += 2) order_.push_back(i);
    for (std::size_t i = line.size() - line.size() % 2; i >= 2; i -= 2) order_.push_back(i - 1);
    std::vector<core::Color> colors;
    for (int i = 0; i < 6; ++i) colors.push_back(builder.new_color());
    for (std::size_t r = 0; r < size(); ++r) {
      const std::size_t from = order_[r];
      const std::size_t to = order_[(r + 1) % size()];
      // The two edges at the line's ends join the ways out and back.
      const bool out = from % 2 == 0 && to % 2 == 0;
      const bool back = from % 2 == 1 && to % 2 == 1;
      const std::size_t parity = from / 2 % 2;
      edges_.push_back(out             ? colors[parity]
                       : back          ? colors[2 + parity]
                       : from % 2 == 0 ? colors[4]
                                       : colors[5]);
      lay_path(builder, line, from, to, edges_.back());
    }
  }

  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] std::size_t place(std::size_t r) const { return order_[r]; }
  [[nodiscard]] core::Coordinate at(std::size_t r) const { return line_[order_[r]]; }
  [[nodiscard]] core::Color color_out(std::size_t r) const { return edges_[r]; }
  [[nodiscard]] core::Color color_in(std::size_t r) const { return edges_[(r + size() - 1) % size()]; }

 private:
  const Line& line_;
  std::vector<std::size_t> order_;  ///< place on the line by place on the ring
  std::vector<core::Color> edges_;  ///< from each place on the ring to the next
};

/// After it, place r of the ring holds the whole sum of chunk r + 1. Receiving and sending are microthreads of
/// their own: a chunk goes on when it has been added in memory.
std::vector<Share> reduce_scatter(PlanBuilder& builder, const Ring& ring, const std::vector<Share>& shares,
                                  std::uint64_t wavelets, std::uint8_t thread) {
  const std::size_t n = ring.size();
  std::vector<Share> results(n);
  for (std::size_t r = 0; r < n; ++r) {
    StepRef ready = shares[ring.place(r)].ready;
    std::uint32_t carried = shares[ring.place(r)].contributions;
    for (std::size_t t = 0; t + 1 < n; ++t) {
      const std::size_t chunk_out = (r + n - t) % n;
      const std::size_t chunk_in = (r + n - 1 - t) % n;
      builder.send(ring.at(r), static_cast<std::uint8_t>(thread + 1), ring.color_out(r),
                   core::share(wavelets, n, chunk_out), carried, {ready});
      // The chunk that comes sums up the t + 1 places before this one.
      std::uint32_t taken = 0;
      for (std::size_t s = 1; s <= t + 1; ++s) taken += shares[ring.place((r + n - s) % n)].contributions;
      ready = builder.receive(ring.at(r), thread, ring.color_in(r), core::share(wavelets, n, chunk_in), taken,
                              {shares[ring.place(r)].ready});
      carried = taken + shares[ring.place(r)].contributions;
    }
    results[r] = {ready, carried};
  }
  return results;
}

}  // namespace

Share ring_reduce(PlanBuilder& builder, const Line& line, const std::vector<Share>& shares, std::size_t root,
                  std::uint64_t wavelets, std::uint8_t thread) {
  if (line.size() == 1) return shares[0];
  const Ring ring(builder, line);
  const std::vector<Share> sums = reduce_scatter(builder, ring, shares, wavelets, thread);
  std::vector<std::size_t> ring_place(line.size());
  for (std::size_t r = 0; r < ring.size(); ++r) ring_place[ring.place(r)] = r;
  StepRef last = sums[ring_place[root]].ready;
  const auto gather = [&](const Line& part, bool up) {
    if (part.size() < 2) return;
    std::vector<StarVector> vectors;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const std::size_t r = ring_place[up ? root + i : root - i];
      vectors.push_back({core::share(wavelets, ring.size(), (r + 1) % ring.size()), sums[r].contributions,
                         i == 0 ? last : sums[r].ready});
    }
    last = lay_star(builder, part, builder.new_color(), thread, vectors);
  };
  gather(from_root_up(line, root), true);
  gather(from_root_down(line, root), false);
  return {last, sums[0].contributions};
}

std::vector<Share> ring_all_reduce(PlanBuilder& builder, const Line& line, const std::vector<Share>& shares,
                                   std::uint64_t wavelets, std::uint8_t thread) {
  if (line.size() == 1) return shares;
  const Ring ring(builder, line);
  const std::size_t n = ring.size();
  const std::vector<Share> sums = reduce_scatter(builder, ring, shares, wavelets, thread);
  std::vector<Share> results(line.size());
  for (std::size_t r = 0; r < n; ++r) {
    StepRef ready = sums[r].ready;
    for (std::size_t t = 0; t + 1 < n; ++t) {
      // First the chunk that is whole here, then those that came.
      const std::size_t chunk_out = (r + 1 + n - t) % n;
      const std::size_t chunk_in = (r + n - t) % n;
      builder.send(ring.at(r), static_cast<std::uint8_t>(thread + 1), ring.color_out(r),
                   core::share(wavelets, n, chunk_out), sums[r].contributions, {ready});
      ready = builder.receive(ring.at(r), thread, ring.color_in(r), core::share(wavelets, n, chunk_in),
                              sums[r].contributions);
    }
    results[ring.place(r)] = {ready, sums[r].contributions};
  }
  return results;
}

}  // namespace waferloom::collectives
