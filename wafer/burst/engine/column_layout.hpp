// SPDX-License-Identifier: Apache-2.0
// Which I/O channel serves which column of the grid, at which rates, and how much the queues between them hold. It
// does not change during a run.
//
// The columns of a channel share its bandwidth, the channels the host's (evenly where it is no slower than they are
// together, else in one queue), and columns on one side of a channel the link
// on that side. Rates are those of equal shares; feeds weigh them by what a stream brings each column. A coarse column has
// the slowest of the channels of whose columns it stands for half or more; where there is none, the one that serves
// most of it. Of a channel that ends in its first columns, where a lane begins, it would wait for what that brings the
// lane before.
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry.hpp"
#include "fabric/host_registry.hpp"
#include "wafer/burst/engine/channel_reader.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::burst {

struct ColumnLayout {
  /// Rates are words per cycle.
  struct Column {
    double rate = 1;                    ///< of weights where all columns of the channel have some
    double shared_rate = 1;             ///< the same of weights that lanes share
    double most_rate = 1;               ///< and where the others wait for the host
    std::uint64_t ahead = 0;            ///< words that the queues between the channel and the PEs hold
    std::uint32_t channel = 0;          ///< that serves it, as above
    std::uint32_t first_neighbour = 0;  ///< of the program's columns, that the channel serves
    std::uint32_t neighbours = 1;       ///< columns of the wafer that the channel serves, itself among them
    std::uint32_t homes = 1;            ///< of them, those where shared streams enter
  };
  struct Channel {
    double rate = 0;  ///< of its columns
    std::vector<std::uint32_t> columns;
    ChannelReader::Limits limits;
    std::vector<ChannelReader::Member> members;  ///< of the reader
  };

  std::vector<Column> columns;  ///< of the grid
  std::vector<Channel> channels;
  bool one_host_queue = false;                ///< channels wait for each other's words of the host
  Ticks latency = 0;                          ///< between a channel and the host's memory
  double out_rate = 1;                        ///< of a column's results, whatever its channel carries
  double host_rate = fabric::kUnlimitedRate;  ///< that the host takes
  std::uint64_t request_words = 1;            ///< most of a request to the host
  std::uint64_t queue_words = 0;              ///< of a PE and its router
  double router_words = 0;                    ///< of a router and the link before it
};

/// `program`: the rectangle on the wafer that the coarse grid stands for.
[[nodiscard]] ColumnLayout lay_columns(const wafer::Hardware& hardware, const fabric::HostRates& host,
                                       core::Rectangle program, const CoarseTrace& coarse);

}  // namespace waferloom::burst
