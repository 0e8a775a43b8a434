// SPDX-License-Identifier: Apache-2.0
#include "trace/import/chakra_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "core/error.hpp"
#include "core/input/protobuf.hpp"
#include "trace/import/chakra_schema.hpp"

namespace waferloom::trace {

namespace {

using core::ProtobufField;
using core::ProtobufReader;
namespace field = chakra::attribute_field;

/// Signed numbers whose small values of either sign take few bytes.
std::int64_t unfold(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

std::int64_t whole(double value) {
  constexpr double kMost = 9.2e18;
  return std::isfinite(value) ? std::llround(std::min(std::max(value, -kMost), kMost)) : -1;
}

bool is_bytes(const ProtobufField& f) { return f.wire == ProtobufField::Wire::bytes; }

std::vector<std::uint64_t> list_of(const ProtobufField& list) {
  std::vector<std::uint64_t> values;
  ProtobufReader reader(list.bytes, list.offset);
  while (!reader.at_end()) {
    const ProtobufField f = reader.next_field();
    if (f.number != chakra::kListValues) continue;
    for (const std::uint64_t value : core::varints_of(f)) values.push_back(value);
  }
  return values;
}

void read_attribute(const ProtobufField& attribute, ChakraNode& node) {
  std::string name;
  std::optional<ProtobufField> value;
  ProtobufReader reader(attribute.bytes, attribute.offset);
  while (!reader.at_end()) {
    const ProtobufField f = reader.next_field();
    if (f.number == field::kName && is_bytes(f)) {
      name = f.bytes;
    } else if (f.number >= field::kDouble) {
      value = f;
    }
  }
  if (!value) return;
  switch (value->number) {
    case field::kDouble:
    case field::kFloat:
      node.numbers[name] = whole(value->real());
      break;
    case field::kInt32:
    case field::kInt64:
    case field::kUint32:
    case field::kUint64:
    case field::kFixed64:
    case field::kSfixed64:
    case field::kBool:
      node.numbers[name] = value->signed_value();
      break;
    case field::kFixed32:
    case field::kSfixed32:
      node.numbers[name] = static_cast<std::int32_t>(value->value);
      break;
    case field::kSint32:
    case field::kSint64:
      node.numbers[name] = unfold(value->value);
      break;
    case field::kBoolList:
      node.lists[name] = list_of(*value);
      break;
    case field::kString:
      node.texts[name] = value->bytes;
      break;
    default:
      break;  // lists of numbers and bytes: nothing that is read here
  }
}

ChakraNode read_node(std::string_view bytes, std::size_t offset) {
  ChakraNode node;
  node.offset = offset;
  ProtobufReader reader(bytes, offset);
  const auto add = [](std::vector<std::uint64_t>& ids, const ProtobufField& f) {
    const std::vector<std::uint64_t> more = core::varints_of(f);
    ids.insert(ids.end(), more.begin(), more.end());
  };
  while (!reader.at_end()) {
    const ProtobufField f = reader.next_field();
    switch (f.number) {
      case chakra::node_field::kId:
        node.id = f.value;
        break;
      case chakra::node_field::kName:
        node.name = f.bytes;
        break;
      case chakra::node_field::kType:
        if (f.value > static_cast<std::uint64_t>(ChakraNode::Type::comm_coll)) {
          throw core::ProtobufError(f.offset,
                                    fmt::format("expected a node's type from 0 to 7, got {}", f.value));
        }
        node.type = static_cast<ChakraNode::Type>(f.value);
        break;
      case chakra::node_field::kControl:
        add(node.control, f);
        break;
      case chakra::node_field::kData:
        add(node.data, f);
        break;
      case chakra::node_field::kDuration:
        node.micros = f.value;
        break;
      case chakra::node_field::kAttribute:
        if (is_bytes(f)) read_attribute(f, node);
        break;
      default:
        break;  // times, shapes of tensors: no part of the work
    }
  }
  return node;
}

std::string read_version(std::string_view bytes, std::size_t offset) {
  ProtobufReader reader(bytes, offset);
  ChakraNode attributes;
  std::string version;
  while (!reader.at_end()) {
    const ProtobufField f = reader.next_field();
    if (!is_bytes(f)) continue;
    if (f.number == chakra::metadata_field::kVersion) version = f.bytes;
    if (f.number == chakra::metadata_field::kAttribute) read_attribute(f, attributes);
  }
  const auto schema = attributes.texts.find("schema");
  return version.empty() && schema != attributes.texts.end() ? schema->second : version;
}

}  // namespace

std::optional<std::int64_t> ChakraNode::number(std::string_view attribute) const {
  const auto found = numbers.find(attribute);
  return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

std::string label(const ChakraFile& file, const ChakraNode& node) {
  return fmt::format("{}: node {} ({})", file.path.string(), node.id, node.name);
}

ChakraFile read_chakra(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw core::InputError(fmt::format("{}: cannot read", path.string()));
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) throw core::InputError(fmt::format("{}: cannot read", path.string()));
  ChakraFile file;
  file.path = path;
  ProtobufReader reader(text);
  try {
    if (reader.at_end())
      throw core::ProtobufError(0, "expected the message GlobalMetadata, got an empty file");
    for (bool first = true; !reader.at_end(); first = false) {
      const std::string_view message = reader.next_with_length();
      const std::size_t offset = reader.offset() - message.size();
      if (first) {
        file.version = read_version(message, offset);
      } else {
        file.nodes.push_back(read_node(message, offset));
      }
    }
  } catch (const core::ProtobufError& error) {
    throw core::InputError(
        fmt::format("{}: byte {}: {} (a Chakra execution trace is messages, each behind its length)",
                    path.string(), error.offset(), error.what()));
  }
  return file;
}

}  // namespace waferloom::trace
