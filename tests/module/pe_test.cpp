// SPDX-License-Identifier: Apache-2.0
// The processing element: rates of its datapath, bank conflicts, SRAM allocation, queues and threads, against
// the vendor's documents and its cycle simulator.
#include <gtest/gtest.h>

#include "pe/datapath.hpp"
#include "pe/sram.hpp"
#include "tests/support/scripted_program.hpp"
#include "tests/support/test_wafer.hpp"
#include "trace/record.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom {
namespace {

using core::Direction;
using fabric::Route;
using pe::Arithmetic;
using test::receive;
using test::send;

/// Cycles that one PE takes for FP32 multiply-accumulates over n elements of two vectors in SRAM, by a trace of
/// its own: the first vector lies `lead_bytes` behind the program's code, the second `gap_bytes` behind the first.
core::Cycle fmac_cycles(std::uint64_t n, std::uint64_t lead_bytes, std::uint64_t gap_bytes) {
  trace::Record first;
  first.name = "first";
  first.area = {0, 0, 1, 1};
  first.allocates = {{"lead", {lead_bytes, 0, 0, 0}},
                     {"a", {n * 4, 0, 0, 0}},
                     {"gap", {gap_bytes, 0, 0, 0}},
                     {"b", {n * 4, 0, 0, 0}}};
  trace::Record fmac = first;
  fmac.id = 1;
  fmac.name = "fmac";
  fmac.allocates = {};
  fmac.operands = {"a", "b"};
  fmac.precision = trace::Precision::fp32;
  fmac.macs = {n, 0, 0, 0};
  fmac.read_bytes = {8 * n, 0, 0, 0};
  fmac.write_bytes = {4 * n, 0, 0, 0};
  fmac.after = {{0, trace::Dependency::kWhole}};
  const std::vector<trace::Record> records{first, fmac};
  const std::atomic<bool> stop = false;
  const wafer::RunResult result =
      wafer::simulate({test::small_hardware(3, 3), {}, {}, {1, 1, 1, 1}, records}, stop, nullptr);
  EXPECT_EQ(result.tiles.at(0).at, (core::Coordinate{1, 1}));
  return result.tiles.at(0).busy_cycles;
}

// Vendor's simulator: N + 6 cycles, 2 N + 6 where both vectors start in banks of the same number modulo 4.
// A bank has 6144 bytes; 4096 bytes of code come first.
TEST(PeFmac, Of5124ElementsTakes5130Cycles) {
  EXPECT_EQ(fmac_cycles(5124, 2048, 8), 5130U);  // at 6144 and 26648: banks 1 and 4
}
TEST(PeFmac, Of5124ElementsWithABankConflictTakes10254Cycles) {
  EXPECT_EQ(fmac_cycles(5124, 8, 8), 10254U);  // at 4104 and 24608: banks 0 and 4
}
TEST(PeFmac, Of1028ElementsTakes1034Cycles) {
  EXPECT_EQ(fmac_cycles(1028, 8, 8), 1034U);  // at 4104 and 8224: banks 0 and 1
}
TEST(PeFmac, Of1028ElementsWithABankConflictTakes2062Cycles) {
  EXPECT_EQ(fmac_cycles(1028, 8, 16384), 2062U);  // at 4104 and 24600: banks 0 and 4
}

TEST(PeDatapath, RatesAreTheDocumentedOnes) {
  const pe::PeParameters pe;
  const auto cycles = [&](Arithmetic arithmetic) {
    return pe::vector_cost(pe, {1000, 0, 0, 0, 0, arithmetic, false}).cycles;
  };
  EXPECT_EQ(cycles(Arithmetic::fp16), 250U);
  EXPECT_EQ(cycles(Arithmetic::mixed), 250U);
  // A sum in SRAM, four bytes read and written with each product, goes through the write port.
  EXPECT_EQ(pe::vector_cost(pe, {1000, 0, 0, 6000, 4000, Arithmetic::mixed, false}).cycles, 500U);
  EXPECT_EQ(cycles(Arithmetic::fp32), 1000U);
  EXPECT_EQ(pe::vector_cost(pe, {0, 0, 3, 0, 0, Arithmetic::fp32, false}).cycles, 150U);
}

TEST(PeDatapath, SramBandwidthBoundsTheRate) {
  const pe::PeParameters pe;
  // 16 bytes read and 8 bytes written a cycle.
  const pe::VectorCost reads = pe::vector_cost(pe, {100, 0, 0, 3200, 0, Arithmetic::fp16, false});
  EXPECT_EQ(reads.cycles, 200U);
  EXPECT_TRUE(reads.sram_bound);
  const pe::VectorCost writes = pe::vector_cost(pe, {100, 0, 0, 0, 2400, Arithmetic::fp16, false});
  EXPECT_EQ(writes.cycles, 300U);
  EXPECT_TRUE(writes.sram_bound);
  EXPECT_FALSE(pe::vector_cost(pe, {4000, 0, 0, 3200, 2400, Arithmetic::fp16, false}).sram_bound);
}

TEST(PeDatapath, BanksOfTheSameNumberModuloFourConflict) {
  const pe::PeParameters pe;  // eight banks of 6144 bytes
  EXPECT_TRUE(pe::banks_conflict(pe, 0, 6143));
  EXPECT_FALSE(pe::banks_conflict(pe, 0, 6144));
  EXPECT_TRUE(pe::banks_conflict(pe, 0, 4 * 6144));
  EXPECT_FALSE(pe::banks_conflict(pe, 6144, 4 * 6144));
}

TEST(PeSram, GivesOutTheLowestGapAndKeepsTheHighWaterMark) {
  const pe::PeParameters parameters;
  pe::SramArray sram(parameters, 2);
  EXPECT_EQ(sram.capacity(), 49152U - 4096U);
  const auto first = sram.allocate(0, 100);
  const auto second = sram.allocate(0, 1000);
  const auto third = sram.allocate(0, 50);
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(*first, 4096U);
  EXPECT_EQ(*second, 4096U + 104);  // in units of a port's 8 bytes
  EXPECT_EQ(sram.used(0), 104U + 1000 + 56);
  sram.release(0, *second);
  EXPECT_EQ(sram.used(0), 160U);
  EXPECT_EQ(sram.high_water(0), 1160U);
  EXPECT_EQ(sram.allocate(0, 2000).value(), *third + 56);  // does not fit the gap
  EXPECT_EQ(sram.allocate(0, 1000).value(), *second);
  EXPECT_FALSE(sram.allocate(0, 49152));
  EXPECT_EQ(sram.used(1), 0U);
  EXPECT_EQ(sram.allocate(1, 49152 - 4096).value(), 4096U);
  EXPECT_FALSE(sram.allocate(1, 1));
}

TEST(PeSram, LaysATensorInPiecesWhereNoGapIsLargeEnough) {
  pe::SramArray sram(pe::PeParameters{}, 1);
  constexpr std::uint32_t kQuarter = (49152 - 4096) / 4;
  std::array<std::uint32_t, 4> quarters{};
  for (std::uint32_t& quarter : quarters) quarter = sram.allocate(0, kQuarter).value();
  sram.release(0, quarters[0]);
  sram.release(0, quarters[2]);
  EXPECT_FALSE(sram.allocate(0, 2 * kQuarter + 8));
  const auto split = sram.allocate(0, 2 * kQuarter - 16);
  ASSERT_TRUE(split);
  EXPECT_EQ(*split, quarters[0]);
  EXPECT_EQ(sram.used(0), 4 * kQuarter - 16);
  EXPECT_EQ(sram.allocate(0, 16).value(), quarters[3] - 16);
  EXPECT_FALSE(sram.allocate(0, 8));
  sram.release(0, *split);
  EXPECT_EQ(sram.used(0), 2 * kQuarter + 16);
  EXPECT_EQ(sram.allocate(0, kQuarter).value(), quarters[0]);
}

/// Two neighbours joined by color 0, tile 0 sending east.
class PePair : public testing::Test {
 protected:
  void build(const pe::PeParameters& parameters = {}) {
    wafer::Hardware hardware = test::small_hardware(2, 1);
    hardware.pe = parameters;
    build(hardware);
  }
  void build(const wafer::Hardware& hardware) {
    wafer_ = std::make_unique<test::TestWafer>(hardware);
    (*wafer_)->set_route({0, 0}, 0, Route::fixed({Direction::ramp}, {Direction::east}));
    (*wafer_)->set_route({1, 0}, 0, Route::fixed({Direction::west}, {Direction::ramp}));
  }
  void run(std::uint8_t output, std::uint8_t input) {
    (*wafer_)->load({0, 0}, program_, 0, {}, {{0, output}});
    (*wafer_)->load({1, 0}, program_, 1, {{0, input}}, {});
    (*wafer_)->run();
  }
  std::unique_ptr<test::TestWafer> wafer_;
  test::ScriptedProgram program_;
};

TEST_F(PePair, ATaskStartsByItsWavelets) {
  build();
  pe::Step late;
  late.cycles = 500;
  program_.add(0, pe::kMainThread, late);
  program_.add(0, 0, send(2, 3, 5));
  program_.add(1, 0, receive(0, 1));
  program_.add(1, 0, receive(0, 2));
  run(2, 0);
  ASSERT_EQ(program_.done(1, 0).size(), 2U);
  EXPECT_EQ(program_.done(1, 0)[0].received, 5U);
  EXPECT_EQ(program_.done(1, 0)[1].received, 10U);
}

TEST_F(PePair, SlowConsumersHoldTheProducerBack) {
  build();
  program_.add(0, 0, send(2, 200));
  program_.add(1, 0, receive(0, 200, 5));  // five cycles a wavelet
  run(2, 0);
  // First wavelet: 6 cycles after the start (ramp 2, hop 1, ramp 2, send 1), then 200 times 5.
  EXPECT_EQ(program_.done(1, 0).at(0).cycle, 1U + 6 + 200 * 5);
  // The producer is done when its last wavelet is in its queue: 6 + 2 + 2 + 6 slots lie between.
  EXPECT_GT(program_.done(0, 0).at(0).cycle, 900U);
}

TEST_F(PePair, ResultsLieInTheirQueueUntilTheyGoDownTheRamp) {
  // However much room the router has, two places let two wavelets pass in the ramp's cycles.
  wafer::Hardware hardware = test::small_hardware(2, 1);
  hardware.fabric.ramp_latency_cycles = 9;
  hardware.fabric.queue_depth = 16;
  hardware.pe.output_queues[0] = 2;
  build(hardware);
  program_.add(0, 0, send(0, 100));
  program_.add(1, 0, receive(0, 100));
  run(0, 0);
  EXPECT_EQ(program_.done(0, 0).at(0).cycle, 1U + 9 * 49 + 2);
}

/// A wavelet may wait in a queue for longer than its stamp tells cycles apart.
class LongWaits : public PePair, public testing::WithParamInterface<core::Cycle> {};

TEST_P(LongWaits, AreNoLongerThanTheyAre) {
  build();
  pe::Step late = receive(0, 4);
  late.delay = GetParam();
  program_.add(0, 0, send(2, 4));
  program_.add(1, 0, late);
  run(2, 0);
  ASSERT_EQ(program_.done(1, 0).size(), 1U);
  EXPECT_EQ(program_.done(1, 0)[0].cycle, 1U + GetParam() + 4);
}

INSTANTIATE_TEST_SUITE_P(PePair, LongWaits,
                         testing::Values(core::Cycle{1} << 28U, (core::Cycle{1} << 29U) + 7,
                                         (core::Cycle{1} << 30U) + 1000, (core::Cycle{3} << 29U) + 1,
                                         (core::Cycle{1} << 31U) + 5));

TEST_F(PePair, LaunchingATaskTakesAsLongAsConfigured) {
  pe::PeParameters parameters;
  parameters.task_launch_cycles = 16;
  build(parameters);
  program_.add(0, 0, send(2, 10));
  program_.add(1, 0, receive(0, 10));
  run(2, 0);
  const core::Cycle with_launch = program_.done(1, 0).at(0).cycle;
  EXPECT_EQ(with_launch, 1U + 16 + 6 + 10);
}

TEST_F(PePair, WhatIsSentMayLeaveLaterThanItsStepEnds) {
  // The first of three steps takes three cycles more to the ramp; nothing waits for that but what is sent behind it.
  build();
  pe::Step first = send(2, 1, 5);
  first.latency = 3;
  program_.add(0, 0, first);
  program_.add(0, 0, send(2, 1, 7));
  program_.add(0, 0, send(2, 1, 9));
  for (int i = 0; i < 3; ++i) program_.add(1, 0, receive(0, 1));
  run(2, 0);
  ASSERT_EQ(program_.done(1, 0).size(), 3U);
  EXPECT_EQ(program_.done(0, 0)[2].cycle, 1U + 3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(program_.done(1, 0)[i].cycle, 1U + 6 + 3 + i + 1);
    EXPECT_EQ(program_.done(1, 0)[i].received, 5 + 2 * i);
  }
}

TEST_F(PePair, TasksAreNotPreempted) {
  // Two tasks of the main thread run one after the other, whole.
  build();
  pe::Step work;
  work.cycles = 100;
  program_.add(0, pe::kMainThread, work);
  program_.add(0, pe::kMainThread, work);
  run(2, 0);
  ASSERT_EQ(program_.done(0, pe::kMainThread).size(), 2U);
  EXPECT_EQ(program_.done(0, pe::kMainThread)[0].cycle, 101U);
  EXPECT_EQ(program_.done(0, pe::kMainThread)[1].cycle, 201U);
}

}  // namespace
}  // namespace waferloom
