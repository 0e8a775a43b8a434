// SPDX-License-Identifier: Apache-2.0
#include "kernels/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <limits>
#include <string_view>
#include <utility>

#include "core/input/expression_text.hpp"

namespace waferloom::kernels {

namespace {

constexpr std::int64_t kMostPower = 62;
constexpr std::size_t kMostNodes = 10'000;

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

[[noreturn]] void too_large() {
  throw ExpressionError("expected a number of at most 63 bits, got a larger one");
}

}  // namespace

/// Recursive descent, one function per rank of operators.
class ExpressionParser : private core::ExpressionText<ExpressionError> {
 public:
  using Operation = Expression::Operation;

  ExpressionParser(Expression& expression, const Expression::Names& names)
      : ExpressionText(expression.text_, &is_name_character), expression_(expression), names_(names) {}

  void parse() {
    expression_.root_ = disjunction();
    if (at_ != text_.size()) fail("an operator or the end");
  }

 private:
  struct Operator {
    std::string_view symbol;
    Operation operation;
  };
  struct Function {
    std::string_view name;
    Operation operation;
    int least;
    int most;  ///< arguments; 0: any number
  };
  static constexpr std::array<Function, 7> kFunctions{{{"min", Operation::least, 2, 0},
                                                       {"max", Operation::most, 2, 0},
                                                       {"abs", Operation::magnitude, 1, 1},
                                                       {"if", Operation::choose, 3, 3},
                                                       {"log2", Operation::log2, 1, 1},
                                                       {"pow2", Operation::pow2, 1, 1},
                                                       {"xor", Operation::exclusive_or, 2, 2}}};

  std::uint32_t add(Operation operation, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0,
                    std::int64_t literal = 0) {
    expression_.nodes_.push_back({operation, a, b, c, literal});
    return static_cast<std::uint32_t>(expression_.nodes_.size() - 1);
  }

  std::uint32_t disjunction() {
    std::uint32_t left = conjunction();
    while (word("or")) left = add(Operation::either, left, conjunction());
    return left;
  }

  std::uint32_t conjunction() {
    std::uint32_t left = negation();
    while (word("and")) left = add(Operation::both, left, negation());
    return left;
  }

  std::uint32_t negation() {
    const Level level(*this);
    return word("not") ? add(Operation::invert, negation()) : comparison();
  }

  std::uint32_t comparison() {
    static constexpr std::array<Operator, 6> kComparisons{{{"<=", Operation::less_or_equal},
                                                           {">=", Operation::greater_or_equal},
                                                           {"==", Operation::equal},
                                                           {"!=", Operation::unequal},
                                                           {"<", Operation::less},
                                                           {">", Operation::greater}}};
    const std::uint32_t left = sum();
    for (const Operator& each : kComparisons) {
      if (symbol(each.symbol)) return add(each.operation, left, sum());
    }
    return left;
  }

  std::uint32_t sum() {
    std::uint32_t left = product();
    while (true) {
      if (symbol("+")) {
        left = add(Operation::add, left, product());
      } else if (symbol("-")) {
        left = add(Operation::subtract, left, product());
      } else {
        return left;
      }
    }
  }

  std::uint32_t product() {
    static constexpr std::array<Operator, 4> kProducts{{{"//", Operation::floor_divide},
                                                        {"/", Operation::divide},
                                                        {"*", Operation::multiply},
                                                        {"%", Operation::modulo}}};
    std::uint32_t left = factor();
    for (bool found = true; found;) {
      found = false;
      for (const Operator& each : kProducts) {
        if (!symbol(each.symbol)) continue;
        left = add(each.operation, left, factor());
        found = true;
        break;
      }
    }
    return left;
  }

  std::uint32_t factor() {
    const Level level(*this);
    if (symbol("-")) return add(Operation::negate, factor());
    if (symbol("(")) {
      const std::uint32_t inner = disjunction();
      close();
      return inner;
    }
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) return number();
    return name();
  }

  std::uint32_t number() {
    std::int64_t value = 0;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[at_] - '0', &value)) {
        too_large();
      }
      ++at_;
    }
    if (at_ < text_.size() && (is_name_character(text_[at_]) || text_[at_] == '.')) {
      fail("an operator behind a whole number");
    }
    return add(Operation::literal, 0, 0, 0, value);
  }

  std::uint32_t name() {
    blanks();
    const std::size_t from = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    if (at_ == from) fail("a whole number, a name or (");
    const std::string name(text_.substr(from, at_ - from));
    for (const Function& each : kFunctions) {
      if (each.name == name) return call(each);
    }
    const std::optional<Meaning> meaning = names_(name);
    if (!meaning) {
      throw ExpressionError(
          fmt::format("expected a parameter, x, y, width, height, a variable or an index, got {}", name));
    }
    if (meaning->definition != nullptr) return insert(*meaning->definition);
    if (!meaning->is_slot) return add(Operation::literal, 0, 0, 0, meaning->value);
    (meaning->value < kFirstFreeSlot ? expression_.uses_place_ : expression_.uses_slots_) = true;
    return add(Operation::slot, 0, 0, 0, meaning->value);
  }

  std::uint32_t insert(const Expression& other) {
    if (expression_.nodes_.size() + other.nodes_.size() > kMostNodes) {
      throw ExpressionError(fmt::format("expected at most {} operators and operands, got more", kMostNodes));
    }
    const auto offset = static_cast<std::uint32_t>(expression_.nodes_.size());
    for (Expression::Node node : other.nodes_) {
      node.a += offset;
      node.b += offset;
      node.c += offset;
      expression_.nodes_.push_back(node);
    }
    expression_.uses_place_ = expression_.uses_place_ || other.uses_place_;
    expression_.uses_slots_ = expression_.uses_slots_ || other.uses_slots_;
    return other.root_ + offset;
  }

  std::uint32_t call(const Function& function) {
    if (!symbol("(")) fail("(");
    std::vector<std::uint32_t> arguments{disjunction()};
    while (symbol(",")) arguments.push_back(disjunction());
    const int count = static_cast<int>(arguments.size());
    if (count < function.least || (function.most != 0 && count > function.most)) {
      throw ExpressionError(fmt::format("expected {}{} argument{} of {}, got {}",
                                        function.most == 0 ? "at least " : "", function.least,
                                        function.least == 1 ? "" : "s", function.name, count));
    }
    close();
    if (function.operation == Operation::choose) {
      return add(Operation::choose, arguments[0], arguments[1], arguments[2]);
    }
    if (count == 1) return add(function.operation, arguments[0]);
    std::uint32_t result = arguments[0];
    for (std::size_t i = 1; i < arguments.size(); ++i) result = add(function.operation, result, arguments[i]);
    return result;
  }

  Expression& expression_;
  const Expression::Names& names_;
};

Expression::Expression(std::int64_t value) : text_(fmt::format("{}", value)) {
  nodes_.push_back({Operation::literal, 0, 0, 0, value});
}

Expression::Expression(const std::string& text, const Names& names) : text_(text) {
  ExpressionParser(*this, names).parse();
  if (!is_constant()) return;
  // What is the same everywhere is worked out once; what has no value is told where it is asked for.
  try {
    const std::int64_t value = value_of(root_, nullptr);
    nodes_.assign(1, {Operation::literal, 0, 0, 0, value});
    root_ = 0;
  } catch (const ExpressionError&) {
  }
}

std::int64_t Expression::of_one(Operation operation, std::int64_t a) {
  if (operation == Operation::invert) return a == 0 ? 1 : 0;
  if (operation == Operation::log2) {
    if (a < 1 || !std::has_single_bit(static_cast<std::uint64_t>(a))) {
      throw ExpressionError(fmt::format("expected a power of two for log2, got {}", a));
    }
    return std::countr_zero(static_cast<std::uint64_t>(a));
  }
  if (operation == Operation::pow2) {
    if (a < 0 || a > kMostPower) {
      throw ExpressionError(fmt::format("expected 0 to {} for pow2, got {}", kMostPower, a));
    }
    return std::int64_t{1} << a;
  }
  if (a == std::numeric_limits<std::int64_t>::min()) too_large();
  return operation == Operation::negate || a < 0 ? -a : a;
}

std::int64_t Expression::quotient(Operation operation, std::int64_t a, std::int64_t b) {
  if (b == 0) throw ExpressionError(fmt::format("expected a divisor other than 0, got {} by 0", a));
  if (b == -1) return operation == Operation::modulo ? 0 : of_one(Operation::negate, a);
  const std::int64_t rest = a % b;
  if (operation == Operation::divide && rest != 0) {
    throw ExpressionError(fmt::format("expected a whole number, got {} / {}", a, b));
  }
  const bool down = rest != 0 && (rest < 0) != (b < 0);
  if (operation == Operation::modulo) return down ? rest + b : rest;
  return a / b - (down ? 1 : 0);
}

std::int64_t Expression::of_two(Operation operation, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (operation) {
    case Operation::add:
      if (__builtin_add_overflow(a, b, &result)) too_large();
      return result;
    case Operation::subtract:
      if (__builtin_sub_overflow(a, b, &result)) too_large();
      return result;
    case Operation::multiply:
      if (__builtin_mul_overflow(a, b, &result)) too_large();
      return result;
    case Operation::least:
      return std::min(a, b);
    case Operation::most:
      return std::max(a, b);
    case Operation::exclusive_or:
      return a ^ b;
    case Operation::less:
      return a < b ? 1 : 0;
    case Operation::less_or_equal:
      return a <= b ? 1 : 0;
    case Operation::greater:
      return a > b ? 1 : 0;
    case Operation::greater_or_equal:
      return a >= b ? 1 : 0;
    case Operation::equal:
      return a == b ? 1 : 0;
    case Operation::unequal:
      return a != b ? 1 : 0;
    default:
      return quotient(operation, a, b);
  }
}

std::int64_t Expression::value_of(std::uint32_t index, const std::int64_t* slots) const {
  const Node& node = nodes_[index];
  // Most operands are numbers or slots, which need no call.
  const auto operand = [&](std::uint32_t place) {
    const Node& other = nodes_[place];
    if (other.operation == Operation::literal) return other.literal;
    return other.operation == Operation::slot ? slots[other.literal] : value_of(place, slots);
  };
  switch (node.operation) {
    case Operation::literal:
      return node.literal;
    case Operation::slot:
      return slots[node.literal];
    case Operation::negate:
    case Operation::invert:
    case Operation::magnitude:
    case Operation::log2:
    case Operation::pow2:
      return of_one(node.operation, operand(node.a));
    case Operation::both:
      return operand(node.a) != 0 && operand(node.b) != 0 ? 1 : 0;
    case Operation::either:
      return operand(node.a) != 0 || operand(node.b) != 0 ? 1 : 0;
    case Operation::choose:
      return operand(operand(node.a) != 0 ? node.b : node.c);
    default: {
      const std::int64_t a = operand(node.a);
      return of_two(node.operation, a, operand(node.b));
    }
  }
}

std::optional<std::int64_t> Expression::settled_of(std::uint32_t index, const std::int64_t* place) const {
  const Node& node = nodes_[index];
  const auto operand = [&](std::uint32_t other) { return settled_of(other, place); };
  switch (node.operation) {
    case Operation::literal:
      return node.literal;
    case Operation::slot:
      return node.literal < kFirstFreeSlot ? std::optional(place[node.literal]) : std::nullopt;
    case Operation::both:
    case Operation::either: {
      const std::int64_t decides = node.operation == Operation::either ? 1 : 0;
      const auto a = operand(node.a);
      if (a && (*a != 0) == (decides != 0)) return decides;
      const auto b = operand(node.b);
      if (b && (*b != 0) == (decides != 0)) return decides;
      return a && b ? std::optional(1 - decides) : std::nullopt;
    }
    case Operation::choose: {
      const auto condition = operand(node.a);
      return condition ? operand(*condition != 0 ? node.b : node.c) : std::nullopt;
    }
    default:
      break;
  }
  const bool is_unary = node.operation >= Operation::negate && node.operation <= Operation::pow2;
  const auto a = operand(node.a);
  const auto b = is_unary ? a : operand(node.b);
  if (!a || !b) return std::nullopt;
  try {
    return is_unary ? of_one(node.operation, *a) : of_two(node.operation, *a, *b);
  } catch (const ExpressionError&) {
    return std::nullopt;
  }
}

}  // namespace waferloom::kernels
