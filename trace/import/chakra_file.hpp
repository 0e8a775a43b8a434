// SPDX-License-Identifier: Apache-2.0
// A file of MLCommons' Chakra execution traces, schemas 0.0.4 and 1.0: the messages GlobalMetadata and then Node after
// Node, each behind its length. Field numbers are those of the public schema (et_def.proto); both schemas agree in what
// is read here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace waferloom::trace {

struct ChakraNode {
  enum class Type : std::uint8_t {
    invalid,
    metadata,
    mem_load,
    mem_store,
    comp,
    comm_send,
    comm_recv,
    comm_coll
  };

  std::uint64_t id = 0;
  std::string name;
  Type type = Type::invalid;
  std::vector<std::uint64_t> control;  ///< ids of nodes that it waits for
  std::vector<std::uint64_t> data;
  std::uint64_t micros = 0;  ///< how long it took
  /// Whole numbers and booleans; and texts.
  std::map<std::string, std::int64_t, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, std::vector<std::uint64_t>, std::less<>> lists;
  std::size_t offset = 0;  ///< in the file

  [[nodiscard]] std::optional<std::int64_t> number(std::string_view attribute) const;
};

struct ChakraFile {
  std::filesystem::path path;
  std::string version;
  std::vector<ChakraNode> nodes;
};

/// Throws core::InputError with the offset of what is no such message.
[[nodiscard]] ChakraFile read_chakra(const std::filesystem::path& path);

/// `FILE: node ID (NAME)`, for messages.
[[nodiscard]] std::string label(const ChakraFile& file, const ChakraNode& node);

}  // namespace waferloom::trace
