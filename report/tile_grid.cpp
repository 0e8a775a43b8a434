// SPDX-License-Identifier: Apache-2.0
#include "report/tile_grid.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>

#include "core/error.hpp"

namespace waferloom::report {

namespace {

std::string deflated(const std::vector<std::uint8_t>& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  // zlib's interface takes bytes of its own type.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, bytes.data(), static_cast<uLong>(bytes.size()),
                Z_DEFAULT_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  out.resize(size);
  return out;
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < here ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= here ? kDigits[group >> (18U - 6U * k) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace

TileGrid cut(TileGrid grid, core::Rectangle area) {
  if (grid.area() == area) return grid;
  TileGrid part(area);
  for (std::uint32_t y = area.y; y < area.y + area.height; ++y) {
    for (std::uint32_t x = area.x; x < area.x + area.width; ++x) part.set({x, y}, grid.at({x, y}));
  }
  return part;
}

PackedGrid pack(const TileGrid& grid) {
  PackedGrid packed;
  for (const std::uint64_t value : grid.values()) {
    if (value != TileGrid::kNone) packed.most = std::max(packed.most, value);
  }
  constexpr std::array<std::uint64_t, 3> kMost{0xFE, 0xFFFE, 0xFFFFFFFE};
  constexpr std::array<std::uint32_t, 3> kBytes{1, 2, 4};
  const std::size_t widest = grid.values().size() > kExactTiles ? 1 : 2;
  std::size_t width = 0;
  while (width < widest && packed.most > kMost[width]) ++width;
  packed.bytes = kBytes[width];
  if (packed.most > kMost[width]) {
    packed.step = static_cast<double>(packed.most) / static_cast<double>(kMost[width]);
  }
  const std::size_t tiles = grid.values().size();
  std::vector<std::uint8_t> bytes(tiles * packed.bytes);
  for (std::size_t i = 0; i < tiles; ++i) {
    const std::uint64_t value = grid.values()[i];
    if (value == TileGrid::kNone) continue;
    const std::uint64_t code =
        1 + (packed.step == 1
                 ? value
                 : static_cast<std::uint64_t>(std::llround(static_cast<double>(value) / packed.step)));
    for (std::uint32_t b = 0; b < packed.bytes; ++b) {
      bytes[b * tiles + i] = static_cast<std::uint8_t>(code >> (8U * b) & 0xFFU);
    }
  }
  packed.data = base64(deflated(bytes));
  return packed;
}

}  // namespace waferloom::report
