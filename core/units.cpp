// SPDX-License-Identifier: Apache-2.0
#include "core/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace waferloom::core {

namespace {

constexpr std::array kCycles{Unit{"cycle"}, Unit{"cycles", 0, 0, true}};
constexpr std::array kBits{Unit{"bit", 0, 0, true}, Unit{"bits"}};
constexpr std::array kBytes{Unit{"B", 0, 0, true},    Unit{"kB", 3}, Unit{"KiB", 0, 10, true}, Unit{"MB", 6},
                            Unit{"MiB", 0, 20, true}, Unit{"GB", 9}, Unit{"GiB", 0, 30, true}, Unit{"TB", 12},
                            Unit{"TiB", 0, 40, true}};
constexpr std::array kBytesPerCycle{Unit{"B/cycle", 0, 0, true}};
constexpr std::array kTime{Unit{"fs", -15, 0, true}, Unit{"ps", -12, 0, true}, Unit{"ns", -9, 0, true},
                           Unit{"us", -6, 0, true},  Unit{"ms", -3, 0, true},  Unit{"s", 0, 0, true}};
constexpr std::array kFrequency{Unit{"Hz", 0, 0, true}, Unit{"kHz", 3, 0, true}, Unit{"MHz", 6, 0, true},
                                Unit{"GHz", 9, 0, true}, Unit{"THz", 12, 0, true}};
constexpr std::array kBandwidth{
    Unit{"b/s", 0, 0, true}, Unit{"B/s", 0, 3},    Unit{"kb/s", 3, 0, true},  Unit{"kB/s", 3, 3},
    Unit{"Kib/s", 0, 10},    Unit{"KiB/s", 0, 13}, Unit{"Mb/s", 6, 0, true},  Unit{"MB/s", 6, 3},
    Unit{"Mib/s", 0, 20},    Unit{"MiB/s", 0, 23}, Unit{"Gb/s", 9, 0, true},  Unit{"GB/s", 9, 3},
    Unit{"Gib/s", 0, 30},    Unit{"GiB/s", 0, 33}, Unit{"Tb/s", 12, 0, true}, Unit{"TB/s", 12, 3},
    Unit{"Tib/s", 0, 40},    Unit{"TiB/s", 0, 43}, Unit{"Pb/s", 15, 0, true}, Unit{"PB/s", 15, 3}};
constexpr std::array kParameterRate{Unit{"params/s", 0, 0, true}, Unit{"kparams/s", 3, 0, true},
                                    Unit{"Mparams/s", 6, 0, true}, Unit{"Gparams/s", 9, 0, true},
                                    Unit{"Tparams/s", 12, 0, true}};

constexpr std::array kPower{Unit{"uW", -6, 0, true}, Unit{"mW", -3, 0, true}, Unit{"W", 0, 0, true},
                            Unit{"kW", 3, 0, true}, Unit{"MW", 6, 0, true}};
constexpr std::array kEnergy{Unit{"fJ", -15, 0, true}, Unit{"pJ", -12, 0, true}, Unit{"nJ", -9, 0, true},
                             Unit{"uJ", -6, 0, true},  Unit{"mJ", -3, 0, true},  Unit{"J", 0, 0, true}};
constexpr std::array kEnergyPerBit{Unit{"fJ/b", -15, 0, true}, Unit{"pJ/B", -12, -3},
                                   Unit{"pJ/b", -12, 0, true}, Unit{"nJ/b", -9, 0, true},
                                   Unit{"J/b", 0, 0, true}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

/// A decimal number cut into its parts: sign, digits before and after the point, exponent.
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::string_view exponent;  ///< with its sign
  std::string_view unit;      ///< what follows, without surrounding blanks
};

std::optional<Decimal> split(std::string_view text) {
  Decimal d;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) d.negative = text[at++] == '-';
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return std::nullopt;
  d.whole = text.substr(at, whole);
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) return std::nullopt;
    d.fraction = text.substr(at + 1, fraction);
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+') ? 1 : 0;
    if (const std::size_t exponent = digits_at(text, at + 1 + sign); exponent != 0) {
      d.exponent = text.substr(at + 1, sign + exponent);
      at += 1 + sign + exponent;
    }
  }
  d.unit = text.substr(at);
  // What touches the number's last digit must be a unit: 0x10, 1_000 and 1.2.3 are no numbers.
  if (!d.unit.empty() && (is_digit(d.unit.front()) || d.unit.front() == '.' || d.unit.front() == '_' ||
                          (d.whole == "0" && d.fraction.empty() && d.unit.front() == 'x'))) {
    return std::nullopt;
  }
  while (!d.unit.empty() && (d.unit.front() == ' ' || d.unit.front() == '\t')) d.unit.remove_prefix(1);
  return d;
}

/// The unit of `d`, or the fault.
Quantity<Unit> unit_of(const Decimal& d, Dimension dimension) {
  if (dimension == Dimension::none) {
    return {Unit{}, d.unit.empty() ? QuantityFault::none : QuantityFault::unknown_unit};
  }
  if (d.unit.empty()) return {{}, QuantityFault::missing_unit};
  for (const Unit& unit : units_of(dimension)) {
    if (unit.symbol == d.unit) return {unit, QuantityFault::none};
  }
  return {{}, QuantityFault::unknown_unit};
}

/// digits x 10^exponent with the point set so that no exponent is needed, where that stays short.
std::string place_point(std::string_view digits, int exponent) {
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent > 20) {
    const std::string tail = count > 1 ? fmt::format(".{}", digits.substr(1)) : "";
    return fmt::format("{}{}e{}", digits.substr(0, 1), tail, exponent);
  }
  if (exponent < 0) return fmt::format("0.{:0>{}}{}", "", -exponent - 1, digits);
  if (count <= exponent + 1) return fmt::format("{}{:0>{}}", digits, "", exponent + 1 - count);
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  return fmt::format("{}.{}", digits.substr(0, whole), digits.substr(whole));
}

}  // namespace

std::span<const Unit> units_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::none:
      break;
    case Dimension::cycles:
      return kCycles;
    case Dimension::bits:
      return kBits;
    case Dimension::bytes:
      return kBytes;
    case Dimension::bytes_per_cycle:
      return kBytesPerCycle;
    case Dimension::time:
      return kTime;
    case Dimension::frequency:
      return kFrequency;
    case Dimension::bandwidth:
      return kBandwidth;
    case Dimension::parameter_rate:
      return kParameterRate;
    case Dimension::power:
      return kPower;
    case Dimension::energy:
      return kEnergy;
    case Dimension::energy_per_bit:
      return kEnergyPerBit;
  }
  return {};
}

std::string_view name_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::none:
      break;
    case Dimension::cycles:
      return "number of cycles";
    case Dimension::bits:
      return "number of bits";
    case Dimension::bytes:
      return "number of bytes";
    case Dimension::bytes_per_cycle:
      return "number of bytes per cycle";
    case Dimension::time:
      return "time";
    case Dimension::frequency:
      return "frequency";
    case Dimension::bandwidth:
      return "bandwidth";
    case Dimension::parameter_rate:
      return "rate of parameters";
    case Dimension::power:
      return "power";
    case Dimension::energy:
      return "energy";
    case Dimension::energy_per_bit:
      return "energy per bit";
  }
  return "number";
}

std::string unit_symbols(Dimension dimension) {
  std::string symbols;
  for (const Unit& unit : units_of(dimension)) {
    symbols += fmt::format("{}{}", symbols.empty() ? "" : ", ", unit.symbol);
  }
  return symbols;
}

Quantity<double> parse_real(std::string_view text, Dimension dimension) {
  const std::optional<Decimal> d = split(text);
  if (!d) return {0, QuantityFault::not_a_number};
  const auto [unit, fault] = unit_of(*d, dimension);
  if (fault != QuantityFault::none) return {0, fault};
  long exponent = 0;
  if (!d->exponent.empty()) {
    const std::size_t plus = d->exponent.front() == '+' ? 1 : 0;
    const char* end = d->exponent.data() + d->exponent.size();
    if (std::from_chars(d->exponent.data() + plus, end, exponent).ec != std::errc{} || exponent > 100'000 ||
        exponent < -100'000) {
      return {0, QuantityFault::out_of_range};
    }
  }
  // The unit's power of ten goes into the exponent, so that the decimal is rounded only once.
  const std::string scaled = fmt::format("{}{}.{}e{}", d->negative ? "-" : "", d->whole,
                                         d->fraction.empty() ? "0" : d->fraction, exponent + unit.decimal);
  double value = 0;
  if (std::from_chars(scaled.data(), scaled.data() + scaled.size(), value).ec != std::errc{}) {
    return {0, QuantityFault::out_of_range};
  }
  value = std::ldexp(value, unit.binary);
  if (!std::isfinite(value)) return {0, QuantityFault::out_of_range};
  return {value == 0 ? 0.0 : value, QuantityFault::none};
}

Quantity<std::uint64_t> parse_whole(std::string_view text, Dimension dimension) {
  const std::optional<Decimal> d = split(text);
  if (!d) return {0, QuantityFault::not_a_number};
  const auto [unit, fault] = unit_of(*d, dimension);
  if (fault != QuantityFault::none) return {0, fault};
  if (!d->exponent.empty() || unit.decimal < 0) return {0, QuantityFault::not_whole};
  if (d->negative) return {0, QuantityFault::out_of_range};
  __extension__ using u128 = unsigned __int128;
  constexpr u128 kLimit = std::numeric_limits<std::uint64_t>::max();
  u128 value = 0;
  for (char c : d->whole) {
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > kLimit) return {0, QuantityFault::out_of_range};
  }
  for (int i = 0; i < unit.decimal + unit.binary; ++i) {
    value *= i < unit.decimal ? 10U : 2U;
    if (value > kLimit) return {0, QuantityFault::out_of_range};
  }
  // The fraction in base units: factor x digits / 10^digits, which must come out whole.
  u128 factor = 1;
  for (int i = 0; i < unit.decimal; ++i) factor *= 10;
  factor <<= static_cast<unsigned>(unit.binary);
  std::string_view fraction = d->fraction;
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > 18) return {0, QuantityFault::not_whole};
  u128 numerator = 0;
  u128 denominator = 1;
  for (char c : fraction) {
    numerator = numerator * 10 + static_cast<unsigned>(c - '0');
    denominator *= 10;
  }
  if (numerator * factor % denominator != 0) return {0, QuantityFault::not_whole};
  value += numerator * factor / denominator;
  if (value > kLimit) return {0, QuantityFault::out_of_range};
  return {static_cast<std::uint64_t>(value), QuantityFault::none};
}

std::string format_real(double value, Dimension dimension) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  std::string digits(text.substr(0, e));
  if (digits.size() > 1) digits.erase(1, 1);
  int exponent = 0;
  const std::size_t sign = text[e + 1] == '+' ? 1 : 0;
  std::from_chars(text.data() + e + 1 + sign, text.data() + text.size(), exponent);
  const char* minus = value < 0 ? "-" : "";

  const Unit* best = nullptr;
  for (const Unit& unit : units_of(dimension)) {
    if (!unit.canonical || unit.binary != 0) continue;  // a binary unit's digits would need another rounding
    const bool fits = value != 0 ? unit.decimal <= exponent : unit.decimal <= 0;
    if (best == nullptr || fits) best = &unit;
  }
  if (best == nullptr) return fmt::format("{}{}", minus, place_point(digits, exponent));
  const int shift = value != 0 ? best->decimal : 0;
  return fmt::format("{}{} {}", minus, place_point(digits, exponent - shift), best->symbol);
}

std::string format_whole(std::uint64_t value, Dimension dimension) {
  if (dimension == Dimension::none) return fmt::format("{}", value);
  if (dimension == Dimension::cycles) return fmt::format("{} {}", value, value == 1 ? "cycle" : "cycles");
  const Unit* best = nullptr;
  std::uint64_t best_factor = 1;
  for (const Unit& unit : units_of(dimension)) {
    if (!unit.canonical || unit.decimal < 0) continue;
    std::uint64_t factor = std::uint64_t{1} << static_cast<unsigned>(unit.binary);
    for (int i = 0; i < unit.decimal; ++i) factor *= 10;
    if (best != nullptr && (value == 0 || value % factor != 0)) continue;
    best = &unit;
    best_factor = factor;
  }
  return fmt::format("{} {}", value / best_factor, best->symbol);
}

std::string quantity_pattern(Dimension dimension, bool whole) {
  std::string pattern = R"((0|[1-9][0-9]*)(\.[0-9]+)?)";
  if (!whole) pattern += R"(([eE][+-]?[0-9]+)?)";
  std::string symbols;
  for (const Unit& unit : units_of(dimension)) {
    symbols += fmt::format("{}{}", symbols.empty() ? "" : "|", unit.symbol);
  }
  return symbols.empty() ? pattern : fmt::format("{} *({})", pattern, symbols);
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace waferloom::core
