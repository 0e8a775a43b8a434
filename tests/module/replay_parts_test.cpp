// SPDX-License-Identifier: Apache-2.0
// The parts of a replay, each by itself: where tiles stand in records, lists of threads, progress of dependencies,
// steps, and the ledger of SRAM.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "tests/support/small_trace.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/program/replay/part_progress.hpp"
#include "wafer/program/replay/record_parts.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/program/replay/sram_ledger.hpp"
#include "wafer/program/replay/step_maker.hpp"
#include "wafer/program/replay/thread_lists.hpp"

namespace waferloom {
namespace {

using wafer::Flow;
using wafer::Part;
using wafer::QueueUse;
using wafer::RecordParts;

constexpr core::Rectangle kPartsProgram{1, 2, 4, 4};

std::uint32_t tile(std::uint32_t x, std::uint32_t y) { return y * kPartsProgram.width + x; }

TEST(RecordParts, KnowWhereATileStands) {
  auto records = test::linear_trace({});
  records[2].area = {1, 0, 3, 4};  // the sums along rows
  records[2].pieces = 3;
  const RecordParts parts(kPartsProgram, records, {});
  EXPECT_FALSE(parts.has(2, tile(0, 3)));
  const Part part = parts.of(2, tile(2, 3));
  EXPECT_EQ((core::Coordinate{1, 3}), part.at);
  EXPECT_EQ(0U, part.place.line.index);
  EXPECT_EQ(1U, part.place.line.length);
  EXPECT_EQ((core::Coordinate{3, 5}), parts.on_wafer(part.tile));
  EXPECT_EQ(part.tile, parts.tile_at({3, 5}));
}

TEST(RecordParts, AreNumberedWithoutGaps) {
  const auto records = test::linear_trace({});
  const RecordParts parts(kPartsProgram, records, {});
  std::set<std::size_t> numbers;
  for (const std::uint32_t record : {1U, 2U, 3U, 4U, 5U}) {
    for (std::uint32_t i = 0; i < parts.tiles(); ++i) numbers.insert(parts.of(record, i).number);
  }
  EXPECT_EQ(5U * 16, parts.size());
  EXPECT_EQ(parts.size(), numbers.size());
  EXPECT_EQ(parts.size() - 1, *numbers.rbegin());
}

TEST(RecordParts, CountTheStepsOfEachThread) {
  const auto records = test::linear_trace({});  // 8 blocks on lines of 4, two for each tile
  const RecordParts parts(kPartsProgram, records, {});
  const Part first = parts.of(2, tile(0, 1));
  EXPECT_EQ(QueueUse::up_x, first.place.threads.up);
  EXPECT_EQ(QueueUse::down_x, first.place.threads.down);
  EXPECT_EQ(6U, first.steps(Flow::up)) << "all blocks but its own";
  EXPECT_EQ(2U, first.steps(Flow::down));
  const Part task = parts.of(4, tile(0, 1));
  EXPECT_EQ(pe::kMainThread, task.place.threads.up);
  EXPECT_EQ(task.place.threads.up, task.place.threads.down);
  EXPECT_EQ(8U, task.steps(Flow::up));
  EXPECT_EQ(0U, task.steps(Flow::down));
}

TEST(RecordParts, RefuseRecordsThatNoTileCanRun) {
  auto varies = test::linear_trace({});
  varies[2].elements.x = 16;
  EXPECT_THROW(RecordParts(kPartsProgram, varies, {}), core::InputError);
  auto apart = test::linear_trace({});
  apart[3].area = {0, 0, 2, 4};  // the order of records 4 and 5, which lie on all columns
  try {
    const RecordParts parts(kPartsProgram, apart, {});
    FAIL() << "not noticed";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("record 4 (dot): order_of: expected a record whose area"),
              std::string::npos)
        << error.what();
  }
}

TEST(ThreadLists, TilesOfTheSameAreasShareTheirs) {
  auto records = test::linear_trace({});
  records[2].area = {0, 0, 2, 4};
  const RecordParts parts(kPartsProgram, records, {});
  const wafer::ThreadLists lists(parts);
  EXPECT_EQ(2U, lists.kinds());
  EXPECT_EQ((std::vector<std::uint32_t>{2, 3}), lists.of(tile(1, 1), QueueUse::up_x));
  EXPECT_EQ((std::vector<std::uint32_t>{3}), lists.of(tile(2, 1), QueueUse::up_x));
  EXPECT_EQ((std::vector<std::uint32_t>{1}), lists.of(tile(2, 1), QueueUse::weights));
  EXPECT_EQ((std::vector<std::uint32_t>{4}), lists.of(tile(0, 0), pe::kMainThread));
}

TEST(ThreadLists, CopiesOfSharedStreamsHaveAThreadOfTheirOwn) {
  const auto records = test::shared_trace({2, 4}, 2);
  const RecordParts parts(kPartsProgram, records, {});
  const wafer::ThreadLists lists(parts);
  // Column 0 of the first lane is at home, column 1 takes copies from the second.
  EXPECT_EQ((std::vector<std::uint32_t>{2}), lists.of(tile(0, 0), QueueUse::weights));
  EXPECT_EQ((std::vector<std::uint32_t>{2}), lists.of(tile(1, 0), QueueUse::copies));
  EXPECT_EQ((std::vector<std::uint32_t>{3}), lists.of(tile(2, 0), QueueUse::copies));
  EXPECT_TRUE(lists.of(tile(1, 0), QueueUse::weights).empty());
}

TEST(PartProgress, ABoundedBufferHoldsUpWhoIsTooFarAhead) {
  const auto records = test::linear_trace({});
  const RecordParts parts(kPartsProgram, records, {});
  wafer::PartProgress progress(parts);
  const Part products = parts.of(1, tile(1, 1));
  const Part sums = parts.of(2, tile(1, 1));
  EXPECT_EQ(nullptr, progress.unmet(products, 1));
  ASSERT_NE(nullptr, progress.unmet(products, 2)) << "two blocks of partial sums are all there is room for";
  EXPECT_EQ(2U, progress.unmet(products, 2)->record);
  ASSERT_NE(nullptr, progress.unmet(sums, 0));
  progress.count_step(products, Flow::up);
  EXPECT_EQ(nullptr, progress.unmet(sums, 0));
  EXPECT_EQ(QueueUse::down_x, progress.thread_behind(records[1].after[0], tile(1, 1), 2))
      << "block 0 belongs to tile 0: sums flow down";
  progress.count_step(sums, Flow::down);
  EXPECT_EQ(nullptr, progress.unmet(products, 2));
  EXPECT_NE(nullptr, progress.unmet(products, 3));
}

TEST(PartProgress, ARecordIsDoneWithItsLastTile) {
  const auto records = test::linear_trace({});
  const RecordParts parts(kPartsProgram, records, {});
  wafer::PartProgress progress(parts);
  for (std::uint32_t i = 0; i < parts.tiles(); ++i) {
    const Part part = parts.of(2, i);
    EXPECT_EQ(i == 0, progress.begin(part, 5 + i));
    EXPECT_NE(nullptr, progress.unmet(parts.of(3, i), 0));
    EXPECT_EQ(i + 1 == parts.tiles(), progress.finish(part, 50 - i));
    const trace::Dependency* left = progress.unmet(parts.of(3, i), 0);
    EXPECT_EQ(nullptr, left) << "dependencies are local to a tile";
  }
  EXPECT_EQ(5U, progress.times()[2].start);
  EXPECT_EQ(50U, progress.times()[2].end);
  EXPECT_TRUE(progress.times()[2].done);
  EXPECT_EQ(16U, progress.finished());
}

TEST(PartProgress, AHostRecordIsDoneForAllTilesAtOnce) {
  auto records = test::linear_trace({});
  records[4].after = {{6, trace::Dependency::kWhole}};
  const RecordParts parts(kPartsProgram, records, {});
  wafer::PartProgress progress(parts);
  EXPECT_NE(nullptr, progress.unmet(parts.of(4, 0), 0));
  progress.host_done(6, 9);
  EXPECT_EQ(nullptr, progress.unmet(parts.of(4, 0), 0));
  EXPECT_EQ(nullptr, progress.unmet(parts.of(4, 15), 7));
}

class Steps : public ::testing::Test {
 protected:
  std::vector<trace::Record> records_ = test::linear_trace({});
  pe::PeParameters pe_;
  wafer::Grouping grouping_ = wafer::group_records(records_);
  RecordParts parts_{kPartsProgram, records_, {}};
  wafer::StepMaker maker_{pe_, parts_, grouping_.of_record};

  struct Made : wafer::StepNotes {
    pe::Step step;
  };
  std::optional<Made> make(const Part& part, Flow flow, std::uint64_t index) const {
    Made made;
    const auto notes = maker_.make(part, flow, wafer::StepMaker::at(part, flow, index), false, made.step);
    if (!notes) return std::nullopt;
    static_cast<wafer::StepNotes&>(made) = *notes;
    return made;
  }
};

TEST_F(Steps, SumsGrowAlongTheirLine) {
  // Blocks 2 to 7 go up from the first tile; 6 and 7 end at the last.
  const auto first = make(parts_.of(2, tile(0, 0)), Flow::up, 4);
  ASSERT_TRUE(first);
  EXPECT_EQ(pe::kNoQueue, first->step.input);
  EXPECT_EQ(QueueUse::out_up_x, first->step.output);
  EXPECT_EQ(1U, first->step.addend);
  EXPECT_EQ(0U, first->expected);
  EXPECT_EQ(grouping_.of_record[2], first->step.tag);
  const auto last = make(parts_.of(2, tile(3, 0)), Flow::up, 0);
  ASSERT_TRUE(last);
  EXPECT_EQ(QueueUse::up_x, last->step.input);
  EXPECT_EQ(pe::kNoQueue, last->step.output);
  EXPECT_EQ(2U * 3, last->step.iterations) << "tokens of a row, by outputs of a block";
  EXPECT_EQ(3 * last->step.iterations, last->expected) << "of three tiles";
  EXPECT_EQ(6U, last->own_block);
}

TEST_F(Steps, SumsThatDrainLeaveAtTheRoot) {
  const auto root = make(parts_.of(5, tile(0, 3)), Flow::up, 0);
  ASSERT_TRUE(root);
  EXPECT_EQ(QueueUse::out_results, root->step.output);
  const auto other = make(parts_.of(5, tile(0, 2)), Flow::up, 0);
  ASSERT_TRUE(other);
  EXPECT_EQ(QueueUse::out_up_y, other->step.output);
}

TEST_F(Steps, AProductTakesItsBlocksWeights) {
  const auto made = make(parts_.of(1, tile(2, 1)), Flow::up, 3);
  ASSERT_TRUE(made);
  EXPECT_EQ(QueueUse::weights, made->step.input);
  EXPECT_EQ(4U * 3, made->step.iterations) << "inputs of a column, by outputs of a block";
  EXPECT_NE(pe::Work::streaming, made->step.work);
}

TEST_F(Steps, ABlockWithoutWorkHasNone) {
  records_[4].macs.scale = 0;
  records_[2].elements.scale = 0;
  const wafer::StepMaker maker{pe_, parts_, grouping_.of_record};
  for (const std::uint32_t record : {2U, 4U}) {
    const Part part = parts_.of(record, 0);
    pe::Step step;
    EXPECT_FALSE(maker.make(part, Flow::up, wafer::StepMaker::at(part, Flow::up, 0), false, step));
  }
}

TEST_F(Steps, TilesTakeTurnsOnlyInBlocksOfTheirOwn) {
  const RecordParts scaled(kPartsProgram, records_, std::vector<wafer::LineScale>(records_.size(), {64, 64}));
  const Part part = scaled.of(2, tile(1, 0));
  const wafer::StepShare none = wafer::StepMaker::share(part, wafer::kNoBlock);
  EXPECT_EQ(1, none.tiles);
  EXPECT_EQ(2U, none.record);
  EXPECT_EQ(wafer::tiles_at(part.place.line), wafer::StepMaker::share(part, 1).tiles);
  EXPECT_LT(wafer::StepMaker::share(part, 1).turn, wafer::StepMaker::share(part, 2).turn);
}

/// SRAM of so many bytes a tile, handed out upwards.
class CountedSram final : public wafer::TileServices {
 public:
  explicit CountedSram(std::uint64_t bytes) : bytes_(bytes) {}
  void resume(std::uint32_t, core::Cycle) override {}
  std::optional<std::uint32_t> allocate(std::uint32_t at, std::uint64_t bytes) override {
    if (used(at) + bytes > bytes_) return std::nullopt;
    blocks_[at].emplace(next_, bytes);
    return std::exchange(next_, next_ + static_cast<std::uint32_t>(bytes));
  }
  void release(std::uint32_t at, std::uint32_t address) override {
    EXPECT_EQ(1U, blocks_[at].erase(address));
  }
  [[nodiscard]] std::uint64_t used(std::uint32_t at) {
    std::uint64_t sum = 0;
    for (const auto& [address, bytes] : blocks_[at]) sum += bytes;
    return sum;
  }

 private:
  std::uint64_t bytes_;
  std::uint32_t next_ = 0;
  std::map<std::uint32_t, std::map<std::uint32_t, std::uint64_t>> blocks_;
};

TEST(Replay, WhoWaitsIsLookedAtAgainOnceThatGoesOn) {
  auto records = test::linear_trace({});
  records.resize(2);  // weights, and products with them
  records[1].after.clear();
  records[1].allocates.clear();
  for (const char* name : {"first", "second"}) {
    trace::Record task = records[1];
    task.id = static_cast<std::uint32_t>(records.size());
    task.name = name;
    task.consumes = trace::kNoRecord;
    task.after = {{1, trace::Dependency::kWhole}};
    records.push_back(task);
  }
  CountedSram none(0);
  const wafer::Hardware hardware;
  const wafer::Grouping grouping = wafer::group_records(records);
  wafer::Replay replay(none, hardware, kPartsProgram, records, grouping);
  pe::Step step;
  const auto has_step = [&](std::uint8_t thread) {
    return replay.fetch(0, thread, 0, step) == pe::Fetch::step;
  };
  EXPECT_EQ(0U, replay.idle(0)) << "not asked yet";
  EXPECT_FALSE(has_step(pe::kMainThread));
  EXPECT_EQ(1U << pe::kMainThread, replay.idle(0));
  while (has_step(QueueUse::weights)) replay.completed(0, QueueUse::weights, 0, step.iterations);
  EXPECT_EQ(1U << QueueUse::weights, replay.idle(0)) << "the main thread may have a step";
  std::uint32_t steps = 0;
  for (; has_step(pe::kMainThread); ++steps) replay.completed(0, pe::kMainThread, 0, 0);
  EXPECT_EQ(2 * records[1].blocks, steps) << "of both tasks";
}

TEST(SramLedger, TakesAllOfAPartsTensorsOrNone) {
  auto records = test::linear_trace({});
  records[1].allocates = {{"a", {600, 0, 0, 0}}, {"b", {600, 0, 0, 0}}};
  records[2].frees = {"a", "b", "c"};
  records[4].allocates = {{"c", {400, 0, 0, 0}}};
  const RecordParts parts(kPartsProgram, records, {});
  CountedSram sram(2300);
  wafer::SramLedger ledger(sram, parts);
  ASSERT_TRUE(ledger.allocate(parts.of(1, 3)));
  ASSERT_TRUE(ledger.allocate(parts.of(4, 3)));
  EXPECT_EQ("a, b, c", ledger.tensors_at(3));
  EXPECT_EQ("", ledger.tensors_at(4));
  EXPECT_FALSE(ledger.allocate(parts.of(1, 3)));
  EXPECT_EQ(1600U, sram.used(3)) << "what came first of the two is given back";
  ledger.release(parts.of(2, 3));
  EXPECT_EQ(0U, sram.used(3));
  EXPECT_EQ("", ledger.tensors_at(3));
}

TEST(SramLedger, NamesTheTileThatLacksAnOperand) {
  auto records = test::linear_trace({});
  records[4].operands = {"partial sums", "partial sums"};
  const RecordParts parts(kPartsProgram, records, {});
  CountedSram sram(1 << 20);
  wafer::SramLedger ledger(sram, parts);
  EXPECT_FALSE(ledger.operands_conflict(parts.of(1, 0), {})) << "it names none";
  EXPECT_THROW((void)ledger.operands_conflict(parts.of(4, 0), {}), core::SimulationError);
  ASSERT_TRUE(ledger.allocate(parts.of(1, 0)));
  EXPECT_TRUE(ledger.operands_conflict(parts.of(4, 0), {})) << "the same tensor lies in one bank";
}

}  // namespace
}  // namespace waferloom
