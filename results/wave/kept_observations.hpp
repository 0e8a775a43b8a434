// SPDX-License-Identifier: Apache-2.0
// Sinks of observations in runs with checkpoints: what they are told goes on to the sink behind them, and into a journal
// from which a run that goes on makes its files anew.
#pragma once

#include <filesystem>
#include <memory>

#include "wafer/observation/landing.hpp"
#include "wafer/observation/wave_sink.hpp"

namespace waferloom::results {

/// `directory`: of the run's results; `before`: of those of the run that goes on, which may be the same; empty: none
/// does.
[[nodiscard]] std::unique_ptr<wafer::WaveSink> with_journal(std::unique_ptr<wafer::WaveSink> sink,
                                                            const std::filesystem::path& directory,
                                                            const std::filesystem::path& before);
[[nodiscard]] std::unique_ptr<wafer::LandingSink> with_journal(std::unique_ptr<wafer::LandingSink> sink,
                                                               const std::filesystem::path& directory,
                                                               const std::filesystem::path& before);

}  // namespace waferloom::results
