// SPDX-License-Identifier: Apache-2.0
// Whole-number arithmetic of kernel files: over parameters, a tile's place, variables and the indices of loops. Unlike
// a study's expressions, which carry physical dimensions, all numbers are whole: what is not (7 / 2) is an error.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace waferloom::kernels {

/// An expression that has no value: reads "expected ..., got ...".
class ExpressionError : public core::InputError {
 public:
  using InputError::InputError;
};

class Expression;

/// What a name stands for: a number that is known as the file is read, a slot that a tile fills, or another expression.
struct Meaning {
  bool is_slot = false;
  std::int64_t value = 0;                  ///< the number, or the slot
  const Expression* definition = nullptr;  ///< needed only while expressions are read
};

/// Slots that every tile has; variables and indices of loops follow.
inline constexpr std::uint32_t kSlotX = 0;
inline constexpr std::uint32_t kSlotY = 1;
inline constexpr std::uint32_t kFirstFreeSlot = 2;

/// Operators by rising rank: `or`, `and`, `not`, comparisons, `+ -`, `* / // %`, minus; functions `min`, `max` (of two
/// or more), `abs`, `if(condition, a, b)`, `log2`, `pow2`, `xor`. `/` has to divide without a rest, `//` rounds down,
/// `%` has its divisor's sign. Truth is 1 or 0. What decides is evaluated first, what does not matter not at all.
class Expression {
 public:
  using Names = std::function<std::optional<Meaning>(const std::string& name)>;

  Expression() : Expression(0) {}
  explicit Expression(std::int64_t value);
  /// Throws ExpressionError.
  Expression(const std::string& text, const Names& names);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// Whether it is the same on all tiles, at all times.
  [[nodiscard]] bool is_constant() const { return !uses_place_ && !uses_slots_; }
  /// Whether it changes while a tile runs.
  [[nodiscard]] bool is_dynamic() const { return uses_slots_; }
  [[nodiscard]] bool uses_place() const { return uses_place_; }
  /// Throws ExpressionError.
  [[nodiscard]] std::int64_t evaluate(const std::int64_t* slots) const {
    return nodes_.size() == 1 && nodes_[0].operation == Operation::literal ? nodes_[0].literal
                                                                           : value_of(root_, slots);
  }
  /// Its value on a tile where nothing that changes as the tile runs has a part in it: `i > 0 and x > 9` is 0 west of
  /// there, whatever i. Of operands that have no value nothing is told here.
  [[nodiscard]] std::optional<std::int64_t> settled(const std::int64_t* place) const {
    return settled_of(root_, place);
  }

 private:
  friend class ExpressionParser;
  enum class Operation : std::uint8_t {
    literal,
    slot,
    negate,
    invert,
    magnitude,
    log2,
    pow2,
    add,
    subtract,
    multiply,
    divide,
    floor_divide,
    modulo,
    least,
    most,
    exclusive_or,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    equal,
    unequal,
    both,
    either,
    choose
  };
  struct Node {
    Operation operation = Operation::literal;
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t c = 0;
    std::int64_t literal = 0;
  };
  [[nodiscard]] std::int64_t value_of(std::uint32_t node, const std::int64_t* slots) const;
  [[nodiscard]] std::optional<std::int64_t> settled_of(std::uint32_t node, const std::int64_t* place) const;
  [[nodiscard]] static std::int64_t of_one(Operation operation, std::int64_t a);
  [[nodiscard]] static std::int64_t of_two(Operation operation, std::int64_t a, std::int64_t b);
  [[nodiscard]] static std::int64_t quotient(Operation operation, std::int64_t a, std::int64_t b);

  std::string text_;
  std::vector<Node> nodes_;
  std::uint32_t root_ = 0;
  bool uses_place_ = false;
  bool uses_slots_ = false;
};

}  // namespace waferloom::kernels
