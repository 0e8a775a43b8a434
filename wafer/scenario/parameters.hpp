// SPDX-License-Identifier: Apache-2.0
// Configuration sections `burst`: how coarsely the fidelity of that name simulates; and `observe`: what a run leaves
// behind.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace waferloom::wafer {

struct WaveformParameters {
  std::string format = "fst";
  std::vector<std::string> signals;      ///< patterns; none: no waveform
  std::pair<double, double> window_s{};  ///< both 0: the whole run
  friend bool operator==(const WaveformParameters&, const WaveformParameters&) = default;
};

struct WaveletLogParameters {
  std::vector<std::string> tiles;        ///< patterns; none: no log
  std::pair<double, double> window_s{};  ///< both 0: the whole run
  friend bool operator==(const WaveletLogParameters&, const WaveletLogParameters&) = default;
};

/// Tracks of the timeline beyond layers, phases and operations.
struct TrackParameters {
  std::uint32_t channels = 8;            ///< most I/O channels per direction that have one; 0 = none
  std::vector<std::string> tiles;        ///< patterns, points or rectangles; none: no tracks of tiles
  std::uint32_t resolution = 64;         ///< of the tiles' states, cycles
  std::pair<double, double> window_s{};  ///< of the tiles; both 0: the whole run
  friend bool operator==(const TrackParameters&, const TrackParameters&) = default;
};

struct ObserveParameters {
  bool maps = true;                 ///< whether a run writes its tiles and links
  bool timeline = true;             ///< whether a run writes timeline.pftrace
  std::uint32_t link_samples = 64;  ///< most samples of the links over a run; 0 = none
  WaveformParameters waveform;
  WaveletLogParameters wavelet_log;
  TrackParameters tracks;
  friend bool operator==(const ObserveParameters&, const ObserveParameters&) = default;
};

struct BurstParameters {
  static constexpr std::uint32_t kColumns = 16;  ///< of the usual grid, for which `blocks` is meant
  /// Of a row of the grid that stands for the rectangle; 0 = all, of all rows.
  std::uint32_t tiles = kColumns;
  std::uint32_t rows = 4;  ///< of the grid, at most as many as it has tiles in a row; 0 = as many
  /// Most that a record is simulated in (wafer/burst/engine/coarse_trace.hpp); 0 = all that the grid allows.
  std::uint32_t blocks = 96;
  bool fold = true;              ///< identical layers and micro-batches are simulated once and counted
  double fold_tolerance = 1e-3;  ///< by how much of a period the repetitions may differ
  /// Most rows of the grid; 0 = all.
  [[nodiscard]] std::uint32_t grid_rows() const { return rows == 0 || rows > tiles ? tiles : rows; }
  friend bool operator==(const BurstParameters&, const BurstParameters&) = default;
};

}  // namespace waferloom::wafer
