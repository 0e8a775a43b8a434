// SPDX-License-Identifier: Apache-2.0
// What the columns' streams (feeds and drains) tell and ask those who run them.
#pragma once

#include <cstdint>
#include <functional>

#include "wafer/burst/engine/ticks.hpp"

namespace waferloom::burst {

class ColumnListener {
 public:
  virtual ~ColumnListener() = default;
  /// When the host may send a stream_in; kNever: not yet.
  [[nodiscard]] virtual Ticks opening(std::uint32_t record) = 0;
  /// It can be told when a column's words come, which it could not before.
  virtual void words_known(std::uint32_t column) = 0;
  /// Results of a column have left, or leave at another rate.
  virtual void results_moved(std::uint32_t column) = 0;
  /// The last word of a stream_out has left; the host has it at `time`.
  virtual void drained(std::uint32_t record, Ticks time) = 0;
  /// Calls `action` at a time to come.
  virtual void at(Ticks time, std::function<void()> action) = 0;
};

}  // namespace waferloom::burst
