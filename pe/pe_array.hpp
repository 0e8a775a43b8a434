// SPDX-License-Identifier: Apache-2.0
// The processing elements of a region: queues, threads, datapath.
//
// Timing contract (R = ramp latency; 2 cycles measured on silicon):
//   - A wavelet that the router sends up the ramp in cycle t can be used in t + R.
//   - A step's iteration of n cycles begun in t puts its result into the output queue at t + n; it can go down the
//     ramp so that the router sees it in t + n + R. One wavelet a cycle in each direction; queues take turns.
//   - Receive, compute, send thus costs 2 R + 1, and a chain's step with the hop 2 R + 2, as measured.
//   - The datapath does one iteration at a time. Ready threads take turns; the main thread's work on SRAM fills the
//     cycles that streaming threads leave, and gets every other cycle when they leave none.
//   - Tasks are not preempted: a thread runs its step to the end, waiting for wavelets or for space as needed.
//   - A step begins `task launch` cycles after it was activated.
// Queue depths per queue number and the rule that a microthread is its input queue: vendor's documents.
// PEs with nothing to do are not visited.
#pragma once

#include <array>
#include <cstdint>
#include <queue>
#include <vector>

#include "core/geometry.hpp"
#include "core/ramp.hpp"
#include "pe/parameters.hpp"
#include "pe/step.hpp"

namespace waferloom::pe {

/// Which queue a color is bound to.
struct QueueBinding {
  core::Color color = 0;
  std::uint8_t queue = 0;
};

/// Busy cycles of one tag, summed over the array's PEs.
struct TagTotals {
  std::array<std::uint64_t, kWorks> busy_cycles{};
};

/// A thread that is waiting when a run is stuck.
struct WaitingThread {
  std::uint32_t tile = 0;
  std::uint8_t thread = 0;
  bool for_input = false;
  bool for_output = false;
  core::Color color = 0;
};

class PeArray final : public core::PeRamp {
 public:
  PeArray(const PeParameters& parameters, std::uint32_t ramp_latency_cycles, std::uint32_t router_queue_depth,
          std::vector<core::Coordinate> places);

  void connect_router(core::RouterRamp& router) { router_ = &router; }

  /// Gives the PE a program: `program_tile` names it there. Binds its queues to colors.
  void load(std::uint32_t tile, Program& program, std::uint32_t program_tile,
            const std::vector<QueueBinding>& inputs, const std::vector<QueueBinding>& outputs, core::Cycle start);
  /// Asks the program again for threads that it had blocked.
  void resume(std::uint32_t tile, core::Cycle cycle);
  [[nodiscard]] bool loaded(std::uint32_t tile) const { return slots_[tile] != kNoSlot; }

  void deliver(std::uint32_t tile, const core::Wavelet& wavelet, core::Cycle cycle) override;
  void return_output_credit(std::uint32_t tile, core::Color color, core::Cycle cycle) override;

  /// One cycle, before the routers act.
  void step(core::Cycle cycle);
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now) const;

  [[nodiscard]] std::uint64_t busy_cycles(std::uint32_t tile) const;
  [[nodiscard]] std::uint64_t received(std::uint32_t tile) const;
  [[nodiscard]] std::uint64_t injected(std::uint32_t tile) const;
  [[nodiscard]] const std::vector<TagTotals>& totals() const { return totals_; }
  [[nodiscard]] const std::array<std::uint64_t, core::kMaxColors>& received_payload() const {
    return received_payload_;
  }
  [[nodiscard]] std::vector<WaitingThread> waiting() const;
  [[nodiscard]] std::uint64_t queued_wavelets() const;

 private:
  static constexpr std::uint32_t kNoSlot = 0xffffffff;
  static constexpr std::size_t kWheelSlots = 256;

  struct Entry {
    std::uint32_t data;
    std::uint32_t ready : 31;  ///< low bits of the cycle
    std::uint32_t control : 1;
  };
  struct Queue {
    std::array<Entry, kMaxQueueDepth> entries;
    std::uint8_t front = 0;
    std::uint8_t count = 0;
    std::uint8_t depth = 0;
    core::Color color = 0;
    bool bound = false;
    std::uint8_t credits = 0;  ///< output queues: free slots of the router's ramp queue

    [[nodiscard]] const Entry& head() const { return entries[front]; }
    void pop() {
      front = static_cast<std::uint8_t>((front + 1U) % kMaxQueueDepth);
      --count;
    }
    void push(Entry entry) {
      entries[(front + count) % kMaxQueueDepth] = entry;
      ++count;
    }
  };
  enum class State : std::uint8_t {
    unasked,  ///< has no step; the program is to be asked
    parked,   ///< has no step and the program had none; asked again when something has changed
    active
  };
  struct Thread {
    Step step;
    std::uint64_t remaining = 0;  ///< iterations, or cycles on the main thread
    std::uint64_t received = 0;   ///< payload taken in by this step
    core::Cycle start = 0;        ///< not before
    State state = State::parked;
  };
  struct Pe {
    core::Cycle busy_until = 0;
    core::Cycle wake = core::kNever;       ///< earliest visit asked for
    core::Cycle main_since = 0;            ///< main thread has the datapath from here
    bool main_running = false;
    bool main_owed = false;                ///< main thread has the next cycle
    std::uint8_t last_thread = 0;
    std::uint8_t last_output = 0;
    std::uint8_t finishing = kNoThread;    ///< thread whose step ends at busy_until
    std::uint8_t active_streams = 0;       ///< bit per streaming thread that is active
    std::uint8_t control_inputs = 0;       ///< bit per input queue that may hold control wavelets
    std::uint8_t filled_outputs = 0;       ///< bit per output queue that is not empty
    std::uint32_t tile = 0;
    std::uint32_t program_tile = 0;
    Program* program = nullptr;
    std::uint64_t busy = 0;
    std::uint64_t received = 0;
    std::uint64_t injected = 0;
    std::array<Thread, kThreads> threads;
    std::array<Queue, kMaxInputQueues> inputs;
    std::array<Queue, kMaxOutputQueues> outputs;
    std::array<std::uint8_t, core::kMaxColors> input_of_color{};
    std::array<std::uint8_t, core::kMaxColors> output_of_color{};
  };
  static constexpr std::uint8_t kNoThread = 0xff;

  [[nodiscard]] static bool is_ready(const Entry& entry, core::Cycle cycle) {
    return ((static_cast<std::uint32_t>(cycle) - entry.ready) & 0x7fffffffU) < 0x40000000U;
  }
  /// The cycle that an entry's low bits mean, given that it lies within 2^30 of `now`.
  [[nodiscard]] static core::Cycle ready_cycle(const Entry& entry, core::Cycle now);

  void schedule(Pe& pe, core::Cycle cycle);
  void visit(Pe& pe, core::Cycle cycle);
  void drain_outputs(Pe& pe, core::Cycle cycle);
  void finish(Pe& pe, std::uint8_t thread, core::Cycle cycle);
  void fetch_all(Pe& pe, core::Cycle cycle);
  void fetch(Pe& pe, std::uint8_t thread, core::Cycle cycle);
  void drop_control(Pe& pe, core::Cycle cycle);
  [[nodiscard]] bool can_iterate(const Pe& pe, const Thread& thread, core::Cycle cycle) const;
  void settle_main(Pe& pe, core::Cycle cycle);
  void use_datapath(Pe& pe, core::Cycle cycle);
  void iterate(Pe& pe, std::uint8_t index, core::Cycle cycle);
  void account(Pe& pe, const Step& step, std::uint64_t cycles);
  [[nodiscard]] core::Cycle next_visit(const Pe& pe, core::Cycle cycle) const;
  [[nodiscard]] bool has_slots(const Pe& pe, const Step& step) const;

  PeParameters parameters_;
  std::uint32_t ramp_latency_;
  std::uint32_t router_depth_;
  std::vector<core::Coordinate> places_;
  std::vector<std::uint32_t> slots_;
  std::vector<Pe> pes_;
  core::RouterRamp* router_ = nullptr;

  std::array<std::vector<std::uint32_t>, kWheelSlots> wheel_;
  std::array<std::uint64_t, kWheelSlots / 64> wheel_filled_{};
  using Far = std::pair<core::Cycle, std::uint32_t>;
  std::priority_queue<Far, std::vector<Far>, std::greater<>> far_;
  std::vector<std::uint32_t> due_;
  core::Cycle cycle_ = 0;

  std::vector<TagTotals> totals_;
  std::array<std::uint64_t, core::kMaxColors> received_payload_{};
};

}  // namespace waferloom::pe
