// SPDX-License-Identifier: Apache-2.0
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace waferloom::report {

namespace {

/// Characters, not bytes; all that is printed here is one column wide.
std::size_t width_of(std::string_view text) {
  constexpr unsigned kContinuationMask = 0xC0;
  constexpr unsigned kContinuation = 0x80;
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & kContinuationMask) != kContinuation;
  }));
}

struct Prefix {
  double factor;
  const char* name;
};
constexpr std::array kPrefixes{Prefix{1e18, "E"}, Prefix{1e15, "P"}, Prefix{1e12, "T"}, Prefix{1e9, "G"},
                               Prefix{1e6, "M"},  Prefix{1e3, "k"},  Prefix{1, ""},     Prefix{1e-3, "m"},
                               Prefix{1e-6, "u"}, Prefix{1e-9, "n"}, Prefix{1e-12, "p"}};

/// The unit of a count follows from where the number stands.
bool counts_things(std::string_view unit) {
  return unit == "cycle" || unit == "wavelet" || unit == "MAC" || unit == "packet" || unit == "flit";
}

}  // namespace

std::string human_time(double seconds) {
  if (seconds > 0 && seconds < 1e-7) return fmt::format("{:.2f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.2f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3f} ms", seconds * 1e3);
  return fmt::format("{:.3f} s", seconds);
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string significant(double value) {
  return value < 1000 ? fmt::format("{:.3g}", value) : fmt::format("{:.0f}", std::round(value / 10) * 10);
}

std::string human(double value, std::string_view unit) {
  if (unit == "s") return human_time(value);
  if (unit == "1") return percent(value);
  // A rate without a unit: "61.2 k/s".
  const std::string_view shown = unit == "1/s" ? "/s" : counts_things(unit) ? "" : unit;
  constexpr double kExactBelow = 10000;
  const double size = std::abs(value);
  if (shown.empty() && size < kExactBelow) return fmt::format("{:g}", value);
  if (size == 0 || (unit == "B" && size < kExactBelow)) return fmt::format("{:g} {}", value, shown);
  const auto* prefix = std::find_if(kPrefixes.begin(), kPrefixes.end() - 1,
                                    [&](const Prefix& p) { return size >= p.factor * 0.99995; });
  const std::string number = fmt::format("{:.4g}", value / prefix->factor);
  const std::string after = fmt::format("{}{}", prefix->name, shown);
  return after.empty() ? number : number + " " + after;
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = width_of(columns_[c].title);
    for (const auto& row : rows_) width = std::max(width, width_of(row[c]));
    widths.push_back(width);
  }
  std::string text;
  const auto line = [&](auto cell_of) {
    std::string cells;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const std::string& cell = cell_of(c);
      const std::string space(widths[c] - width_of(cell), ' ');
      if (c > 0) cells += "  ";
      cells += columns_[c].align == Align::left ? cell + space : space + cell;
    }
    cells.erase(cells.find_last_not_of(' ') + 1);
    text += cells + "\n";
  };
  line([&](std::size_t c) -> const std::string& { return columns_[c].title; });
  for (const auto& row : rows_) line([&](std::size_t c) -> const std::string& { return row[c]; });
  return text;
}

}  // namespace waferloom::report
