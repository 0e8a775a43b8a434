// SPDX-License-Identifier: Apache-2.0
// Reads what each tile did from a wafer that has run.
#pragma once

#include <vector>

#include "core/geometry.hpp"
#include "ranks/ranks.hpp"
#include "wafer/program/result/tile_result.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

/// Of the tiles of the program and all others whose router sent something, row by row.
[[nodiscard]] std::vector<TileResult> collect_tiles(Wafer& wafer, core::Rectangle program);

/// On rank 0: the tiles of all ranks, row by row. On others none.
[[nodiscard]] std::vector<TileResult> gather_tiles(ranks::Ranks& ranks, const std::vector<TileResult>& own);

}  // namespace waferloom::wafer
