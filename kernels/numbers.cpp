// SPDX-License-Identifier: Apache-2.0
#include "kernels/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/error.hpp"

namespace waferloom::kernels {

bool Slice::holds(std::int64_t first, std::int64_t length) const {
  if (length <= 0) return true;
  const bool is_vector = kind == Operand::Kind::vector;
  const std::int64_t in_row = !is_vector ? 1 : row_length == 0 ? length : std::min(row_length, length);
  const std::int64_t rows = !is_vector || row_length == 0 ? 1 : (length - 1) / row_length + 1;
  const std::int64_t across = (in_row - 1) * stride;
  const std::int64_t down = (rows - 1) * row_stride;
  const std::int64_t least = first + std::min<std::int64_t>(across, 0) + std::min<std::int64_t>(down, 0);
  const std::int64_t most = first + std::max<std::int64_t>(across, 0) + std::max<std::int64_t>(down, 0);
  return least >= 0 && most < size;
}

void Numbers::fail(const Location& where, const std::string& key, const std::string& message) const {
  throw core::InputError(
      fmt::format("{}: {}: tile ({}, {}): {}", where.text(), key, slots_[0], slots_[1], message));
}

std::int64_t Numbers::number(const Placed& placed) {
  const Expression& expression = placed.expression;
  if (expression.is_dynamic()) {
    fail(placed.where, placed.key,
         fmt::format("expected what is known before the run, got {}, which variables or indices change",
                     expression.text()));
  }
  try {
    const std::int64_t value = expression.evaluate(slots_.data());
    if (!expression.is_constant()) asked_.push_back({&expression, value});
    return value;
  } catch (const ExpressionError& error) {
    fail(placed.where, placed.key, fmt::format("{} ({})", error.what(), expression.text()));
  }
}

std::int64_t Numbers::number(const Placed& placed, std::int64_t least, std::int64_t most) {
  const std::int64_t value = number(placed);
  if (value < least || value > most) {
    fail(placed.where, placed.key,
         most == std::numeric_limits<std::int64_t>::max()
             ? fmt::format("expected {} or more, got {} ({})", least, value, placed.expression.text())
             : fmt::format("expected {} to {}, got {} ({})", least, most, value, placed.expression.text()));
  }
  return value;
}

std::optional<bool> Numbers::decided(const Placed& condition) {
  const Expression& expression = condition.expression;
  if (!expression.is_dynamic()) return number(condition) != 0;
  const std::optional<std::int64_t> value = expression.settled(slots_.data());
  if (expression.uses_place()) asked_.push_back({&expression, value});
  return value ? std::optional(*value != 0) : std::nullopt;
}

Number Numbers::settle(const Placed& placed) {
  if (placed.expression.is_dynamic()) return {0, &placed};
  return {number(placed), nullptr};
}

bool Numbers::same(const std::vector<Asked>& asked, std::uint32_t x, std::uint32_t y) {
  const std::array<std::int64_t, kFirstFreeSlot> slots{x, y};
  return std::all_of(asked.begin(), asked.end(), [&](const Asked& each) {
    try {
      if (each.expression->is_dynamic()) return each.expression->settled(slots.data()) == each.answer;
      return each.expression->evaluate(slots.data()) == each.answer;
    } catch (const ExpressionError&) {
      return false;  // told where the tile's own code is made
    }
  });
}

}  // namespace waferloom::kernels
