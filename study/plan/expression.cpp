// SPDX-License-Identifier: Apache-2.0
#include "study/plan/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/input/expression_text.hpp"

namespace waferloom::study {

namespace {

using core::Dimension;

struct DimensionPowers {
  Dimension dimension;
  double scale;  ///< bits in a byte, where bytes are the dimension's base unit
  std::array<int, 5> powers;
};

constexpr double kBitsPerByte = 8;

// bit, s, cycle, J, parameter. A frequency is cycles per second, a power joules per second.
constexpr std::array kDimensions{
    DimensionPowers{Dimension::none, 1, {}},
    DimensionPowers{Dimension::cycles, 1, {0, 0, 1, 0, 0}},
    DimensionPowers{Dimension::bytes, kBitsPerByte, {1, 0, 0, 0, 0}},
    DimensionPowers{Dimension::bits, 1, {1, 0, 0, 0, 0}},
    DimensionPowers{Dimension::bytes_per_cycle, kBitsPerByte, {1, 0, -1, 0, 0}},
    DimensionPowers{Dimension::time, 1, {0, 1, 0, 0, 0}},
    DimensionPowers{Dimension::frequency, 1, {0, -1, 1, 0, 0}},
    DimensionPowers{Dimension::bandwidth, 1, {1, -1, 0, 0, 0}},
    DimensionPowers{Dimension::parameter_rate, 1, {0, -1, 0, 0, 1}},
    DimensionPowers{Dimension::power, 1, {0, -1, 0, 1, 0}},
    DimensionPowers{Dimension::energy, 1, {0, 0, 0, 1, 0}},
    DimensionPowers{Dimension::energy_per_bit, 1, {-1, 0, 0, 1, 0}},
};

/// A number with its unit, and the first dimension that knows the unit.
struct Reading {
  const DimensionPowers* dimension;
  double number;
};

std::optional<Reading> read(std::string_view text) {
  for (const DimensionPowers& each : kDimensions) {
    const core::Quantity<double> quantity = core::parse_real(text, each.dimension);
    if (quantity.fault == core::QuantityFault::none) return Reading{&each, quantity.value};
  }
  return std::nullopt;
}

std::string dimension_text(const Value& value) {
  const std::optional<BaseUnit> unit = base_unit(value);
  if (!unit) return "a quantity of another dimension";
  return unit->dimension == Dimension::none ? "a plain number"
                                            : fmt::format("a {}", core::name_of(unit->dimension));
}

bool is_name_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

}  // namespace

std::optional<Value> read_value(std::string_view text) {
  const std::optional<Reading> found = read(text);
  if (!found) return std::nullopt;
  return Value{found->number * found->dimension->scale, found->dimension->powers};
}

std::optional<Value> configured_value(const nlohmann::json& value) {
  if (value.is_number()) return Value{value.get<double>(), {}};
  if (value.is_string()) return read_value(std::string_view(value.get_ref<const std::string&>()));
  return std::nullopt;
}

Value unknown_value(std::string_view unit) {
  const std::string one = fmt::format("1 {}", unit);
  Value value = read_value(std::string_view(one)).value_or(Value{});
  value.number = std::numeric_limits<double>::quiet_NaN();
  return value;
}

std::optional<BaseUnit> base_unit(std::string_view text) {
  const std::optional<Reading> found = read(text);
  if (!found) return std::nullopt;
  return BaseUnit{found->dimension->dimension, found->dimension->scale};
}

std::optional<BaseUnit> base_unit(const Value& value) {
  for (const DimensionPowers& each : kDimensions) {
    if (each.powers == value.powers) return BaseUnit{each.dimension, each.scale};
  }
  return std::nullopt;
}

/// Recursive descent, one function per rank of operators.
class ExpressionParser : private core::ExpressionText<core::InputError> {
 public:
  using Operation = Expression::Operation;

  explicit ExpressionParser(Expression& expression)
      : ExpressionText(expression.text_, &is_name_part), expression_(expression) {}

  void parse() {
    disjunction();
    if (at_ != text_.size()) fail("an operator or the end");
  }

 private:
  struct Operator {
    std::string_view symbol;
    Operation operation;
  };

  void disjunction() {
    conjunction();
    while (word("or")) {
      conjunction();
      emit(Operation::either);
    }
  }

  void conjunction() {
    negation();
    while (word("and")) {
      negation();
      emit(Operation::both);
    }
  }

  void negation() {
    const Level level(*this);
    if (word("not")) {
      negation();
      emit(Operation::invert);
    } else {
      comparison();
    }
  }

  void comparison() {
    static constexpr std::array<Operator, 6> kComparisons{{{"<=", Operation::less_or_equal},
                                                           {">=", Operation::greater_or_equal},
                                                           {"==", Operation::equal},
                                                           {"!=", Operation::unequal},
                                                           {"<", Operation::less},
                                                           {">", Operation::greater}}};
    sum();
    for (const Operator& each : kComparisons) {
      if (!symbol(each.symbol)) continue;
      sum();
      emit(each.operation);
      return;
    }
  }

  void sum() {
    product();
    while (true) {
      if (symbol("+")) {
        product();
        emit(Operation::add);
      } else if (symbol("-")) {
        product();
        emit(Operation::subtract);
      } else {
        return;
      }
    }
  }

  void product() {
    factor();
    while (true) {
      if (symbol("*")) {
        factor();
        emit(Operation::multiply);
      } else if (symbol("/")) {
        factor();
        emit(Operation::divide);
      } else {
        return;
      }
    }
  }

  void factor() {
    const Level level(*this);
    if (symbol("-")) {
      factor();
      emit(Operation::negate);
    } else if (symbol("(")) {
      disjunction();
      close();
    } else if (word("min") || word("max")) {
      const Operation operation = text_.substr(at_ - 3, 3) == "min" ? Operation::least : Operation::most;
      if (!symbol("(")) fail("(");
      disjunction();
      while (symbol(",")) {
        disjunction();
        emit(operation);
      }
      close();
    } else {
      operand();
    }
  }

  void operand() {
    blanks();
    const std::size_t from = at_;
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      number();
      return;
    }
    while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
    if (at_ == from) fail("a number, a key, a metric or (");
    expression_.steps_.push_back({Operation::name, {}, std::string(text_.substr(from, at_ - from))});
  }

  /// The longest text from here that reads as a number with its unit.
  void number() {
    std::optional<Value> best;
    std::size_t best_end = at_;
    // Units may hold a blank before them and a slash: every end up to the longest unit is tried.
    static constexpr std::size_t kLongest = 48;
    for (std::size_t end = at_ + 1; end <= std::min(text_.size(), at_ + kLongest); ++end) {
      const bool inside = end < text_.size() && is_name_part(text_[end]) && is_name_part(text_[end - 1]);
      if (inside || text_[end - 1] == ' ') continue;
      if (const std::optional<Value> value = read_value(text_.substr(at_, end - at_))) {
        best = value;
        best_end = end;
      }
    }
    if (!best) fail("a number with a known unit");
    at_ = best_end;
    expression_.steps_.push_back({Operation::literal, *best, {}});
  }

  void emit(Operation operation) { expression_.steps_.push_back({operation, {}, {}}); }

  Expression& expression_;
};

Expression::Expression(const std::string& text) : text_(text) { ExpressionParser(*this).parse(); }

std::vector<std::string> Expression::names() const {
  std::vector<std::string> names;
  for (const Step& step : steps_) {
    if (step.operation != Operation::name) continue;
    if (std::find(names.begin(), names.end(), step.name) == names.end()) names.push_back(step.name);
  }
  return names;
}

void Expression::combine(Operation operation, std::vector<Value>& stack) {
  const Value b = stack.back();
  stack.pop_back();
  Value& a = stack.back();
  const bool known = !std::isnan(a.number) && !std::isnan(b.number);
  const auto truth = [&a, known](bool holds) {
    a = Value{!known ? std::numeric_limits<double>::quiet_NaN() : holds ? 1.0 : 0.0, {}};
  };
  if (operation == Operation::multiply || operation == Operation::divide) {
    const int sign = operation == Operation::multiply ? 1 : -1;
    for (std::size_t i = 0; i < a.powers.size(); ++i) a.powers[i] += sign * b.powers[i];
    if (sign < 0 && b.number == 0) throw core::InputError("expected a divisor other than 0, got 0");
    a.number = sign > 0 ? a.number * b.number : a.number / b.number;
    return;
  }
  if (operation == Operation::both || operation == Operation::either) {
    truth(operation == Operation::both ? a.number != 0 && b.number != 0 : a.number != 0 || b.number != 0);
    return;
  }
  if (a.powers != b.powers) {
    throw core::InputError(
        fmt::format("expected two of one dimension, got {} and {}", dimension_text(a), dimension_text(b)));
  }
  switch (operation) {
    case Operation::add:
      a.number += b.number;
      break;
    case Operation::subtract:
      a.number -= b.number;
      break;
    case Operation::least:
      if (known) a.number = std::min(a.number, b.number);
      break;
    case Operation::most:
      if (known) a.number = std::max(a.number, b.number);
      break;
    case Operation::less:
      truth(a.number < b.number);
      break;
    case Operation::less_or_equal:
      truth(a.number <= b.number);
      break;
    case Operation::greater:
      truth(a.number > b.number);
      break;
    case Operation::greater_or_equal:
      truth(a.number >= b.number);
      break;
    case Operation::equal:
      truth(a.number == b.number);
      break;
    default:
      truth(a.number != b.number);
      break;
  }
}

Value Expression::evaluate(const Lookup& lookup) const {
  std::vector<Value> stack;
  for (const Step& step : steps_) {
    if (step.operation == Operation::literal) {
      stack.push_back(step.literal);
    } else if (step.operation == Operation::name) {
      const std::optional<Value> value = lookup(step.name);
      if (!value) throw core::InputError(fmt::format("expected a number in {}, got none", step.name));
      stack.push_back(*value);
    } else if (step.operation == Operation::negate) {
      stack.back().number = -stack.back().number;
    } else if (step.operation == Operation::invert) {
      const double number = stack.back().number;
      stack.back() = Value{std::isnan(number) ? number : number == 0 ? 1.0 : 0.0, {}};
    } else {
      combine(step.operation, stack);
    }
  }
  return stack.back();
}

}  // namespace waferloom::study
