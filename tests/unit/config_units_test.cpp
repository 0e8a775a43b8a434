// SPDX-License-Identifier: Apache-2.0
// Numbers with units: what is accepted, what it means exactly, and what is refused for which reason.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "core/nearest.hpp"
#include "core/units.hpp"

namespace waferloom::core {
namespace {

using Fault = QuantityFault;

double real(const std::string& text, Dimension dimension) {
  const auto [value, fault] = parse_real(text, dimension);
  EXPECT_EQ(Fault::none, fault) << text;
  return value;
}

std::uint64_t whole(const std::string& text, Dimension dimension) {
  const auto [value, fault] = parse_whole(text, dimension);
  EXPECT_EQ(Fault::none, fault) << text;
  return value;
}

TEST(Units, RealQuantitiesAreRoundedOnce) {
  EXPECT_EQ(850e6, real("850 MHz", Dimension::frequency));
  EXPECT_EQ(1.2e12, real("1.2 Tb/s", Dimension::bandwidth));
  EXPECT_EQ(0.1e-6, real("0.1 us", Dimension::time));
  EXPECT_EQ(3e-9, real("3 ns", Dimension::time));
  EXPECT_EQ(40e9, real("40 Gparams/s", Dimension::parameter_rate));
  EXPECT_EQ(0.25, real("250 mW", Dimension::power));
  EXPECT_EQ(12e-12, real("12 pJ", Dimension::energy));
  EXPECT_EQ(0.5e-12, real("4 pJ/B", Dimension::energy_per_bit));
  EXPECT_EQ(1e-6, real("1e-3 ms", Dimension::time));
  EXPECT_EQ(0.25, real("0.25", Dimension::none));
}

TEST(Units, BytesPerSecondAreEightBits) {
  EXPECT_EQ(8e9, real("1 GB/s", Dimension::bandwidth));
  EXPECT_EQ(8.0 * 1024, real("1 KiB/s", Dimension::bandwidth));
  EXPECT_EQ(1048576.0, real("1 Mib/s", Dimension::bandwidth));
}

TEST(Units, WholeQuantities) {
  EXPECT_EQ(49152U, whole("48 KiB", Dimension::bytes));
  EXPECT_EQ(49152U, whole("48KiB", Dimension::bytes));
  EXPECT_EQ(1536U, whole("1.5 KiB", Dimension::bytes));
  EXPECT_EQ(1500U, whole("1.50 kB", Dimension::bytes));
  EXPECT_EQ(1U, whole("1 cycle", Dimension::cycles));
  EXPECT_EQ(1U, whole("1 cycles", Dimension::cycles));
  EXPECT_EQ(16U, whole("16 B/cycle", Dimension::bytes_per_cycle));
  EXPECT_EQ(std::numeric_limits<std::uint64_t>::max(), whole("18446744073709551615", Dimension::none));
}

TEST(Units, WhatIsNoDecimalNumberIsRefused) {
  for (const char* text : {"",    " ",    "abc", "010",   "0x10", "0o17", "1_000", "1.",  ".5",  "1.2.3",
                           "nan", ".nan", "inf", "-.inf", "Y",    "yes",  "~",     "--1", "1 2", "00"}) {
    EXPECT_NE(Fault::none, parse_real(text, Dimension::none).fault) << text;
    EXPECT_NE(Fault::none, parse_whole(text, Dimension::none).fault) << text;
    EXPECT_NE(Fault::none, parse_real(text, Dimension::time).fault) << text;
    EXPECT_NE(Fault::none, parse_whole(text, Dimension::bytes).fault) << text;
  }
  EXPECT_EQ(Fault::not_a_number, parse_whole("010", Dimension::none).fault);
  EXPECT_EQ(Fault::not_a_number, parse_whole("0x10 B", Dimension::bytes).fault);
  EXPECT_EQ(Fault::not_a_number, parse_whole("1_000 B", Dimension::bytes).fault);
}

TEST(Units, WholeNumbersHaveNoExponentOrFraction) {
  EXPECT_EQ(Fault::not_whole, parse_whole("1e3", Dimension::none).fault);
  EXPECT_EQ(Fault::not_whole, parse_whole("1.5", Dimension::none).fault);
  EXPECT_EQ(Fault::not_whole, parse_whole("0.3 KiB", Dimension::bytes).fault);
  EXPECT_EQ(2U, whole("2.0", Dimension::none));
}

TEST(Units, MissingAndOtherUnits) {
  EXPECT_EQ(Fault::missing_unit, parse_real("850", Dimension::frequency).fault);
  EXPECT_EQ(Fault::missing_unit, parse_whole("0", Dimension::cycles).fault);
  for (const char* text : {"850 KiB", "850 mhz", "850 MHZ", "850 M", "850 MHz x", "850MHz2"}) {
    EXPECT_EQ(Fault::unknown_unit, parse_real(text, Dimension::frequency).fault) << text;
  }
  EXPECT_EQ(Fault::unknown_unit, parse_whole("24 colors", Dimension::none).fault);
}

TEST(Units, WhatDoesNotFitIsOutOfRange) {
  EXPECT_EQ(Fault::out_of_range, parse_whole("18446744073709551616", Dimension::none).fault);
  EXPECT_EQ(Fault::out_of_range, parse_whole(std::string(400, '9'), Dimension::none).fault);
  EXPECT_EQ(Fault::out_of_range, parse_whole("99999999999999999 TiB", Dimension::bytes).fault);
  EXPECT_EQ(Fault::out_of_range, parse_whole("-1", Dimension::none).fault);
  EXPECT_EQ(Fault::out_of_range, parse_real("1e400", Dimension::none).fault);
  EXPECT_EQ(Fault::out_of_range, parse_real("1e308 Tb/s", Dimension::bandwidth).fault);
  EXPECT_EQ(Fault::out_of_range, parse_real("1e99999999999999999999", Dimension::none).fault);
}

TEST(Units, WritingPicksTheShortUnit) {
  EXPECT_EQ("850 MHz", format_real(850e6, Dimension::frequency));
  EXPECT_EQ("1.2 Tb/s", format_real(1.2e12, Dimension::bandwidth));
  EXPECT_EQ("500 ns", format_real(5e-7, Dimension::time));
  EXPECT_EQ("0 s", format_real(0, Dimension::time));
  EXPECT_EQ("0.5 Hz", format_real(0.5, Dimension::frequency));
  EXPECT_EQ("0.25", format_real(0.25, Dimension::none));
  EXPECT_EQ("48 KiB", format_whole(49152, Dimension::bytes));
  EXPECT_EQ("1000 B", format_whole(1000, Dimension::bytes));
  EXPECT_EQ("0 B", format_whole(0, Dimension::bytes));
  EXPECT_EQ("32 bit", format_whole(32, Dimension::bits));
  EXPECT_EQ("1 cycle", format_whole(1, Dimension::cycles));
  EXPECT_EQ("2 cycles", format_whole(2, Dimension::cycles));
}

constexpr Dimension kAll[] = {Dimension::none,      Dimension::cycles,          Dimension::bits,
                              Dimension::bytes,     Dimension::bytes_per_cycle, Dimension::time,
                              Dimension::frequency, Dimension::bandwidth,       Dimension::parameter_rate,
                              Dimension::power,     Dimension::energy,          Dimension::energy_per_bit};

TEST(Units, WritingIsTheInverseOfReading) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same cases in every run
  std::uniform_real_distribution<double> exponents(-300, 300);
  for (int i = 0; i < 20000; ++i) {
    const double value = std::pow(10.0, exponents(random));
    const std::uint64_t number = random() >> (random() % 64);
    for (Dimension dimension : kAll) {
      const std::string text = format_real(value, dimension);
      EXPECT_EQ(value, real(text, dimension)) << text;
      const std::string whole_text = format_whole(number, dimension);
      EXPECT_EQ(number, whole(whole_text, dimension)) << whole_text;
    }
  }
  for (double value : {5e-324, std::numeric_limits<double>::max(), 0.0, 1.0 / 3}) {
    EXPECT_EQ(value, real(format_real(value, Dimension::time), Dimension::time));
  }
}

TEST(Nearest, EditDistanceCountsSwapsAsOne) {
  EXPECT_EQ(0U, edit_distance("", ""));
  EXPECT_EQ(3U, edit_distance("abc", ""));
  EXPECT_EQ(1U, edit_distance("widht", "width"));
  EXPECT_EQ(1U, edit_distance("colour", "color"));
  EXPECT_EQ(2U, edit_distance("io.clock", "pe.clock"));
}

TEST(Nearest, OnlyWhatIsNearIsSuggested) {
  const std::vector<std::string> known{"fabric.width", "fabric.height", "pe.clock", "workload.batch"};
  EXPECT_EQ("fabric.width", nearest_name("fabric.widht", known));
  EXPECT_EQ("workload.batch", nearest_name("batch", known));
  EXPECT_EQ("pe.clock", nearest_name("io.clock", known));
  EXPECT_EQ("", nearest_name("a", known));
  EXPECT_EQ("", nearest_name("temperature", known));
  EXPECT_EQ("", nearest_name(std::string(100000, 'x'), known));
}

}  // namespace
}  // namespace waferloom::core
