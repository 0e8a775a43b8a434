// SPDX-License-Identifier: Apache-2.0
// A module of one's own in a PE's place (docs/own-pe.md): it answers in the cycles that the contract of pe/tile_ramp.hpp
// states, which are those of the built-in PE.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/error.hpp"
#include "tests/support/answering_pe.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/own_pe_bench.hpp"

namespace waferloom {
namespace {

using test::OwnPeBench;

constexpr std::uint32_t kWords = 8;
constexpr std::uint32_t kPayload = 5;

/// Passes on each word, increased by one, which takes some cycles, the first of which reads and the last of which writes.
class Increment final : public sc_core::sc_module {
 public:
  sc_core::sc_port<sc_core::sc_fifo_in_if<core::Wavelet>> in;
  sc_core::sc_port<sc_core::sc_fifo_out_if<core::Wavelet>> out;

  Increment(const sc_core::sc_module_name& name, sc_core::sc_time period, std::uint64_t cycles)
      : sc_module(name), in("in"), out("out"), period_(period), cycles_(cycles) {
    SC_HAS_PROCESS(Increment);
    SC_THREAD(run);
  }

 private:
  void run() {
    for (;;) {
      const std::uint32_t word = in->read().data;
      for (std::uint64_t i = 1; i < cycles_; ++i) wait(period_);
      out->write({word + 1, 0, false});
      wait(period_);
    }
  }
  sc_core::sc_time period_;
  std::uint64_t cycles_;
};

std::string told(const test::ScriptedProgram::Done& done) {
  return fmt::format("{} in cycle {}", done.received, done.cycle);
}

/// The words' sum, from the built-in PE or from a module.
std::string sum_once(bool own, std::uint32_t words, std::uint32_t ramp_latency,
                     std::uint32_t region_width = 0) {
  return test::in_child([=] {
    OwnPeBench bench(ramp_latency, region_width);
    std::unique_ptr<test::AnsweringPe> module;
    if (own) {
      module = std::make_unique<test::AnsweringPe>("answering_pe", words, bench.wafer().period());
      module->in(bench.ramp().input(0));
      module->out(bench.ramp().output(1));
    }
    bench.prepare(words, kPayload, 1);
    if (!own) {
      bench.program().add(OwnPeBench::kOwn, 0, test::receive(0, words));
      bench.program().add(OwnPeBench::kOwn, 0, test::send(0, 1, words * kPayload));
      bench.load_own();
    }
    bench.wafer().run();
    return told(bench.answer());
  });
}

/// Each word increased by one.
std::string increment_all(bool own, std::uint32_t ramp_latency, std::uint32_t words,
                          std::uint64_t cycles = 1) {
  return test::in_child([=] {
    OwnPeBench bench(ramp_latency);
    std::unique_ptr<Increment> module;
    if (own) {
      module = std::make_unique<Increment>("increment", bench.wafer().period(), cycles);
      module->in(bench.ramp().input(0));
      module->out(bench.ramp().output(1));
    }
    bench.prepare(words, kPayload, words);
    if (!own) {
      pe::Step step = test::forward(0, 0, words, 1);
      step.cycles = cycles;
      bench.program().add(OwnPeBench::kOwn, 0, step);
      bench.load_own();
    }
    bench.wafer().run();
    return told(bench.answer());
  });
}

class OwnPe : public testing::TestWithParam<std::uint32_t> {};

TEST_P(OwnPe, AnswersInTheCycleInWhichTheBuiltInPeDoes) {
  const bool keeps_up = GetParam() + 2 <= 6;  // queue 0 holds 6 words
  const std::uint32_t words = keeps_up ? kWords : 6;
  EXPECT_EQ(sum_once(true, words, GetParam()), sum_once(false, words, GetParam()));
}

TEST_P(OwnPe, PassesOnInTwiceTheRampAndOneCycle) {
  const std::uint64_t ramp = GetParam();
  EXPECT_EQ(increment_all(true, GetParam(), 1), increment_all(false, GetParam(), 1));
  // The sender starts in cycle 2 and its step takes one; down its ramp, two hops, R + 1 + R, two hops, up the ramp, one
  // cycle to take it in.
  const std::uint64_t cycles = 2 + ramp + 2 + (2 * ramp + 1) + 2 + ramp + 1;
  EXPECT_EQ(increment_all(true, GetParam(), 1), fmt::format("{} in cycle {}", kPayload + 1, cycles));
}

INSTANTIATE_TEST_SUITE_P(RampLatencies, OwnPe, testing::Values(1U, 2U, 4U, 70U));

TEST(OwnPeRamp, KeepsUpWithOneWaveletACycle) {
  EXPECT_EQ(increment_all(true, 2, 100), increment_all(false, 2, 100));
}

TEST(OwnPeRamp, HoldsTheSenderBackWhenItIsSlow) {
  // Its place is free a cycle later than that of the built-in PE, which its four words of lead hide.
  EXPECT_EQ(increment_all(true, 2, 100, 3), increment_all(false, 2, 100, 3));
}

TEST(OwnPeRamp, DoesTheSameInRegionsOfAnySize) {
  EXPECT_EQ(sum_once(true, kWords, 2, 1), sum_once(true, kWords, 2));
  EXPECT_EQ(sum_once(true, kWords, 2, 3), sum_once(true, kWords, 2));
}

TEST(OwnPeRamp, IsPartOfTheHierarchyAndOfTheCounts) {
  OwnPeBench bench;
  test::AnsweringPe module("answering_pe", kWords, bench.wafer().period());
  module.in(bench.ramp().input(0));
  module.out(bench.ramp().output(1));
  EXPECT_STREQ(bench.ramp().input(0).name(), "wafer.reticle_0_0.tile_2_0.ramp.input_0");
  bench.prepare(kWords, kPayload, 1);
  bench.wafer().run();
  wafer::Region& region = *bench.wafer().regions().front();
  EXPECT_EQ(region.pes().received(OwnPeBench::kOwn), kWords);
  EXPECT_EQ(region.pes().injected(OwnPeBench::kOwn), 1U);
  EXPECT_EQ(region.pes().queued_wavelets(), 0U);
}

TEST(OwnPeRamp, RefusesAProgramBesideTheModuleAndAColorWithoutARoute) {
  OwnPeBench bench;
  test::AnsweringPe module("answering_pe", kWords, bench.wafer().period());
  module.in(bench.ramp().input(0));
  module.out(bench.ramp().output(7));
  bench.prepare(kWords, kPayload, 1);
  EXPECT_THROW(bench.load_own(), core::InputError);
  EXPECT_THROW(bench.wafer().run(), core::InputError);
}

TEST(OwnPeRamp, IsRefusedByNameWhereCheckpointsAreWanted) {
  const std::string text = test::in_child([]() -> std::string {
    OwnPeBench bench;
    bench.wafer().check_archivable();
    static_cast<void>(bench.ramp().input(0));
    try {
      bench.wafer().check_archivable();
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "taken";
  });
  EXPECT_TRUE(text.starts_with("wafer.reticle_0_0.tile_2_0.ramp: expected no module")) << text;
}

TEST(OwnPeRamp, HasAsManyColorsAsAPeHasQueues) {
  OwnPeBench bench;
  for (core::Color color = 0; color < 8; ++color) static_cast<void>(bench.ramp().input(color));
  for (core::Color color = 0; color < 6; ++color) static_cast<void>(bench.ramp().output(color));
  EXPECT_THROW(static_cast<void>(bench.ramp().input(8)), core::InputError);
  EXPECT_THROW(static_cast<void>(bench.ramp().output(8)), core::InputError);
}

}  // namespace
}  // namespace waferloom
