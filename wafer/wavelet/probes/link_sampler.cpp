// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/link_sampler.hpp"

#include <algorithm>
#include <utility>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/checkpoint/move_sums.hpp"

namespace waferloom::wafer {

using core::Cycle;
using core::Rectangle;

LinkSampler::LinkSampler(Wafer& wafer, Rectangle program, std::uint32_t most, Cycle first)
    : wafer_(wafer), most_(most + most % 2), interval_(first), next_(most == 0 ? core::kNever : first) {
  result_ = sample_grid(wafer.hardware().fabric, program);
  before_.resize(std::size_t{result_.columns()} * result_.rows());
}

LinkSamples LinkSampler::finish(Cycle cycles) {
  if (most_ != 0) {
    cycles_complete(cycles);
    const Cycle begin = next_ - interval_;
    // What is sent in the last cycle itself belongs to the last sample.
    take(std::max(cycles, begin));
    LinkSamples::Sample last = std::move(result_.samples.back());
    if (last.end == last.begin) {
      result_.samples.pop_back();
      if (!result_.samples.empty()) {
        for (std::size_t b = 0; b < last.cells.size(); ++b) {
          for (std::size_t d = 0; d < core::kNeighbours; ++d) {
            result_.samples.back().cells[b][d] += last.cells[b][d];
          }
        }
      }
    } else {
      result_.samples.back() = std::move(last);
    }
    next_ = core::kNever;
  }
  return std::move(result_);
}

void LinkSampler::take_next() {
  take(next_);
  if (result_.samples.size() == most_) merge_pairs();
  next_ += interval_;
}

void LinkSampler::take(Cycle end) {
  LinkSamples::Sample sample;
  sample.begin = result_.samples.empty() ? 0 : result_.samples.back().end;
  sample.end = end;
  std::vector<LinkSamples::Sent> now(before_.size());
  const Rectangle& area = result_.area;
  for (const auto& region : wafer_.regions()) {
    for (const fabric::RouterArray::Sent& each : region->routers().sent_by_all()) {
      const core::Coordinate at = region->at(each.tile);
      if (!area.contains(at)) continue;
      LinkSamples::Sent& sent = now[std::size_t{(at.y - area.y) / result_.cell_height} * result_.columns() +
                                    (at.x - area.x) / result_.cell_width];
      for (std::size_t d = 0; d < core::kNeighbours; ++d) sent[d] += each.wavelets[d];
    }
  }
  sample.cells = now;
  for (std::size_t b = 0; b < now.size(); ++b) {
    for (std::size_t d = 0; d < core::kNeighbours; ++d) sample.cells[b][d] -= before_[b][d];
  }
  before_ = std::move(now);
  result_.samples.push_back(std::move(sample));
}

void LinkSampler::merge_pairs() {
  std::vector<LinkSamples::Sample> merged;
  for (std::size_t i = 0; i + 1 < result_.samples.size(); i += 2) {
    LinkSamples::Sample sum = std::move(result_.samples[i]);
    const LinkSamples::Sample& second = result_.samples[i + 1];
    sum.end = second.end;
    for (std::size_t b = 0; b < sum.cells.size(); ++b) {
      for (std::size_t d = 0; d < core::kNeighbours; ++d) sum.cells[b][d] += second.cells[b][d];
    }
    merged.push_back(std::move(sum));
  }
  result_.samples = std::move(merged);
  interval_ *= 2;
}

void LinkSampler::move_to_leader(ranks::Ranks& ranks) {
  std::vector<LinkSamples::Sent*> cells;
  for (LinkSamples::Sample& sample : result_.samples) {
    for (LinkSamples::Sent& sent : sample.cells) cells.push_back(&sent);
  }
  for (LinkSamples::Sent& sent : before_) cells.push_back(&sent);
  std::vector<std::uint64_t> sums;
  for (const LinkSamples::Sent* const sent : cells) sums.insert(sums.end(), sent->begin(), sent->end());
  move_sums_to_leader(ranks, sums);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::copy_n(sums.begin() + static_cast<std::ptrdiff_t>(i * core::kNeighbours), core::kNeighbours,
                cells[i]->begin());
  }
}

void LinkSampler::archive(core::State& state) {
  std::size_t samples = state.kept(result_.samples.size());
  result_.samples.resize(samples);
  for (LinkSamples::Sample& sample : result_.samples) state(sample.begin, sample.end, sample.cells);
  state(before_, interval_, next_);
}

void LinkSampler::forget_counts() {
  for (LinkSamples::Sample& sample : result_.samples) sample.cells.assign(sample.cells.size(), {});
  before_.assign(before_.size(), {});
}

LinkSamples gather_samples(ranks::Ranks& ranks, LinkSampler& sampler, Cycle cycles) {
  ranks::Packer length;
  length.put(cycles);
  const ranks::Bytes said = ranks::broadcast(ranks, length.take());
  LinkSamples samples = sampler.finish(ranks::Unpacker(said).get<Cycle>());
  ranks::Packer own;
  for (const LinkSamples::Sample& sample : samples.samples) own.put_all(sample.cells);
  const std::vector<ranks::Bytes> all = ranks::gather(ranks, own.take());
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    ranks::Unpacker from(all[rank]);
    for (LinkSamples::Sample& sample : samples.samples) {
      const std::vector<LinkSamples::Sent> others = from.get_all<LinkSamples::Sent>();
      for (std::size_t b = 0; b < sample.cells.size(); ++b) {
        for (std::size_t d = 0; d < core::kNeighbours; ++d) sample.cells[b][d] += others[b][d];
      }
    }
  }
  return samples;
}

}  // namespace waferloom::wafer
