// SPDX-License-Identifier: Apache-2.0
// What I/O channels carried when: one span per channel, direction and record of the trace.
//
// A span lasts from the first of the record's words that enters or leaves the wafer through this channel to the last.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "core/state/state.hpp"
#include "core/wavelet.hpp"

namespace waferloom::wafer {

struct ChannelTraffic {
  std::uint32_t record = 0;
  std::uint32_t channel = 0;
  bool in = true;
  core::Cycle start = 0;
  core::Cycle end = 0;
  std::uint64_t words = 0;
};

/// By channel, inputs first, in the order of their begin.
[[nodiscard]] std::vector<ChannelTraffic> by_channel(const std::vector<ChannelTraffic>& spans);

/// Joins to a span what is told of it bit by bit.
class ChannelLog {
 public:
  void carry(std::uint32_t channel, bool in, std::uint32_t record, core::Cycle start, core::Cycle end,
             std::uint64_t words);
  [[nodiscard]] std::vector<ChannelTraffic> results() const { return by_channel(spans_); }
  void archive(core::State& state);

 private:
  std::vector<ChannelTraffic> spans_;
  std::map<std::tuple<std::uint32_t, bool, std::uint32_t>, std::size_t> known_;
  std::size_t last_ = 0;  ///< the span of the call before
};

/// Of at most so many channels per direction, evenly spread over those that carry something.
[[nodiscard]] std::vector<ChannelTraffic> some_channels(const std::vector<ChannelTraffic>& traffic,
                                                        std::uint32_t most);

}  // namespace waferloom::wafer
