// SPDX-License-Identifier: Apache-2.0
// Runs a compiled kernel on the PEs.
//
// Timing contract: of the tasks that are activated and not blocked, the first of the file begins, `pe.task_wake` after the
// PE is free for it, and runs to its end. Statements that only decide, count, activate or start something on a
// microthread take no time; a vector operation on SRAM occupies the main thread, one with an operand on the fabric a
// microthread, for which the task waits unless it is asynchronous. An operation for a microthread that is not free
// holds its task up. What an operation's end activates can begin in that cycle. A task that a color activates takes one
// wavelet each time it runs.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/state/state.hpp"
#include "kernels/code.hpp"
#include "kernels/values.hpp"
#include "pe/parameters.hpp"
#include "pe/step.hpp"
#include "wafer/program/program_view.hpp"
#include "wafer/program/replay/stuck_text.hpp"
#include "wafer/program/result/kernel_result.hpp"

namespace waferloom::wafer {

class KernelProgram final : public pe::Program, public ProgramView {
 public:
  /// Computing the numbers of a long loop ends with core::Error (interrupted) once `stop` is set.
  KernelProgram(const kernels::CompiledKernel& compiled, const pe::PeParameters& pe,
                const std::atomic<bool>& stop);

  /// `tile` is one of the kernel's, row by row.
  pe::Fetch fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, pe::Step& step) override;
  std::uint32_t able(std::uint32_t tile, core::Cycle cycle) override;
  std::uint32_t pass(std::uint32_t tile, std::uint8_t thread, std::uint32_t data) override;
  void completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, std::uint64_t received) override;

  // ProgramView
  [[nodiscard]] std::vector<Waiting> waiting_threads() const override;
  [[nodiscard]] std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const override;
  [[nodiscard]] std::optional<std::uint8_t> receiver(core::Coordinate at, core::Color color) const override;
  /// What the tiles that have not ended are at, with lines of the kernel file.
  [[nodiscard]] std::vector<PlacedLine> unfinished() const;

  /// Of the tiles that `has` tells of.
  [[nodiscard]] bool all_done(const std::function<bool(core::Coordinate)>& has) const;
  [[nodiscard]] core::Cycle last_end() const { return last_end_; }
  /// By task of the kernel.
  [[nodiscard]] const std::vector<TaskTotals>& totals() const { return totals_; }
  /// What a checkpoint keeps, where this has what all tiles have counted; of a tile.
  void set_totals(std::vector<TaskTotals> totals) { totals_ = std::move(totals); }
  void archive(core::State& state) { state(totals_, last_end_); }
  void archive(core::State& state, std::uint32_t tile);
  /// None where the kernel computes none.
  [[nodiscard]] const kernels::Values* values() const { return values_.get(); }

 private:
  static constexpr std::uint8_t kNoTask = 0xff;
  static constexpr std::size_t kMicrothreads = pe::kMainThread;

  /// What a tile's main thread is at.
  enum class Main : std::uint8_t {
    free,       ///< goes on with its task, or the next one
    launching,  ///< a task begins
    ready,      ///< has work for its instruction
    running,    ///< at it
    waiting,    ///< for a microthread
    calling     ///< a collective
  };
  struct Tile {
    std::uint32_t pending = 0;  ///< tasks that are activated
    std::uint32_t blocked = 0;
    std::uint32_t next = 0;  ///< instruction
    std::uint8_t task = kNoTask;
    Main main = Main::free;
    std::uint8_t waits_for = 0;  ///< microthread
    std::uint8_t posted = 0;     ///< bit per microthread that has an operation
    std::uint8_t fetched = 0;    ///< of these, those under way
    std::uint8_t listening = 0;  ///< bit per microthread that waits for a task's wavelet
    std::array<std::uint16_t, kMicrothreads> operations{};  ///< of the microthreads
    std::array<std::uint32_t, kMicrothreads> wavelets{};
    std::uint64_t cycles = 0;                             ///< of the main thread's work
    std::uint32_t arrived = 0;                            ///< the task's wavelet
    std::array<std::uint32_t, kMicrothreads> arrivals{};  ///< of tasks that are to run, by microthread
  };
  /// A tile's part of a collective.
  struct Call {
    std::uint32_t collective = 0;                    ///< of the tile
    std::array<std::uint32_t, pe::kThreads> done{};  ///< steps of each thread
  };
  using Instruction = kernels::Instruction;

  [[nodiscard]] const kernels::TileCode& code(std::uint32_t tile) const { return compiled_.code(tile); }
  [[nodiscard]] std::int64_t* slots(std::uint32_t tile) {
    return slots_.data() + std::size_t{tile} * compiled_.kernel->slots;
  }
  [[nodiscard]] std::int64_t evaluate(std::uint32_t tile, const kernels::Number& number);
  [[nodiscard]] std::uint64_t amount(std::uint32_t tile, const kernels::Number& number, std::size_t line);
  [[nodiscard]] std::int64_t place(std::uint32_t tile, const kernels::Slice& slice, std::uint64_t length);
  [[nodiscard]] kernels::Settled settle(std::uint32_t tile, const kernels::CodeOperation& operation);
  /// What is wrong with a number that the kernel file states. Throws core::InputError.
  [[noreturn]] void fail(std::uint32_t tile, const kernels::Placed& number, const std::string& wrong) const;
  [[nodiscard]] std::string at_line(std::uint32_t tile, std::size_t line) const;

  [[noreturn]] void fail_without_time(std::uint32_t tile, std::uint32_t index, core::Cycle cycle) const;
  void advance(std::uint32_t tile, core::Cycle cycle);
  bool begin_task(std::uint32_t tile, core::Cycle cycle);
  void end_task(std::uint32_t tile, core::Cycle cycle);
  /// False: it cannot be executed yet.
  bool execute(std::uint32_t tile, core::Cycle cycle);
  /// What takes no time; gives the next instruction.
  std::uint32_t decide(std::uint32_t tile, std::uint32_t index);
  bool occupy(std::uint32_t tile, std::uint64_t cycles, std::uint32_t next, core::Cycle cycle);
  bool post(std::uint32_t tile, const Instruction& instruction);
  void call(std::uint32_t tile, std::uint32_t collective);
  /// Passes steps of the call that move nothing; ends it where all are done.
  void settle_call(std::uint32_t tile);
  [[nodiscard]] const collectives::PlannedStep* call_step(std::uint32_t tile, std::uint8_t thread) const;
  void call_step_done(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, std::uint64_t received);
  void listen(std::uint32_t tile, std::uint8_t thread, pe::Step& step);
  /// Computes what instructions from `from` to `to` do, in no time.
  void compute(std::uint32_t tile, std::uint32_t from, std::uint32_t to, core::Cycle cycle);
  void main_done(std::uint32_t tile, core::Cycle cycle);
  [[nodiscard]] pe::Step main_step(std::uint32_t tile) const;
  [[nodiscard]] pe::Step stream_step(std::uint32_t tile, std::uint8_t thread) const;
  [[nodiscard]] const kernels::CodeOperation& operation_of(std::uint32_t tile, std::uint8_t thread) const {
    return code(tile).operations[tiles_[tile].operations.at(thread)];
  }
  [[nodiscard]] bool is_done(const Tile& tile) const {
    return tile.task == kNoTask && tile.pending == 0 && tile.posted == 0;
  }
  [[nodiscard]] const std::string& task_name(std::uint32_t tile, std::uint32_t bit) const {
    return compiled_.kernel->tasks[code(tile).tasks[bit]].name;
  }
  [[nodiscard]] std::string color_name(core::Color color) const;
  [[nodiscard]] std::string stream_text(std::uint32_t tile, std::uint8_t thread) const;
  [[nodiscard]] std::optional<std::uint32_t> tile_at(core::Coordinate at) const;
  /// Of the operation that has `queue` as its input or output.
  [[nodiscard]] std::optional<std::uint8_t> thread_at(std::uint32_t tile,
                                                      std::uint8_t kernels::CodeOperation::*side,
                                                      std::uint8_t queue) const;

  const kernels::CompiledKernel& compiled_;
  const std::atomic<bool>& stop_;
  std::uint64_t launch_cycles_;
  std::uint64_t stream_setup_;
  std::vector<Tile> tiles_;
  std::vector<std::int64_t> slots_;
  std::unique_ptr<kernels::Values> values_;
  std::vector<std::array<kernels::Settled, kMicrothreads>> streams_;  ///< of values
  std::vector<Call> calls_;  ///< by tile, of kernels with collectives
  std::vector<TaskTotals> totals_;
  bool listens_;  ///< on some tile colors activate tasks
  core::Cycle last_end_ = 0;
};

}  // namespace waferloom::wafer
