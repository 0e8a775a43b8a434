// SPDX-License-Identifier: Apache-2.0
// Writes a waveform in a thread of its own, while the simulation goes on: what a waveform's format costs is as much as
// observing it. The sink behind it sees the same calls in the same order.
#pragma once

#include <memory>

#include "wafer/observation/wave_sink.hpp"

namespace waferloom::results {

/// An error of `sink` comes out of a later call, at the latest of finish().
[[nodiscard]] std::unique_ptr<wafer::WaveSink> in_own_thread(std::unique_ptr<wafer::WaveSink> sink);

}  // namespace waferloom::results
