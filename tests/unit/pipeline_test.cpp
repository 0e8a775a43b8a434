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
#include "models/layer_pipelined/stage_places.hpp"
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

bool overlap(const core::Rectangle& a, const core::Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/// They share some of an edge.
bool touch(const core::Rectangle& a, const core::Rectangle& b) {
  core::Rectangle wide = a;
  wide.width += 1;
  wide.x -= a.x == 0 ? 0 : 1;
  wide.width += a.x == 0 ? 0 : 1;
  core::Rectangle tall = a;
  tall.height += a.y == 0 ? 1 : 2;
  tall.y -= a.y == 0 ? 0 : 1;
  return overlap(wide, b) || overlap(tall, b);
}

TEST(Pipeline, TheTraceIsWellFormedAndItsStagesHavePlacesOfTheirOwn) {
  const Model model = model_named("tiny");
  const WorkloadParameters workload = pipelined(4);
  const Strategy& strategy = find_strategy(workload.strategy);
  const LoweringRequest request{model, workload, small_mesh()};
  const StagePlaces places = place_stages(request);
  trace::Validator validator(strategy.header(request));
  std::map<std::uint32_t, std::set<std::pair<std::uint32_t, std::uint32_t>>> origins;
  for (const trace::Record& record : lower(model, workload, small_mesh())) {
    validator.add(record);
    if (record.kind == trace::Kind::compute) origins[record.layer].insert({record.area.x, record.area.y});
  }
  validator.finish();
  const auto origin = [](const core::Rectangle& place) { return std::pair{place.x, place.y}; };
  EXPECT_EQ((std::set{origin(places.layers[0])}), origins[0]);
  EXPECT_EQ((std::set{origin(places.layers[1])}), origins[1]);
  EXPECT_EQ((std::set{origin(places.embedding), origin(places.loss)}), origins[trace::kNoLayer]);
}

TEST(Pipeline, StagesOfGpt2AreNearlySquare) {
  Placement wafer;
  wafer.columns = 750;
  wafer.rows = 994;
  const StagePlaces places = place_stages({model_named("gpt2-small"), pipelined(16, 1), wafer});
  EXPECT_EQ((core::Rectangle{0, 0, 750, 30}), places.embedding);
  EXPECT_EQ((core::Rectangle{0, 30, 187, 193}), places.layers[0]);
  EXPECT_EQ((core::Rectangle{561, 30, 187, 193}), places.layers[3]);
  EXPECT_EQ((core::Rectangle{561, 223, 187, 193}), places.layers[4]);
  EXPECT_EQ((core::Rectangle{0, 223, 187, 193}), places.layers[7]);
  EXPECT_EQ((core::Rectangle{561, 416, 187, 193}), places.layers[11]);
  EXPECT_EQ((core::Rectangle{0, 609, 750, 385}), places.loss);
}

TEST(Pipeline, StagesTouchTheirNeighboursAndNoneOverlap) {
  Model model = model_named("tiny");
  std::set<std::uint32_t> bands;
  for (const std::uint64_t layers : {1U, 2U, 3U, 5U, 7U}) {
    model.layers = layers;
    for (const auto& [columns, rows] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
             {20, 20}, {16, 40}, {40, 16}, {33, 31}, {12, 60}, {64, 64}}) {
      Placement placement;
      placement.columns = columns;
      placement.rows = rows;
      const StagePlaces places = place_stages({model, pipelined(4, 2), placement});
      bands.insert(places.bands);
      const std::vector<core::Rectangle> all = places.in_order();
      ASSERT_EQ(layers + 2, all.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_TRUE((core::Rectangle{0, 0, columns, rows}).contains(all[i]));
        if (i > 0) {
          EXPECT_TRUE(touch(all[i - 1], all[i])) << columns << " x " << rows << ", stage " << i;
        }
        for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(overlap(all[i], all[j]));
      }
    }
  }
  EXPECT_GE(bands.size(), 3U);
}

/// The record of that name.
trace::Record record_named(const std::vector<trace::Record>& records, const std::string& name) {
  const trace::Record* found = nullptr;
  for (const trace::Record& record : records) {
    if (record.name == name) found = &record;
  }
  EXPECT_NE(nullptr, found) << name;
  return found == nullptr ? trace::Record{} : *found;
}

TEST(Pipeline, QueriesKeysAndValuesAreFormedInOnePass) {
  const std::vector<trace::Record> records = lower(model_named("tiny"), pipelined(1), small_mesh());
  std::set<std::string> names;
  for (const trace::Record& record : records) {
    if (record.layer == 0 && record.phase == trace::Phase::forward && record.operation == "qkv") {
      names.insert(record.name.substr(record.name.find("qkv.")));
    }
  }
  EXPECT_EQ(
      (std::set<std::string>{"qkv.qkv.spread", "qkv.qkv.products", "qkv.qkv.sums", "qkv.qkv.bias.apply"}),
      names);
  // 64 features of 32 tokens in FP16 pass each row's columns once, and 192 sums of each come back.
  const trace::Record spread = record_named(records, "layer0.forward.qkv.qkv.spread");
  EXPECT_EQ(trace::Axis::x, spread.axis);
  EXPECT_EQ((trace::Amount{1, 0, 64, 32}), spread.elements);
  const trace::Record sums = record_named(records, "layer0.forward.qkv.qkv.sums");
  EXPECT_EQ(trace::Axis::y, sums.axis);
  EXPECT_EQ((trace::Amount{1, 192, 0, 32}), sums.elements);
}

TEST(Pipeline, AGradientsSumOverABlockOfTokensIsWrittenOnce) {
  const std::vector<trace::Record> records = lower(model_named("tiny"), pipelined(1), small_mesh());
  const trace::Record dot = record_named(records, "layer0.backward_weight.mlp_up.mlp_up.dot");
  const std::uint64_t weights = 64U * 256U;
  EXPECT_EQ(weights * 32, trace::total_macs(dot));
  // Two operands of 2 bytes each; a gradient of 4 bytes read and written once a block.
  EXPECT_EQ(weights * (4U * 32 + 4U * dot.blocks), trace::total(dot.read_bytes, dot));
  EXPECT_EQ(weights * 4U * dot.blocks, trace::total(dot.write_bytes, dot));
}

TEST(Pipeline, GradientsOfATiedTableMeetAtBothEnds) {
  Model model = model_named("tiny");
  const auto exchanged = [&] {
    std::uint64_t elements = 0;
    for (const trace::Record& record : lower(model, pipelined(1), small_mesh())) {
      if (record.operation != "exchange") continue;
      EXPECT_EQ(trace::Phase::update, record.phase);
      if (record.kind == trace::Kind::compute) elements += trace::total(record.vector_elements, record);
    }
    return elements;
  };
  model.tied_embeddings = true;
  EXPECT_EQ(2U * 512U * 64U, exchanged());
  model.tied_embeddings = false;
  EXPECT_EQ(0U, exchanged());
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
