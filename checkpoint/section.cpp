// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/section.hpp"

#include <zlib.h>

#include <limits>

#include "core/error.hpp"

namespace waferloom::checkpoint {

namespace {

// zlib's interface takes bytes of its own type.
const Bytef* bytes_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const Bytef*>(bytes.data());
}

}  // namespace

std::uint32_t checksum(std::span<const std::byte> bytes, std::uint32_t of_before) {
  return static_cast<std::uint32_t>(crc32_z(of_before, bytes_of(bytes), bytes.size()));
}

PackedSection pack(const Section& section) {
  PackedSection packed{section.kind, section.area, section.bytes.size(), 0, {}};
  uLongf size = compressBound(section.bytes.size());
  packed.bytes.resize(size);
  // Neighbouring tiles are much alike: the fastest level makes it small.
  const int done = compress2(reinterpret_cast<Bytef*>(packed.bytes.data()), &size, bytes_of(section.bytes),
                             section.bytes.size(), Z_BEST_SPEED);
  if (done != Z_OK) throw core::HostResourceError("checkpoint: out of memory");
  packed.bytes.resize(size);
  packed.checksum = checksum(packed.bytes);
  return packed;
}

std::vector<std::byte> unpack(const PackedSection& section) {
  std::vector<std::byte> bytes(section.size);
  uLongf size = section.size;
  const int done = uncompress(reinterpret_cast<Bytef*>(bytes.data()), &size, bytes_of(section.bytes),
                              section.bytes.size());
  if (done == Z_MEM_ERROR) throw core::HostResourceError("checkpoint: out of memory");
  if (done != Z_OK || size != section.size) throw core::InputError("checkpoint: damaged");
  return bytes;
}

}  // namespace waferloom::checkpoint
