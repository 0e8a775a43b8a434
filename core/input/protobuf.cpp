// SPDX-License-Identifier: Apache-2.0
#include "core/input/protobuf.hpp"

#include <fmt/format.h>

namespace waferloom::core {

std::uint64_t ProtobufReader::varint() {
  constexpr unsigned kMostBits = 64;
  const std::size_t begin = offset();
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < kMostBits; shift += 7) {
    if (at_end()) throw ProtobufError(begin, "expected a whole varint, got the end");
    const auto byte = static_cast<unsigned char>(text_[place_++]);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80U) return value;
  }
  throw ProtobufError(begin, "expected a varint of at most 10 bytes, got a longer one");
}

std::string_view ProtobufReader::take(std::uint64_t size) {
  if (size > text_.size() - place_) {
    throw ProtobufError(offset(), fmt::format("expected {} bytes, got {}", size, text_.size() - place_));
  }
  const std::string_view bytes = text_.substr(place_, size);
  place_ += bytes.size();
  return bytes;
}

std::uint64_t ProtobufReader::fixed(unsigned bytes) {
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (const char byte : take(bytes)) {
    value |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
    shift += 8;
  }
  return value;
}

std::string_view ProtobufReader::next_with_length() { return take(varint()); }

ProtobufField ProtobufReader::next_field() {
  constexpr std::uint64_t kMostNumber = (std::uint64_t{1} << 29U) - 1;
  const std::size_t begin = offset();
  const std::uint64_t key = varint();
  const std::uint64_t number = key >> 3U;
  if (number == 0 || number > kMostNumber) {
    throw ProtobufError(begin, fmt::format("expected a field's number, got {}", number));
  }
  ProtobufField field;
  field.number = static_cast<std::uint32_t>(number);
  field.wire = static_cast<ProtobufField::Wire>(key & 7U);
  switch (field.wire) {
    case ProtobufField::Wire::varint:
      field.value = varint();
      break;
    case ProtobufField::Wire::fixed64:
      field.value = fixed(8);
      break;
    case ProtobufField::Wire::fixed32:
      field.value = fixed(4);
      break;
    case ProtobufField::Wire::bytes: {
      const std::uint64_t size = varint();
      field.offset = offset();
      field.bytes = take(size);
      return field;
    }
    default:
      throw ProtobufError(begin, fmt::format("expected wire type 0, 1, 2 or 5, got {}", key & 7U));
  }
  field.offset = begin;
  return field;
}

std::vector<std::uint64_t> varints_of(const ProtobufField& field) {
  if (field.wire != ProtobufField::Wire::bytes) return {field.value};
  std::vector<std::uint64_t> values;
  ProtobufReader reader(field.bytes, field.offset);
  while (!reader.at_end()) values.push_back(reader.varint());
  return values;
}

}  // namespace waferloom::core
