// SPDX-License-Identifier: Apache-2.0
// A log of wavelets in the lines of the Cerebras SDK's fabric simulator (its `landing` messages), for viewers made for
// it: `@CYCLE dimX=…, dimY=…`, then `@CYCLE Px.y (hwtile) landing Cn from link D, …` with D one of N, S, W, E and R
// (ramp). What such a viewer reads ends at the comma; ctrl and data behind it are the wavelet's own.
#pragma once

#include <filesystem>
#include <memory>

#include "wafer/observation/landing.hpp"

namespace waferloom::results {

/// Writes `directory`/wavelets.log under another name until it is finished; `width` and `height` are the fabric's.
/// Throws core::HostResourceError where it cannot be written.
[[nodiscard]] std::unique_ptr<wafer::LandingSink> make_wavelet_log(const std::filesystem::path& directory,
                                                                   std::uint32_t width, std::uint32_t height);

}  // namespace waferloom::results
