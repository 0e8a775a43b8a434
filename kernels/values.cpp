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
constexpr std::size_t kMostPerWavelet = 2;  ///< elements

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

/// The elements of an operand one after the other, or a number again and again.
class Values::Elements {
 public:
  Elements(float* numbers, const Slice& slice, std::int64_t first, std::uint64_t done)
      : numbers_(numbers + slice.base), place_(first) {
    if (slice.kind != Operand::Kind::vector) return;
    const auto number = static_cast<std::int64_t>(done);
    place_ += slice.place(number);
    stride_ = slice.stride;
    row_length_ = slice.row_length;
    if (row_length_ == 0) return;
    left_ = row_length_ - number % row_length_;
    to_next_row_ = slice.row_stride - row_length_ * stride_;
  }
  explicit Elements(float* numbers, std::int64_t stride = 0) : numbers_(numbers), stride_(stride) {}

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

void Values::work(std::uint32_t tile, const CodeOperation& op, const Settled& settled, std::uint64_t count,
                  float* came, float* sent) {
  float* const numbers = numbers_.data() + begins_[tile];
  const auto elements = [&](const Slice& slice, std::int64_t first, float& number) {
    switch (slice.kind) {
      case Operand::Kind::vector:
      case Operand::Kind::element:
        return Elements(numbers, slice, first, settled.done);
      case Operand::Kind::input:
        return Elements(came, 1);
      case Operand::Kind::literal:
        number = static_cast<float>(slice.literal);
        break;
      case Operand::Kind::arrived:
        number = unpack(settled.arrived, op.type, 0);
        break;
      case Operand::Kind::none:  // of a sum, what is not multiplied
      case Operand::Kind::output:
        number = op.operation == Operation::reduce ? 1.0F : 0.0F;
        break;
    }
    return Elements(&number);
  };
  std::array<float, 3> fixed{};
  Elements a = elements(op.a, settled.a, fixed[0]);
  Elements b = elements(op.b, settled.b, fixed[1]);
  Elements c = elements(op.c, settled.c, fixed[2]);
  const bool sends = op.to.kind == Operand::Kind::output;
  Elements to = sends ? Elements(sent, 1) : Elements(numbers, op.to, settled.to, settled.done);
  const Type type = sends ? op.type : op.to.type;
  for (std::uint64_t i = 0; i < count; ++i) {
    const float first = a.next();
    const float second = b.next();
    const float third = c.next();
    float& target = to.next();
    const float result = op.operation == Operation::reduce ? target + first * second
                                                           : combine(op.operation, first, second, third);
    target = rounded(result, type);
  }
}

void Values::compute(std::uint32_t tile, const CodeOperation& operation, const Settled& settled) {
  work(tile, operation, settled, settled.length, nullptr, nullptr);
}

std::uint32_t Values::pass(std::uint32_t tile, const CodeOperation& operation, Settled& settled,
                           std::uint32_t data) {
  const auto count =
      static_cast<unsigned>(std::min<std::uint64_t>(operation.per_wavelet, settled.length - settled.done));
  std::array<float, kMostPerWavelet> came{};
  std::array<float, kMostPerWavelet> sent{};
  for (unsigned i = 0; i < count; ++i) came[i] = unpack(data, operation.type, i);
  work(tile, operation, settled, count, came.data(), sent.data());
  settled.done += count;
  std::uint32_t payload = 0;
  for (unsigned i = 0; i < count; ++i) payload |= pack(sent[i], operation.type, i);
  return payload;
}

void Values::archive(core::State& state, std::uint32_t tile) {
  const std::size_t end = tile + 1 < begins_.size() ? begins_[tile + 1] : numbers_.size();
  for (std::size_t place = begins_[tile]; place < end; ++place) state(numbers_[place]);
}

}  // namespace waferloom::kernels
