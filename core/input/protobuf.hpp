// SPDX-License-Identifier: Apache-2.0
// Protocol buffers on the wire, as the format's public description has them: messages of fields, each a key (number
// and wire type) and a varint, eight or four bytes, or a length and so many bytes. Files of many messages put each
// behind its length.
#pragma once

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waferloom::core {

/// Bytes that are no message; the offset is that of the text that was read.
class ProtobufError : public std::runtime_error {
 public:
  ProtobufError(std::size_t offset, const std::string& message)
      : std::runtime_error(message), offset_(offset) {}
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  std::size_t offset_;
};

struct ProtobufField {
  enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  std::uint32_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;  ///< of a varint or fixed field
  std::string_view bytes;   ///< of the others
  std::size_t offset = 0;   ///< in the text

  /// A number in two's complement, as int32 and int64 are.
  [[nodiscard]] std::int64_t signed_value() const { return static_cast<std::int64_t>(value); }
  /// Of a field of type double or float.
  [[nodiscard]] double real() const {
    if (wire == Wire::fixed64) return std::bit_cast<double>(value);
    return std::bit_cast<float>(static_cast<std::uint32_t>(value));
  }
};

/// Reads what stands in a text from its beginning; throws ProtobufError.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view text, std::size_t offset = 0) : text_(text), base_(offset) {}

  [[nodiscard]] bool at_end() const { return place_ == text_.size(); }
  [[nodiscard]] std::size_t offset() const { return base_ + place_; }
  [[nodiscard]] ProtobufField next_field();
  /// So many bytes as the varint before them says.
  [[nodiscard]] std::string_view next_with_length();
  [[nodiscard]] std::uint64_t varint();

 private:
  [[nodiscard]] std::string_view take(std::uint64_t size);
  [[nodiscard]] std::uint64_t fixed(unsigned bytes);

  std::string_view text_;
  std::size_t base_;
  std::size_t place_ = 0;
};

/// The numbers of a repeated field of varints: one, or packed many.
[[nodiscard]] std::vector<std::uint64_t> varints_of(const ProtobufField& field);

/// A message under construction.
class ProtobufMessage {
 public:
  void number(std::uint32_t field, std::uint64_t value) {
    key(field, ProtobufField::Wire::varint);
    varint(value);
  }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    key(field, ProtobufField::Wire::fixed64);
    for (unsigned shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(value >> shift & 0xFFU);
  }
  void real(std::uint32_t field, double value) { fixed64(field, std::bit_cast<std::uint64_t>(value)); }
  void text(std::uint32_t field, std::string_view value) {
    key(field, ProtobufField::Wire::bytes);
    with_length(value);
  }
  void message(std::uint32_t field, const ProtobufMessage& inner) { text(field, inner.bytes_); }
  /// A message behind its length, without a key.
  void append(const ProtobufMessage& inner) { with_length(inner.bytes_); }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void key(std::uint32_t field, ProtobufField::Wire wire) {
    varint(std::uint64_t{field} << 3U | static_cast<std::uint64_t>(wire));
  }
  void with_length(std::string_view value) {
    varint(value.size());
    bytes_ += value;
  }
  void varint(std::uint64_t value) {
    for (; value > 0x7F; value >>= 7U) bytes_ += static_cast<char>((value & 0x7FU) | 0x80U);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

}  // namespace waferloom::core
