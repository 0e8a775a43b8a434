// SPDX-License-Identifier: Apache-2.0
// Where a waveform goes. Formats implement it (results/wave/wave_formats.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/state/state.hpp"

namespace waferloom::wafer {

class WaveSink {
 public:
  virtual ~WaveSink() = default;
  /// Declares the next signal, numbered from 0 in order. `states`: names of its values, where they have some.
  virtual void declare(const std::string& name, std::uint32_t bits,
                       std::span<const std::string_view> states) = 0;
  /// All are declared.
  virtual void begin() = 0;
  /// Changes from here on happen at `time_fs`; never goes back.
  virtual void at(std::uint64_t time_fs) = 0;
  virtual void change(std::size_t signal, std::uint64_t value) = 0;
  /// The waveform is whole; throws core::HostResourceError when the disk is full.
  virtual void finish() = 0;
  /// What a checkpoint keeps: all that it was told. Where it is read, nothing was told yet.
  virtual void archive(core::State& state) {
    static_cast<void>(state);
    throw core::InputError("observe.waveform: expected a sink that can be kept in a checkpoint");
  }
};

}  // namespace waferloom::wafer
