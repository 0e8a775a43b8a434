// SPDX-License-Identifier: Apache-2.0
// Numbers with units as users write them: `850 MHz`, `48 KiB`, `1.2 Tb/s`, `2 cycles`.
// Reading is exact (one rounding to the nearest double) and writing is its inverse.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace waferloom::core {

/// What a number measures; each has one base unit in which the program holds it.
enum class Dimension : std::uint8_t {
  none,             ///< a plain number
  cycles,           ///< clock cycles
  bits,             ///< bits
  bytes,            ///< bytes
  bytes_per_cycle,  ///< bytes per clock cycle
  time,             ///< seconds
  frequency,        ///< hertz
  bandwidth,        ///< bits per second
  parameter_rate,   ///< model parameters per second
  power,            ///< watts
  energy,           ///< joules
  energy_per_bit,   ///< joules per bit
};

/// One spelling of a unit: a number in it times 10^decimal times 2^binary is the number in the base unit.
struct Unit {
  std::string_view symbol;
  int decimal = 0;
  int binary = 0;
  bool canonical = false;  ///< used for writing
};

/// The units accepted for a dimension, the smallest first.
[[nodiscard]] std::span<const Unit> units_of(Dimension dimension);

/// "time", "frequency", ... for messages.
[[nodiscard]] std::string_view name_of(Dimension dimension);

/// "s, ms, us" for messages; empty for plain numbers.
[[nodiscard]] std::string unit_symbols(Dimension dimension);

enum class QuantityFault : std::uint8_t {
  none,
  not_a_number,  ///< not a decimal number: 010, 0x10, .5, nan, 1_000 are none
  missing_unit,  ///< a number alone where the dimension has units
  unknown_unit,  ///< what follows the number is no unit of the dimension
  not_whole,     ///< a fraction or an exponent where a whole number of base units is needed
  out_of_range,  ///< does not fit the type
};

template <class T>
struct Quantity {
  T value{};  ///< in base units; valid when fault is none
  QuantityFault fault = QuantityFault::none;
};

/// Reads a real number with its unit, rounded once to the nearest double.
[[nodiscard]] Quantity<double> parse_real(std::string_view text, Dimension dimension);

/// Reads a number with its unit that is a whole number of base units (`1.5 KiB` is 1536). Units smaller than
/// the base unit are not accepted.
[[nodiscard]] Quantity<std::uint64_t> parse_whole(std::string_view text, Dimension dimension);

/// Writes `value` (in base units) in the unit that keeps it short; parse_real gives exactly `value` back.
[[nodiscard]] std::string format_real(double value, Dimension dimension);

/// Writes `value` (in base units) in the largest unit that divides it; parse_whole gives it back.
[[nodiscard]] std::string format_whole(std::uint64_t value, Dimension dimension);

/// A regular expression (ECMA 262, unanchored) of the numbers with units that are accepted.
[[nodiscard]] std::string quantity_pattern(Dimension dimension, bool whole);

/// A number of things in words: `1 point`, `2 points`; for nouns whose plural ends in s.
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);

}  // namespace waferloom::core
