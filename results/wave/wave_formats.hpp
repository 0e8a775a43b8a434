// SPDX-License-Identifier: Apache-2.0
// The formats of waveforms, by name. Another one is a file of its own and a line in wave_formats.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "wafer/observation/wave_sink.hpp"

namespace waferloom::results {

struct WaveFormat {
  std::string_view name;       ///< of observe.waveform.format
  std::string_view file_name;  ///< in the run's directory
  std::unique_ptr<wafer::WaveSink> (*create)(const std::filesystem::path& path);
  bool states_are_texts;  ///< instead of an enumeration
};

[[nodiscard]] const std::vector<WaveFormat>& wave_formats();

/// A sink that writes `directory`/wave.* under another name until it is finished. Throws core::HostResourceError
/// where it cannot be written.
[[nodiscard]] std::unique_ptr<wafer::WaveSink> make_wave(std::string_view format,
                                                         const std::filesystem::path& directory);

/// What the files say instead of a date: the same run gives the same bytes whenever it is made.
inline constexpr const char* kNoDate = "none: the same run gives the same file";

/// Value change dump (IEEE 1364-2001, 18), in units of 1 fs; states are strings, an extension that viewers know.
[[nodiscard]] std::unique_ptr<wafer::WaveSink> make_vcd(const std::filesystem::path& path);
/// GTKWave's fast signal trace; states are an enumeration table.
[[nodiscard]] std::unique_ptr<wafer::WaveSink> make_fst(const std::filesystem::path& path);

}  // namespace waferloom::results
