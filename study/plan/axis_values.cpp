// SPDX-License-Identifier: Apache-2.0
#include "study/plan/axis_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdlib>

#include "core/error.hpp"

namespace waferloom::study {

namespace {

using core::config::Key;
using core::config::Node;
using core::config::Problems;

constexpr std::uint64_t kMostValues = 1000000;
/// Up to here a double tells whole numbers apart.
constexpr double kMostExact = 9007199254740992.0;

/// `text` in double quotes, with what YAML escapes there.
std::string yaml_quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else {
      result += (c == '"' || c == '\\') ? std::string{'\\', c} : std::string(1, c);
    }
  }
  return result + "\"";
}

/// Whether `text` within a list is read as the scalar `wanted`.
bool reads_as(const std::string& text, const std::string& wanted) {
  Problems problems;
  const Node list = core::config::parse_text("[" + text + "]", {"", 0, 0, 0}, problems);
  return problems.empty() && list.kind == Node::Kind::sequence && list.items.size() == 1 &&
         list.items[0].kind == Node::Kind::scalar && list.items[0].text == wanted;
}

class RangeReader {
 public:
  RangeReader(const Node& range, const Key& key, const std::string& name, Problems& problems)
      : range_(range), key_(key), name_(name), problems_(problems) {}

  AxisRange read() {
    for (const Node& each : range_.keys) {
      if (each.text != "from" && each.text != "to" && each.text != "step" && each.text != "count" &&
          each.text != "scale") {
        add(each, "expected from, to, step, count or scale in a range, got another key");
        return {};
      }
    }
    const std::optional<Value> from = number("from");
    const std::optional<Value> to = number("to");
    if (!from || !to) return {};
    const std::optional<BaseUnit> unit = base_unit(std::string_view(range_.find("from")->text));
    if (!unit || from->powers != to->powers) {
      add(range_, "expected from and to of one dimension, got two");
      return {};
    }
    Interval interval{from->number / unit->scale, to->number / unit->scale, unit->dimension, is_logarithmic(),
                      key_.type.starts_with("whole")};
    if (!(interval.from < interval.to) || (interval.logarithmic && interval.from <= 0)) {
      add(range_, interval.logarithmic ? "expected 0 < from < to on a logarithmic scale, got another order"
                                       : "expected from < to, got another order");
      return {};
    }
    if (interval.whole && !is_exact(interval)) return {};
    const std::vector<double> values = spread(interval, unit->scale, from->powers);
    AxisRange found{{}, interval};
    for (const double value : values) {
      Node node;
      node.kind = Node::Kind::scalar;
      node.text = value_text(value, interval);
      node.where = range_.where;
      // Rounded to whole numbers, neighbours may fall together.
      if (found.nodes.empty() || found.nodes.back().text != node.text) found.nodes.push_back(node);
    }
    return found;
  }

 private:
  /// Ends of a range of whole numbers.
  bool is_exact(const Interval& interval) {
    return is_exact("from", interval.from) && is_exact("to", interval.to);
  }
  bool is_exact(std::string_view name, double value) {
    if (value >= 0 && value <= kMostExact && value == std::floor(value)) return true;
    const Node* node = range_.find(name);
    add(*node, fmt::format("expected a whole number from 0 to 2^53 for {}, got {}", name, node->shown()));
    return false;
  }

  std::optional<Value> number(std::string_view name) {
    const Node* node = range_.find(name);
    if (node == nullptr) {
      add(range_, fmt::format("expected {} in a range, got none", name));
      return std::nullopt;
    }
    const std::optional<Value> value =
        node->kind == Node::Kind::scalar ? read_value(std::string_view(node->text)) : std::nullopt;
    if (!value) {
      add(*node, fmt::format("expected a number with a known unit for {}, got {}", name, node->shown()));
    }
    return value;
  }

  bool is_logarithmic() {
    const Node* node = range_.find("scale");
    if (node == nullptr || node->text == "linear") return false;
    if (node->text != "log") add(*node, fmt::format("expected linear or log, got {}", node->shown()));
    return true;
  }

  std::vector<double> spread(const Interval& interval, double scale, const std::array<int, 5>& powers) {
    const Node* count_node = range_.find("count");
    const Node* step_node = range_.find("step");
    if ((count_node == nullptr) == (step_node == nullptr)) {
      add(range_, "expected either step or count in a range, got both or none");
      return {};
    }
    if (count_node != nullptr) return spread_count(interval, *count_node);
    const std::optional<Value> step = number("step");
    if (!step) return {};
    if (step->powers != powers || step->number <= 0 || interval.logarithmic) {
      add(*step_node, "expected a positive step in the unit's dimension on a linear scale, got another");
      return {};
    }
    // One part in a billion keeps the last value despite rounding.
    const double steps = std::floor((interval.to - interval.from) / (step->number / scale) * (1 + 1e-9));
    if (steps >= static_cast<double>(kMostValues)) {
      add(*step_node, fmt::format("expected at most {} values, got {:.0f}", kMostValues, steps + 1));
      return {};
    }
    std::vector<double> values;
    for (double i = 0; i <= steps; ++i) values.push_back(interval.from + i * step->number / scale);
    return values;
  }

  std::vector<double> spread_count(const Interval& interval, const Node& count_node) {
    const core::Quantity<std::uint64_t> count = core::parse_whole(count_node.text, core::Dimension::none);
    if (count.fault != core::QuantityFault::none || count.value < 2 || count.value > kMostValues) {
      add(count_node, fmt::format("expected a count from 2 to {}, got {}", kMostValues, count_node.shown()));
      return {};
    }
    std::vector<double> values;
    for (std::uint64_t i = 0; i < count.value; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(count.value - 1);
      const double value = interval.logarithmic ? interval.from * std::pow(interval.to / interval.from, share)
                                                : interval.from + (interval.to - interval.from) * share;
      // What lies between the ends is a choice: six digits of it can be read.
      const bool is_end = i == 0 || i + 1 == count.value;
      values.push_back(is_end ? value : std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr));
    }
    return values;
  }

  void add(const Node& node, const std::string& message) { problems_.add(node.where, name_, message); }

  const Node& range_;
  const Key& key_;
  const std::string& name_;  ///< in full: that of a kernel's parameter is longer than its key's
  Problems& problems_;
};

}  // namespace

AxisRange read_range(const Node& range, const Key& key, const std::string& name, Problems& problems) {
  return RangeReader(range, key, name, problems).read();
}

std::string value_text(double value, const Interval& interval) {
  if (!std::isfinite(value)) throw core::InputError("expected a number, got one beyond all");
  if (interval.whole) {
    const double rounded = std::round(value);
    const bool from_range = interval.to > interval.from;
    if (value < 0 || value > kMostExact || (!from_range && std::abs(value - rounded) > 1e-9 * rounded)) {
      throw core::InputError(fmt::format("expected a whole number from 0 to 2^53, got {:.12g}", value));
    }
    return core::format_whole(static_cast<std::uint64_t>(std::llround(value)), interval.dimension);
  }
  // Twelve digits: a step's rounding error shall not show as 0.30000000000000004.
  return core::format_real(std::strtod(fmt::format("{:.12g}", value).c_str(), nullptr), interval.dimension);
}

std::string setting_text(const Node& node) {
  if (node.kind != Node::Kind::sequence) {
    if (node.kind != Node::Kind::scalar || reads_as(node.text, node.text)) return node.text;
    return yaml_quoted(node.text);
  }
  std::vector<std::string> items;
  for (const Node& item : node.items) items.push_back(setting_text(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace waferloom::study
