// SPDX-License-Identifier: Apache-2.0
#include "trace/import/chakra_export.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/input/protobuf.hpp"
#include "core/wavelet.hpp"
#include "core/write_file.hpp"
#include "trace/import/chakra_file.hpp"
#include "trace/import/chakra_schema.hpp"
#include "trace/quantities.hpp"
#include "trace/reader.hpp"
#include "trace/rule_error.hpp"
#include "trace/statistics.hpp"

namespace waferloom::trace {

namespace {

constexpr const char* kSchema = "1.0.2-chakra.0.0.4";
constexpr std::uint64_t kWaveletBytes = core::kWaveletBits / 8;

using core::ProtobufMessage;

/// An attribute with its kind of value.
ProtobufMessage named(const char* name) {
  ProtobufMessage attribute;
  attribute.text(chakra::attribute_field::kName, name);
  return attribute;
}
void put_number(ProtobufMessage& node, const char* name, std::uint64_t value) {
  ProtobufMessage attribute = named(name);
  attribute.number(chakra::attribute_field::kInt64, value);
  node.message(chakra::node_field::kAttribute, attribute);
}
void put_flag(ProtobufMessage& node, const char* name, bool value) {
  ProtobufMessage attribute = named(name);
  attribute.number(chakra::attribute_field::kBool, value ? 1 : 0);
  node.message(chakra::node_field::kAttribute, attribute);
}
void put_text(ProtobufMessage& node, const char* name, const char* value) {
  ProtobufMessage attribute = named(name);
  attribute.text(chakra::attribute_field::kString, value);
  node.message(chakra::node_field::kAttribute, attribute);
}

ChakraNode::Type type_of(const Record& record) {
  switch (record.kind) {
    case Kind::stream_in:
      return ChakraNode::Type::mem_load;
    case Kind::stream_out:
      return ChakraNode::Type::mem_store;
    case Kind::reduce:
    case Kind::broadcast:
    case Kind::all_gather:
      return ChakraNode::Type::comm_coll;
    case Kind::compute:
    case Kind::update:
      return ChakraNode::Type::comp;
    case Kind::shift:
      break;
  }
  break_rule(record,
             "kind: expected one of a training step, as a shift has no counterpart on one rank, got shift");
}

std::uint64_t collective_of(Kind kind) {
  const std::string_view name = kind == Kind::reduce      ? "REDUCE"
                                : kind == Kind::broadcast ? "BROADCAST"
                                                          : "ALL_GATHER";
  return static_cast<std::uint64_t>(
      std::find(chakra::kCollectives.begin(), chakra::kCollectives.end(), name) -
      chakra::kCollectives.begin());
}

/// What the record's node says besides what it waits for.
void put_work(const Record& record, ProtobufMessage& node) {
  put_flag(node, "is_cpu_op", record.kind == Kind::update);
  switch (type_of(record)) {
    case ChakraNode::Type::mem_load:
    case ChakraNode::Type::mem_store:
      put_number(node, "tensor_size", host_wavelets(record) * kWaveletBytes);
      return;
    case ChakraNode::Type::comm_coll: {
      const bool along_x = record.axis == Axis::x;
      const std::uint64_t lines =
          std::uint64_t{along_x ? record.area.height : record.area.width} * record.pieces;
      const std::uint64_t hops = line_length(record) - record.pieces;  // of a word, to all tiles of its line
      const std::uint64_t words = hops == 0 ? 0 : sent_wavelets(record) * record.pieces / hops;
      put_number(node, "comm_type", collective_of(record.kind));
      put_number(node, "comm_size", words * kWaveletBytes / lines);
      put_text(node, "pg_name", along_x ? "rows" : "columns");
      put_number(node, "lines", lines);
      return;
    }
    default:
      break;
  }
  if (record.kind == Kind::update) {
    put_number(node, "parameters", record.parameters);
    return;
  }
  put_number(node, "num_ops",
             2 * total_macs(record) + total(record.vector_elements, record) + total(record.divides, record));
  put_number(node, "tensor_size", total(record.read_bytes, record) + total(record.write_bytes, record));
}

}  // namespace

std::uint64_t export_chakra(const std::filesystem::path& trace, const std::filesystem::path& out) {
  // What stream_outs wait for: the reduces that drain to them, which may come after them.
  std::unordered_map<std::uint32_t, std::uint32_t> drained;
  {
    Reader reader(trace);
    for (Record record; reader.next(record);) {
      if (record.drains_to != kNoRecord) drained[record.drains_to] = record.id;
    }
  }
  Reader reader(trace);
  ProtobufMessage file;
  ProtobufMessage head;
  ProtobufMessage schema = named("schema");
  schema.text(chakra::attribute_field::kString, kSchema);
  head.message(chakra::metadata_field::kAttribute, schema);
  file.append(head);
  std::uint64_t nodes = 0;
  for (Record record; reader.next(record); ++nodes) {
    std::vector<std::uint32_t> after;
    for (const Dependency& each : record.after) {
      if (each.record < record.id) after.push_back(each.record);
    }
    if (record.consumes != kNoRecord) after.push_back(record.consumes);
    if (const auto from = drained.find(record.id); from != drained.end()) after.push_back(from->second);
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    ProtobufMessage node;
    node.number(chakra::node_field::kId, record.id);
    node.text(chakra::node_field::kName, record.name);
    node.number(chakra::node_field::kType, static_cast<std::uint64_t>(type_of(record)));
    for (const std::uint32_t id : after) node.number(chakra::node_field::kData, id);
    put_work(record, node);
    file.append(node);
  }
  core::write_file(out, file.take());
  return nodes;
}

}  // namespace waferloom::trace
