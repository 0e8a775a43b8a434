// SPDX-License-Identifier: Apache-2.0
// Stages of a pipeline of layers beside and above each other: what passes between them takes the time of chains
// (arXiv 2404.15888), and no placement, queue or fidelity makes them wait for each other for ever
// (docs/deadlock-freedom.md).
#include <gtest/gtest.h>

#include <atomic>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "models/layer_pipelined/handover.hpp"
#include "models/layer_pipelined/stage_places.hpp"
#include "models/model.hpp"
#include "models/strategy.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/test_wafer.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom {
namespace {

/// Cycles, or what went wrong.
std::string at_wavelet(const wafer::SimulationInput& input) {
  return test::in_child([&] {
    const std::atomic<bool> stop = false;
    try {
      return std::to_string(wafer::simulate(input, stop, nullptr).cycles);
    } catch (const core::SimulationError& e) {
      return "stuck: " + std::string(e.what());
    }
  });
}

std::string at_burst(const wafer::SimulationInput& input) {
  return test::in_child([&] {
    burst::Simulator simulator("wafer");
    const std::atomic<bool> stop = false;
    try {
      return std::to_string(simulator.run(input, {}, stop, nullptr).result.cycles);
    } catch (const core::SimulationError& e) {
      return "stuck: " + std::string(e.what());
    }
  });
}

/// 16 features of 8 tokens from one place to another.
std::vector<trace::Record> hand_over(const core::Rectangle& from, const core::Rectangle& to) {
  models::Model model;
  model.hidden = 16;
  model.heads = 1;
  model.sequence = 8;
  models::WorkloadParameters workload;
  workload.batch = 1;
  const auto request_at = [&](const core::Rectangle& place) {
    models::LoweringRequest request{model, workload, {}};
    request.placement.columns = place.width;
    request.placement.rows = place.height;
    return request;
  };
  std::vector<trace::Record> records;
  const models::RecordSink sink = [&](const trace::Record& record) { records.push_back(record); };
  const models::Cargo cargo{"", 16, 8, 16};
  const models::LoweringRequest sender_request = request_at(from);
  models::StepBuilder sender(sender_request, models::make_geometry(sender_request), sink);
  sender.set_origin({from.x, from.y});
  sender.set_operation("send");
  const models::Handover handover = models::send(sender, from, to, cargo);
  const models::LoweringRequest taker_request = request_at(to);
  models::StepBuilder taker(taker_request, models::make_geometry(taker_request), sink);
  taker.set_origin({to.x, to.y});
  taker.set_operation("receive");
  taker.set_next_id(sender.next_id());
  models::take(taker, to, from, cargo, handover);
  return records;
}

wafer::SimulationInput on_mesh(std::uint32_t columns, std::uint32_t rows,
                               const std::vector<trace::Record>& records) {
  wafer::Hardware hardware = test::small_hardware(columns + 2, rows + 2);
  hardware.fabric.colors = 24;
  return {hardware, {}, {}, {1, 1, columns, rows}, records};
}

/// Of a chain of so many wavelets over so many tiles.
constexpr std::uint64_t chain(std::uint64_t wavelets, std::uint64_t tiles) {
  return wavelets + 6 * (tiles - 1);
}
/// Until a tile that has a chain's last wavelet sends the first of the next.
constexpr std::uint64_t kTurn = 1;

TEST(PipelineHandover, DownTheColumns) {
  // A column has 2 tokens, 16 wavelets: over 3 rows to the last, from there over 4 to the neighbour's last.
  const std::vector<trace::Record> records = hand_over({0, 0, 4, 3}, {0, 3, 4, 3});
  ASSERT_EQ(2U, records.size());
  EXPECT_EQ(std::to_string(chain(16, 3) + kTurn + chain(16, 4)), at_wavelet(on_mesh(4, 6, records)));
}

TEST(PipelineHandover, UpTheColumns) {
  const std::vector<trace::Record> records = hand_over({0, 3, 4, 3}, {0, 0, 4, 3});
  EXPECT_EQ(std::to_string(chain(16, 3) + kTurn + chain(16, 4)), at_wavelet(on_mesh(4, 6, records)));
}

TEST(PipelineHandover, AlongTheRows) {
  // A row has 4 features, 16 wavelets.
  const std::vector<trace::Record> records = hand_over({0, 0, 3, 4}, {3, 0, 2, 4});
  EXPECT_EQ(std::to_string(chain(16, 3) + kTurn + chain(16, 3)), at_wavelet(on_mesh(5, 4, records)));
}

TEST(PipelineHandover, IntoAWiderPlace) {
  // 2 of 6 columns on both sides: 4 tokens and 32 wavelets a column, down 2 rows and on over 3. Then the rows, of
  // 8 features and 32 wavelets: together in one column, and both ways from there, over 4 columns and over 3.
  const std::vector<trace::Record> records = hand_over({2, 0, 2, 2}, {0, 2, 6, 2});
  const std::uint64_t down = chain(32, 2) + chain(32, 3);
  const std::uint64_t along = chain(32, 2) + chain(32, 4);
  const std::string cycles = at_wavelet(on_mesh(6, 4, records));
  EXPECT_GE(std::stoul(cycles), down + along);
  EXPECT_LE(std::stoul(cycles), down + along + 80);  // the join of what has come, and streams that share a PE
}

TEST(PipelineDeadlock, LayersInBandsEndAtBothFidelities) {
  models::Model model =
      models::load_model("tiny", std::filesystem::path(WAFERLOOM_SOURCE_DIR) / "models" / "data");
  model.hidden = 16;
  model.heads = 2;
  model.ffn = 32;
  model.vocabulary = 24;
  model.sequence = 8;
  model.layers = 5;
  struct Shape {
    std::uint32_t columns, rows, queue;
    std::uint64_t batch, micro_batch;
  };
  for (const Shape& shape : {Shape{6, 12, 2, 3, 1}, Shape{9, 9, 1, 3, 1}, Shape{12, 7, 2, 4, 2},
                             Shape{5, 17, 4, 8, 1}, Shape{12, 6, 2, 2, 1}}) {
    models::WorkloadParameters workload;
    workload.strategy = "layer_pipelined";
    workload.batch = shape.batch;
    workload.micro_batch = shape.micro_batch;
    models::LoweringRequest request{model, workload, {}};
    request.placement.columns = shape.columns;
    request.placement.rows = shape.rows;
    request.placement.columns_per_channel = shape.columns;
    std::vector<trace::Record> records;
    models::find_strategy(workload.strategy).lower(request, [&](const trace::Record& record) {
      records.push_back(record);
    });
    wafer::SimulationInput input = on_mesh(shape.columns, shape.rows, records);
    input.hardware.fabric.queue_depth = shape.queue;
    const std::string wavelet = at_wavelet(input);
    const std::string burst = at_burst(input);
    SCOPED_TRACE(testing::Message() << shape.columns << " x " << shape.rows << ": " << wavelet << ", "
                                    << burst);
    ASSERT_TRUE(std::isdigit(wavelet.front()) && std::isdigit(burst.front()));
    EXPECT_NEAR(std::stod(burst) / std::stod(wavelet), 1.0, 0.05);
  }
}

}  // namespace
}  // namespace waferloom
