// SPDX-License-Identifier: Apache-2.0
// The PE of docs/own-pe.md in Verilog answers in the same cycle as the SystemC module and the built-in PE.
#include <Vanswering_pe.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "pe/rtl_pe.hpp"
#include "tests/support/answering_pe.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/own_pe_bench.hpp"

namespace waferloom {
namespace {

using test::OwnPeBench;

constexpr std::uint32_t kVerilogWords = 8;  // WORDS in the Verilog
constexpr std::uint32_t kVerilogPayload = 5;

template <class Module>
void join(Module& module, OwnPeBench& bench) {
  module.in(bench.ramp().input(0));
  module.out(bench.ramp().output(1));
}

std::string answer(bool verilog, std::uint32_t ramp_latency, std::uint32_t answers) {
  return test::in_child([=] {
    OwnPeBench bench(ramp_latency);
    const sc_core::sc_time period = bench.wafer().period();
    std::unique_ptr<sc_core::sc_module> module;
    if (verilog) {
      auto pe = std::make_unique<pe::RtlPe<Vanswering_pe>>("answering_pe", period);
      join(*pe, bench);
      module = std::move(pe);
    } else {
      auto pe = std::make_unique<test::AnsweringPe>("answering_pe", kVerilogWords, period);
      join(*pe, bench);
      module = std::move(pe);
    }
    bench.prepare(std::uint64_t{answers} * kVerilogWords, kVerilogPayload, answers);
    bench.wafer().run();
    return fmt::format("{} in cycle {}", bench.answer().received, bench.answer().cycle);
  });
}

class VerilogPe : public testing::TestWithParam<std::uint32_t> {};

TEST_P(VerilogPe, AnswersInTheCycleInWhichTheSystemCModuleDoes) {
  EXPECT_EQ(answer(true, GetParam(), 1), answer(false, GetParam(), 1));
  EXPECT_EQ(answer(true, GetParam(), 1).find(fmt::format("{} in cycle", kVerilogWords * kVerilogPayload)),
            0U);
}

INSTANTIATE_TEST_SUITE_P(RampLatencies, VerilogPe, testing::Values(1U, 2U, 4U));

TEST(VerilogPeRamp, AnswersAsOftenAsItIsAsked) {
  EXPECT_EQ(answer(true, 2, 5).find(fmt::format("{} in cycle", 5 * kVerilogWords * kVerilogPayload)), 0U);
}

}  // namespace
}  // namespace waferloom
