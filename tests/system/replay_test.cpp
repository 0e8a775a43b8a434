// SPDX-License-Identifier: Apache-2.0
// A trace replayed on small wafers: nothing is lost or invented, results do not depend on how the wafer is
// cut into regions, and a trace that cannot go on says so.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/error.hpp"
#include "tests/support/small_trace.hpp"
#include "tests/support/test_wafer.hpp"
#include "trace/quantities.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom {
namespace {

wafer::RunResult run(const std::vector<trace::Record>& records, core::Rectangle program,
                     const core::SimulationParameters& simulation = {},
                     fabric::Edge output_edge = fabric::Edge::south) {
  wafer::Hardware hardware =
      test::small_hardware(program.x + program.width + 1, program.y + program.height + 1);
  hardware.fabric.colors = 24;
  hardware.io.output_edge = output_edge;
  const std::atomic<bool> stop = false;
  return wafer::simulate({hardware, {}, simulation, program, records}, stop, nullptr);
}

/// What must not depend on the host's choices.
std::string fingerprint(const wafer::RunResult& result) {
  std::string text = std::to_string(result.cycles);
  for (const wafer::GroupResult& g : result.groups) {
    text +=
        " " + std::to_string(g.start) + "-" + std::to_string(g.end) + ":" + std::to_string(g.shares.link());
  }
  for (const wafer::TileResult& t : result.tiles) {
    text += " " + std::to_string(t.busy_cycles) + "/" + std::to_string(t.received) + "/" +
            std::to_string(t.injected);
    for (const std::uint64_t sent : t.sent) text += "," + std::to_string(sent);
  }
  return text;
}

/// Runs in a process of its own, as SystemC elaborates once per process.
std::string in_child(const std::vector<trace::Record>& records, core::Rectangle program,
                     const core::SimulationParameters& simulation) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return "pipe failed";
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = fingerprint(run(records, program, simulation));
    const bool written = write(pipe_ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 1);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? text : "child failed";
}

TEST(Replay, MovesEveryWaveletOfALinearLayer) {
  const test::LinearShape shape;
  const auto records = test::linear_trace(shape);
  const wafer::RunResult result = run(records, {1, 1, shape.columns, shape.rows});
  EXPECT_EQ(result.words_in, shape.inputs * shape.outputs);
  EXPECT_EQ(result.words_out, shape.inputs * shape.outputs);
  EXPECT_EQ(result.macs, 2 * shape.inputs * shape.outputs * shape.tokens);
  std::uint64_t received = 0;
  for (const wafer::TileResult& tile : result.tiles) received += tile.received;
  // Weights reach every row; each output feature's partial sums take columns - 1 hops in each row; the gather
  // brings every PE all other PEs' blocks; gradients pass rows - 1 ramps.
  const std::uint64_t weights = shape.inputs * shape.outputs * shape.rows;
  const std::uint64_t sums = shape.tokens * shape.outputs * (shape.columns - 1);
  const std::uint64_t gathered = shape.tokens * shape.outputs / 2 * (shape.columns - 1);
  const std::uint64_t gradients = shape.inputs * shape.outputs * (shape.rows - 1);
  EXPECT_EQ(received, weights + sums + gathered + gradients);
}

TEST(Replay, TakesResultsOutWhereWeightsEnter) {
  test::LinearShape shape;
  auto records = test::linear_trace(shape);
  for (trace::Record& record : records) {
    if (record.drains_to != trace::kNoRecord) record.root = trace::Root::first;
    // Colors of their own: weights use 0 to 3, chains 4 to 11.
    if (record.kind == trace::Kind::stream_out) record.colors = {12, 13, 14, 15};
  }
  const wafer::RunResult result = run(records, {1, 1, shape.columns, shape.rows}, {}, fabric::Edge::north);
  EXPECT_EQ(result.words_out, shape.inputs * shape.outputs);
  // Nothing goes south of the rectangle.
  for (const wafer::TileResult& tile : result.tiles) EXPECT_LE(tile.at.y, shape.rows);
}

TEST(Replay, RefusesResultsThatEndAtTheWrongEdge) {
  EXPECT_THROW((void)run(test::linear_trace({}), {1, 1, 4, 4}, {}, fabric::Edge::north), core::InputError);
}

TEST(Replay, GivesTheSameResultForEveryRegionSize) {
  const test::LinearShape shape{6, 5, 25, 35, 13, 12, 7};
  const auto records = test::linear_trace(shape);
  const core::Rectangle program{2, 1, shape.columns, shape.rows};
  const std::string whole = in_child(records, program, {});
  EXPECT_GT(whole.size(), 100U);
  for (const auto& [width, height] :
       std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 1}, {2, 3}, {3, 2}, {9, 1}}) {
    core::SimulationParameters simulation;
    simulation.region_width = width;
    simulation.region_height = height;
    EXPECT_EQ(in_child(records, program, simulation), whole) << width << " x " << height;
  }
}

TEST(Replay, LanesShareWhatEntersOnce) {
  const test::LinearShape lane{3, 4, 16, 24, 8, 8, 9};
  const std::uint32_t lanes = 3;
  const wafer::RunResult result =
      run(test::shared_trace(lane, lanes), {1, 1, lanes * lane.columns, lane.rows});
  EXPECT_EQ(result.words_in, lane.inputs * lane.outputs);
  EXPECT_EQ(result.macs, lanes * lane.inputs * lane.outputs * lane.tokens);
  std::uint64_t received = 0;
  std::uint64_t injected = 0;
  for (const wafer::TileResult& tile : result.tiles) {
    received += tile.received;
    injected += tile.injected;
  }
  EXPECT_EQ(received, lanes * lane.rows * lane.inputs * lane.outputs);
  // A relay and a tap of each other lane pass every weight on.
  EXPECT_EQ(injected, lanes * lane.inputs * lane.outputs);
}

TEST(Replay, AWeightPassesFromLaneToLaneInRampsAndHops) {
  // One weight, one column and two rows a lane; each PE forms two products.
  const test::LinearShape lane{1, 2, 1, 1, 4, 1};
  const wafer::RunResult result = run(test::shared_trace(lane, 2), {1, 1, 2, 2});
  ASSERT_EQ(4U, result.records.size());
  // The second lane's own stream brings nothing and takes no time.
  EXPECT_EQ(result.records[1].start, result.records[1].end);
  const wafer::RecordResult& home = result.records[2];
  const wafer::RecordResult& other = result.records[3];
  // The relay works for a cycle and sends in another; two ramps and a hop to the tap, which does likewise; two ramps
  // and a hop to its other row, which works for a cycle. The home column's other row ends with the relay.
  const core::Cycle relay = 2;
  const core::Cycle way = 2 + 2 + 1;
  EXPECT_EQ(home.end + way + relay + way + 1, other.end);
}

TEST(Replay, LanesShareOnAnyShapeAndRegion) {
  for (const auto& [columns, rows, lanes] :
       std::vector<std::array<std::uint32_t, 3>>{{5, 7, 2}, {4, 2, 2}, {3, 1, 3}, {2, 3, 4}, {1, 4, 2}}) {
    const test::LinearShape lane{columns, rows, 13, 9, 8, 4, lanes * columns};
    const auto records = test::shared_trace(lane, lanes);
    const core::Rectangle program{1, 1, lanes * columns, rows};
    const std::string whole = in_child(records, program, {});
    EXPECT_GT(whole.size(), 100U) << columns << " x " << rows;
    core::SimulationParameters simulation;
    simulation.region_width = 2;
    simulation.region_height = 3;
    EXPECT_EQ(in_child(records, program, simulation), whole) << columns << " x " << rows;
  }
}

TEST(Replay, WorksOnOneColumnAndOnOneRow) {
  const test::LinearShape column{1, 5, 7, 9, 10, 3, 2};
  const test::LinearShape row{5, 1, 7, 10, 9, 5, 6};
  EXPECT_NE(in_child(test::linear_trace(column), {1, 1, 1, 5}, {}), "child failed");
  EXPECT_NE(in_child(test::linear_trace(row), {1, 1, 5, 1}, {}), "child failed");
}

TEST(Replay, NamesTheTilesThatWaitForEachOther) {
  auto records = test::linear_trace({});
  records[1].after = {{2, 0}};  // the products wait for the sums, which wait for the products
  try {
    (void)run(records, {1, 1, 4, 4});
    FAIL() << "expected a deadlock";
  } catch (const core::SimulationError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("deadlock"), std::string::npos) << text;
    EXPECT_NE(text.find("tile (1, 1): block 0 of record 1 (axpy) waits for record 2 (row reduce)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("of color 0"), std::string::npos) << text;
    EXPECT_EQ(error.status(), core::ExitStatus::stuck);
  }
}

TEST(Replay, NamesTheTileThatLacksAnOperand) {
  auto records = test::linear_trace({});
  records[4].operands = {"partial sums", "partial sums"};  // freed with the sums of the forward pass
  try {
    (void)run(records, {1, 1, 4, 4});
    FAIL() << "not noticed";
  } catch (const core::SimulationError& e) {
    EXPECT_NE(std::string(e.what()).find("record 4 (dot): operand \"partial sums\" is not in SRAM"),
              std::string::npos)
        << e.what();
  }
}

TEST(Replay, NamesTheTileWhoseSramIsTooSmall) {
  auto records = test::linear_trace({});
  records[1].allocates[0].bytes.scale = 1 << 20;
  try {
    (void)run(records, {1, 1, 4, 4});
    FAIL() << "expected to be stuck";
  } catch (const core::SimulationError& error) {
    EXPECT_NE(std::string(error.what()).find("waits for free SRAM"), std::string::npos) << error.what();
  }
}

TEST(Replay, StopsAtItsCycleLimit) {
  core::SimulationParameters simulation;
  simulation.max_cycles = 100;
  EXPECT_THROW((void)run(test::linear_trace({}), {1, 1, 4, 4}, simulation), core::SimulationError);
}

TEST(Replay, NeedsARowBelowTheRectangle) {
  const auto records = test::linear_trace({});
  wafer::Hardware hardware = test::small_hardware(6, 5);
  const std::atomic<bool> stop = false;
  EXPECT_THROW((void)wafer::simulate({hardware, {}, {}, {1, 1, 4, 4}, records}, stop, nullptr),
               core::InputError);
}

}  // namespace
}  // namespace waferloom
