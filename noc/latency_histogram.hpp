// SPDX-License-Identifier: Apache-2.0
// Latencies of packets, one bin per cycle: means and percentiles are exact.
#pragma once

#include <boost/histogram.hpp>
#include <cstdint>
#include <vector>

namespace waferloom::noc {

class LatencyHistogram {
 public:
  void add(std::uint32_t cycles) {
    // Growing by one bin at a time would copy all of them each time.
    if (static_cast<int>(cycles) >= bins_.axis().size()) {
      bins_(static_cast<int>(2 * cycles), boost::histogram::weight(std::uint64_t{0}));
    }
    bins_(static_cast<int>(cycles));
    sum_ += cycles;
    ++count_;
  }
  void add(const LatencyHistogram& other) {
    for (const auto& bin : boost::histogram::indexed(other.bins_)) {
      if (*bin != 0) bins_(bin.bin(), boost::histogram::weight(*bin));
    }
    sum_ += other.sum_;
    count_ += other.count_;
  }

  /// So many packets of one latency.
  struct Bin {
    std::uint32_t cycles = 0;
    std::uint64_t packets = 0;
  };
  void add(const Bin& bin) {
    bins_(static_cast<int>(bin.cycles), boost::histogram::weight(bin.packets));
    sum_ += bin.cycles * bin.packets;
    count_ += bin.packets;
  }
  [[nodiscard]] std::vector<Bin> bins() const {
    std::vector<Bin> result;
    for (const auto& bin : boost::histogram::indexed(bins_)) {
      if (*bin != 0) result.push_back({static_cast<std::uint32_t>(bin.bin()), *bin});
    }
    return result;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  /// The least latency that `share` of the packets do not exceed; 0 without packets.
  [[nodiscard]] std::uint32_t percentile(double share) const {
    std::uint64_t below = 0;
    std::uint32_t last = 0;
    for (const auto& bin : boost::histogram::indexed(bins_)) {
      if (*bin == 0) continue;
      below += *bin;
      last = static_cast<std::uint32_t>(bin.bin());
      if (static_cast<double>(below) >= share * static_cast<double>(count_)) break;
    }
    return last;
  }

 private:
  using Axis = boost::histogram::axis::integer<int, boost::histogram::use_default,
                                               boost::histogram::axis::option::growth_t>;
  using Bins = boost::histogram::histogram<std::tuple<Axis>, boost::histogram::dense_storage<std::uint64_t>>;

  Bins bins_ =
      boost::histogram::make_histogram_with(boost::histogram::dense_storage<std::uint64_t>(), Axis(0, 64));
  std::uint64_t sum_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace waferloom::noc
