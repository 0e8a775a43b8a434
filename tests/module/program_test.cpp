// SPDX-License-Identifier: Apache-2.0
// What both fidelities share beside the replay: the table of flows, the host's order, the groups' clock and lists in
// messages.
#include <gtest/gtest.h>

#include "pe/step.hpp"
#include "tests/support/small_trace.hpp"
#include "wafer/program/flows.hpp"
#include "wafer/program/group_clock.hpp"
#include "wafer/program/host_order.hpp"
#include "wafer/program/limited_lines.hpp"

namespace waferloom {
namespace {

using wafer::Flow;
using wafer::QueueUse;

TEST(Flows, EachHasItsQueuesAndGoesAgainstTheOtherOfItsAxis) {
  for (std::size_t i = 0; i < wafer::kFlowWays.size(); ++i) {
    const wafer::FlowWay& way = wafer::kFlowWays[i];
    EXPECT_EQ(&way, &wafer::way_of(way.axis, way.flow));
    EXPECT_EQ(i, wafer::flow_into(way.input));
    EXPECT_EQ(i, wafer::flow_out_of(way.output));
    EXPECT_FALSE(wafer::brings_weights(way.input));
  }
  for (const trace::Axis axis : {trace::Axis::x, trace::Axis::y}) {
    EXPECT_EQ(core::opposite(wafer::way_of(axis, Flow::up).ahead), wafer::way_of(axis, Flow::down).ahead);
  }
  EXPECT_EQ(core::Direction::east, wafer::way_of(trace::Axis::x, Flow::up).ahead);
  EXPECT_EQ(core::Direction::south, wafer::way_of(trace::Axis::y, Flow::up).ahead);
}

TEST(Flows, WeightsAndResultsAreNone) {
  for (const std::uint8_t queue :
       {std::uint8_t{QueueUse::weights}, std::uint8_t{QueueUse::copies}, pe::kNoQueue}) {
    EXPECT_FALSE(wafer::flow_into(queue).has_value());
  }
  for (const std::uint8_t queue :
       {std::uint8_t{QueueUse::out_results}, std::uint8_t{QueueUse::out_copies}, pe::kNoQueue}) {
    EXPECT_FALSE(wafer::flow_out_of(queue).has_value());
  }
  EXPECT_TRUE(wafer::brings_weights(QueueUse::weights));
  EXPECT_TRUE(wafer::brings_weights(QueueUse::copies));
}

TEST(HostOrder, WaitsForAllButStreamsThatWereAnnouncedEarlier) {
  auto records = test::linear_trace({});
  const trace::Record& update = records[7];
  std::vector<wafer::RecordTimes> times(records.size());
  EXPECT_FALSE(wafer::host_may_start(update, records, times));
  times[6].done = true;
  EXPECT_TRUE(wafer::host_may_start(update, records, times));
  records[6].after = {{0, trace::Dependency::kWhole}};
  EXPECT_TRUE(wafer::host_may_start(records[6], records, times)) << "record 0 is a stream in";
}

TEST(GroupClock, BeginsWithTilesAndEndsWithTheLastRecord) {
  const auto records = test::linear_trace({});
  const wafer::Grouping grouping = wafer::group_records(records);
  wafer::GroupClock<std::int64_t> clock(records, grouping);
  const std::uint32_t forward = grouping.of_record[0];
  ASSERT_EQ(forward, grouping.of_record[2]);
  EXPECT_FALSE(clock.started(0, 3)) << "weights are fetched ahead of time";
  EXPECT_TRUE(clock.started(1, 10));
  EXPECT_FALSE(clock.started(2, 12));
  EXPECT_FALSE(clock.done(0, 11));
  EXPECT_FALSE(clock.done(1, 20));
  EXPECT_TRUE(clock.done(2, 21));
  EXPECT_EQ(10, clock.spans()[forward].start);
  EXPECT_EQ(21, clock.spans()[forward].end);
}

TEST(GroupClock, AGroupThatTheHostEndsEarlierEndsAsItBegins) {
  const auto records = test::linear_trace({});
  const wafer::Grouping grouping = wafer::group_records(records);
  wafer::GroupClock<std::uint64_t> clock(records, grouping);
  EXPECT_TRUE(clock.started(1, 10));
  EXPECT_FALSE(clock.done(0, 5));
  EXPECT_EQ(10U, clock.spans()[grouping.of_record[0]].end);
}

TEST(LimitedLines, SayHowManyMoreThereAre) {
  std::string text;
  wafer::append_limited(text, "none", {});
  EXPECT_EQ("", text);
  wafer::append_limited(text, "two", {"a", "b"});
  EXPECT_EQ("two (2):\n  a\n  b", text);
  wafer::append_limited(text, "many", std::vector<std::string>(15, "c"));
  EXPECT_NE(std::string::npos, text.find("\nmany (15):\n  c\n"));
  EXPECT_TRUE(text.ends_with("\n  ... and 3 more"));
}

}  // namespace
}  // namespace waferloom
