// SPDX-License-Identifier: Apache-2.0
#include "kernels/values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "kernels/half.hpp"
#include "kernels/numbers.hpp"

namespace waferloom::kernels {

namespace {

float rounded(float value, Type type) { return type == Type::fp16 ? from_half(to_half(value)) : value; }

float combine(Operation operation, float a, float b, float c) {
  switch (operation) {
    case Operation::move:
    case Operation::reduce:
      return a;
    case Operation::add:
      return a + b;
    case Operation::subtract:
      return a - b;
    case Operation::multiply:
      return a * b;
    case Operation::divide:
      return a / b;
    case Operation::root:
      return std::sqrt(a);
    case Operation::most:
      return std::max(a, b);
    case Operation::fma:
      return a * b + c;
  }
  return a;
}

constexpr unsigned kHalfBits = 16;

/// The i-th element of a wavelet.
float unpack(std::uint32_t data, Type type, unsigned i) {
  return type == Type::fp16 ? from_half(static_cast<std::uint16_t>(data >> (kHalfBits * i)))
                            : std::bit_cast<float>(data);
}
std::uint32_t pack(float value, Type type, unsigned i) {
  return type == Type::fp16 ? std::uint32_t{to_half(value)} << (kHalfBits * i)
                            : std::bit_cast<std::uint32_t>(value);
}

}  // namespace

Values::Values(const CompiledKernel& compiled) {
  std::size_t total = 0;
  for (std::uint32_t tile = 0; tile < compiled.code_of.size(); ++tile) {
    begins_.push_back(total);
    total += compiled.code(tile).values;
  }
  numbers_.resize(total);
  for (std::uint32_t tile = 0; tile < compiled.code_of.size(); ++tile) fill(compiled, tile);
}

void Values::fill(const CompiledKernel& compiled, std::uint32_t tile) {
  const Kernel& kernel = *compiled.kernel;
  std::vector<std::int64_t> slots(kernel.slots);
  slots[kSlotX] = tile % compiled.area.width;
  slots[kSlotY] = tile / compiled.area.width;
  for (const CodeBuffer& each : compiled.code(tile).buffers) {
    const Buffer& buffer = kernel.buffers[each.buffer];
    if (!buffer.fill) continue;
    for (std::uint32_t i = 0; i < each.length; ++i) {
      slots[buffer.fill_slot] = i;
      const auto evaluated = [&slots](const Placed& placed) {
        try {
          return placed.expression.evaluate(slots.data());
        } catch (const ExpressionError& error) {
          Numbers(static_cast<std::uint32_t>(slots[kSlotX]), static_cast<std::uint32_t>(slots[kSlotY]))
              .fail(placed.where, placed.key, error.what());
        }
      };
      auto number = static_cast<double>(evaluated(*buffer.fill));
      if (buffer.period) {
        const std::int64_t period = evaluated(*buffer.period);
        if (period == 0) {
          Numbers(static_cast<std::uint32_t>(slots[kSlotX]), static_cast<std::uint32_t>(slots[kSlotY]))
              .fail(buffer.period->where, buffer.period->key, "expected a number other than 0, got 0");
        }
        number = std::cos(2 * std::numbers::pi * number / static_cast<double>(period));
      }
      numbers_[begins_[tile] + each.base + i] = rounded(static_cast<float>(number), buffer.type);
    }
  }
}

float Values::source(std::uint32_t tile, const CodeOperation& operation, const Slice& slice,
                     std::int64_t first, const Settled& settled, float came) const {
  switch (slice.kind) {
    case Operand::Kind::vector:
      return numbers_[begins_[tile] + slice.base +
                      static_cast<std::size_t>(first + slice.place(static_cast<std::int64_t>(settled.done)))];
    case Operand::Kind::element:
      return numbers_[begins_[tile] + slice.base + static_cast<std::size_t>(first)];
    case Operand::Kind::literal:
      return static_cast<float>(slice.literal);
    case Operand::Kind::input:
      return came;
    case Operand::Kind::arrived:
      return unpack(settled.arrived, operation.type, 0);
    case Operand::Kind::none:
    case Operand::Kind::output:
      break;
  }
  return operation.operation == Operation::reduce ? 1.0F : 0.0F;
}

void Values::element(std::uint32_t tile, const CodeOperation& op, Settled& settled, float came, float& sent) {
  const float a = source(tile, op, op.a, settled.a, settled, came);
  const float b = source(tile, op, op.b, settled.b, settled, came);
  const float c = source(tile, op, op.c, settled.c, settled, came);
  float result = combine(op.operation, a, b, c);
  if (op.to.kind == Operand::Kind::output) {
    sent = result;
  } else {
    const std::int64_t place =
        settled.to +
        (op.to.kind == Operand::Kind::vector ? op.to.place(static_cast<std::int64_t>(settled.done)) : 0);
    float& target = numbers_[begins_[tile] + op.to.base + static_cast<std::size_t>(place)];
    if (op.operation == Operation::reduce) result = target + a * b;
    target = rounded(result, op.to.type);
  }
  ++settled.done;
}

/// The elements of an operand in SRAM, or a number again and again.
class Values::Elements {
 public:
  Elements(float* numbers, const Slice& slice, std::int64_t first)
      : numbers_(numbers + slice.base), place_(first) {
    if (slice.kind != Operand::Kind::vector) return;
    stride_ = slice.stride;
    row_length_ = slice.row_length;
    left_ = row_length_;
    to_next_row_ = slice.row_stride - row_length_ * stride_;
  }
  explicit Elements(float* number) : numbers_(number) {}

  [[nodiscard]] float& next() {
    float& number = numbers_[place_];
    place_ += stride_;
    if (row_length_ != 0 && --left_ == 0) {
      left_ = row_length_;
      place_ += to_next_row_;
    }
    return number;
  }

 private:
  float* numbers_;
  std::int64_t place_ = 0;
  std::int64_t stride_ = 0;
  std::int64_t row_length_ = 0;
  std::int64_t left_ = 0;  ///< of the row
  std::int64_t to_next_row_ = 0;
};

void Values::compute(std::uint32_t tile, const CodeOperation& op, const Settled& settled) {
  float* const numbers = numbers_.data() + begins_[tile];
  std::array<float, 3> fixed{};
  const auto elements = [&](const Slice& slice, std::int64_t first, float& number) {
    if (slice.kind == Operand::Kind::vector || slice.kind == Operand::Kind::element)
      return Elements(numbers, slice, first);
    number = source(tile, op, slice, first, settled, 0);
    return Elements(&number);
  };
  Elements a = elements(op.a, settled.a, fixed[0]);
  Elements b = elements(op.b, settled.b, fixed[1]);
  Elements c = elements(op.c, settled.c, fixed[2]);
  Elements to(numbers, op.to, settled.to);
  for (std::uint64_t i = 0; i < settled.length; ++i) {
    const float first = a.next();
    const float second = b.next();
    const float third = c.next();
    float& target = to.next();
    const float result = op.operation == Operation::reduce ? target + first * second
                                                           : combine(op.operation, first, second, third);
    target = rounded(result, op.to.type);
  }
}

std::uint32_t Values::pass(std::uint32_t tile, const CodeOperation& operation, Settled& settled,
                           std::uint32_t data) {
  std::uint32_t payload = 0;
  for (unsigned i = 0; i < operation.per_wavelet && settled.done < settled.length; ++i) {
    float sent = 0;
    element(tile, operation, settled, unpack(data, operation.type, i), sent);
    payload |= pack(sent, operation.type, i);
  }
  return payload;
}

void Values::archive(core::State& state, std::uint32_t tile) {
  const std::size_t end = tile + 1 < begins_.size() ? begins_[tile + 1] : numbers_.size();
  for (std::size_t place = begins_[tile]; place < end; ++place) state(numbers_[place]);
}

}  // namespace waferloom::kernels
