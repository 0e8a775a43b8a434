// SPDX-License-Identifier: Apache-2.0
#include "kernels/values.hpp"

#include <fmt/format.h>

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

/// act(function of three operands and the target's element, which gives what the target becomes).
template <class Act>
void choose(Operation operation, const Act& act) {
  switch (operation) {
    case Operation::move:
      return act([](float a, float, float, float) { return a; });
    case Operation::reduce:
      return act([](float a, float b, float, float to) { return to + a * b; });
    case Operation::add:
      return act([](float a, float b, float, float) { return a + b; });
    case Operation::subtract:
      return act([](float a, float b, float, float) { return a - b; });
    case Operation::multiply:
      return act([](float a, float b, float, float) { return a * b; });
    case Operation::divide:
      return act([](float a, float b, float, float) { return a / b; });
    case Operation::root:
      return act([](float a, float, float, float) { return std::sqrt(a); });
    case Operation::most:
      return act([](float a, float b, float, float) { return std::max(a, b); });
    case Operation::fma:
      return act([](float a, float b, float c, float) { return a * b + c; });
  }
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
              .fail(placed.where, placed.key, fmt::format("{} ({})", error.what(), placed.expression.text()));
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
      : at_(numbers + slice.base + first) {
    if (slice.kind != Operand::Kind::vector) return;
    const auto number = static_cast<std::int64_t>(done);
    at_ += slice.place(number);
    stride_ = slice.stride;
    row_length_ = slice.row_length;
    if (row_length_ == 0) return;
    left_ = row_length_ - number % row_length_;
    to_next_row_ = slice.row_stride - row_length_ * stride_;
  }
  explicit Elements(float* numbers, std::int64_t stride = 0) : at_(numbers), stride_(stride) {}

  [[nodiscard]] float& next() {
    float& number = *at_;
    at_ += stride_;
    if (row_length_ != 0 && --left_ == 0) {
      left_ = row_length_;
      at_ += to_next_row_;
    }
    return number;
  }

 private:
  float* at_;
  std::int64_t stride_ = 0;
  std::int64_t row_length_ = 0;
  std::int64_t left_ = 0;  ///< of the row
  std::int64_t to_next_row_ = 0;
};

/// What stands for an operand that is no element in SRAM.
float Values::fixed(const CodeOperation& op, const Slice& slice, const Settled& settled) {
  switch (slice.kind) {
    case Operand::Kind::literal:
      return static_cast<float>(slice.literal);
    case Operand::Kind::arrived:
      return unpack(settled.arrived, op.type, 0);
    default:  // of a sum, what is not multiplied
      return op.operation == Operation::reduce ? 1.0F : 0.0F;
  }
}

void Values::work(std::uint32_t tile, const CodeOperation& op, const Settled& settled, std::uint64_t count,
                  float* came, float* sent) {
  float* const numbers = numbers_.data() + begins_[tile];
  const auto elements = [&](const Slice& slice, std::int64_t first, float& number) {
    if (slice.is_placed()) return Elements(numbers, slice, first, settled.done);
    if (slice.kind == Operand::Kind::input) return Elements(came, 1);
    number = fixed(op, slice, settled);
    return Elements(&number);
  };
  std::array<float, 3> numbers_of{};
  Elements a = elements(op.a, settled.a, numbers_of[0]);
  Elements b = elements(op.b, settled.b, numbers_of[1]);
  Elements c = elements(op.c, settled.c, numbers_of[2]);
  const bool sends = op.to.kind == Operand::Kind::output;
  Elements to = sends ? Elements(sent, 1) : Elements(numbers, op.to, settled.to, settled.done);
  const Type type = sends ? op.type : op.to.type;
  choose(op.operation, [&](const auto& result) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const float first = a.next();
      const float second = b.next();
      const float third = c.next();
      float& target = to.next();
      target = rounded(result(first, second, third, target), type);
    }
  });
}

/// Most wavelets have one element.
std::uint32_t Values::pass_one(std::uint32_t tile, const CodeOperation& op, Settled& settled,
                               std::uint32_t data) {
  float* const numbers = numbers_.data() + begins_[tile];
  const auto place = [&](const Slice& slice, std::int64_t first) {
    if (slice.kind == Operand::Kind::vector) first += slice.place(static_cast<std::int64_t>(settled.done));
    return numbers + slice.base + first;
  };
  const auto operand = [&](const Slice& slice, std::int64_t first) {
    if (slice.is_placed()) return *place(slice, first);
    if (slice.kind == Operand::Kind::input) return unpack(data, op.type, 0);
    return fixed(op, slice, settled);
  };
  float sent = 0;
  const bool sends = op.to.kind == Operand::Kind::output;
  float& target = sends ? sent : *place(op.to, settled.to);
  const Type type = sends ? op.type : op.to.type;
  const float a = operand(op.a, settled.a);
  const float b = operand(op.b, settled.b);
  const float c = operand(op.c, settled.c);
  choose(op.operation, [&](const auto& result) { target = rounded(result(a, b, c, target), type); });
  ++settled.done;
  return pack(sent, op.type, 0);
}

void Values::compute(std::uint32_t tile, const CodeOperation& operation, const Settled& settled) {
  work(tile, operation, settled, settled.length, nullptr, nullptr);
}

std::uint32_t Values::pass(std::uint32_t tile, const CodeOperation& operation, Settled& settled,
                           std::uint32_t data) {
  if (operation.per_wavelet == 1) return pass_one(tile, operation, settled, data);
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
