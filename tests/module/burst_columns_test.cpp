// SPDX-License-Identifier: Apache-2.0
// Columns of the grid at fidelity burst, each part by itself: which channel serves them, weights in, results out.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <utility>

#include "tests/support/small_trace.hpp"
#include "wafer/burst/engine/drains.hpp"
#include "wafer/burst/engine/feeds.hpp"

namespace waferloom {
namespace {

using burst::kTicksPerCycle;
using burst::Ticks;

constexpr core::Rectangle kProgram{1, 1, 8, 4};

/// Two channels that bring 0.4 words a cycle each, without latency.
wafer::Hardware hardware() {
  wafer::Hardware result;
  result.fabric.width = 10;
  result.fabric.height = 6;
  result.io.channels = 2;
  result.io.latency_s = 0;
  result.io.bandwidth_bits_per_s = 0.4 * 2 * core::kWaveletBits * result.pe.clock_hz;
  return result;
}

/// A host that is never the narrower place.
constexpr fabric::HostRates kHost{1e15, 0, 1};

std::vector<trace::Record> records() { return test::linear_trace({8, 4, 16, 24, 8, 8}); }

/// Notes what it is told; `opens`: when streams may be sent.
class Listener final : public burst::ColumnListener {
 public:
  Ticks opens = 0;
  std::map<std::uint32_t, Ticks> done;
  std::vector<std::uint32_t> known;
  std::multimap<Ticks, std::function<void()>> actions;

  Ticks opening(std::uint32_t) override { return opens; }
  void words_known(std::uint32_t column) override { known.push_back(column); }
  void results_moved(std::uint32_t) override {}
  void drained(std::uint32_t record, Ticks time) override { done[record] = time; }
  void at(Ticks time, std::function<void()> action) override { actions.emplace(time, std::move(action)); }
};

TEST(ColumnLayout, ColumnsOfAChannelShareItsRateEvenly) {
  const burst::CoarseTrace coarse = burst::coarsen(records(), kProgram, {});
  const burst::ColumnLayout layout = burst::lay_columns(hardware(), kHost, kProgram, coarse);
  ASSERT_EQ(2U, layout.channels.size());
  ASSERT_EQ(8U, layout.columns.size());
  for (std::uint32_t c = 0; c < 8; ++c) {
    EXPECT_EQ(c / 4, layout.columns[c].channel);
    EXPECT_NEAR(0.1, layout.columns[c].rate, 1e-12);
    EXPECT_NEAR(0.4, layout.columns[c].most_rate, 1e-12);
  }
  EXPECT_NEAR(0.4, layout.channels[0].rate, 1e-12);
  EXPECT_EQ((std::vector<std::uint32_t>{4, 5, 6, 7}), layout.channels[1].columns);
  EXPECT_EQ(4U, layout.channels[0].members.size());
}

TEST(ColumnLayout, ChannelsOfASlowHostWaitInOneQueue) {
  const burst::CoarseTrace coarse = burst::coarsen(records(), kProgram, {});
  const auto lay = [&](double of_the_channels) {
    const double rate = of_the_channels * hardware().io.bandwidth_bits_per_s;
    return burst::lay_columns(hardware(), {rate, 0, 1}, kProgram, coarse);
  };
  EXPECT_FALSE(lay(1).one_host_queue);
  const burst::ColumnLayout layout = lay(0.5);
  EXPECT_TRUE(layout.one_host_queue);
  EXPECT_NEAR(0.4, layout.channels[0].limits.rate.queue, 1e-12);
  EXPECT_NEAR(0.2, layout.channels[0].limits.rate.share, 1e-12);
}

TEST(ColumnLayout, TheQueueHasTimeForChannelsThatNoColumnOfTheGridAsks) {
  wafer::Hardware with_eight = hardware();
  with_eight.io.channels = 8;
  const burst::CoarseTrace coarse = burst::coarsen(records(), kProgram, {2, 0});
  const burst::ColumnLayout layout =
      burst::lay_columns(with_eight, {0.5 * with_eight.io.bandwidth_bits_per_s, 0, 1}, kProgram, coarse);
  std::uint32_t read = 0;
  for (const burst::ColumnLayout::Channel& channel : layout.channels) {
    for (const burst::ChannelReader::Member& member : channel.members) read += member.count;
  }
  ASSERT_LT(read, kProgram.width);
  EXPECT_NEAR(0.4 * read / kProgram.width, layout.channels[0].limits.rate.queue, 1e-12);
}

TEST(ColumnLayout, ACoarseColumnAsksForAllThatItStandsFor) {
  const burst::CoarseTrace coarse = burst::coarsen(records(), kProgram, {4, 0});
  const burst::ColumnLayout layout = burst::lay_columns(hardware(), kHost, kProgram, coarse);
  ASSERT_EQ(4U, layout.columns.size());
  for (const burst::ColumnLayout::Channel& channel : layout.channels) {
    ASSERT_EQ(2U, channel.members.size());
    for (const burst::ChannelReader::Member& member : channel.members) EXPECT_EQ(2U, member.count);
  }
}

/// Ten words that leave through each of two columns of a channel of a word per cycle.
burst::CoarseTrace results_of_two_columns() {
  burst::CoarseTrace coarse;
  trace::Record& record = coarse.records.emplace_back();
  record.kind = trace::Kind::stream_out;
  record.area = {0, 0, 2, 1};
  record.elements = {10, 0, 0, 0};
  coarse.scales.emplace_back();
  return coarse;
}

burst::ColumnLayout layout_of_two_columns() {
  burst::ColumnLayout layout;
  layout.latency = 100 * kTicksPerCycle;
  layout.columns.assign(2, {0.5, 0.5, 1, 4, 0, 2, 1});
  layout.channels.push_back({1, {0, 1}, {}, {}});
  return layout;
}

class Drains : public testing::Test {
 protected:
  /// Called once, when layout and trace are as the test wants them.
  burst::Drains& start() {
    drains_.emplace(layout_, coarse_).set_listener(listener_);
    return *drains_;
  }

  burst::ColumnLayout layout_ = layout_of_two_columns();
  burst::CoarseTrace coarse_ = results_of_two_columns();
  Listener listener_;

 private:
  std::optional<burst::Drains> drains_;
};

TEST_F(Drains, TheHostHasAStreamWhenItHasTheWordsOfTheColumnThatIsLast) {
  burst::Drains& drains = start();
  drains.begin(0, 10, 0);
  const Ticks later = 15 * kTicksPerCycle;
  drains.begin(1, 10, later);
  drains.end(1, 10, later);
  EXPECT_TRUE(listener_.done.empty());
  // All of this column's words have left, the other's have not.
  drains.end(0, 10, later);
  EXPECT_EQ(later + (10 + 100) * kTicksPerCycle, listener_.done.at(0));
}

TEST_F(Drains, AHostThatIsSlowTakesResultsAtItsRate) {
  layout_.host_rate = 0.25;
  layout_.request_words = 2;
  coarse_.scales[0].host_words = 1.5;  // three columns of the wafer
  burst::Drains& drains = start();
  for (const std::uint32_t column : {0U, 1U}) {
    drains.begin(column, 10, 0);
    drains.end(column, 10, 0);
  }
  EXPECT_EQ((2 * 15 * 4 + 100) * kTicksPerCycle, listener_.done.at(0)) << "four cycles for each of 30 words";
}

TEST_F(Drains, ColumnsThatHaveResultsShareTheirChannel) {
  burst::Drains& drains = start();
  drains.begin(0, 10, 0);
  // The queues on the way hold four of the ten.
  EXPECT_EQ(6 * kTicksPerCycle, drains.time(0, 0, 0));
  drains.begin(1, 10, 0);
  EXPECT_EQ(12 * kTicksPerCycle, drains.time(0, 0, 0));
  EXPECT_EQ(2 * kTicksPerCycle, drains.time(0, 5, 0));
  EXPECT_TRUE(drains.is_draining(1));
  ASSERT_EQ(10 * kTicksPerCycle, listener_.actions.begin()->first) << "as if the first were alone";
  listener_.actions.begin()->second();
  const Ticks end = 12 * kTicksPerCycle;
  drains.end(0, 10, end);
  EXPECT_EQ(10U, drains.outstanding(0));
  EXPECT_TRUE(listener_.done.empty());
  drains.end(1, 10, end);
  EXPECT_EQ(0U, drains.outstanding(0));
  EXPECT_EQ(end + (8 + 100) * kTicksPerCycle, listener_.done.at(0))
      << "the last four, and the way to the host";
  ASSERT_EQ(1U, drains.carried(1).size());
  EXPECT_EQ(end + 8 * kTicksPerCycle, drains.carried(1)[0].end);
  EXPECT_EQ(20 * kTicksPerCycle, listener_.actions.rbegin()->first) << "when the first column has none left";
  listener_.actions.rbegin()->second();
  EXPECT_FALSE(drains.is_draining(0));
}

class Words : public ::testing::Test {
 protected:
  wafer::Hardware hardware_ = hardware();
  burst::CoarseTrace coarse_ = burst::coarsen(records(), kProgram, {});
  burst::ColumnLayout layout_ = burst::lay_columns(hardware_, kHost, kProgram, coarse_);
  burst::Feeds feeds_{layout_, hardware_, kProgram, coarse_};
  Listener listener_;

  void SetUp() override { feeds_.set_listener(listener_); }
  [[nodiscard]] burst::LaneTile tile(std::uint32_t row) const { return feeds_.tile(0, row, 1); }
};

TEST_F(Words, WaitForTheHostToOpenTheirStream) {
  listener_.opens = burst::kNever;
  EXPECT_FALSE(feeds_.arrival(tile(0), 6, kTicksPerCycle, 0));
  EXPECT_EQ(0, feeds_.fed_until(0));
  listener_.opens = 0;
  const auto arrival = feeds_.arrival(tile(0), 6, kTicksPerCycle, 0);
  ASSERT_TRUE(arrival);
  EXPECT_LT(arrival->head, arrival->tail);
  EXPECT_EQ((std::vector<std::uint32_t>{0}), listener_.known)
      << "its other rows, and no other column has asked";
  ASSERT_EQ(1U, feeds_.carried(0).size());
  EXPECT_EQ(0U, feeds_.carried(0)[0].record);
}

TEST_F(Words, ReachTheNextRowAHopLater) {
  const auto first = feeds_.arrival(tile(0), 6, kTicksPerCycle, 0);
  const auto second = feeds_.arrival(tile(1), 6, kTicksPerCycle, 0);
  ASSERT_TRUE(first && second);
  EXPECT_GT(second->head, first->head);
  EXPECT_EQ(second->head - first->head, second->tail - first->tail);
}

TEST_F(Words, ARowMayBeAheadByWhatQueuesHold) {
  const std::uint64_t words = 6;
  ASSERT_TRUE(feeds_.arrival(tile(0), words, kTicksPerCycle, 0));
  const std::uint64_t held = layout_.queue_words + static_cast<std::uint64_t>(layout_.router_words);
  EXPECT_EQ(words > held ? words - held : 0, feeds_.missing(tile(0), 1));
  for (std::uint32_t row = 0; row < 4; ++row) {
    ASSERT_TRUE(feeds_.arrival(tile(row), words, kTicksPerCycle, 0));
    feeds_.take(tile(row));
  }
  ASSERT_TRUE(feeds_.arrival(tile(0), words, kTicksPerCycle, 0)) << "the words after these";
  ASSERT_TRUE(feeds_.arrival(tile(3), words, kTicksPerCycle, 0));
  EXPECT_EQ(0U, feeds_.missing(tile(3), 0)) << "all that are behind it have passed the others";
}

/// A block is 120 words, the channel's buffer holds few of them, and the PEs take one in ten cycles.
class LargeBlocks : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kWords = 120;
  static constexpr Ticks kPace = 10 * kTicksPerCycle;

  /// Called once; `words`: of the buffer.
  burst::Feeds& start(std::uint32_t channels, std::uint32_t words) {
    hardware_.io.channels = channels;
    hardware_.io.bandwidth_bits_per_s = 1.0 * channels * core::kWaveletBits * hardware_.pe.clock_hz;
    hardware_.io.buffer_bytes = words * core::kWaveletBytes;
    layout_ = burst::lay_columns(hardware_, kHost, kProgram, coarse_);
    feeds_.emplace(layout_, hardware_, kProgram, coarse_);
    feeds_->set_listener(listener_);
    return *feeds_;
  }

  wafer::Hardware hardware_ = hardware();
  burst::CoarseTrace coarse_ = burst::coarsen(test::linear_trace({8, 4, 16, 480, 8, 8}), kProgram, {});
  burst::ColumnLayout layout_;
  Listener listener_;

 private:
  std::optional<burst::Feeds> feeds_;
};

TEST_F(LargeBlocks, LeaveTheHostAsThePesTakeWhatLiesInTheBuffer) {
  burst::Feeds& feeds = start(10, 8);  // one for each column of the wafer
  const burst::LaneTile first = feeds.tile(0, 0, 1);
  const auto arrival = feeds.arrival(first, kWords, kPace, 0);
  ASSERT_TRUE(arrival);
  // The first word enters at once, and the last when the PEs have taken all but what the routers hold.
  const Ticks way = arrival->head - kTicksPerCycle;
  const auto held = static_cast<Ticks>(layout_.columns[0].ahead);
  EXPECT_NEAR(static_cast<double>(way + kTicksPerCycle + (Ticks{kWords} - held) * kPace),
              static_cast<double>(arrival->tail), static_cast<double>(kTicksPerCycle));
}

TEST_F(LargeBlocks, BeginWhileOthersOfTheChannelMayTakeTheRoomForTheirRest) {
  burst::Feeds& feeds = start(2, 32);
  const burst::LaneTile first = feeds.tile(0, 0, 1);
  const auto begins = feeds.arrival(first, kWords, kPace, 0);
  ASSERT_TRUE(begins);
  EXPECT_NE(burst::kNever, begins->head);
  EXPECT_EQ(burst::kNever, begins->tail) << "the other three columns have not asked";
  EXPECT_EQ(0U, feeds.carried(0).size());
}

}  // namespace
}  // namespace waferloom
