// SPDX-License-Identifier: Apache-2.0
// A save file of GTKWave beside a waveform: `gtkwave wave.gtkw` shows its signals in groups, a tile's router, PE and SRAM
// each, under names that tell them apart, states as words and amounts as decimal numbers.
#pragma once

#include <filesystem>
#include <memory>

#include "wafer/observation/wave_sink.hpp"

namespace waferloom::results {

/// Passes everything on to `sink`, which writes `wave`, and writes wave.gtkw beside it once that is finished.
/// `states_are_texts`: in the waveform, instead of an enumeration.
[[nodiscard]] std::unique_ptr<wafer::WaveSink> with_layout(std::unique_ptr<wafer::WaveSink> sink,
                                                           std::filesystem::path wave, bool states_are_texts);

}  // namespace waferloom::results
