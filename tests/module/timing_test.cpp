// SPDX-License-Identifier: Apache-2.0
// Exact cycles of messages, chains and queues, against figures measured on silicon (Luczynski et al., HPDC
// 2024, T_R = 2) and the vendor's documents. The formulas stand here only.
#include <gtest/gtest.h>

#include "tests/support/scripted_program.hpp"
#include "tests/support/test_wafer.hpp"

namespace waferloom {
namespace {

using core::Direction;
using fabric::Route;
using test::forward;
using test::receive;
using test::send;

constexpr std::uint8_t kInput = 1;   // queue 1: 6 wavelets
constexpr std::uint8_t kOutput = 2;  // queue 2: 6 wavelets
constexpr core::Cycle kStart = 1;    // programs start in cycle 1

/// A row in which tile 0 sends on color 0 and every other tile receives (a flooding multicast).
core::Cycle broadcast_cycles(std::uint32_t pes, std::uint64_t wavelets) {
  test::TestWafer wafer(test::small_hardware(pes, 1));
  test::ScriptedProgram program;
  for (std::uint32_t x = 0; x < pes; ++x) {
    const bool last = x + 1 == pes;
    const core::DirectionSet rx =
        x == 0 ? core::DirectionSet{Direction::ramp} : core::DirectionSet{Direction::west};
    core::DirectionSet tx;
    if (!last) tx.add(Direction::east);
    if (x > 0) tx.add(Direction::ramp);
    wafer->set_route({x, 0}, 0, Route::fixed(rx, tx));
    if (x == 0) {
      program.add(x, kInput, send(kOutput, wavelets));
      wafer->load({x, 0}, program, x, {}, {{0, kOutput}});
    } else {
      program.add(x, kInput, receive(kInput, wavelets));
      wafer->load({x, 0}, program, x, {{0, kInput}}, {});
    }
  }
  wafer->run();
  return program.done(pes - 1, kInput).at(0).cycle - kStart;
}

/// A row reduced towards tile 0 with alternating colors: each PE adds its vector to the stream and forwards.
core::Cycle chain_cycles(std::uint32_t pes, std::uint64_t wavelets) {
  test::TestWafer wafer(test::small_hardware(pes, 1));
  test::ScriptedProgram program;
  for (std::uint32_t x = 0; x < pes; ++x) {
    const auto own = static_cast<core::Color>(x % 2);
    const auto other = static_cast<core::Color>(1 - x % 2);
    std::vector<pe::QueueBinding> inputs;
    std::vector<pe::QueueBinding> outputs;
    if (x > 0) {
      wafer->set_route({x, 0}, own, Route::fixed({Direction::ramp}, {Direction::west}));
      outputs.push_back({own, kOutput});
    }
    if (x + 1 < pes) {
      wafer->set_route({x, 0}, other, Route::fixed({Direction::east}, {Direction::ramp}));
      inputs.push_back({other, kInput});
    }
    if (x + 1 == pes) {
      program.add(x, kInput, send(kOutput, wavelets));
    } else if (x > 0) {
      program.add(x, kInput, forward(kInput, kOutput, wavelets));
    } else {
      program.add(x, kInput, receive(kInput, wavelets));
    }
    wafer->load({x, 0}, program, x, inputs, outputs);
  }
  wafer->run();
  EXPECT_EQ(program.done(0, kInput).at(0).received, wavelets * (pes - 1));  // every PE's contribution
  return program.done(0, kInput).at(0).cycle - kStart;
}

TEST(Timing, BroadcastOfOneWaveletToFourPes) { EXPECT_EQ(broadcast_cycles(4, 1), 1 + 4 + 2 * 2); }
TEST(Timing, BroadcastOf256WaveletsTo64Pes) { EXPECT_EQ(broadcast_cycles(64, 256), 256 + 64 + 2 * 2); }
TEST(Timing, BroadcastOf16WaveletsTo512Pes) { EXPECT_EQ(broadcast_cycles(512, 16), 16 + 512 + 2 * 2); }
TEST(Timing, ChainOfOneWaveletOverFourPes) { EXPECT_EQ(chain_cycles(4, 1), 1 + 6 * 3); }
TEST(Timing, ChainOf256WaveletsOver64Pes) { EXPECT_EQ(chain_cycles(64, 256), 256 + 6 * 63); }
TEST(Timing, ChainOf64WaveletsOver512Pes) { EXPECT_EQ(chain_cycles(512, 64), 64 + 6 * 511); }

TEST(Timing, FourteenWaveletsFitBetweenNeighboursOnQueues2And3) {
  // The consumer never takes anything: output queue q3 holds 6, input queue q2 holds 4, the routers 2 each.
  test::TestWafer wafer(test::small_hardware(2, 1));
  test::ScriptedProgram program;
  wafer->set_route({0, 0}, 0, Route::fixed({Direction::ramp}, {Direction::east}));
  wafer->set_route({1, 0}, 0, Route::fixed({Direction::west}, {Direction::ramp}));
  program.add(0, 0, send(3, 14));
  program.add(0, 0, send(3, 1));
  wafer->load({0, 0}, program, 0, {}, {{0, 3}});
  wafer->load({1, 0}, program, 1, {{0, 2}}, {});
  wafer->run();
  EXPECT_EQ(program.done(0, 0).size(), 1U);  // the 15th never finds room
}

TEST(Timing, StreamsKeepOneWaveletACycleThroughQueuesOfTwo) {
  test::TestWafer wafer(test::small_hardware(2, 1));
  test::ScriptedProgram program;
  wafer->set_route({0, 0}, 0, Route::fixed({Direction::ramp}, {Direction::east}));
  wafer->set_route({1, 0}, 0, Route::fixed({Direction::west}, {Direction::ramp}));
  program.add(0, 0, send(4, 1000));     // output queue 4: 2 wavelets
  program.add(1, 4, receive(4, 1000));  // input queue 4: 2 wavelets
  wafer->load({0, 0}, program, 0, {}, {{0, 4}});
  wafer->load({1, 0}, program, 1, {{0, 4}}, {});
  wafer->run();
  EXPECT_EQ(program.done(1, 4).at(0).cycle - kStart, 1000 + 2 + 4);
}

TEST(Timing, MainThreadSharesTheDatapathWithAStream) {
  // A stream that could use every cycle leaves every other one to the main thread.
  test::TestWafer wafer(test::small_hardware(2, 1));
  test::ScriptedProgram program;
  wafer->set_route({0, 0}, 0, Route::fixed({Direction::ramp}, {Direction::east}));
  wafer->set_route({1, 0}, 0, Route::fixed({Direction::west}, {Direction::ramp}));
  program.add(0, 0, send(3, 1000));
  pe::Step work;
  work.cycles = 400;
  program.add(0, pe::kMainThread, work);
  program.add(1, 2, receive(2, 1000));
  wafer->load({0, 0}, program, 0, {}, {{0, 3}});
  wafer->load({1, 0}, program, 1, {{0, 2}}, {});
  wafer->run();
  const core::Cycle main_done = program.done(0, pe::kMainThread).at(0).cycle - kStart;
  EXPECT_GE(main_done, 799U);
  EXPECT_LE(main_done, 801U);
  EXPECT_EQ(program.done(0, 0).at(0).cycle - kStart, 1400U);
}

}  // namespace
}  // namespace waferloom
