// SPDX-License-Identifier: Apache-2.0
// What a PE executes: steps, each one vector operation between queues and SRAM, given out by a program.
#pragma once

#include <cstdint>

#include "core/wavelet.hpp"

namespace waferloom::pe {

/// Threads of a PE: microthreads that stream between queues, and the main thread that works on SRAM only.
/// A microthread's number is that of its input queue [D].
inline constexpr std::uint8_t kThreads = 7;
inline constexpr std::uint8_t kMainThread = 6;
inline constexpr std::uint8_t kNoQueue = 0xff;
inline constexpr std::uint8_t kMaxInputQueues = 8;
inline constexpr std::uint8_t kMaxOutputQueues = 6;
inline constexpr std::uint32_t kMaxQueueDepth = 8;

/// What a PE's busy cycles are spent on.
enum class Work : std::uint8_t {
  arithmetic,  ///< multiply-accumulates and element-wise operations, at the datapath's rate
  sram,        ///< as above, where SRAM bandwidth or a bank conflict sets the rate
  streaming,   ///< moving or adding wavelets from or to the fabric
};
inline constexpr std::size_t kWorks = 3;

/// One vector operation. With a queue as operand it runs as `iterations` of `cycles` each: take a wavelet
/// from the input queue, work, put one into the output queue. On SRAM alone it runs for `cycles` in all,
/// sharing the datapath with streaming threads cycle by cycle.
struct Step {
  std::uint8_t input = kNoQueue;
  std::uint8_t output = kNoQueue;
  /// The input queue is bound to this color when the step begins; kNoColor: as it is.
  core::Color input_color = core::kNoColor;
  Work work = Work::streaming;
  bool bank_conflict = false;          ///< its operands cannot be read together
  bool finishes_with_control = false;  ///< a control wavelet follows the last wavelet
  bool awaits_control = false;  ///< a control wavelet comes behind the last one taken, and ends the step
  bool in_task = false;         ///< of a task that runs already: nothing is launched
  bool computes = false;        ///< the program makes the payload of each wavelet, see Program::pass
  std::uint32_t control = 0;    ///< its commands
  std::uint64_t iterations = 0;
  std::uint64_t cycles = 1;
  std::uint32_t fraction = 0;  ///< of a cycle, in 2^-32, that each iteration takes besides; it adds up
  std::uint8_t latency = 0;    ///< cycles that what it sends needs besides to the ramp; nothing waits for it
  std::uint64_t delay = 0;     ///< cycles before it begins, beside what launching a task takes
  std::uint32_t addend = 0;    ///< added to each wavelet's payload that passes, or sent as payload
  std::uint32_t tag = 0;       ///< what the busy cycles are accounted to
};

enum class Fetch : std::uint8_t {
  step,  ///< here is one
  none   ///< not before another step of this tile is done, or PeArray::resume is called
};

/// The program of all PEs of an array, asked tile by tile. `tile` is what PeArray::load was given.
class Program {
 public:
  virtual ~Program() = default;
  virtual Fetch fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, Step& step) = 0;
  /// The threads, a bit each, of which fetch() may have a step; asked before it, which is then asked of no others.
  virtual std::uint32_t able(std::uint32_t /*tile*/, core::Cycle /*cycle*/) { return (1U << kThreads) - 1; }
  /// Of a step that computes: what is sent for `data`, which was taken in; 0 where nothing was.
  virtual std::uint32_t pass(std::uint32_t /*tile*/, std::uint8_t /*thread*/, std::uint32_t data) {
    return data;
  }
  /// The thread's last step is done; `received` is the sum of the payloads that it took in.
  virtual void completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle,
                         std::uint64_t received) = 0;
};

}  // namespace waferloom::pe
