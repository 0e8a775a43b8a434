// SPDX-License-Identifier: Apache-2.0
// A row of tiles for tests of modules in a PE's place: tile 0 broadcasts words on color 0 to all others, and receives what
// one of them answers on color 1.
#pragma once

#include <memory>

#include "fabric/memoryx.hpp"
#include "tests/support/scripted_program.hpp"
#include "tests/support/test_wafer.hpp"

namespace waferloom::test {

class OwnPeBench {
 public:
  static constexpr std::uint32_t kTiles = 4;
  static constexpr std::uint32_t kOwn = 2;  ///< the tile whose PE is another

  explicit OwnPeBench(std::uint32_t ramp_latency = 2, std::uint32_t region_width = 0)
      : wafer_((sc_core::sc_set_time_resolution(1, sc_core::SC_FS), "wafer"), hardware(ramp_latency),
               {.region_width = region_width}),
        memoryx_("memoryx", fabric::MemoryXParameters{}) {
    wafer_.io().host.bind(memoryx_.socket);
  }

  wafer::Wafer& wafer() { return wafer_; }
  pe::TileRamp& ramp() { return wafer_.tile({kOwn, 0}).ramp; }
  ScriptedProgram& program() { return program_; }

  /// Elaborates and lays routes; tile 0 sends `words` words of `payload` and expects `answers`.
  void prepare(std::uint64_t words, std::uint32_t payload, std::uint64_t answers) {
    using core::Direction;
    using fabric::Route;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    wafer_.set_route({0, 0}, 0, Route::fixed({Direction::ramp}, {Direction::east}));
    wafer_.set_route({1, 0}, 0, Route::fixed({Direction::west}, {Direction::east, Direction::ramp}));
    wafer_.set_route({2, 0}, 0, Route::fixed({Direction::west}, {Direction::east, Direction::ramp}));
    wafer_.set_route({3, 0}, 0, Route::fixed({Direction::west}, {Direction::ramp}));
    wafer_.set_route({2, 0}, 1, Route::fixed({Direction::ramp}, {Direction::west}));
    wafer_.set_route({1, 0}, 1, Route::fixed({Direction::east}, {Direction::west}));
    wafer_.set_route({0, 0}, 1, Route::fixed({Direction::east}, {Direction::ramp}));
    program_.add(0, 0, send(2, words, payload));
    program_.add(0, 1, receive(1, answers));
    program_.add(1, 0, receive(0, words));
    program_.add(3, 0, receive(0, words));
    wafer_.load({0, 0}, program_, 0, {{1, 1}}, {{0, 2}});
    wafer_.load({1, 0}, program_, 1, {{0, 0}}, {});
    wafer_.load({3, 0}, program_, 3, {{0, 0}}, {});
  }
  /// The built-in PE in the place of one's own.
  void load_own() { wafer_.load({kOwn, 0}, program_, kOwn, {{0, 0}}, {{1, 0}}); }

  /// When tile 0 has all answers, and their sum.
  [[nodiscard]] ScriptedProgram::Done answer() { return program_.done(0, 1).at(0); }

 private:
  static wafer::Hardware hardware(std::uint32_t ramp_latency) {
    wafer::Hardware hardware = small_hardware(kTiles, 1);
    hardware.fabric.ramp_latency_cycles = ramp_latency;
    return hardware;
  }

  wafer::Wafer wafer_;
  fabric::MemoryX memoryx_;
  ScriptedProgram program_;
};

}  // namespace waferloom::test
