// SPDX-License-Identifier: Apache-2.0
#include "collectives/ring.hpp"

#include <algorithm>
#include <memory>

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

/// The order in which a place of a ring sends and takes chunks of a vector, as each goes round. A vector that is
/// shorter than the ring has chunks of a wavelet and empty ones, which nobody sends.
class Chunks {
 public:
  Chunks(std::size_t places, std::uint64_t wavelets) : n_(places), wavelets_(wavelets) {
    for (std::size_t c = 0; c < n_; ++c) {
      if (core::share(wavelets_, n_, c) != 0) filled_.push_back(static_cast<std::uint32_t>(c));
    }
    before_.resize(n_ + 1);
    for (const std::uint32_t c : filled_) ++before_[c + 1];
    for (std::size_t c = 0; c < n_; ++c) before_[c + 1] += before_[c];
  }

  [[nodiscard]] std::uint64_t wavelets(std::size_t chunk) const { return core::share(wavelets_, n_, chunk); }
  /// Of the chunks `from`, `from` - 1, ... round the ring but for `from` + 1: how many there are, and number k.
  [[nodiscard]] std::uint32_t count(std::size_t from) const {
    return static_cast<std::uint32_t>(filled_.size()) - filled((from + 1) % n_);
  }
  [[nodiscard]] std::size_t chunk(std::size_t from, std::uint32_t k) const {
    const auto m = static_cast<std::uint32_t>(filled_.size());
    return filled_[(before_[from + 1] + m - 1 - k) % m];
  }
  [[nodiscard]] std::uint32_t filled(std::size_t chunk) const { return before_[chunk + 1] - before_[chunk]; }
  /// Steps along the ring from `chunk` to `place`.
  [[nodiscard]] std::size_t distance(std::size_t chunk, std::size_t place) const {
    return (place + n_ - chunk) % n_;
  }
  [[nodiscard]] std::size_t places() const { return n_; }

 private:
  std::size_t n_;
  std::uint64_t wavelets_;
  std::vector<std::uint32_t> filled_;
  std::vector<std::uint32_t> before_;  ///< filled ones before a chunk
};

/// One place's steps: first reduce-scatter, after which it holds the whole sum of the chunk behind its own; then, if
/// asked for, all-gather. Receiving and sending are microthreads of their own: a chunk goes on when it has been added
/// in memory.
struct RingPlace {
  std::shared_ptr<const Chunks> chunks;
  std::size_t r = 0;
  StepRef first_taken;  ///< of this tile
  std::uint8_t queue = 0;
  core::Color color_in = 0;

  [[nodiscard]] std::size_t behind() const { return (r + chunks->places() - 1) % chunks->places(); }
  [[nodiscard]] std::size_t ahead() const { return (r + 1) % chunks->places(); }
  /// Chunks that each phase takes.
  [[nodiscard]] std::uint32_t reduced() const { return chunks->count(behind()); }
  [[nodiscard]] std::uint32_t gathered() const { return chunks->count(r); }
  /// Those that it sends: its own first in the one, the one behind it in the other.
  [[nodiscard]] std::uint32_t reduced_out() const { return chunks->count(r); }
  [[nodiscard]] std::uint32_t gathered_out() const { return chunks->count(ahead()); }

  [[nodiscard]] PlannedStep take(std::uint32_t index, std::uint8_t thread) const {
    const bool reduces = index < reduced();
    const std::size_t chunk = reduces ? chunks->chunk(behind(), index) : chunks->chunk(r, index - reduced());
    // The chunk that comes sums up the places from its own to the one before.
    const std::size_t payload = reduces ? chunks->distance(chunk, r) : chunks->places();
    return receiving_step(thread, color_in, chunks->wavelets(chunk), payload);
  }

  [[nodiscard]] PlannedStep give(std::uint32_t index) const {
    const bool reduces = index < reduced_out();
    const std::uint32_t k = reduces ? index : index - reduced_out();
    const std::size_t from = reduces ? r : ahead();
    const std::size_t chunk = chunks->chunk(from, k);
    const std::size_t payload = reduces ? chunks->distance(chunk, r) + 1 : chunks->places();
    PlannedStep step = sending_step(queue, chunks->wavelets(chunk), static_cast<std::uint32_t>(payload));
    // Its own it has; every other one came in the order in which it goes out.
    const std::uint32_t own = chunks->filled(from);
    if (k >= own) {
      step.after.push_back(taken(k - own, !reduces));
    } else if (!reduces) {
      step.after.push_back(taken(reduced() - 1, false));
    }
    return step;
  }

  [[nodiscard]] StepRef taken(std::uint32_t k, bool gathers) const {
    StepRef ref = first_taken;
    ref.index = k + (gathers ? reduced() : 0);
    return ref;
  }
};

/// Gives each place's last taken step.
std::vector<StepRef> go_round(PlanBuilder& builder, const Ring& ring, std::uint64_t wavelets,
                              std::uint8_t thread, bool gathers) {
  const auto chunks = std::make_shared<const Chunks>(ring.size(), wavelets);
  std::vector<StepRef> last(ring.size());
  for (std::size_t r = 0; r < ring.size(); ++r) {
    const core::Coordinate at = ring.at(r);
    const RingPlace place{chunks, r, builder.ref(at, thread, 0), builder.output_queue(at, ring.color_out(r)),
                          ring.color_in(r)};
    const std::uint32_t takes = place.reduced() + (gathers ? place.gathered() : 0);
    const std::uint32_t gives = place.reduced_out() + (gathers ? place.gathered_out() : 0);
    builder.make_first(at, thread, takes, [place, thread](std::uint32_t i) { return place.take(i, thread); });
    builder.make_first(at, static_cast<std::uint8_t>(thread + 1), gives,
                       [place](std::uint32_t i) { return place.give(i); });
    if (takes != 0) last[r] = builder.ref(at, thread, takes - 1);
  }
  return last;
}

}  // namespace

void ring_reduce(PlanBuilder& builder, const Line& line, std::size_t root, std::uint64_t wavelets,
                 std::uint8_t thread) {
  if (line.size() == 1) return;
  const Ring ring(builder, line);
  const std::vector<StepRef> sums = go_round(builder, ring, wavelets, thread, false);
  std::vector<std::size_t> ring_place(line.size());
  for (std::size_t r = 0; r < ring.size(); ++r) ring_place[ring.place(r)] = r;
  StepRef last = sums[ring_place[root]];
  const auto gather = [&](const Line& part, bool up) {
    if (part.size() < 2) return;
    std::vector<StarVector> vectors;
    for (std::size_t i = 0; i < part.size(); ++i) {
      const std::size_t r = ring_place[up ? root + i : root - i];
      vectors.push_back({core::share(wavelets, ring.size(), (r + 1) % ring.size()),
                         static_cast<std::uint32_t>(ring.size()), i == 0 ? last : sums[r]});
    }
    last = lay_star(builder, part, builder.new_color(), thread, vectors);
  };
  gather(from_root_up(line, root), true);
  gather(from_root_down(line, root), false);
}

void ring_all_reduce(PlanBuilder& builder, const Line& line, std::uint64_t wavelets, std::uint8_t thread) {
  if (line.size() > 1) (void)go_round(builder, Ring(builder, line), wavelets, thread, true);
}

}  // namespace waferloom::collectives
