// SPDX-License-Identifier: Apache-2.0
// The router model `color` between PEs that send and receive: switches, multicast, backpressure, fairness,
// and the errors of routing that the hardware would not forgive.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "core/error.hpp"
#include "fabric/control.hpp"
#include "tests/support/scripted_program.hpp"
#include "tests/support/test_wafer.hpp"

namespace waferloom {
namespace {

using core::Direction;
using core::DirectionSet;
using fabric::Command;
using fabric::PopMode;
using fabric::Route;
using test::receive;
using test::send;

constexpr DirectionSet kRamp{Direction::ramp};
constexpr DirectionSet kWest{Direction::west};
constexpr DirectionSet kEast{Direction::east};

/// Sends `wavelets`, then a control wavelet with `commands`.
pe::Step send_and_command(std::uint8_t output, std::uint64_t wavelets, std::uint32_t payload,
                          const std::vector<Command>& commands) {
  pe::Step step = send(output, wavelets, payload);
  step.finishes_with_control = true;
  step.control = fabric::encode_commands(commands);
  return step;
}

Route switched(std::initializer_list<fabric::SwitchPosition> positions, PopMode pop = PopMode::never,
               bool ring = false) {
  Route route;
  route.position_count = static_cast<std::uint8_t>(positions.size());
  std::copy(positions.begin(), positions.end(), route.positions.begin());
  route.pop = pop;
  route.ring = ring;
  return route;
}

class RouterTest : public testing::Test {
 protected:
  void build(std::uint32_t width, std::uint32_t height = 1) {
    wafer_ = std::make_unique<test::TestWafer>(test::small_hardware(width, height));
  }
  test::TestWafer& wafer() { return *wafer_; }
  void load(std::uint32_t x, const std::vector<pe::QueueBinding>& inputs,
            const std::vector<pe::QueueBinding>& outputs, std::uint32_t y = 0) {
    wafer()->load({x, y}, program_, y * 100 + x, inputs, outputs);
  }
  std::string error_of_run() {
    try {
      wafer()->run();
    } catch (const core::SimulationError& e) {
      return e.what();
    }
    return "";
  }

  test::ScriptedProgram program_;
  std::unique_ptr<test::TestWafer> wafer_;
};

TEST_F(RouterTest, ControlWaveletsAdvanceTheSwitchBehindThemselves) {
  // Tile 1 takes the first five wavelets itself, then passes the rest on: the control wavelet separates them.
  build(3);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer()->set_route({1, 0}, 0, switched({{kWest, kRamp}, {kWest, kEast}}));
  wafer()->set_route({2, 0}, 0, Route::fixed(kWest, kRamp));
  program_.add(0, 0, send_and_command(2, 5, 3, {Command::switch_advance}));
  program_.add(0, 0, send(2, 7, 10));
  program_.add(1, 0, receive(0, 5));
  program_.add(2, 0, receive(0, 7));
  load(0, {}, {{0, 2}});
  load(1, {{0, 0}}, {});
  load(2, {{0, 0}}, {});
  wafer()->run();
  ASSERT_EQ(program_.done(1, 0).size(), 1U);
  ASSERT_EQ(program_.done(2, 0).size(), 1U);
  EXPECT_EQ(program_.done(1, 0)[0].received, 15U);
  EXPECT_EQ(program_.done(2, 0)[0].received, 70U);
  // Through both positions of the switch, and told alike of one router and of all.
  const fabric::RouterArray& routers = wafer()->region_of({0, 0}).routers();
  EXPECT_EQ(routers.sent(1, Direction::east), 7U);
  EXPECT_EQ(routers.sent(1, Direction::ramp) + 7, routers.sent(0, Direction::east));
  EXPECT_EQ(routers.sent_by_all().size(), 3U);
  for (const fabric::RouterArray::Sent& each : routers.sent_by_all()) {
    EXPECT_EQ(each.wavelets, routers.sent(each.tile)) << each.tile;
  }
}

TEST_F(RouterTest, TheLastPositionStaysUnlessTheRouteIsARing) {
  // Position 0 -> ramp, 1 -> east; three groups of wavelets with an advance between them.
  for (const bool ring : {false, true}) {
    // One elaboration per process: the second case runs on other colors of the same wafer.
    if (!wafer_) build(3);
    const core::Color color = ring ? 1 : 0;
    const std::uint8_t queue = ring ? 3 : 2;
    const std::uint8_t input = ring ? 1 : 0;
    wafer()->set_route({0, 0}, color, Route::fixed(kRamp, kEast));
    wafer()->set_route({1, 0}, color, switched({{kWest, kRamp}, {kWest, kEast}}, PopMode::never, ring));
    wafer()->set_route({2, 0}, color, Route::fixed(kWest, kRamp));
    for (int group = 0; group < 2; ++group) {
      program_.add(0, input, send_and_command(queue, 4, 1, {Command::switch_advance}));
    }
    program_.add(0, input, send(queue, 4, 100));
    program_.add(1, input, receive(input, ring ? 8 : 4));
    program_.add(2, input, receive(input, ring ? 4 : 8));
  }
  load(0, {}, {{0, 2}, {1, 3}});
  load(1, {{0, 0}, {1, 1}}, {});
  load(2, {{0, 0}, {1, 1}}, {});
  wafer()->run();
  EXPECT_EQ(program_.done(1, 0).at(0).received, 4U);
  EXPECT_EQ(program_.done(2, 0).at(0).received, 4U + 400);
  EXPECT_EQ(program_.done(1, 1).at(0).received, 4U + 400);
  EXPECT_EQ(program_.done(2, 1).at(0).received, 4U);
}

TEST_F(RouterTest, PoppedCommandsAddressOneRouterEach) {
  // The command list nop, advance: popped at every router, the second router on the way acts, not the first.
  build(4);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  const Route route = switched({{kWest, kEast}, {kWest, kRamp}}, PopMode::always);
  wafer()->set_route({1, 0}, 0, route);
  wafer()->set_route({2, 0}, 0, route);
  wafer()->set_route({3, 0}, 0, Route::fixed(kWest, kRamp));
  program_.add(0, 0, send_and_command(2, 3, 1, {Command::nop, Command::switch_advance}));
  program_.add(0, 0, send(2, 5, 1));
  program_.add(2, 0, receive(0, 5));
  program_.add(3, 0, receive(0, 3));
  load(0, {}, {{0, 2}});
  load(1, {{0, 0}}, {});
  load(2, {{0, 0}}, {});
  load(3, {{0, 0}}, {});
  wafer()->run();
  EXPECT_EQ(program_.done(3, 0).size(), 1U);
  EXPECT_EQ(program_.done(2, 0).size(), 1U);
}

TEST_F(RouterTest, AResetReturnsToTheFirstPosition) {
  build(2);
  wafer()->set_route({0, 0}, 0, switched({{kRamp, kEast}, {kRamp, kEast}, {kRamp, kEast}}));
  wafer()->set_route({1, 0}, 0, switched({{kWest, kRamp}, {kWest, {}}, {kWest, {}}}));
  program_.add(0, 0, send_and_command(2, 1, 1, {Command::switch_reset}));
  program_.add(0, 0, send(2, 3, 1));
  program_.add(1, 0, receive(0, 4));
  load(0, {}, {{0, 2}});
  load(1, {{0, 0}}, {});
  wafer()->run();
  EXPECT_EQ(program_.done(1, 0).size(), 1U);
}

TEST_F(RouterTest, ATornDownColorTakesNothingMore) {
  build(2);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer()->set_route({1, 0}, 0, switched({{kWest, kRamp}, {kWest, kRamp}}));
  program_.add(0, 0, send_and_command(2, 3, 1, {Command::teardown}));
  program_.add(0, 0, send(2, 20, 1));
  program_.add(1, 0, receive(0, 3));
  program_.add(1, 0, receive(0, 1));
  load(0, {}, {{0, 2}});
  load(1, {{0, 0}}, {});
  wafer()->run();
  EXPECT_EQ(program_.done(1, 0).size(), 1U);
}

TEST_F(RouterTest, BranchesOfAMulticastLeaveInDifferentCycles) {
  // Tile 1 takes nothing: its queue holds 6, and the seventh wavelet waits for it while its copy is gone east.
  build(3);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer()->set_route({1, 0}, 0, Route::fixed(kWest, {Direction::ramp, Direction::east}));
  wafer()->set_route({2, 0}, 0, Route::fixed(kWest, kRamp));
  program_.add(0, 0, send(2, 12));
  for (int i = 0; i < 12; ++i) program_.add(2, 0, receive(0, 1));
  load(0, {}, {{0, 2}});
  load(1, {{0, 0}}, {});
  load(2, {{0, 0}}, {});
  wafer()->run();
  EXPECT_EQ(program_.done(2, 0).size(), 7U);
}

TEST_F(RouterTest, BackpressureHoldsOneColorOnly) {
  build(2);
  for (const core::Color color : {core::Color{0}, core::Color{1}}) {
    wafer()->set_route({0, 0}, color, Route::fixed(kRamp, kEast));
    wafer()->set_route({1, 0}, color, Route::fixed(kWest, kRamp));
  }
  program_.add(0, 0, send(2, 100));  // color 0: nobody takes it
  program_.add(0, 1, send(3, 100));  // color 1 shares all links with it
  program_.add(1, 1, receive(1, 100));
  load(0, {}, {{0, 2}, {1, 3}});
  load(1, {{0, 0}, {1, 1}}, {});
  wafer()->run();
  EXPECT_EQ(program_.done(0, 0).size(), 0U);
  ASSERT_EQ(program_.done(1, 1).size(), 1U);
  EXPECT_EQ(program_.done(1, 1)[0].received, 100U);
}

TEST_F(RouterTest, ColorsTakeTurnsOnALink) {
  // Colors 0 and 1 meet at tile 1's way east, each able to fill it: each gets every other cycle.
  build(3);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer()->set_route({1, 0}, 0, Route::fixed(kWest, kEast));
  wafer()->set_route({2, 0}, 0, Route::fixed(kWest, kRamp));
  wafer()->set_route({1, 0}, 1, Route::fixed(kRamp, kEast));
  wafer()->set_route({2, 0}, 1, Route::fixed(kWest, kRamp));
  program_.add(0, 0, send(2, 500));
  program_.add(1, 1, send(3, 500));
  program_.add(2, 0, receive(0, 500));
  program_.add(2, 1, receive(1, 500));
  load(0, {}, {{0, 2}});
  load(1, {}, {{1, 3}});
  load(2, {{0, 0}, {1, 1}}, {});
  wafer()->run();
  const core::Cycle first = program_.done(2, 0).at(0).cycle;
  const core::Cycle second = program_.done(2, 1).at(0).cycle;
  EXPECT_NEAR(static_cast<double>(first), 1006.0, 4.0);
  EXPECT_NEAR(static_cast<double>(first), static_cast<double>(second), 4.0);
}

TEST_F(RouterTest, OneWaveletACycleAndDirection) {
  build(2);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer()->set_route({1, 0}, 0, Route::fixed(kWest, kRamp));
  program_.add(0, 0, send(2, 1000));
  program_.add(1, 0, receive(0, 1000));
  load(0, {}, {{0, 2}});
  load(1, {{0, 0}}, {});
  wafer()->run();
  EXPECT_GE(program_.done(1, 0).at(0).cycle, 1000U);
  wafer::Region& region = wafer()->region_of({0, 0});
  EXPECT_EQ(region.routers().sent(region.index_of({0, 0}), Direction::east), 1000U);
}

TEST_F(RouterTest, TwoInputsOfOneColorInOneCycleAreAnErrorOfTheRouting) {
  build(3);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer()->set_route({2, 0}, 0, Route::fixed(kRamp, kWest));
  wafer()->set_route({1, 0}, 0, Route::fixed({Direction::west, Direction::east}, kRamp));
  program_.add(0, 0, send(2, 10));
  program_.add(2, 0, send(2, 10));
  program_.add(1, 0, receive(0, 20));
  load(0, {}, {{0, 2}});
  load(1, {{0, 0}}, {});
  load(2, {}, {{0, 2}});
  const std::string error = error_of_run();
  EXPECT_NE(error.find("tile (1, 0): color 0 is fed by two inputs in one cycle"), std::string::npos) << error;
}

TEST_F(RouterTest, AWaveletWithoutARouteIsNamed) {
  build(2);
  wafer()->set_route({0, 0}, 5, Route::fixed(kRamp, kEast));
  program_.add(0, 0, send(2, 1));
  load(0, {}, {{5, 2}});
  load(1, {}, {});
  const std::string error = error_of_run();
  EXPECT_NE(error.find("tile (1, 0): a wavelet of color 5 arrives from west"), std::string::npos) << error;
}

TEST_F(RouterTest, RoutesOffTheWaferContradictionsAndUnknownColorsAreRefused) {
  build(2);
  EXPECT_THROW(wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kWest)), core::InputError);
  EXPECT_THROW(wafer()->set_route({0, 0}, 24, Route::fixed(kRamp, kEast)), core::InputError);
  wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  EXPECT_NO_THROW(wafer()->set_route({0, 0}, 0, Route::fixed(kRamp, kEast)));
  EXPECT_THROW(wafer()->set_route({0, 0}, 0, Route::fixed(kEast, kRamp)), core::InputError);
}

/// Color 0 on three tiles in a row, from the first to the last.
void lay_color_0(test::TestWafer& wafer) {
  wafer->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer->set_route({1, 0}, 0, Route::fixed(kWest, kEast));
  wafer->set_route({2, 0}, 0, Route::fixed(kWest, kRamp));
}

/// Beside a stream of color 0 another one of color 1 from the second tile: both share the second link.
void run_two_streams(test::TestWafer& wafer, test::ScriptedProgram& program, std::uint64_t wavelets) {
  wafer->set_route({1, 0}, 1, Route::fixed(kRamp, kEast));
  wafer->set_route({2, 0}, 1, Route::fixed(kWest, kRamp));
  program.add(0, 0, send(2, wavelets));
  program.add(1, 1, send(3, wavelets));
  program.add(2, 0, receive(0, wavelets));
  program.add(2, 1, receive(1, wavelets));
  wafer->load({0, 0}, program, 0, {}, {{0, 2}});
  wafer->load({1, 0}, program, 1, {}, {{1, 3}});
  wafer->load({2, 0}, program, 2, {{0, 0}, {1, 1}}, {});
  wafer->run();
}

/// Links that take as many cycles for a wavelet as the parameter says.
class NarrowLink : public testing::TestWithParam<std::uint32_t> {
 protected:
  /// Three tiles in a row, color 0 from the first to the last.
  NarrowLink() {
    lay_color_0(wafer_);
    program_.add(0, 0, send(2, 1));
    program_.add(2, 0, receive(0, 1));
  }
  static wafer::Hardware hardware() {
    wafer::Hardware hardware = test::small_hardware(3, 1);
    hardware.fabric.link_width_bits = core::kWaveletBits / GetParam();
    return hardware;
  }

  test::ScriptedProgram program_;
  test::TestWafer wafer_{hardware()};
};

TEST_P(NarrowLink, TakesAsManyCyclesPerWaveletAsItsWidthNeeds) {
  const std::uint32_t cycles = GetParam();
  constexpr std::uint64_t kWavelets = 20;
  // A second color over the second link takes turns with the first.
  run_two_streams(wafer_, program_, kWavelets);
  ASSERT_EQ(2U, program_.done(2, 0).size());
  ASSERT_EQ(1U, program_.done(2, 1).size());
  EXPECT_EQ(kWavelets, program_.done(2, 0)[1].received);
  EXPECT_EQ(kWavelets, program_.done(2, 1)[0].received);
  // Both streams share the second link.
  const core::Cycle last = std::max(program_.done(2, 0)[1].cycle, program_.done(2, 1)[0].cycle);
  EXPECT_GE(last, 2 * kWavelets * cycles);
  EXPECT_LE(last, (2 * kWavelets + 4) * cycles + 16);
}

TEST_P(NarrowLink, ArrivesWithItsLastBits) {
  const std::uint32_t cycles = GetParam();
  wafer_->load({0, 0}, program_, 0, {}, {{0, 2}});
  wafer_->load({2, 0}, program_, 2, {{0, 0}}, {});
  wafer_->run();
  ASSERT_EQ(1U, program_.done(2, 0).size());
  // Through whole links: an iteration, two ramps of 2, two hops of 1 and what the PEs take for it, 9 in all.
  EXPECT_EQ(9 + 2 * (cycles - 1), program_.done(2, 0)[0].cycle);
}

INSTANTIATE_TEST_SUITE_P(Widths, NarrowLink, testing::Values(1U, 2U, 4U, 32U));

struct LinkTime {
  double cycles;  ///< of a wavelet's part
  std::uint32_t bits;
  std::uint32_t region;
};

/// A link whose time is no whole number of cycles. Two streams share the second of two links.
class FractionalLink : public testing::TestWithParam<LinkTime> {
 protected:
  static wafer::Hardware hardware() {
    wafer::Hardware hardware = test::small_hardware(3, 1);
    hardware.fabric.link_time_cycles = GetParam().cycles;
    hardware.fabric.link_width_bits = GetParam().bits;
    return hardware;
  }
  static core::SimulationParameters simulation() {
    core::SimulationParameters simulation;
    simulation.region_width = GetParam().region;
    return simulation;
  }
  test::ScriptedProgram program_;
  test::TestWafer wafer_{hardware(), simulation()};
};

TEST_P(FractionalLink, CarriesAsManyWaveletsAsItsTimeAllows) {
  constexpr std::uint64_t kWavelets = 1000;
  const double time = GetParam().cycles * core::kWaveletBits / GetParam().bits;
  lay_color_0(wafer_);
  program_.add(0, 0, send(2, 1));
  program_.add(2, 0, receive(0, 1));
  program_.add(0, 0, send(2, kWavelets));
  program_.add(2, 0, receive(0, kWavelets));
  wafer_->load({0, 0}, program_, 0, {}, {{0, 2}});
  wafer_->load({2, 0}, program_, 2, {{0, 0}}, {});
  wafer_->run();
  ASSERT_EQ(2U, program_.done(2, 0).size());
  EXPECT_EQ(kWavelets, program_.done(2, 0)[1].received);
  // The first alone waits for whole cycles of the two links' time; from then on one comes each `time`.
  const core::Cycle first = program_.done(2, 0)[0].cycle;
  EXPECT_EQ(9 + 2 * (static_cast<core::Cycle>(time) - 1), first);
  const double last = static_cast<double>(first) + static_cast<double>(kWavelets) * time;
  EXPECT_NEAR(last, static_cast<double>(program_.done(2, 0)[1].cycle), 2);
}

INSTANTIATE_TEST_SUITE_P(Times, FractionalLink,
                         testing::Values(LinkTime{1.125, 32, 3}, LinkTime{1.125, 32, 1},
                                         LinkTime{1.0001, 32, 3}, LinkTime{1.9, 32, 3}, LinkTime{16, 32, 3},
                                         LinkTime{1.5, 8, 2}));

TEST(Turn, TakesItsTimeOnceAndKeepsOrderAndBandwidth) {
  wafer::Hardware hardware = test::small_hardware(2, 2);
  hardware.fabric.turn_latency_cycles = 20;
  test::TestWafer wafer{hardware};
  test::ScriptedProgram program;
  wafer->set_route({0, 0}, 0, Route::fixed(kRamp, kEast));
  wafer->set_route({1, 0}, 0, Route::fixed(kWest, {Direction::south}));
  wafer->set_route({1, 1}, 0, Route::fixed({Direction::north}, kRamp));
  program.add(0, 0, send(2, 1));
  program.add(0, 0, send(2, 1000));
  program.add(1, 0, receive(0, 1));
  program.add(1, 0, receive(0, 1000));
  wafer->load({0, 0}, program, 0, {}, {{0, 2}});
  wafer->load({1, 1}, program, 1, {{0, 0}}, {});
  wafer->run();
  ASSERT_EQ(2U, program.done(1, 0).size());
  EXPECT_EQ(9U + 20U, program.done(1, 0)[0].cycle);
  EXPECT_EQ(9U + 20U + 1000U, program.done(1, 0)[1].cycle);
}

class TwoOnOneLink : public FractionalLink {};

TEST_P(TwoOnOneLink, AreServedInTurnAtTheLinksTime) {
  constexpr std::uint64_t kWavelets = 1000;
  lay_color_0(wafer_);
  run_two_streams(wafer_, program_, kWavelets);
  ASSERT_EQ(1U, program_.done(2, 1).size());
  const auto last = static_cast<double>(std::max(program_.done(2, 0)[0].cycle, program_.done(2, 1)[0].cycle));
  EXPECT_NEAR(2 * kWavelets * GetParam().cycles, last, 16);
}

INSTANTIATE_TEST_SUITE_P(Times, TwoOnOneLink,
                         testing::Values(LinkTime{1.125, 32, 3}, LinkTime{1.125, 32, 1}));

TEST_F(RouterTest, RegionsAndTheirPartsAreModulesJoinedByPorts) {
  build(4, 2);
  for (const char* name : {"wafer.region_0_0.routers", "wafer.region_0_0.pes", "wafer.region_0_0.memory",
                           "wafer.region_0_0.routers.pes", "wafer.region_0_0.pes.ramp",
                           "wafer.region_0_0.pes.memory", "wafer.region_0_0.boundary", "wafer.io.input_0"}) {
    EXPECT_NE(sc_core::sc_find_object(name), nullptr) << name;
  }
}

TEST(Tiles, AreMadeWhenSomebodyAsksForThem) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  wafer::Hardware hardware = test::small_hardware(4, 2);
  hardware.fabric.reticle_width = 2;
  wafer::Wafer wafer("wafer", hardware, {});
  fabric::MemoryX host("memoryx", fabric::MemoryXParameters{});
  wafer.io().host.bind(host.socket);
  EXPECT_EQ(sc_core::sc_find_object("wafer.reticle_1_0.tile_3_1"), nullptr);
  EXPECT_STREQ(wafer.tile({3, 1}).router.name(), "wafer.reticle_1_0.tile_3_1.router");
  EXPECT_NE(sc_core::sc_find_object("wafer.reticle_1_0.tile_3_1.sram"), nullptr);
  sc_core::sc_object* pe = wafer.find("wafer.reticle_0_0.tile_1_0.pe");
  ASSERT_NE(pe, nullptr);
  EXPECT_STREQ(pe->name(), "wafer.reticle_0_0.tile_1_0.pe");
  EXPECT_EQ(wafer.find("wafer.reticle_0_0.tile_4_0.pe"), nullptr);
  EXPECT_EQ(wafer.find("wafer.reticle_0_0.tile_1_1.cache"), nullptr);
  EXPECT_EQ(sc_core::sc_find_object("wafer.reticle_0_0.tile_0_0"), nullptr);

  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_NO_THROW(static_cast<void>(wafer.tile({3, 1})));
  EXPECT_THROW(static_cast<void>(wafer.tile({0, 0})), core::InputError);
  wafer.set_route({2, 1}, 0, Route::fixed(kRamp, kEast));
  wafer.set_route({3, 1}, 0, Route::fixed(kWest, kRamp));
  test::ScriptedProgram program;
  program.add(0, 0, send(2, 10));
  program.add(1, 0, receive(0, 10));
  wafer.load({2, 1}, program, 0, {}, {{0, 2}});
  wafer.load({3, 1}, program, 1, {{0, 0}}, {});
  wafer.run();
  EXPECT_EQ(wafer.tile({3, 1}).router.sent(Direction::ramp), 10U);
}

}  // namespace
}  // namespace waferloom
