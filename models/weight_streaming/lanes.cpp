// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/lanes.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/config/origin.hpp"
#include "core/geometry.hpp"
#include "trace/shared_stream.hpp"

namespace waferloom::models {

using trace::Dependency;
using trace::Record;

namespace {

WorkloadParameters share_of_lane(const WorkloadParameters& whole) {
  WorkloadParameters workload = whole;
  if (whole.at_once() % whole.lanes != 0) {
    throw core::config::KeyError(
        {"workload.lanes", "workload.micro_batch", "workload.batch"},
        fmt::format("expected a divisor of the sequences on the wafer at once, {}, got {}", whole.at_once(),
                    whole.lanes));
  }
  workload.lanes = 1;
  workload.micro_batch = whole.at_once() / whole.lanes;
  workload.batch = whole.batch / whole.lanes;
  return workload;
}

Placement columns_of_lane(Placement placement, std::uint32_t lanes) {
  if (placement.columns < lanes) {
    throw core::config::KeyError(
        {"workload.lanes", "workload.rectangle", "fabric.program"},
        fmt::format("expected at most one lane per column of the rectangle, {}, got {}", placement.columns,
                    lanes));
  }
  placement.columns /= lanes;
  return placement;
}

class Lane {
 public:
  Lane(std::uint32_t number, std::uint32_t lanes, std::uint32_t columns)
      : number_(number), lanes_(lanes), columns_(columns) {}

  [[nodiscard]] Record place(Record record) const {
    record.id = id(record.id);
    record.area.x += number_ * columns_;
    if (trace::is_shared(record)) {
      record.lane = number_;
      record.parameters = core::share(record.parameters, lanes_, number_);
    }
    if (record.consumes != trace::kNoRecord) record.consumes = id(record.consumes);
    if (record.order_of != trace::kNoRecord) record.order_of = id(record.order_of);
    if (record.drains_to != trace::kNoRecord) record.drains_to = id(record.drains_to);
    if (record.kind == trace::Kind::update) {
      record.parameters = core::share(record.parameters, lanes_, number_);
      record.after = after_all(record.after);
    } else {
      for (Dependency& dependency : record.after) dependency.record = id(dependency.record);
    }
    if (number_ != 0) rename(record);
    return record;
  }

 private:
  [[nodiscard]] std::uint32_t id(std::uint32_t of_lane) const { return of_lane * lanes_ + number_; }

  [[nodiscard]] std::vector<Dependency> after_all(const std::vector<Dependency>& after) const {
    std::vector<Dependency> all;
    for (const Dependency& dependency : after) {
      for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
        all.push_back({dependency.record * lanes_ + lane, dependency.lag});
      }
    }
    return all;
  }

  /// Names are unique in a trace; the first lane's are those of a step without lanes.
  void rename(Record& record) const {
    const auto own = [this](std::string& name) { name = fmt::format("lane{}.{}", number_, name); };
    own(record.name);
    for (trace::Allocation& allocation : record.allocates) own(allocation.tensor);
    for (std::string& tensor : record.frees) own(tensor);
    for (std::string& tensor : record.operands) own(tensor);
  }

  std::uint32_t number_;
  std::uint32_t lanes_;
  std::uint32_t columns_;
};

}  // namespace

LaneRequest::LaneRequest(const LoweringRequest& whole)
    : workload_(share_of_lane(whole.workload)),
      request_{whole.model, workload_, columns_of_lane(whole.placement, whole.workload.lanes),
               whole.workload.lane_copies == LaneCopies::fabric ? whole.workload.lanes : 1} {}

RecordSink on_all_lanes(std::uint32_t lanes, std::uint32_t columns, const RecordSink& sink) {
  return [lanes, columns, sink](const Record& record) {
    for (std::uint32_t lane = 0; lane < lanes; ++lane) sink(Lane(lane, lanes, columns).place(record));
  };
}

}  // namespace waferloom::models
