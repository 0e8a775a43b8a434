// SPDX-License-Identifier: Apache-2.0
// Lays a trace's traffic on the wafer: which color takes which way, and which queue of each PE it uses.
//
//   weights   channel at the input edge -> along the edge's row to the column -> down the column, copied to
//             every PE
//   copies    of weights that lanes share: relay PE -> along its row to the tap PE of each other lane -> up and
//             down the tap's column (trace/shared_stream.hpp)
//   results   PE of a column next to the output edge -> on to that edge -> along its row to the channel
//   chains    neighbour to neighbour; tiles of even and odd place alternate between two colors per flow
//
// Routes are static and shared by all records; two records that need different routes for one color at one
// tile are an error of the trace.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "fabric/io_plan.hpp"
#include "fabric/route.hpp"
#include "pe/queue_binding.hpp"
#include "trace/record.hpp"
#include "wafer/program/flows.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::wafer {

/// What one I/O channel serves.
struct ChannelUse {
  std::uint32_t channel = 0;
  std::vector<std::uint32_t> columns;  ///< relative to the program's rectangle, ascending
  std::vector<core::Color> colors;     ///< of each of these columns
};

class RoutePlan {
 public:
  /// Throws core::InputError when the records cannot be laid on this wafer: trace::RuleError about a record,
  /// core::config::KeyError about the wafer.
  RoutePlan(const Hardware& hardware, core::Rectangle program, const std::vector<trace::Record>& records)
      : RoutePlan(hardware, program, records, true) {}

  /// The same without the plan, for records of a strategy: these need no two queues or colors where there is one. A
  /// full wafer's plan is large.
  static void check(const Hardware& hardware, core::Rectangle program,
                    const std::vector<trace::Record>& records) {
    static_cast<void>(RoutePlan(hardware, program, records, false));
  }

  struct TileRoute {
    core::Coordinate at;
    core::Color color = 0;
    fabric::Route route;
  };
  [[nodiscard]] const std::vector<TileRoute>& routes() const { return routes_; }
  /// The record for which a route was laid first, by the route's place in routes().
  [[nodiscard]] std::uint32_t record_of(std::size_t route) const;
  [[nodiscard]] const std::vector<pe::QueueBinding>& inputs(std::size_t tile) const { return inputs_[tile]; }
  [[nodiscard]] const std::vector<pe::QueueBinding>& outputs(std::size_t tile) const {
    return outputs_[tile];
  }
  [[nodiscard]] const std::vector<ChannelUse>& input_channels() const { return input_channels_; }
  [[nodiscard]] const std::vector<ChannelUse>& output_channels() const { return output_channels_; }

 private:
  RoutePlan(const Hardware& hardware, core::Rectangle program, const std::vector<trace::Record>& records,
            bool keeps);

  void check_colors(const trace::Record& record) const;
  void plan_stream_in(const trace::Record& record);
  struct Line {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };
  /// From the PE at `source` along its row or column to both ends of `line`, into the PEs where `takes`.
  template <class Takes>
  void plan_both_ways(core::Coordinate source, trace::Axis axis, Line line, core::Color color,
                      const Takes& takes);
  /// From a home column's relay to the taps of the other lanes.
  void plan_relay(const trace::Record& record, std::uint32_t column);
  /// From the tap of a column of another lane's home to that column's PEs.
  void plan_tap(const trace::Record& record, std::uint32_t column);
  void plan_stream_out(const trace::Record& record);
  /// The way of one column's results from its last PE to the channel at `position` of the edge.
  void plan_results(core::Coordinate from, std::uint32_t edge, std::uint32_t position, core::Color color);
  void check_drain(const trace::Record& record) const;
  void plan_chain(const trace::Record& record);
  void plan_flow(const trace::Record& record, Flow flow);
  void add(core::Coordinate at, core::Color color, core::DirectionSet rx, core::DirectionSet tx);
  void bind(std::vector<std::vector<pe::QueueBinding>>& bindings, core::Coordinate at, core::Color color,
            std::uint8_t queue, const trace::Record& record);

  const Hardware& hardware_;
  core::Rectangle program_;
  bool keeps_;
  /// By column of the program, its number among those of its I/O channel: records of neighbouring areas that
  /// share a channel choose different colors by it.
  std::vector<std::uint32_t> number_on_channel_;
  std::vector<TileRoute> routes_;
  std::vector<std::pair<std::size_t, std::uint32_t>> begins_;  ///< first route and number of a record
  std::vector<std::vector<pe::QueueBinding>> inputs_;
  std::vector<std::vector<pe::QueueBinding>> outputs_;
  std::vector<ChannelUse> input_channels_;
  std::vector<ChannelUse> output_channels_;
};

}  // namespace waferloom::wafer
