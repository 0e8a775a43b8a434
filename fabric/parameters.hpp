// SPDX-License-Identifier: Apache-2.0
// Parameters of the mesh, its routers and the off-wafer I/O, each with the source of its default.
// Sources: [D] vendor document, [M] measured on silicon, [P] patent, [I] derived.
#pragma once

#include <cstdint>
#include <string>

#include "core/geometry.hpp"
#include "core/wavelet.hpp"

namespace waferloom::fabric {

/// Configuration section `fabric`.
struct FabricParameters {
  std::uint32_t width = 757;   ///< columns of tiles; WSE-2: 757 [D]
  std::uint32_t height = 996;  ///< rows of tiles; WSE-2: 996 [D]
  /// Tiles that a program may use; the rest serves the I/O at the edges. WSE-2: 750 x 994 [D] at (4, 1) [I].
  core::Rectangle program{4, 1, 750, 994};
  std::string router = "color";          ///< router model, see `waferloom list routers`
  std::uint32_t colors = 24;             ///< routable colors, 1 to 32; 24 [D]
  std::uint32_t queue_depth = 2;         ///< wavelets per color and input of a router; 2 [P]
  std::uint32_t hop_latency_cycles = 1;  ///< router to router; WSE-2: 1 [M]
  std::uint32_t link_width_bits = 32;    ///< of a wavelet sent per cycle and direction; 32 [D]
  /// For which what a link carries at once takes it up: cycles, and fractions of them; 1 [D], WSE-3: 1.125 [M].
  double link_time_cycles = 1;
  /// By which a hop is longer behind a router in which the wavelet goes from a row to a column or back; WSE-3: about 20
  /// [M], in the vendor's simulator about 33 [S]; WSE-2: none published, 0.
  std::uint32_t turn_latency_cycles = 0;
  std::uint32_t ramp_latency_cycles = 2;      ///< router to PE and PE to router, each; 2 [M]
  std::uint32_t reticle_width = 108;          ///< tiles; 756 = 7 x 108 [I, weak]
  std::uint32_t reticle_height = 83;          ///< tiles; 996 = 12 x 83 [I, weak]
  std::uint32_t reticle_crossing_cycles = 0;  ///< extra latency of a hop between reticles; none published

  /// Parts in which a wavelet crosses a link.
  [[nodiscard]] std::uint32_t link_parts() const {
    return (core::kWaveletBits + link_width_bits - 1) / link_width_bits;
  }
  /// Cycles for which a wavelet takes up a link.
  [[nodiscard]] double link_cycles() const { return link_parts() * link_time_cycles; }
  friend bool operator==(const FabricParameters&, const FabricParameters&) = default;
};

enum class Edge : std::uint8_t { north, south, west, east };

/// Configuration section `io`: the channels at the wafer's edges.
struct IoParameters {
  double bandwidth_bits_per_s = 1.2e12;  ///< whole wafer, each direction; CS-2: 12 x 100 GbE [D]
  std::uint32_t channels = 60;           ///< per edge, evenly spaced; WSE-2: 60 [D]
  Edge input_edge = Edge::north;         ///< assumed: weights enter at the columns' heads
  Edge output_edge = Edge::south;        ///< assumed: gradients leave at the columns' feet
  double latency_s = 1e-6;  ///< host link to edge tile, each way; assumed (one Ethernet switch hop)
  std::uint32_t buffer_bytes = 65536;      ///< per channel and direction; assumed
  std::uint32_t transaction_bytes = 4096;  ///< largest single request to the host; assumed
  friend bool operator==(const IoParameters&, const IoParameters&) = default;
};

/// Configuration section `memoryx`: the default host behind the I/O channels.
struct MemoryXParameters {
  double bandwidth_bits_per_s = 1.2e12;      ///< each direction; matched to the CS-2's I/O [D]
  double latency_s = 2e-6;                   ///< request to first byte; none published, assumed
  double optimizer_parameters_per_s = 40e9;  ///< AdamW updates; none published, assumed to match the I/O rate
  friend bool operator==(const MemoryXParameters&, const MemoryXParameters&) = default;
};

}  // namespace waferloom::fabric
