// SPDX-License-Identifier: Apache-2.0
// Arithmetic over configuration keys and metrics, as a study's constraints and derived values state it:
// `pe.sram * fabric.width * fabric.height <= 40 GB`. Numbers carry their physical dimension, so that a sum of
// bytes and seconds is an error and bytes over seconds are a bandwidth.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.hpp"

namespace waferloom::study {

/// A number in base units (bit, s, cycle, J, parameter) with the powers of those units.
struct Value {
  double number = 0;
  std::array<int, 5> powers{};
};

/// `text` as a number with or without a unit of any dimension; none if it is neither.
[[nodiscard]] std::optional<Value> read_value(std::string_view text);

/// A configuration's value (`"48 KiB"`, 24); none for what is no number.
[[nodiscard]] std::optional<Value> configured_value(const nlohmann::json& value);

/// A number that is not known yet, of this unit: what it goes into is unknown as well, but keeps its dimension.
[[nodiscard]] Value unknown_value(std::string_view unit);

/// The dimension whose unit has these powers; none if there is none. `scale` is what one of that dimension's
/// base units is in this program's: 8 for bytes.
struct BaseUnit {
  core::Dimension dimension = core::Dimension::none;
  double scale = 1;
};
[[nodiscard]] std::optional<BaseUnit> base_unit(const Value& value);
/// The dimension whose unit a text names: bits and bytes have the same powers.
[[nodiscard]] std::optional<BaseUnit> base_unit(std::string_view text);

/// Operators by rising rank: `or`, `and`, `not`, comparisons, `+ -`, `* /`, minus; and `min(a, b)`, `max(a, b)`,
/// brackets. Truth is 1 or 0.
class Expression {
 public:
  /// Gives the value of a name; none if there is none.
  using Lookup = std::function<std::optional<Value>(const std::string& name)>;

  /// Throws core::InputError, which reads "expected ..., got ...".
  explicit Expression(const std::string& text);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// Keys and metrics that it names, in order of appearance.
  [[nodiscard]] std::vector<std::string> names() const;
  /// Throws core::InputError where a name has no number or dimensions contradict each other.
  [[nodiscard]] Value evaluate(const Lookup& lookup) const;

 private:
  friend class ExpressionParser;
  enum class Operation : std::uint8_t {
    literal,
    name,
    negate,
    add,
    subtract,
    multiply,
    divide,
    least,
    most,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    equal,
    unequal,
    both,
    either,
    invert,
  };
  /// Of the expression in postfix order.
  struct Step {
    Operation operation = Operation::literal;
    Value literal;
    std::string name;
  };
  static void combine(Operation operation, std::vector<Value>& stack);

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace waferloom::study
