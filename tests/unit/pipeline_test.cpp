// SPDX-License-Identifier: Apache-2.0
// The pipeline of layers without a simulation: turns, columns, work and memory.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "core/error.hpp"
#include "models/layer_pipelined/pipeline_plan.hpp"
#include "models/model.hpp"
#include "models/strategy.hpp"
#include "trace/quantities.hpp"
#include "trace/validate.hpp"

namespace waferloom::models {
namespace {

Model model_named(const std::string& name) {
  return load_model(name, std::filesystem::path(WAFERLOOM_SOURCE_DIR) / "models" / "data");
}

WorkloadParameters pipelined(std::uint64_t batch, std::uint64_t micro_batch = 0) {
  WorkloadParameters workload;
  workload.strategy = "layer_pipelined";
  workload.batch = batch;
  workload.micro_batch = micro_batch;
  return workload;
}

std::vector<trace::Record> lower(const Model& model, const WorkloadParameters& workload,
                                 const Placement& placement) {
  const Strategy& strategy = find_strategy(workload.strategy);
  std::vector<trace::Record> records;
  strategy.lower({model, workload, placement},
                 [&](const trace::Record& record) { records.push_back(record); });
  return records;
}

Placement small_mesh() {
  Placement placement;
  placement.columns = 14;
  placement.rows = 16;
  return placement;
}

std::uint64_t macs_of(const std::vector<trace::Record>& records) {
  std::uint64_t sum = 0;
  for (const trace::Record& record : records) sum += trace::total_macs(record);
  return sum;
}

TEST(Pipeline, EveryPassHasItsTurnAfterThoseThatItNeeds) {
  for (const std::uint32_t stages : {1U, 2U, 5U}) {
    for (const std::uint32_t batches : {1U, 3U, 8U}) {
      std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::size_t> round_of;
      const auto rounds = pipeline_rounds(stages, batches, true);
      for (std::size_t i = 0; i < rounds.size(); ++i) {
        std::set<std::uint32_t> busy;
        for (const Turn& turn : rounds[i]) {
          EXPECT_TRUE(busy.insert(turn.stage).second) << "two turns of a stage in a round";
          EXPECT_TRUE(round_of.try_emplace({turn.stage, turn.micro_batch, turn.backward}, i).second);
        }
      }
      ASSERT_EQ(std::size_t{2} * stages * batches, round_of.size());
      for (const auto& [turn, round] : round_of) {
        const auto& [stage, batch, backward] = turn;
        if (backward) {
          EXPECT_LT((round_of.at({stage, batch, false})), round);
          if (stage + 1 < stages) {
            EXPECT_LT((round_of.at({stage + 1, batch, true})), round);
          }
        } else if (stage > 0) {
          EXPECT_LT((round_of.at({stage - 1, batch, false})), round);
        }
      }
    }
  }
}

TEST(Pipeline, AStageHoldsNoMoreMicroBatchesThanStagesRemain) {
  constexpr std::uint32_t kStages = 4;
  std::vector<int> held(kStages);
  for (const auto& round : pipeline_rounds(kStages, 10, true)) {
    for (const Turn& turn : round) {
      held[turn.stage] += turn.backward ? -1 : 1;
      EXPECT_LE(held[turn.stage], static_cast<int>(kStages - turn.stage));
    }
  }
  EXPECT_EQ(std::vector<int>(kStages), held);
}

TEST(Pipeline, TheProductsAreThoseOfWeightStreaming) {
  const Model model = model_named("tiny");
  WorkloadParameters streamed = pipelined(4, 1);
  streamed.strategy = "weight_streaming";
  Placement placement = small_mesh();
  placement.columns = 8;
  placement.rows = 8;
  EXPECT_EQ(macs_of(lower(model, streamed, placement)), macs_of(lower(model, pipelined(4), small_mesh())));
}

TEST(Pipeline, TheTraceIsWellFormedAndItsStagesLieSideBySide) {
  const Model model = model_named("tiny");
  const WorkloadParameters workload = pipelined(4);
  const Strategy& strategy = find_strategy(workload.strategy);
  const trace::Header header = strategy.header({model, workload, small_mesh()});
  trace::Validator validator(header);
  std::map<std::uint32_t, std::set<std::uint32_t>> first_columns;
  for (const trace::Record& record : lower(model, workload, small_mesh())) {
    validator.add(record);
    if (record.kind == trace::Kind::compute) first_columns[record.layer].insert(record.area.x);
  }
  validator.finish();
  EXPECT_EQ(1U, first_columns[0].size());
  EXPECT_EQ(1U, first_columns[1].size());
  EXPECT_EQ(2U, first_columns[trace::kNoLayer].size());
  EXPECT_LT(*first_columns[0].begin(), *first_columns[1].begin());
}

TEST(Pipeline, ForwardAloneHasNoBackwardAndNoUpdate) {
  WorkloadParameters workload = pipelined(3);
  workload.phases = {trace::Phase::forward};
  for (const trace::Record& record : lower(model_named("tiny"), workload, small_mesh())) {
    EXPECT_EQ(trace::Phase::forward, record.phase) << record.name;
  }
}

TEST(Pipeline, ALargeModelIsRefusedWithWhatIsMissing) {
  Placement wafer;
  wafer.columns = 750;
  wafer.rows = 994;
  try {
    WorkloadParameters workload = pipelined(1);
    workload.activations = Activations::spill;  // what cannot be is said first
    (void)lower(model_named("gpt-neox-20b"), workload, wafer);
    FAIL() << "expected a refusal";
  } catch (const core::InputError& error) {
    // 20,554,663,040 parameters of 18 bytes against 745,500 PEs of 45,056 bytes.
    EXPECT_NE(nullptr, std::strstr(error.what(), "gpt-neox-20b needs 369.9 GB")) << error.what();
    EXPECT_NE(nullptr, std::strstr(error.what(), "336.4 GB are missing")) << error.what();
  }
}

TEST(Pipeline, WhatItCannotDoIsRefused) {
  const Model model = model_named("tiny");
  const auto refused = [&](const WorkloadParameters& workload, const Placement& placement) {
    EXPECT_THROW((void)lower(model, workload, placement), core::InputError);
  };
  WorkloadParameters workload = pipelined(4);
  workload.lanes = 2;
  refused(workload, small_mesh());
  workload = pipelined(4);
  workload.layers = {0};
  refused(workload, small_mesh());
  workload = pipelined(4);
  workload.activations = Activations::spill;
  refused(workload, small_mesh());
  workload = pipelined(4);
  workload.phases = {trace::Phase::update};
  refused(workload, small_mesh());
  refused(pipelined(4, 3), small_mesh());
  Placement narrow = small_mesh();
  narrow.columns = 3;
  refused(pipelined(4), narrow);
}

}  // namespace
}  // namespace waferloom::models
