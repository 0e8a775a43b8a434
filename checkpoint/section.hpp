// SPDX-License-Identifier: Apache-2.0
// The parts of which a checkpoint consists. Those of a region of the mesh name its area, so that whoever goes on, on how
// many ranks ever, reads those that it needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/geometry.hpp"

namespace waferloom::checkpoint {

enum class Kind : std::uint32_t {
  books,     ///< of the whole run: what rank 0 keeps
  channels,  ///< of I/O channels, by whoever has them
  region     ///< of the tiles or nodes of an area
};

struct Section {
  Kind kind = Kind::books;
  core::Rectangle area{};  ///< of a region
  std::vector<std::byte> bytes;
};

/// As it is written: compressed, with a checksum.
struct PackedSection {
  Kind kind = Kind::books;
  core::Rectangle area{};
  std::uint64_t size = 0;  ///< not compressed
  std::uint32_t checksum = 0;
  std::vector<std::byte> bytes;
};

[[nodiscard]] PackedSection pack(const Section& section);
/// Throws core::InputError where the bytes are not those that were packed.
[[nodiscard]] std::vector<std::byte> unpack(const PackedSection& section);
/// CRC-32 of zlib.
[[nodiscard]] std::uint32_t checksum(std::span<const std::byte> bytes, std::uint32_t of_before = 0);

}  // namespace waferloom::checkpoint
