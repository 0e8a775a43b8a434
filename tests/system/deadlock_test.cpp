// SPDX-License-Identifier: Apache-2.0
// Small programs that must deadlock, each beside a near-twin that must not: the cycle of those that wait for
// each other is found and named.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "collectives/plan.hpp"
#include "core/error.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/small_trace.hpp"
#include "tests/support/test_wafer.hpp"
#include "wafer/wavelet/collective_run.hpp"
#include "wafer/wavelet/simulation.hpp"
#include "wafer/wavelet/stuck.hpp"

namespace waferloom {
namespace {

using collectives::PlanBuilder;
using collectives::StepRef;
using core::Direction;

constexpr core::Coordinate kA{0, 0};
constexpr core::Coordinate kB{1, 0};

/// "done", or the message with "picture" where there is one.
std::string run(const std::function<void(PlanBuilder&)>& lay, std::uint32_t width, std::uint32_t height) {
  return test::in_child([&] {
    const wafer::Hardware hardware = test::small_hardware(width, height);
    PlanBuilder builder({0, 0, width, height}, hardware.fabric, hardware.pe);
    lay(builder);
    const std::atomic<bool> stop = false;
    try {
      (void)wafer::run_plan(hardware, {}, {0, 0, width, height}, builder.take(), stop);
    } catch (const wafer::StuckError& e) {
      return "stuck: " + std::string(e.what()) + (e.picture().empty() ? "" : "\npicture");
    }
    return std::string("done");
  });
}

void expect_cycle(const std::string& text, const std::vector<std::string>& names) {
  EXPECT_NE(text.find("that wait for each other"), std::string::npos) << text;
  EXPECT_NE(text.find("picture"), std::string::npos) << text;
  for (const std::string& name : names)
    EXPECT_NE(text.find(name), std::string::npos) << name << " in\n" << text;
}

/// A sends to B on color 0, B to A on color 1.
void join(PlanBuilder& b) {
  const core::Color there = b.new_color();
  const core::Color back = b.new_color();
  b.route(kA, there, {Direction::ramp}, {Direction::east});
  b.route(kB, there, {Direction::west}, {Direction::ramp});
  b.route(kB, back, {Direction::ramp}, {Direction::west});
  b.route(kA, back, {Direction::east}, {Direction::ramp});
}

/// Both send `wavelets` and then receive, on one microthread each.
void send_then_receive(PlanBuilder& b, std::uint64_t wavelets) {
  join(b);
  b.send(kA, 0, 0, wavelets, 1);
  b.receive(kA, 0, 1, wavelets, 1);
  b.send(kB, 0, 1, wavelets, 1);
  b.receive(kB, 0, 0, wavelets, 1);
}

TEST(Deadlock, BothSendMoreThanTheQueuesHoldBeforeTheyReceive) {
  const std::string text = run([](PlanBuilder& b) { send_then_receive(b, 100); }, 2, 1);
  expect_cycle(text, {"tile (0, 0): microthread 0 waits for space to send on color 0",
                      "tile (1, 0): microthread 0 waits for space to send on color 1",
                      "tile (0, 0): router queue of color 0 from ramp"});
}
TEST(Deadlock, NotWhereTheQueuesHoldIt) {
  EXPECT_EQ(run([](PlanBuilder& b) { send_then_receive(b, 8); }, 2, 1), "done");
}
TEST(Deadlock, NotWhereSendingHasAMicrothreadOfItsOwn) {
  const auto lay = [](PlanBuilder& b) {
    join(b);
    b.send(kA, 1, 0, 100, 1);
    b.receive(kA, 0, 1, 100, 1);
    b.send(kB, 1, 1, 100, 1);
    b.receive(kB, 0, 0, 100, 1);
  };
  EXPECT_EQ(run(lay, 2, 1), "done");
}

TEST(Deadlock, BothReceiveBeforeTheySend) {
  const auto lay = [](PlanBuilder& b) {
    join(b);
    b.receive(kA, 0, 1, 1, 1);
    b.send(kA, 0, 0, 1, 1);
    b.receive(kB, 0, 0, 1, 1);
    b.send(kB, 0, 1, 1, 1);
  };
  expect_cycle(run(lay, 2, 1), {"tile (0, 0): microthread 0 waits for wavelets of color 1",
                                "tile (1, 0): microthread 0 waits for wavelets of color 0"});
}
TEST(Deadlock, NotWhereOneSendsFirst) {
  const auto lay = [](PlanBuilder& b) {
    join(b);
    b.send(kA, 0, 0, 1, 1);
    b.receive(kA, 0, 1, 1, 1);
    b.receive(kB, 0, 0, 1, 1);
    b.send(kB, 0, 1, 1, 1);
  };
  EXPECT_EQ(run(lay, 2, 1), "done");
}

/// A step of thread 0 waits for one of thread 1, and that for wavelets that thread 0 is to make B send.
void wait_for_each_other(PlanBuilder& b, bool deadlock) {
  join(b);
  const StepRef receive = b.receive(kA, 1, 1, 1, 1);
  b.send(kA, 0, 0, 1, 1, deadlock ? std::vector<StepRef>{receive} : std::vector<StepRef>{});
  b.receive(kB, 0, 0, 1, 1);
  b.send(kB, 0, 1, 1, 1);
}
TEST(Deadlock, ATaskWaitsForWaveletsThatItIsToCause) {
  expect_cycle(run([](PlanBuilder& b) { wait_for_each_other(b, true); }, 2, 1),
               {"tile (0, 0): microthread 0 waits for step 0 of it", "tile (0, 0): microthread 1 waits for"});
}
TEST(Deadlock, NotWhereItDoesNotWait) {
  EXPECT_EQ(run([](PlanBuilder& b) { wait_for_each_other(b, false); }, 2, 1), "done");
}

/// Four tiles send round a square, each farther than its neighbour, on a color per side: each color's way
/// needs the queue that the next one holds, if the last PE of each takes only after it has sent.
void square(PlanBuilder& b, bool receive_first) {
  const std::array<core::Coordinate, 4> tiles{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
  const std::array<Direction, 4> onwards{Direction::east, Direction::south, Direction::west,
                                         Direction::north};
  std::vector<core::Color> colors;
  for (std::size_t i = 0; i < 4; ++i) {
    colors.push_back(b.new_color());
    b.route(tiles[i], colors[i], {Direction::ramp}, {onwards[i]});
    b.route(tiles[(i + 1) % 4], colors[i], {core::opposite(onwards[i])}, {Direction::ramp});
  }
  for (std::size_t i = 0; i < 4; ++i) {
    if (receive_first && i == 0) b.receive(tiles[i], 0, colors[(i + 3) % 4], 50, 1);
    b.send(tiles[i], 0, colors[i], 50, 1);
    if (!(receive_first && i == 0)) b.receive(tiles[i], 0, colors[(i + 3) % 4], 50, 1);
  }
}
TEST(Deadlock, RoundASquare) {
  expect_cycle(run([](PlanBuilder& b) { square(b, false); }, 2, 2),
               {"tile (0, 0): ", "tile (1, 0): ", "tile (1, 1): ", "tile (0, 1): "});
}
TEST(Deadlock, NotWhereOneOfTheSquareReceivesFirst) {
  EXPECT_EQ(run([](PlanBuilder& b) { square(b, true); }, 2, 2), "done");
}

TEST(Deadlock, AMulticastWhoseTakerWaitsForTheOther) {
  // Tile 1 takes the multicast only after tile 2 has told it that all of it came, which tile 1 holds back.
  const auto lay = [](std::uint64_t wavelets) {
    return [wavelets](PlanBuilder& b) {
      const core::Color data = b.new_color();
      const core::Color told = b.new_color();
      b.route({0, 0}, data, {Direction::ramp}, {Direction::east});
      b.route({1, 0}, data, {Direction::west}, {Direction::ramp, Direction::east});
      b.route({2, 0}, data, {Direction::west}, {Direction::ramp});
      b.route({2, 0}, told, {Direction::ramp}, {Direction::west});
      b.route({1, 0}, told, {Direction::east}, {Direction::ramp});
      b.send({0, 0}, 0, data, wavelets, 1);
      const StepRef known = b.receive({1, 0}, 1, told, 1, 1);
      b.receive({1, 0}, 0, data, wavelets, 1, {known});
      b.receive({2, 0}, 0, data, wavelets, 1);
      b.send({2, 0}, 0, told, 1, 1);
    };
  };
  expect_cycle(run(lay(20), 3, 1), {"tile (1, 0): router queue of color 0 from west waits for room in the PE",
                                    "tile (1, 0): microthread 1 waits for wavelets of color 1",
                                    "tile (2, 0): microthread 0 waits for wavelets of color 0"});
  EXPECT_EQ(run(lay(1), 3, 1), "done");
}

TEST(Deadlock, RecordsOfATraceThatWaitForEachOther) {
  const auto replay = [](bool deadlock) {
    return test::in_child([&] {
      auto records = test::linear_trace({});
      if (deadlock)
        records[1].after = {{2, 0}};  // the products wait for the sums, which wait for the products
      const wafer::Hardware hardware = test::small_hardware(6, 6);
      const std::atomic<bool> stop = false;
      try {
        (void)wafer::simulate({hardware, {}, {}, {1, 1, 4, 4}, records}, stop, nullptr);
      } catch (const wafer::StuckError& e) {
        return std::string(e.what()) + (e.picture().empty() ? "" : "\npicture");
      }
      return std::string("done");
    });
  };
  expect_cycle(replay(true), {"waits for record 2 (row reduce)", "waits for record 1 (axpy)"});
  EXPECT_EQ(replay(false), "done");
}

TEST(Deadlock, StuckWithoutACycleIsSaidAsItIs) {
  // Nobody ever takes the color: there is nobody to wait for.
  const auto lay = [](PlanBuilder& b) {
    join(b);
    b.send(kA, 0, 0, 100, 1);
  };
  const std::string text = run(lay, 2, 1);
  EXPECT_NE(text.find("deadlock in cycle"), std::string::npos) << text;
  EXPECT_EQ(text.find("each other"), std::string::npos) << text;
  EXPECT_NE(text.find("tile (1, 0): 2 wavelets of color 0 from west"), std::string::npos) << text;
}

}  // namespace
}  // namespace waferloom
