// SPDX-License-Identifier: Apache-2.0
// The metrics of a run's result.json that a study can look at, and which are better when larger.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace waferloom::study {

/// Units are those of result.json; docs/results.md says what each is.
inline constexpr std::array<std::string_view, 15> kMetrics{
    "time",          "cycles",   "tokens_per_second", "samples_per_second", "sustained_flops",
    "share_of_peak", "energy",   "average_power",     "sram_high_water",    "multiply_accumulates",
    "wavelet_hops",  "bytes_in", "bytes_out",         "wavelets_injected",  "wavelets_delivered"};

/// What a study looks at unless it says otherwise.
inline constexpr std::array<std::string_view, 6> kUsualMetrics{
    "time", "tokens_per_second", "share_of_peak", "energy", "average_power", "sram_high_water"};

}  // namespace waferloom::study
