// SPDX-License-Identifier: Apache-2.0
// Lanes: the columns are cut into equal groups side by side, each with all features of its share of the
// sequences. Chains along rows are as many times shorter. Weights enter once and pass from lane to lane
// (trace/shared_stream.hpp), or each lane takes its own copy from the host (`workload.lane_copies`); the host sums
// the gradients of all of them.
#pragma once

#include <cstdint>

#include "models/strategy.hpp"

namespace waferloom::models {

/// What one lane is asked for.
class LaneRequest {
 public:
  /// Throws core::InputError when the sequences at once or the columns cannot be shared out.
  explicit LaneRequest(const LoweringRequest& whole);
  LaneRequest(const LaneRequest&) = delete;
  LaneRequest& operator=(const LaneRequest&) = delete;
  ~LaneRequest() = default;

  [[nodiscard]] const LoweringRequest& request() const { return request_; }

 private:
  WorkloadParameters workload_;
  LoweringRequest request_;
};

/// Gives each record of one lane, `columns` wide, to `sink` once for every lane, the lanes' in turn. An update
/// waits for the gradients of all lanes and is shared out among its copies.
[[nodiscard]] RecordSink on_all_lanes(std::uint32_t lanes, std::uint32_t columns, const RecordSink& sink);

}  // namespace waferloom::models
