// SPDX-License-Identifier: Apache-2.0
#include "pe/sram.hpp"

#include <algorithm>

namespace waferloom::pe {

SramArray::SramArray(const PeParameters& parameters, std::size_t tiles)
    : reserved_(std::min(parameters.reserved_bytes, parameters.sram_bytes)),
      capacity_(parameters.sram_bytes - reserved_),
      usage_(tiles),
      extents_(1) {}

std::optional<std::uint32_t> SramArray::allocate(std::uint32_t tile, std::uint64_t bytes) {
  Usage& usage = usage_[tile];
  if (usage.extents == 0) {
    usage.extents = static_cast<std::uint32_t>(extents_.size());
    extents_.emplace_back();
  }
  std::vector<Extent>& extents = extents_[usage.extents];
  const std::uint64_t rounded = std::max<std::uint64_t>((bytes + 7) / 8 * 8, 8);
  std::uint64_t address = reserved_;
  auto place = extents.begin();
  for (; place != extents.end() && place->address - address < rounded; ++place) {
    address = std::uint64_t{place->address} + place->bytes;
  }
  if (address + rounded > std::uint64_t{reserved_} + capacity_) return std::nullopt;
  extents.insert(place, {static_cast<std::uint32_t>(address), static_cast<std::uint32_t>(rounded)});
  usage.used += static_cast<std::uint32_t>(rounded);
  usage.high_water = std::max(usage.high_water, usage.used);
  return static_cast<std::uint32_t>(address);
}

void SramArray::release(std::uint32_t tile, std::uint32_t address) {
  Usage& usage = usage_[tile];
  std::vector<Extent>& extents = extents_[usage.extents];
  const auto place = std::find_if(extents.begin(), extents.end(),
                                  [&](const Extent& extent) { return extent.address == address; });
  if (place == extents.end()) return;
  usage.used -= place->bytes;
  extents.erase(place);
}

}  // namespace waferloom::pe
