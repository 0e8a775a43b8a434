// SPDX-License-Identifier: Apache-2.0
// Kernels: expressions, FP16 numbers, and what is made of a file for each tile.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "kernels/compile.hpp"
#include "kernels/cost.hpp"
#include "kernels/expression.hpp"
#include "kernels/half.hpp"

namespace waferloom::kernels {
namespace {

std::optional<Meaning> meaning(const std::string& name) {
  if (name == "P") return Meaning{false, 12, nullptr};
  if (name == "x") return Meaning{true, kSlotX, nullptr};
  if (name == "n") return Meaning{true, kFirstFreeSlot, nullptr};
  return std::nullopt;
}

std::int64_t value(const std::string& text, std::int64_t x = 0, std::int64_t n = 0) {
  const std::array<std::int64_t, 3> slots{x, 0, n};
  return Expression(text, meaning).evaluate(slots.data());
}

std::string complaint(const std::string& text) {
  try {
    static_cast<void>(value(text));
  } catch (const ExpressionError& error) {
    return error.what();
  }
  return "";
}

TEST(KernelExpression, HasTheUsualRanks) {
  EXPECT_EQ(14, value("2 + 3 * 4"));
  EXPECT_EQ(20, value("(2 + 3) * 4"));
  EXPECT_EQ(-7, value("-3 - 4"));
  EXPECT_EQ(1, value("1 + 1 == 2 and not 3 < 2"));
  EXPECT_EQ(1, value("0 or 2 > 1"));
  EXPECT_EQ(17, value("P + 5"));
  EXPECT_EQ(9, value("x * 3", 3));
  EXPECT_EQ(8, value("n - x", 2, 10));
}

TEST(KernelExpression, DividesWholeNumbers) {
  EXPECT_EQ(4, value("P / 3"));
  EXPECT_EQ(2, value("P // 5"));
  EXPECT_EQ(-3, value("-P // 5"));
  EXPECT_EQ(2, value("P % 5"));
  EXPECT_EQ(3, value("-P % 5"));
  EXPECT_EQ("expected a whole number, got 12 / 5", complaint("P / 5"));
  EXPECT_EQ("expected a divisor other than 0, got 12 by 0", complaint("P // x"));
}

TEST(KernelExpression, HasFunctions) {
  EXPECT_EQ(2, value("min(5, 2, 9)"));
  EXPECT_EQ(9, value("max(5, 2, 9)"));
  EXPECT_EQ(5, value("abs(-5)"));
  EXPECT_EQ(3, value("log2(8)"));
  EXPECT_EQ(32, value("pow2(5)"));
  EXPECT_EQ(6, value("xor(5, 3)"));
  EXPECT_EQ(7, value("if(x > 0, 10 / x, 7)"));
  EXPECT_EQ("expected a power of two for log2, got 12", complaint("log2(P)"));
}

TEST(KernelExpression, IsSettledWhereAPartIsEnough) {
  const auto settled = [](const std::string& text, std::int64_t x) {
    const std::array<std::int64_t, 2> place{x, 0};
    return Expression(text, meaning).settled(place.data());
  };
  EXPECT_EQ(0, settled("n > 0 and x > 3", 3));
  EXPECT_EQ(0, settled("x > 3 and n > 0", 3));
  EXPECT_EQ(std::nullopt, settled("n > 0 and x > 3", 4));
  EXPECT_EQ(1, settled("n > 0 or not x > 3", 3));
  EXPECT_EQ(std::nullopt, settled("n > 0 or not x > 3", 4));
  EXPECT_EQ(7, settled("if(x > 3, n, 7)", 3));
  EXPECT_EQ(std::nullopt, settled("if(n > 3, 7, 7)", 3));
  EXPECT_EQ(-6, settled("-x * 2", 3));
  EXPECT_EQ(std::nullopt, settled("n + x", 3));
  EXPECT_EQ(std::nullopt, settled("P // x > 0 and n > 0", 0));
}

TEST(KernelExpression, RefusesWhatItDoesNotKnow) {
  EXPECT_NE("", complaint("Q + 1"));
  EXPECT_NE("", complaint("1 +"));
  EXPECT_NE("", complaint("1.5"));
  EXPECT_NE("", complaint("(1"));
  EXPECT_NE("", complaint("9223372036854775807 + 1"));
  EXPECT_NE("", complaint(std::string(500, '(') + "1" + std::string(500, ')')));
}

TEST(Half, GoesToAndFro) {
  for (std::uint32_t bits = 0; bits < 0x7c00U; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    ASSERT_EQ(half, to_half(from_half(half)));
  }
  EXPECT_EQ(0, to_half(0.0F));
  EXPECT_EQ(0x8000, to_half(-0.0F));
  EXPECT_EQ(0x3c00, to_half(1.0F));
  EXPECT_EQ(0xc000, to_half(-2.0F));
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(2048.0F, from_half(to_half(2049.0F)));
  EXPECT_EQ(2052.0F, from_half(to_half(2051.0F)));
  EXPECT_EQ(65504.0F, from_half(to_half(65519.0F)));
  EXPECT_TRUE(std::isinf(from_half(to_half(65520.0F))));
  EXPECT_TRUE(std::isnan(from_half(to_half(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_EQ(0.0F, from_half(to_half(std::ldexp(1.0F, -26))));
}

class Compiled : public testing::Test {
 protected:
  CompiledKernel compile_text(const std::string& text) {
    const auto path =
        std::filesystem::temp_directory_path() / ("kernel_test_" + std::to_string(getpid()) + ".yaml");
    std::ofstream(path) << text;
    fabric.program = {0, 0, 64, 64};
    try {
      CompiledKernel compiled =
          compile(std::make_shared<const Kernel>(load_kernel(path, {})), {0, 0}, fabric, pe);
      std::filesystem::remove(path);
      return compiled;
    } catch (...) {
      std::filesystem::remove(path);
      throw;
    }
  }

  std::string refused(const std::string& text) {
    try {
      static_cast<void>(compile_text(text));
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  }

  fabric::FabricParameters fabric;
  pe::PeParameters pe;
};

TEST_F(Compiled, TilesThatAreAlikeShareTheirCode) {
  const CompiledKernel compiled = compile_text(R"(
width: 64
height: 64
tasks: [{ name: t, where: x == 0 or y > 0, start: true, do: [{ cycles: { count: 3, why: test } }] }, { name: u, start: true, do: [] }]
)");
  EXPECT_EQ(2U, compiled.codes.size());
}

TEST_F(Compiled, LoopsOnTheMainThreadAreOneInstruction) {
  const CompiledKernel compiled = compile_text(R"(
width: 1
buffers: [{ name: a, length: 10 }]
tasks:
  - { name: t, start: true, do: [{ loop: { count: 7, do: [{ fma: { a: a, b: 2, c: a, to: a } }, { cycles: { count: 4, why: test } }] } }] }
)");
  ASSERT_EQ(2U, compiled.codes[0].instructions.size());
  // 10 elements FP32 and the set-up.
  EXPECT_EQ(7 * (10 + 6 + 4), compiled.codes[0].instructions[0].number.value);
}

TEST_F(Compiled, BanksConflictWhereTheKernelPlacesBuffers) {
  const auto cycles = [&](const std::string& first, const std::string& second) {
    return compile_text("width: 1\nbuffers: [{ name: a, length: 10" + first + " }, { name: b, length: 10" +
                        second +
                        " }]\ntasks: [{ name: t, start: true, do: [{ add: { a: a, b: b, to: a } }] }]\n")
        .codes[0]
        .instructions[0]
        .number.value;
  };
  EXPECT_EQ(16, cycles("", ""));
  EXPECT_EQ(16, cycles(", bank: 1", ", bank: 2"));
  EXPECT_EQ(26, cycles(", bank: 1", ", bank: 5"));
}

TEST_F(Compiled, RefusesWhatCannotBe) {
  const std::string rest = "tasks: [{ name: t, start: true, do: [] }]\n";
  EXPECT_NE(std::string::npos, refused("width: 1\nbuffers: [{ name: a, length: 20000 }]\n" + rest)
                                   .find("expected a to lie within the SRAM"));
  EXPECT_NE(std::string::npos,
            refused("width: 1\nbuffers: [{ name: a, length: 4, address: 4096 }, { name: b, length: 4, "
                    "address: 4104 }]\n" +
                    rest)
                .find("expected b to overlap no other buffer"));
  EXPECT_NE(std::string::npos, refused("width: 2\nbuffers: [{ name: a, length: 8 // x }]\n" + rest)
                                   .find("tile (0, 0): expected a divisor other than 0"));
  EXPECT_NE(std::string::npos,
            refused("width: 1\ntasks: [{ name: t, start: true, do: [] }, { name: u, do: [] }]\n")
                .find("expected that something activates task u"));
  EXPECT_NE(std::string::npos, refused("width: 1\ntasks: [{ name: t, start: true, do: [{ activate: v }] }]\n")
                                   .find("expected a task (t), got v"));
  EXPECT_NE(
      std::string::npos,
      refused("width: 2\ncolors: [{ name: c, routes: [{ where: x == 0, rx: ramp, tx: east }] }]\n" + rest)
          .find("expected that tile (1, 0) takes color c from the west"));
  EXPECT_NE(
      std::string::npos,
      refused("width: 1\ncolors: [{ name: c, routes: [{ where: x > 0, rx: east, tx: ramp }] }]\n"
              "tasks: [{ name: t, start: true, do: [{ move: { from: in c, to: out c, length: 1 } }] }]\n")
          .find("expected a route of color c here"));
}

}  // namespace
}  // namespace waferloom::kernels
