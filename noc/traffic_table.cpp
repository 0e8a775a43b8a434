// SPDX-License-Identifier: Apache-2.0
#include "noc/traffic_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <tuple>

#include "core/error.hpp"
#include "core/units.hpp"

namespace waferloom::noc {

namespace {

constexpr double kRounding = 1e-9;

struct Line {
  core::Cycle cycle = 0;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  double rate = 0;
  std::size_t number = 0;  ///< in the file, from 1
};

class Parser {
 public:
  Parser(const std::string& name, std::uint32_t nodes, const TableRule& rule)
      : name_(name), nodes_(nodes), rule_(rule) {}

  /// Reads a line that holds something.
  [[nodiscard]] Line parse(const std::string& text, std::size_t number) const {
    constexpr const char* kBlanks = " \t\r\v\f";
    std::array<Field, kMostFields> fields;
    std::size_t count = 0;
    for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string::npos; ++count) {
      const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
      if (count < fields.size()) fields[count] = {text.substr(at, end - at), number, at + 1};
      at = text.find_first_not_of(kBlanks, end);
    }
    const bool noxim = rule_.format == TableFormat::noxim;
    if (noxim ? count < 3 || count == 5 || count > kMostFields : count != 3) {
      constexpr std::array kFields{"three fields, source destination rate",
                                   "fields source destination pir [por [t_on t_off [t_period]]]",
                                   "three fields, cycle source destination"};
      fail({"", number, 1}, kFields.at(static_cast<std::size_t>(rule_.format)), fmt::format("{}", count));
    }
    Line line;
    line.number = number;
    if (rule_.format == TableFormat::packets) {
      line.cycle = cycle(fields[0]);
      line.source = node(fields[1], "source");
      line.destination = node(fields[2], "destination");
      return line;
    }
    line.source = node(fields[0], "source");
    line.destination = node(fields[1], "destination");
    line.rate = rate(fields[2], noxim ? "packets" : "flits");
    if (noxim) check_rest(std::span(fields).subspan(0, count), line.rate);
    if (noxim) line.rate *= rule_.packet_flits;
    return line;
  }

 private:
  static constexpr std::size_t kMostFields = 7;
  static constexpr core::Cycle kMostCycles = 1'000'000'000;

  struct Field {
    std::string text;
    std::size_t line = 0;
    std::size_t column = 0;
  };
  [[nodiscard]] double rate(const Field& field, const char* of) const {
    // Tables are often written by programs that leave out a zero before the point.
    const std::string& text_of_rate = field.text;
    const auto [rate, fault] =
        core::parse_real((text_of_rate.starts_with('.') ? "0" : "") + text_of_rate, core::Dimension::none);
    if (fault != core::QuantityFault::none || !(rate >= 0.0 && rate <= 1.0)) {
      fail(field, fmt::format("a rate from 0 to 1 {} per cycle", of), text_of_rate);
    }
    return rate;
  }
  [[nodiscard]] core::Cycle cycle(const Field& field) const {
    const auto [value, fault] = core::parse_whole(field.text, core::Dimension::none);
    if (fault != core::QuantityFault::none || value > kMostCycles) {
      fail(field, fmt::format("a cycle from 0 to {}", kMostCycles), field.text);
    }
    return value;
  }
  /// Noxim's further columns: sources here do not remember whether they sent, and send all the time.
  void check_rest(std::span<const Field> fields, double pir) const {
    if (fields.size() > 3 && rate(fields[3], "packets") != pir) {
      fail(fields[3], "por as pir, as a packet's chance does not depend on the last one", fields[3].text);
    }
    if (fields.size() < 6) return;
    const core::Cycle on = cycle(fields[4]);
    const core::Cycle off = cycle(fields[5]);
    if (on != 0 || (fields.size() > 6 ? off < cycle(fields[6]) : off < kMostCycles)) {
      fail(fields[4], "t_on 0 and t_off no less than t_period, as sources do not pause",
           fmt::format("{} and {}", on, off));
    }
  }
  [[nodiscard]] std::uint32_t node(const Field& field, const char* what) const {
    const auto [value, fault] = core::parse_whole(field.text, core::Dimension::none);
    if (fault != core::QuantityFault::none || value >= nodes_) {
      fail(field, fmt::format("a {} node from 0 to {}", what, nodes_ - 1), field.text);
    }
    return static_cast<std::uint32_t>(value);
  }
  [[noreturn]] void fail(const Field& field, const std::string& expected, const std::string& got) const {
    throw core::InputError(
        fmt::format("{}:{}:{}: expected {}, got {}", name_, field.line, field.column, expected, got));
  }

  const std::string& name_;
  std::uint32_t nodes_;
  TableRule rule_;
};

}  // namespace

TrafficTable TrafficTable::read(std::istream& in, const std::string& name, std::uint32_t nodes,
                                const TableRule& rule) {
  const Parser parser(name, nodes, rule);
  std::vector<Line> lines;
  std::string text;
  std::size_t number = 0;
  while (std::getline(in, text)) {
    ++number;
    if (number == 1 && text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // a byte order mark
    text.resize(std::min(text.find_first_of("#%"), text.size()));
    std::replace(text.begin(), text.end(), ',', ' ');
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    lines.push_back(parser.parse(text, number));
  }
  if (in.bad()) throw core::InputError(fmt::format("{}: cannot read", name));
  if (lines.empty()) {
    throw core::InputError(fmt::format("{}:1:1: expected lines of source destination rate, got none", name));
  }
  if (rule.format == TableFormat::packets) {
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
      return std::tie(a.source, a.cycle) < std::tie(b.source, b.cycle);
    });
    TrafficTable table;
    table.timed_ = true;
    table.first_.resize(std::size_t{nodes} + 1);
    for (const Line& line : lines) {
      table.births_.push_back({line.cycle, line.destination});
      ++table.first_[line.source + 1];
    }
    for (std::size_t n = 0; n < nodes; ++n) table.first_[n + 1] += table.first_[n];
    return table;
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return std::tie(a.source, a.destination, a.rate, a.number) <
           std::tie(b.source, b.destination, b.rate, b.number);
  });
  TrafficTable table;
  table.first_.resize(std::size_t{nodes} + 1);
  double sum = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == 0 || lines[i - 1].source != lines[i].source) sum = 0;
    sum += lines[i].rate;
    // Of rates that add up to 1, rounding may make a little more.
    if (sum > 1.0 && sum <= 1.0 + kRounding) sum = 1.0;
    if (sum > 1.0) {
      throw core::InputError(
          fmt::format("{}:{}:1: expected at most 1 flit per cycle from a node, got more from node {}", name,
                      lines[i].number, lines[i].source));
    }
    table.destinations_.push_back(lines[i].destination);
    table.sums_.push_back(sum);
    ++table.first_[lines[i].source + 1];
  }
  for (std::size_t n = 0; n < nodes; ++n) table.first_[n + 1] += table.first_[n];
  return table;
}

TrafficTable TrafficTable::read_file(const std::string& path, std::uint32_t nodes, const TableRule& rule) {
  std::ifstream in(path);
  if (!in) throw core::InputError(fmt::format("{}: cannot read", path));
  return read(in, path, nodes, rule);
}

double TrafficTable::rate(std::uint32_t source) const {
  if (timed_) return first_[source] == first_[source + 1] ? 0.0 : 1.0;
  return first_[source] == first_[source + 1] ? 0.0 : sums_[first_[source + 1] - 1];
}

std::uint32_t TrafficTable::destination(std::uint32_t source, double draw) const {
  const auto begin = sums_.begin() + first_[source];
  const auto end = sums_.begin() + first_[source + 1];
  const auto found = std::lower_bound(begin, end - 1, draw * *(end - 1));
  return destinations_[static_cast<std::size_t>(found - sums_.begin())];
}

}  // namespace waferloom::noc
