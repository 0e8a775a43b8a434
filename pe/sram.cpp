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
  if (usage.used + rounded > capacity_) return std::nullopt;
  const auto gap_before = [&](std::size_t i) -> Extent {
    const std::uint32_t begin = i == 0 ? reserved_ : extents[i - 1].address + extents[i - 1].bytes;
    const std::uint32_t end = i == extents.size() ? reserved_ + capacity_ : extents[i].address;
    return {begin, end - begin, 0};
  };
  std::optional<std::uint32_t> owner;
  auto left = static_cast<std::uint32_t>(rounded);
  std::size_t whole = 0;
  while (whole <= extents.size() && gap_before(whole).bytes < left) ++whole;
  for (std::size_t i = whole <= extents.size() ? whole : 0; left != 0; ++i) {
    const Extent gap = gap_before(i);
    if (gap.bytes == 0) continue;
    if (!owner) owner = gap.address;
    const std::uint32_t piece = std::min(gap.bytes, left);
    extents.insert(extents.begin() + static_cast<std::ptrdiff_t>(i), {gap.address, piece, *owner});
    left -= piece;
  }
  usage.used += static_cast<std::uint32_t>(rounded);
  usage.high_water = std::max(usage.high_water, usage.used);
  return owner;
}

void SramArray::release(std::uint32_t tile, std::uint32_t address) {
  Usage& usage = usage_[tile];
  std::vector<Extent>& extents = extents_[usage.extents];
  std::erase_if(extents, [&](const Extent& extent) {
    if (extent.owner != address) return false;
    usage.used -= extent.bytes;
    return true;
  });
}

void SramArray::archive(core::State& state, std::uint32_t tile) {
  Usage& usage = usage_[tile];
  state(usage.used, usage.high_water);
  if (!state.kept(usage.extents != 0)) return;
  if (usage.extents == 0) {
    usage.extents = static_cast<std::uint32_t>(extents_.size());
    extents_.emplace_back();
  }
  state(extents_[usage.extents]);
}

}  // namespace waferloom::pe
