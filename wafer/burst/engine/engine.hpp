// SPDX-License-Identifier: Apache-2.0
// Simulates PEs, their links and the columns' streams burst by burst: a step's n wavelets are one transfer with
// a head, a tail and a rate, however large n is.
//
// Timing contract, each point as in pe/pe_array.hpp and fabric/color_router_array.hpp unless it says otherwise:
//   - A PE's datapath serves its running threads in turn, an iteration of each; the main thread fills the gaps
//     and gets one cycle per iteration where there are none. Here each thread gets its share of the datapath
//     continuously (processor sharing), recalculated whenever a thread begins or ends. Work is conserved.
//   - A thread begins with the transfer's head and ends no earlier than its tail has come; in between it may
//     run ahead of what has arrived (approximation), so that the datapath's load may lie a little early.
//   - The head reaches the next PE one iteration, two ramps and a hop after the step begins; where threads
//     share the datapath the first iteration waits for half of the others' iterations.
//   - A step ends no earlier than the receiver has taken all but what the queues between them hold, and passed
//     it on in turn.
//   - A column's weights arrive at the rate that its channel gives it, as far ahead as the channel's buffer
//     reaches; a row ends no earlier than all others have taken what the routers' queues between them cannot
//     hold.
//   - Results leave at the rate that their channel gives the column, behind the channel's buffer.
//   - A link carries a wavelet per fabric.link_cycles(). A column's weights on their way to the next row and a
//     chain that goes the same way take turns on it: each gets half of it until it has sent what it has to,
//     then the other has all of it. A step ends no earlier than the link has carried its wavelets. Links as
//     wide as a wavelet are never the narrower place, as a word takes the PE a cycle or more.
//   - What merely passes rows above or below its area takes no link there (approximation).
// Times are whole 1/1024 of a cycle, so that equal states give equal futures. What happens at one time happens in the
// order of the tiles.
//
// A visit costs as much as there is to do: each thread has the time of its next event, each tile the earliest of its
// threads', and whoever waits for another thread stands in that one's list of followers.
//   engine.cpp     events, visits, steps that begin and end
//   datapath_share.cpp  how running threads share a tile's datapath
//   estimates.cpp  when a step that is worked off may end
//   view.cpp       what an observer sees
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "pe/pe_state.hpp"
#include "pe/sram.hpp"
#include "pe/step.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/credit_loops.hpp"
#include "wafer/burst/engine/drains.hpp"
#include "wafer/burst/engine/engine_observer.hpp"
#include "wafer/burst/engine/feeds.hpp"
#include "wafer/burst/engine/followers.hpp"
#include "wafer/burst/engine/next_visits.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/burst/fifo.hpp"
#include "wafer/observation/signals.hpp"
#include "wafer/program/flows.hpp"
#include "wafer/program/step_share.hpp"
#include "wafer/program/tile_services.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::burst {

/// Work of one tag.
struct TagWork {
  std::array<std::uint64_t, pe::kWorks> busy_cycles{};  ///< of all tiles
  std::uint64_t row_link_wavelets = 0;                  ///< over the link along a row that carried most
  std::uint64_t column_link_wavelets = 0;               ///< and along a column
};

using wafer::LinkState;

/// What an observer sees of a tile of the grid between two events.
struct TileView {
  pe::PeState state = pe::PeState::idle;
  std::uint32_t tag = pe::PeView::kNoTag;              ///< of the step that it works on or that waits
  std::array<LinkState, core::kDirections> outputs{};  ///< of its router; ramp: to its PE
  std::uint32_t sram_used = 0;                         ///< bytes
};

class Engine final : public wafer::TileServices {
 public:
  static constexpr std::size_t kFlows = wafer::kFlowWays.size();

  /// `scales`: of the records, by their ids.
  Engine(const wafer::Hardware& hardware, core::Rectangle grid, const std::vector<RecordScale>& scales,
         Feeds& feeds, Drains& drains);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() override = default;

  /// Gives all tiles their program, which makes each step wholly anew; `shares` tells what its steps stand for. Both
  /// have to outlive the run.
  void load(pe::Program& program, const wafer::StepShares& shares);

  // wafer::TileServices
  void resume(std::uint32_t tile, core::Cycle cycle) override;
  [[nodiscard]] std::optional<std::uint32_t> allocate(std::uint32_t tile, std::uint64_t bytes) override {
    return srams_.allocate(tile, bytes);
  }
  void release(std::uint32_t tile, std::uint32_t address) override { srams_.release(tile, address); }

  /// Calls `action` at a time to come.
  void at(Ticks time, std::function<void()> action);
  [[nodiscard]] Ticks now() const { return now_; }
  /// More is known of a column's stream: rows that wait for that look again.
  void poke_column(std::uint32_t column);
  /// Results of a column have moved on: rows that wait for that look again.
  void poke_results(std::uint32_t column);

  /// Called every few thousand events; may throw.
  void on_progress(std::function<void(Ticks)> callback) { progress_ = std::move(callback); }
  /// Time of the next event; kNever: nothing is left to do.
  [[nodiscard]] Ticks next_time() const {
    return actions_.empty() ? visits_.time() : std::min(visits_.time(), actions_.top().time);
  }
  /// Runs all events of the next time.
  void step();

  /// Told of all that happens from here on; none: nobody.
  void set_observer(EngineObserver* observer) { observer_ = observer; }
  [[nodiscard]] TileView view(std::uint32_t tile) const;

  [[nodiscard]] const pe::SramArray& srams() const { return srams_; }
  [[nodiscard]] std::uint64_t busy_cycles(std::uint32_t tile) const { return tiles_[tile].busy_cycles; }
  [[nodiscard]] const std::vector<TagWork>& work() const { return work_; }
  /// Transfers between tiles, and steps in all.
  [[nodiscard]] std::uint64_t transfers() const { return transfers_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  static constexpr std::uint8_t kNoFlow = 0xff;
  static constexpr std::uint32_t kNoTile = 0xffffffff;
  static constexpr ThreadId kIdsPerTile = 8;
  static constexpr Ticks kShareUnit = Ticks{1} << 16U;

  struct Transfer {
    std::uint64_t wavelets = 0;
    std::uint64_t payload = 0;
    Ticks head = 0;
    Ticks tail = kNever;  ///< unknown until the sender is done
  };
  /// What a tile has been sent on one flow and not wholly taken.
  struct Inbox {
    Fifo<Transfer> transfers;
    std::uint64_t sent = 0;   ///< wavelets, by the sender's steps that began
    std::uint64_t taken = 0;  ///< by the receiver's steps that ended
  };
  enum class State : std::uint8_t {
    unasked,
    parked,   ///< the program has no step for now; among the unasked threads once it is to be asked again
    waiting,  ///< for the head of its input
    running,
    drained  ///< its work is done; it waits for its input's tail or its output's room
  };
  static constexpr std::size_t kStates = 5;
  /// Threads of a tile, a bit each.
  using ThreadSet = std::uint32_t;
  static constexpr ThreadSet kMain = 1U << pe::kMainThread;
  static constexpr std::size_t kCacheLine = 64;
  /// What others look at comes first, on one cache line.
  struct alignas(kCacheLine) Thread {
    State state = State::unasked;
    std::uint8_t in_flow = kNoFlow;
    std::uint8_t out_flow = kNoFlow;
    std::uint32_t neighbour = kNoTile;  ///< that gets the output
    Ticks cost = 0;                     ///< of an iteration, on the datapath
    /// Of that, what falls to each of the tiles that take turns in the step, where one stands for several.
    Ticks load = 0;
    Ticks work = 0;       ///< of the whole step
    Ticks left = 0;       ///< as of Tile::updated while it runs
    Ticks round = 1;      ///< while it runs: datapath cycles of all threads' round as it sees it, in ticks
    Ticks link_left = 0;  ///< time that its wavelets take up the link by themselves, as of Tile::link_updated
    std::uint64_t slack = 0;  ///< wavelets that lie between it and the next tile's
    pe::Step step;
    wafer::StepShare share;  ///< of the step
    double hops = 1;         ///< to the tile that gets the output
    Ticks begun = 0;
    Ticks link_period = 0;       ///< that of each of its wavelets
    Ticks ramps_until = 0;       ///< what it and the steps before it have sent takes up the ramps' queues
    std::uint64_t received = 0;  ///< payload
    core::DirectionSet onward;   ///< where the weights that it takes go on, if links are narrow
  };
  static constexpr std::array<Ticks, pe::kThreads> kNoWakes{kNever, kNever, kNever, kNever,
                                                            kNever, kNever, kNever};
  /// What each visit looks at comes first, on few cache lines.
  struct alignas(kCacheLine) Tile {
    std::array<Ticks, pe::kThreads> wakes = kNoWakes;  ///< when to look at each thread next
    Ticks updated = 0;                                 ///< progress of threads is as of this time
    std::array<ThreadSet, kStates> in_state{};
    core::Coordinate at;   ///< on the grid
    bool ask = false;      ///< the program for steps
    bool regroup = false;  ///< other threads run than before
    /// Datapath cycles of one round of all running threads, as another one would find it.
    Ticks running_cost = 0;
    /// The main thread's share of the datapath while it runs, a whole number of kShareUnit-ths.
    Ticks main_share = kShareUnit;
    std::uint64_t busy_cycles = 0;
    Ticks link_updated = 0;  ///< progress of the links is as of this time
    std::array<Thread, pe::kThreads> threads;
    std::array<Inbox, kFlows> inboxes;
  };
  /// When a thread may go on, as far as can be told, and the thread on which that rests.
  struct Estimate {
    Ticks time = 0;
    ThreadId rests_on = kNobody;
  };
  struct Action {
    Ticks time;
    std::uint64_t order;
    std::size_t place;
    friend bool operator>(const Action& a, const Action& b) {
      return a.time != b.time ? a.time > b.time : a.order > b.order;
    }
  };

  static ThreadId id_of(std::uint32_t tile, std::uint8_t thread) { return tile * kIdsPerTile + thread; }
  template <typename Visit>
  static void for_each(ThreadSet set, Visit visit) {
    for (; set != 0; set &= set - 1) visit(static_cast<std::uint8_t>(std::countr_zero(set)));
  }
  [[nodiscard]] static ThreadSet in(const Tile& tile, State state) {
    return tile.in_state[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] static ThreadSet& in(Tile& tile, State state) {
    return tile.in_state[static_cast<std::size_t>(state)];
  }
  /// Threads without a step are not asked for one before something changes.
  static void park(Tile& tile, ThreadSet threads) {
    in(tile, State::unasked) &= ~threads;
    in(tile, State::parked) |= threads;
  }
  [[nodiscard]] static bool runs(const Tile& tile, std::uint8_t thread) {
    return tile.threads[thread].state == State::running;
  }
  static Estimate later(Estimate a, Estimate b) { return b.time > a.time ? b : a; }
  static void enter(Tile& tile, std::uint8_t thread, State state);

  /// Threads that the program had no step for are asked for again.
  static void ask_again(Tile& tile);
  void act();
  /// Looks at a thread at `time`, or before.
  void wake(std::uint32_t tile, std::uint8_t thread, Ticks time);
  void wake_followers(std::uint32_t tile, std::uint8_t thread);
  void visit(std::uint32_t tile);
  /// Threads whose work is done are drained.
  void drain(Tile& tile);
  /// The number of running threads has changed: when each will have worked off its step.
  void expect_ends(std::uint32_t index, Tile& tile);
  /// Work that a running thread has left now.
  [[nodiscard]] Ticks left(const Tile& tile, std::uint8_t thread) const;
  /// Notes the running threads' progress, before their number changes.
  void advance(Tile& tile);
  /// Shares of the datapath, when the number of running threads has changed.
  static void share_datapath(Tile& tile);
  /// Datapath cycles that pass for one round of all running threads as `thread` sees it, in ticks.
  [[nodiscard]] static Ticks round(const Tile& tile, const Thread& thread);
  /// Whether two threads of which each is at one of the tiles that take turns are at different ones.
  [[nodiscard]] static bool pass_by(const Tile& tile, const Thread& thread, const Thread& other);
  /// Time until a running thread has worked off `left`.
  [[nodiscard]] static Ticks time_for(const Tile& tile, std::uint8_t thread, Ticks left);
  [[nodiscard]] std::uint32_t neighbour(std::uint32_t index, core::Direction direction) const;
  void fetch_all(std::uint32_t index, Tile& tile);
  void fetch(std::uint32_t index, Tile& tile, std::uint8_t thread);
  /// Begins threads whose input has come; true: at least one did.
  bool begin_ready(std::uint32_t index, Tile& tile);
  void begin(std::uint32_t index, Tile& tile, std::uint8_t thread);
  /// A step that begins sends its transfer's head, and one that ends its tail.
  void send(const Tile& tile, const Thread& thread);
  void deliver(std::uint32_t index, const Thread& thread);
  /// Ends threads that may; true: at least one did.
  bool end_ready(std::uint32_t index, Tile& tile);
  void end(std::uint32_t index, Tile& tile, std::uint8_t thread);
  /// When the input's head is here; kNever: not known yet.
  [[nodiscard]] Ticks head_time(std::uint32_t index, const Tile& tile, const Thread& thread);
  /// Earliest time at which a drained thread may end; kNever: not known yet.
  [[nodiscard]] Estimate end_time(std::uint32_t index, const Tile& tile, std::uint8_t thread);
  /// When the thread's output has room for the first `words` of its step.
  [[nodiscard]] Estimate output_time(std::uint32_t index, std::uint8_t thread, std::uint64_t words) const;
  /// When a tile has taken `words` more from a flow than it had when its present step began.
  [[nodiscard]] Estimate take_time(std::uint32_t index, std::uint8_t flow, std::uint64_t words) const;
  /// When a running thread has worked off its first `words`.
  [[nodiscard]] Ticks work_time(const Tile& tile, std::uint8_t thread, std::uint64_t words) const;
  /// Who sends to a tile may find room.
  void wake_sender(std::uint32_t index, std::uint8_t flow);
  void poke_tile(std::uint32_t index);
  /// More is known of weights that a thread passes on: those who wait for them look again, of a relay the other lanes'
  /// taps, and of a tap the rows of its column.
  void poke_takers(std::uint32_t index, const Thread& thread);
  [[nodiscard]] LaneTile lane_tile(std::uint32_t index, const Thread& thread) const;
  /// When all others have taken what the queues between them and a tile that takes weights cannot hold.
  [[nodiscard]] Estimate others_time(const LaneTile& own) const;
  /// When a tile has taken `words` more weights than it had when its present step began.
  [[nodiscard]] Estimate taken_time(const LaneTile& at, std::uint64_t words) const;
  /// Of all running threads of a tile.
  [[nodiscard]] Ticks work_left(const Tile& tile) const;
  /// Until the first result leaves of a thread that begins: it waits for half an iteration of each other thread, and no
  /// longer than these have work.
  [[nodiscard]] Ticks first_iteration(const Tile& tile, const Thread& thread) const;
  /// Until results follow each other: where others' iterations are longer, one passes between two of these.
  [[nodiscard]] Ticks pace_begins(const Tile& tile, const Thread& thread) const;
  [[nodiscard]] std::uint64_t slack(const Thread& thread) const;
  /// The thread with which `thread` shares a link; none: nullptr.
  [[nodiscard]] const Thread* link_partner(const Tile& tile, const Thread& thread) const;
  /// Time that a thread's wavelets still take up their link.
  [[nodiscard]] Ticks link_left(const Tile& tile, const Thread& thread) const;
  /// When the first `words` of the thread's step have passed its link.
  [[nodiscard]] Ticks link_time(const Tile& tile, const Thread& thread, std::uint64_t words) const;
  /// What the queues of the ramps let through between a thread and that of the next PE.
  [[nodiscard]] RampLimit ramp_limit(const Thread& thread) const;
  /// How long the wavelets of a thread that begins take over links and ramps, if these limit them.
  [[nodiscard]] Ticks way_time(Thread& thread) const;
  /// Puts the wavelets of a thread that begins on its link.
  void load_link(std::uint32_t index, Tile& tile, Thread& thread);
  [[nodiscard]] bool links_are_narrow() const { return link_ticks_ > kTicksPerCycle; }
  [[nodiscard]] double link_cycles(const Thread& thread) const {
    return link_cycles_[wafer::kFlowWays[thread.out_flow].axis == trace::Axis::x ? 0 : 1];
  }
  void account(Tile& tile, const Thread& thread);

  wafer::Hardware hardware_;
  core::Rectangle grid_;
  const std::vector<RecordScale>& scales_;
  Feeds& feeds_;
  Drains& drains_;
  pe::Program* program_ = nullptr;
  const wafer::StepShares* shares_ = nullptr;
  pe::SramArray srams_;
  /// Ramps and hop between neighbours on a row and on a column, crossings between reticles spread over the hops.
  std::array<double, 2> link_cycles_;
  double link_words_;  ///< that a link and the queue behind it hold
  Ticks link_ticks_;   ///< for which a wavelet takes up a link
  Ticks link_period_;  ///< of wavelets over links, as far as credits let them pass
  std::vector<Tile> tiles_;
  std::vector<TagWork> work_;
  std::vector<std::vector<std::uint64_t>> link_wavelets_;  ///< by tag, then tile and flow
  NextVisits visits_;
  Followers followers_;
  std::priority_queue<Action, std::vector<Action>, std::greater<>> actions_;
  std::vector<std::function<void()>> calls_;  ///< of the actions
  std::vector<std::size_t> free_calls_;
  std::uint64_t order_ = 0;
  Ticks now_ = 0;
  std::uint64_t transfers_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t processed_ = 0;
  std::function<void(Ticks)> progress_;
  EngineObserver* observer_ = nullptr;
};

}  // namespace waferloom::burst
