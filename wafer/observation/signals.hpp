// SPDX-License-Identifier: Apache-2.0
// What can be observed of a wafer, by the names of the SystemC hierarchy:
//   wafer.reticle_X_Y.tile_X_Y.router.queued              wavelets in all of the router's queues
//                             .router.DIRECTION.state     of a link or the ramp: idle, busy, stalled
//                             .router.DIRECTION.color     color sent last
//                             .router.color_K.queued      wavelets of a color in the router's queues
//                             .pe.state                   what the datapath does or waits for
//                             .pe.operation               that the datapath works on or that waits; of a kernel its task
//                             .pe.layer                   of a training step or a trace: the operation's layer
//                             .pe.input_Q, .pe.output_Q   wavelets in the PE's queues
//                             .sram.used                  bytes allocated
//   wafer.io.input_K.state, .output_K.state               of a channel: idle, busy
//           .input_K.queued, .output_K.queued             wavelets in its buffer
//   wafer.cycle                                           the cycle, counted; only where a pattern is this name
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/geometry.hpp"
#include "pe/pe_state.hpp"
#include "wafer/observation/work_names.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::wafer {

/// What stands between the dots of a name.
[[nodiscard]] std::vector<std::string> name_parts(const std::string& name);

/// Values of the states of links and I/O channels.
enum class LinkState : std::uint8_t { idle, busy, stalled };

struct Signal {
  enum class Kind : std::uint8_t {
    router_queued,
    link_state,
    link_color,
    color_queued,
    pe_state,
    pe_operation,
    pe_layer,
    pe_input,
    pe_output,
    sram_used,
    input_state,
    input_queued,
    output_state,
    output_queued,
    cycle,
  };
  std::string name;
  Kind kind = Kind::router_queued;
  core::Coordinate at;                     ///< tile
  std::uint32_t part = 0;                  ///< direction, color, queue or channel
  std::shared_ptr<const WorkNames> names;  ///< of operations and layers; none: they are not known yet

  /// A state or an amount that exists at fidelity `burst` as well; the others are of single wavelets.
  [[nodiscard]] static bool exists_in_bursts(Kind kind);
  [[nodiscard]] bool is_of_tile() const { return kind < Kind::input_state; }
  [[nodiscard]] std::uint32_t bits() const;
  /// Names of the values; empty for numbers.
  [[nodiscard]] std::span<const std::string_view> states() const;
};

/// Which signals there are.
struct SignalChoice {
  bool bursts = false;      ///< those alone that exist at fidelity `burst`
  bool operations = false;  ///< those of operations: of a training step, a trace or a kernel
  bool layers = false;      ///< of layers: of a training step or a trace
};

/// More would take gigabytes by the time they are declared.
inline constexpr std::size_t kMostSignals = 4'000'000;

/// Signals whose names match a pattern, in the order of the hierarchy: `*`, `?` and `[...]` stand for parts of one
/// name between dots; a pattern with fewer names than a signal stands for all below. Throws core::InputError where a
/// pattern matches nothing, or where there are more than `most`.
[[nodiscard]] std::vector<Signal> match_signals(const Hardware& hardware,
                                                const std::vector<std::string>& patterns, std::size_t most,
                                                SignalChoice choice);

/// Throws core::InputError where the window of what `key` says, from cycle `from` on, was not reached (`begun`) by the run's end.
void check_window(const char* key, bool begun, core::Cycle from, core::Cycle end);

/// Tiles that a key chooses, row by row: points "X,Y", rectangles "X,Y,WIDTH,HEIGHT", or patterns that match their
/// names (`wafer.reticle_X_Y.tile_X_Y`) likewise.
[[nodiscard]] std::vector<core::Coordinate> match_tiles(const Hardware& hardware, const std::string& key,
                                                        const std::vector<std::string>& patterns);

}  // namespace waferloom::wafer
