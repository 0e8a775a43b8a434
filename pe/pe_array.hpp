// SPDX-License-Identifier: Apache-2.0
// The processing elements of a region: queues, threads, datapath.
//
// Timing contract (R = ramp latency; 2 cycles measured on silicon):
//   - A wavelet that the router sends up the ramp in cycle t can be used in t + R.
//   - A step's iteration of n cycles begun in t puts its result into the output queue at t + n; it can go
//     down the ramp so that the router sees it in t + n + R. One wavelet a cycle in each direction; queues
//     take turns.
//   - Receive, compute, send thus costs 2 R + 1, and a chain's step with the hop 2 R + 2, as measured.
//   - The datapath does one iteration at a time. Ready threads take turns; the main thread's work on SRAM
//     fills the cycles that streaming threads leave, and gets every other cycle when they leave none.
//   - Tasks are not preempted: a thread runs its step to the end, waiting for wavelets or for space as
//     needed.
//   - A step begins `task launch` cycles after it was activated.
// Queue depths per queue number and the rule that a microthread is its input queue: vendor's documents.
// PEs with nothing to do are not visited.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <systemc>
#include <vector>

#include "core/geometry.hpp"
#include "core/lists/ahead.hpp"
#include "core/lists/ascending.hpp"
#include "core/lists/change_list.hpp"
#include "core/lists/cycle_lists.hpp"
#include "core/ramp.hpp"
#include "core/state/state.hpp"
#include "pe/memory.hpp"
#include "pe/own_pe.hpp"
#include "pe/parameters.hpp"
#include "pe/pe_state.hpp"
#include "pe/queue_binding.hpp"
#include "pe/step.hpp"

namespace waferloom::pe {

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
  core::Color input_color = core::kNoColor;  ///< of its queues, whether it waits for them or not
  core::Color output_color = core::kNoColor;
};

/// Wavelets that wait in a PE's input queue.
struct QueuedWavelets {
  std::uint32_t tile = 0;
  core::Color color = 0;
  std::uint32_t wavelets = 0;
};

class PeArray final : public sc_core::sc_module, public core::PeRamp {
 public:
  sc_core::sc_port<core::RouterRamp> ramp;
  sc_core::sc_port<MemoryAccess> memory;

  /// `area`: the region's tiles on the wafer.
  PeArray(const sc_core::sc_module_name& name, const PeParameters& parameters,
          std::uint32_t ramp_latency_cycles, std::uint32_t router_queue_depth, const core::Rectangle& area);

  /// Gives the PE a program: `program_tile` names it there. Binds its queues to colors.
  void load(std::uint32_t tile, Program& program, std::uint32_t program_tile,
            const std::vector<QueueBinding>& inputs, const std::vector<QueueBinding>& outputs,
            core::Cycle start);
  /// Asks the program again for threads that it had blocked.
  void resume(std::uint32_t tile, core::Cycle cycle);
  [[nodiscard]] bool loaded(std::uint32_t tile) const { return slots_[tile] != kNoSlot; }
  /// For the PE's program: takes SRAM, and gives it back.
  [[nodiscard]] std::optional<std::uint32_t> allocate(std::uint32_t tile, std::uint64_t bytes) {
    return memory->allocate(tile, bytes);
  }
  void release(std::uint32_t tile, std::uint32_t address) { memory->release(tile, address); }

  /// Puts a module in the place of a PE: of the PE only its queues and its ramp are left, bound to colors, and the
  /// module takes and sends.
  void replace(std::uint32_t tile, OwnPe& module, const std::vector<QueueBinding>& inputs,
               const std::vector<QueueBinding>& outputs, core::Cycle start);
  /// The module is visited in `cycle`, which lies ahead.
  void visit_in(std::uint32_t tile, core::Cycle cycle);
  /// Of an input queue the wavelet behind `ahead` others; none: there is none that can be used in `cycle`.
  [[nodiscard]] std::optional<core::Wavelet> wavelet(std::uint32_t tile, std::uint8_t queue,
                                                     std::uint32_t ahead, core::Cycle cycle) const;
  void take(std::uint32_t tile, std::uint8_t queue) { take_input(pes_[slots_[tile]], queue); }
  /// Free places of an output queue.
  [[nodiscard]] std::uint32_t room(std::uint32_t tile, std::uint8_t queue) const;
  /// Puts a wavelet, the result of the cycle before, into an output queue with room.
  void send_result(std::uint32_t tile, std::uint8_t queue, std::uint32_t data, bool control,
                   core::Cycle cycle);

  void deliver(std::span<const core::Delivery> deliveries, core::Cycle cycle) override;
  void return_output_credits(std::span<const std::uint32_t> queues, core::Cycle cycle) override;

  /// Notes from here on each watched PE of which view() tells something else, but for PeView::until.
  void report_changes(core::ChangeList& list) { changes_ = &list; }

  /// One cycle, before the routers act.
  void step(core::Cycle cycle);
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now) const;

  [[nodiscard]] std::uint64_t busy_cycles(std::uint32_t tile) const;
  [[nodiscard]] std::uint64_t received(std::uint32_t tile) const;
  [[nodiscard]] std::uint64_t injected(std::uint32_t tile) const;
  /// Of whole steps and iterations: those under way are booked at their begin or end.
  [[nodiscard]] const std::vector<TagTotals>& totals() const { return totals_; }
  /// Busy cycles of all PEs before `cycle`, none of them booked early or late; nothing is simulated from there on. Sums
  /// wrap: a checkpoint may have left what was booked early with another array, and only the sum over all arrays counts.
  [[nodiscard]] std::array<std::uint64_t, kWorks> busy_before(core::Cycle cycle) const;
  [[nodiscard]] std::vector<WaitingThread> waiting() const;
  /// Whether a step is under way that needs nothing but time.
  [[nodiscard]] bool at_work(core::Cycle cycle) const;
  [[nodiscard]] std::uint64_t queued_wavelets() const;
  /// The first input queue that holds wavelets.
  [[nodiscard]] std::optional<QueuedWavelets> first_queued() const;
  /// As of the end of `cycle`, with nothing simulated beyond it.
  [[nodiscard]] PeView view(std::uint32_t tile, core::Cycle cycle) const;
  /// The input queue that a color is bound to, kNoQueue if none.
  [[nodiscard]] std::uint8_t bound_queue(std::uint32_t tile, core::Color color) const;

  /// What a checkpoint keeps, between two cycles, the last of which is `now` (pe/pe_archive.cpp): before all PEs, of one
  /// PE, and of what belongs to none. Where it is read, programs are loaded; see fabric::RouterArray.
  void begin_archive(core::State& state, core::Cycle now);
  void archive(core::State& state, std::uint32_t tile);
  void archive_between(core::State& state, const core::Rectangle& of, core::Cycle now);

 private:
  static constexpr std::uint32_t kNoSlot = 0xffffffff;
  /// Cycles ahead for which the wheel holds visits; later ones wait until they are as near.
  static constexpr std::size_t kWheelSlots = 4096;
  static constexpr std::size_t kWordBits = 64;
  static constexpr std::uint8_t kNoThread = 0xff;
  static constexpr std::uint32_t kAllThreads = (1U << kThreads) - 1;
  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::uint32_t kQueuesPerPe = 8;  // handles of queues are slot * kQueuesPerPe + queue

  struct Entry {
    std::uint32_t data;
    std::uint32_t stamp;  ///< low 31 bits: of the cycle from which it can be used; top bit: control wavelet
    [[nodiscard]] bool control() const { return (stamp >> 31U) != 0; }
  };
  [[nodiscard]] static Entry make_entry(std::uint32_t data, core::Cycle ready, bool control) {
    return {data, (static_cast<std::uint32_t>(ready) & kStampMask) | (control ? ~kStampMask : 0U)};
  }
  static constexpr std::size_t kHotLines = 3;     ///< of a PE
  static constexpr std::size_t kInCaches = 8192;  ///< PEs; measured: 4,096 are visited faster as they come
  static constexpr std::uint32_t kStampMask = 0x7fffffffU;
  static constexpr core::Cycle kStampsHold = core::Cycle{1} << 28U;
  static constexpr core::Cycle kMostAhead = core::Cycle{1}
                                            << 29U;  ///< that a result may come after its step begins
  struct alignas(kCacheLine) Ring : std::array<Entry, kMaxQueueDepth> {};
  static_assert(sizeof(Ring) == kCacheLine);

  struct alignas(kCacheLine) Thread {
    std::uint64_t remaining = 0;  ///< iterations, or cycles on the main thread
    std::uint64_t received = 0;   ///< payload taken in by this step
    core::Cycle start = 0;        ///< not before
    std::uint64_t cycles = 1;     ///< of an iteration
    std::uint32_t addend = 0;
    std::uint32_t control = 0;
    std::uint32_t tag = 0;
    std::uint32_t fraction = 0;  ///< of an iteration, see Step
    std::uint32_t phase = 0;     ///< what it has added up to
    std::uint8_t input = kNoQueue;
    std::uint8_t output = kNoQueue;
    Work work = Work::streaming;
    bool bank_conflict = false;
    bool finishes_with_control = false;
    bool awaits_control = false;
    bool computes = false;
    std::uint8_t latency = 0;  ///< of what it sends, see Step

    [[nodiscard]] bool sends_control() const { return finishes_with_control && remaining == 1; }
  };
  /// What every visit touches comes first, in three cache lines.
  struct alignas(kCacheLine) Pe {
    core::Cycle busy_until = 0;
    core::Cycle wake = core::kNever;  ///< earliest visit asked for
    core::Cycle ramp_used = 0;        ///< last cycle for which a wavelet was put on the ramp
    core::Cycle main_since = 0;       ///< main thread has the datapath from here
    core::Cycle stream_from = 0;  ///< streams not before: the main thread has one cycle after each iteration
    std::uint64_t busy = 0;
    std::array<std::uint8_t, kMaxInputQueues> in_front{};
    std::array<std::uint8_t, kMaxInputQueues> in_count{};
    std::uint8_t active_streams = 0;  ///< bit per streaming thread that has iterations left
    std::uint8_t takes_input =
        0;  ///< likewise, where the next one takes a wavelet from the thread's own queue
    std::uint8_t filled_inputs = 0;       ///< bit per input queue that is not empty
    std::uint8_t filled_outputs = 0;      ///< likewise per output queue
    std::uint8_t control_inputs = 0;      ///< bit per input queue that may hold control wavelets
    std::uint8_t steps_take_control = 0;  ///< bit per input queue that steps bind
    std::uint8_t active = 0;              ///< bit per thread that has a step
    std::uint8_t unasked = 0;  ///< bit per thread that has none, and of which the program is to be asked
    std::uint8_t last_thread = 0;
    std::uint8_t last_output = 0;
    std::uint8_t finishing = kNoThread;  ///< thread whose step ends at busy_until
    bool main_running = false;
    bool main_active = false;
    bool ask = false;        ///< something has changed since the program was asked
    bool replaced = false;   ///< by a module
    std::uint32_t slot = 0;  ///< of this PE

    std::array<std::uint8_t, kMaxOutputQueues> out_front{};
    std::array<std::uint8_t, kMaxOutputQueues> out_count{};
    std::array<std::uint8_t, kMaxOutputQueues> out_depth{};
    std::array<std::uint8_t, kMaxOutputQueues> out_credits{};  ///< free slots of the router's ramp queue
    std::array<std::uint32_t, kMaxInputQueues> in_ramp{};      ///< the router's handles
    std::array<std::uint32_t, kMaxOutputQueues> out_ramp{};
    std::uint64_t received = 0;
    std::uint64_t injected = 0;
    std::uint32_t tile = 0;
    std::uint32_t program_tile = 0;
    Program* program = nullptr;
    OwnPe* module = nullptr;  ///< that stands in its place
    std::array<core::Color, kMaxInputQueues> in_color{};
    std::array<core::Color, kMaxOutputQueues> out_color{};
  };

  /// Stamps tell cycles apart that are less than 2^30 apart, and a wavelet may wait for longer: every so often those
  /// that can be used are stamped anew. Called before anything else is done in a cycle.
  void keep_stamps(core::Cycle cycle) {
    if (cycle - stamped_ >= kStampsHold) [[unlikely]]
      stamp_anew(cycle);
  }
  void stamp_anew(core::Cycle cycle);
  [[nodiscard]] static bool is_ready(const Entry& entry, core::Cycle cycle) {
    return ((static_cast<std::uint32_t>(cycle) - entry.stamp) & kStampMask) <= kStampMask / 2;
  }
  /// The cycle that an entry's low bits mean, given that it lies within 2^30 of `now`.
  [[nodiscard]] static core::Cycle ready_cycle(const Entry& entry, core::Cycle now);

  /// Puts a wavelet that can be used from `ready` on into its queue.
  [[gnu::always_inline]] void deliver(const core::Delivery& each, core::Cycle ready);
  void schedule(Pe& pe, std::uint32_t slot, core::Cycle cycle) {
    if (pe.wake > cycle) ask_visit(pe, slot, cycle);
  }
  /// Earlier than was asked for.
  void ask_visit(Pe& pe, std::uint32_t slot, core::Cycle cycle) {
    pe.wake = cycle;
    put_visit(slot, cycle);
  }
  void put_visit(std::uint32_t slot, core::Cycle cycle) {
    if (cycle - cycle_ >= kWheelSlots) [[unlikely]] {
      later_[cycle].push_back(slot);
      first_later_ = later_.begin()->first;
      return;
    }
    const std::size_t index = cycle % kWheelSlots;
    if (!wheel_.add(cycle, slot)) return;
    wheel_filled_[index / kWordBits] |= std::uint64_t{1} << (index % kWordBits);
    wheel_words_ |= std::uint64_t{1} << (index / kWordBits);
  }
  /// Those that are near enough by now come on the wheel.
  [[gnu::noinline]] void bring_near(core::Cycle cycle);
  void end_of_elaboration() override { router_ = ramp[0]; }
  [[nodiscard]] Pe& make_pe(std::uint32_t tile, const std::vector<QueueBinding>& inputs,
                            const std::vector<QueueBinding>& outputs);
  /// Queues that no PE of the region binds take no memory.
  static void make_ring(std::vector<Ring>& rings, std::uint32_t slot);
  // What is visited a little later is fetched into the caches: most of it has not been touched for a cycle.
  void prefetch_pe(std::uint32_t slot) const {
    const auto* const lines = reinterpret_cast<const std::array<char, kCacheLine>*>(&pes_[slot]);
    for (std::size_t line = 0; line < kHotLines; ++line) __builtin_prefetch(lines + line, 1);
  }
  void prefetch_threads(const Pe& pe) const;
  void visit(std::uint32_t slot, core::Cycle cycle);
  // What most visits do stands in one function, and what they seldom do in others.
  [[gnu::noinline]] void visit_module(Pe& pe, core::Cycle cycle);
  [[gnu::noinline]] void drain_outputs(Pe& pe, core::Cycle cycle);
  /// Takes control wavelets from the heads of the queues: each ends the step that awaits it; where queues are
  /// bound for good, as a program is loaded, they only steer routers and are dropped.
  [[gnu::noinline]] void take_control(Pe& pe, core::Cycle cycle);
  [[nodiscard]] bool takes_control(const Pe& pe, std::size_t queue) const;
  void take_input(Pe& pe, std::size_t queue) {
    pe.in_front[queue] = static_cast<std::uint8_t>((pe.in_front[queue] + 1U) % kMaxQueueDepth);
    if (--pe.in_count[queue] == 0)
      pe.filled_inputs = static_cast<std::uint8_t>(pe.filled_inputs & ~(1U << queue));
    ++pe.received;
    router_->return_input_credit(pe.in_ramp[queue]);
  }
  [[gnu::noinline]] void finish(Pe& pe, std::uint8_t thread, core::Cycle cycle);
  /// Of threads without a step; what had none may have one now.
  static void ask_again(Pe& pe) {
    pe.unasked = static_cast<std::uint8_t>(~pe.active & kAllThreads);
    pe.ask = true;
  }
  [[nodiscard]] static bool is_active(const Pe& pe, std::size_t index) {
    return ((pe.active >> index) & 1U) != 0;
  }
  /// Streams with iterations left that no empty input queue holds up.
  [[nodiscard]] static std::uint32_t fed_streams(const Pe& pe) {
    return pe.active_streams & ~(pe.takes_input & ~std::uint32_t{pe.filled_inputs});
  }
  /// Whether the thread's next iteration takes a wavelet.
  static void note_next(Pe& pe, std::uint8_t index, const Thread& thread);
  /// Its busy cycles are counted from now on.
  void count_by(const Thread& thread);
  [[gnu::noinline]] void fetch_all(Pe& pe, core::Cycle cycle);
  void fetch(Pe& pe, std::uint8_t thread, core::Cycle cycle);
  /// Wavelets of the color come into the queue from now on, and those of its former color no more.
  void bind_input(Pe& pe, std::uint8_t queue, core::Color color);
  [[nodiscard]] bool can_iterate(const Pe& pe, const Thread& thread, core::Cycle cycle) const;
  [[gnu::always_inline]] void settle_main(Pe& pe, core::Cycle cycle);
  [[gnu::always_inline]] void use_datapath(Pe& pe, core::Cycle cycle);
  [[gnu::always_inline]] void iterate(Pe& pe, std::uint8_t index, core::Cycle cycle);
  /// Cycles of the thread's next iteration.
  [[nodiscard]] static core::Cycle next_cycles(Thread& thread) {
    if (thread.fraction == 0) [[likely]]
      return thread.cycles;
    const std::uint32_t before = thread.phase;
    thread.phase += thread.fraction;
    return thread.cycles + (thread.phase < before ? 1 : 0);
  }
  void send(Pe& pe, std::uint8_t queue, std::uint32_t payload, bool control, core::Cycle ready,
            core::Cycle cycle) {
    // Nothing waits for the ramp and the router has room: the wavelet's way is known, no visit is needed to
    // drain it. It lies in its queue until then, which is never full of such wavelets where the queue has as many
    // places as the ramp has cycles: one iteration ends a cycle at most. A shorter queue has to keep count of them.
    if (pe.filled_outputs == 0 && pe.out_credits[queue] != 0 && ready - cycle < core::kMostCyclesAhead &&
        ready > pe.ramp_used && pe.out_depth[queue] >= ramp_latency_) {
      router_->inject(pe.out_ramp[queue], payload, control, ready + 1);
      pe.ramp_used = ready;
      --pe.out_credits[queue];
      ++pe.injected;
    } else {
      queue_output(pe, queue, payload, control, ready, cycle);
    }
  }
  [[gnu::noinline]] void queue_output(Pe& pe, std::uint8_t queue, std::uint32_t payload, bool control,
                                      core::Cycle ready, core::Cycle cycle);
  void account(Pe& pe, const Thread& thread, std::uint64_t cycles) {
    pe.busy += cycles;
    totals_[thread.tag].busy_cycles[static_cast<std::size_t>(thread.work)] += cycles;
  }
  [[gnu::always_inline]] [[nodiscard]] core::Cycle next_visit(const Pe& pe, core::Cycle cycle) const;
  [[gnu::noinline]] [[nodiscard]] core::Cycle next_drain(const Pe& pe, core::Cycle cycle) const;
  [[nodiscard]] Thread& thread(const Pe& pe, std::size_t index) { return threads_[index][pe.slot]; }
  [[nodiscard]] const Thread& thread(const Pe& pe, std::size_t index) const {
    return threads_[index][pe.slot];
  }
  [[nodiscard]] const Entry& in_head(const Pe& pe, std::size_t q) const {
    return inputs_[q][pe.slot][pe.in_front[q]];
  }
  [[nodiscard]] const Entry& out_head(const Pe& pe, std::size_t q) const {
    return outputs_[q][pe.slot][pe.out_front[q]];
  }
  void look(const Pe& pe, core::Cycle cycle, PeView& view) const;
  void note_change(const Pe& pe) {
    if (changes_ != nullptr) [[unlikely]]
      changes_->note(pe.tile);
  }
  [[nodiscard]] static bool has_space(const Pe& pe, const Thread& thread) {
    return thread.output == kNoQueue || pe.out_count[thread.output] < pe.out_depth[thread.output];
  }

  PeParameters parameters_;
  std::uint32_t ramp_latency_;
  std::uint32_t router_depth_;
  core::Rectangle area_;
  std::vector<std::uint32_t> slots_;
  // Threads and rings lie apart by their number: the few that a phase of a program uses stay close together.
  std::vector<Pe> pes_;
  std::array<std::vector<Thread>, kThreads> threads_;
  std::array<std::vector<Ring>, kMaxInputQueues> inputs_;
  std::array<std::vector<Ring>, kMaxOutputQueues> outputs_;
  core::RouterRamp* router_ = nullptr;  ///< what is bound to `ramp`
  core::ChangeList* changes_ = nullptr;

  core::CycleLists<std::uint32_t, kWheelSlots> wheel_;
  core::Ascending ascending_;
  std::array<std::uint64_t, kWheelSlots / kWordBits> wheel_filled_{};  ///< bit per slot
  std::uint64_t wheel_words_ = 0;                            ///< bit per word of it that is not zero
  std::map<core::Cycle, std::vector<std::uint32_t>> later_;  ///< visits that the wheel cannot hold yet
  core::Cycle first_later_ = core::kNever;
  core::Cycle cycle_ = 0;
  core::Cycle stamped_ = 0;  ///< see keep_stamps

  std::vector<TagTotals> totals_;
};

}  // namespace waferloom::pe
