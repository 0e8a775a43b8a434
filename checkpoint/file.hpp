// SPDX-License-Identifier: Apache-2.0
// The file of a checkpoint:
//
//   magic      a line of text
//   head       format, program, scenario, number of sections; its size before it, its checksum behind it
//   sections   each: kind, area, sizes, checksum, bytes
//   end        a line of text
//
// It is written beside the last one and takes its place once it is whole on the disk: at any moment there is the last
// one or the new one. It is read by the program that wrote it, and goes on with the scenario that it is of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/section.hpp"

namespace waferloom::checkpoint {

/// Of what run a checkpoint is.
struct Identity {
  std::string program;      ///< the build that wrote it: core::program()
  std::string scenario;     ///< all of its keys, as lines
  std::uint32_t input = 0;  ///< a checksum of what the scenario names
};

/// Throws core::HostResourceError where it cannot be written; what was there before stays.
void write(const std::filesystem::path& path, const Identity& identity,
           const std::vector<PackedSection>& sections);

/// Throws core::InputError where there is none, it is damaged, cut, or not of `identity`.
[[nodiscard]] std::vector<PackedSection> read(const std::filesystem::path& path, const Identity& identity);

}  // namespace waferloom::checkpoint
