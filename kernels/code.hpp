// SPDX-License-Identifier: Apache-2.0
// What a kernel is for one tile: routes, queues, buffers and tasks with every number that does not depend on the run
// settled. Tiles with equal ones share them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collectives/plan.hpp"
#include "core/geometry.hpp"
#include "fabric/route.hpp"
#include "kernels/kernel.hpp"
#include "pe/queue_binding.hpp"
#include "pe/step.hpp"

namespace waferloom::kernels {

/// Tasks of a tile are bits of a set.
inline constexpr std::size_t kMostTasks = 32;

/// A number that is settled, or an expression that the tile evaluates as it runs.
struct Number {
  std::int64_t value = 0;
  const Placed* open = nullptr;  ///< none: it is `value`
};

/// An operand of a tile's operation.
struct Slice {
  Operand::Kind kind = Operand::Kind::none;
  Type type = Type::fp32;
  std::uint32_t buffer = 0;  ///< of the kernel
  std::uint32_t base = 0;    ///< of the buffer among the tile's values
  std::uint32_t size = 0;    ///< of the buffer, in elements
  Number offset;
  std::int64_t stride = 1;
  std::int64_t row_length = 0;  ///< 0: there is one row
  std::int64_t row_stride = 0;
  double literal = 0;

  /// Whether its elements lie in SRAM.
  [[nodiscard]] bool is_placed() const {
    return kind == Operand::Kind::vector || kind == Operand::Kind::element;
  }
  /// The place of element `number` behind the first one.
  [[nodiscard]] std::int64_t place(std::int64_t number) const {
    if (row_length == 0) return number * stride;
    return number % row_length * stride + number / row_length * row_stride;
  }
  /// Whether all of `length` elements from `first` on lie in the buffer.
  [[nodiscard]] bool holds(std::int64_t first, std::int64_t length) const;
};

/// A vector operation, or a control wavelet.
struct CodeOperation {
  Operation operation = Operation::move;
  Slice a;
  Slice b;
  Slice c;
  Slice to;
  Number length;  ///< elements
  Type type = Type::fp32;
  std::uint8_t thread = pe::kMainThread;  ///< the main thread: it works on SRAM alone
  std::uint8_t input = pe::kNoQueue;
  std::uint8_t output = pe::kNoQueue;
  bool asynchronous = false;
  bool sends_control = false;
  bool bank_conflict = false;
  pe::Work work = pe::Work::streaming;
  std::uint8_t per_wavelet = 1;  ///< elements
  std::uint32_t commands = 0;
  std::uint64_t setup = 0;        ///< cycles
  std::uint8_t latency = 0;       ///< of what it sends, see pe::Step
  double cycles_per_element = 0;  ///< in SRAM
  std::uint64_t cycles = 1;       ///< of a wavelet
  std::uint32_t fraction = 0;     ///< likewise, see pe::Step
  std::uint32_t activates = 0;    ///< tasks
  std::uint32_t unblocks = 0;
  std::uint32_t task = 0;  ///< of the kernel
  std::size_t line = 0;    ///< of the kernel file
  const Location* where = nullptr;
};

struct Instruction {
  enum class Kind : std::uint8_t {
    timed,    ///< the main thread works for `number` cycles; what it computes meanwhile reaches to `target`
    compute,  ///< operation `index` on the main thread
    stream,   ///< operation `index` on a microthread
    work,     ///< the main thread works for `number` cycles
    loop,     ///< `number` times what reaches to `target`, whose index is slot `index`
    again,    ///< the end of the loop that begins at `target`
    skip_unless,  ///< goes on at `target` where `number` is 0
    jump,         ///< goes on at `target`
    activate,     ///< the tasks `index`
    block,
    unblock,
    set,   ///< slot `index`
    call,  ///< collective `index` of the tile
    end    ///< of the task
  };
  Kind kind = Kind::end;
  std::uint32_t index = 0;
  std::uint32_t target = 0;
  Number number;
  pe::Work work = pe::Work::arithmetic;
  bool bank_conflict = false;
  std::size_t line = 0;
};

struct CodeBuffer {
  std::uint32_t buffer = 0;  ///< of the kernel
  std::uint32_t base = 0;    ///< among the tile's values
  std::uint32_t length = 0;
  std::uint32_t address = 0;  ///< in SRAM
  bool output = false;        ///< its values are written
};

struct CodeRoute {
  core::Color color = 0;
  std::uint32_t rule = 0;  ///< color of the kernel, or beyond its colors: one of a collective
  fabric::Route route;
};

/// A task that wavelets activate.
struct Listener {
  std::uint32_t task = 0;  ///< bit
  std::uint8_t thread = 0;
  core::Color color = 0;
};

/// A tile's part of a collective: steps of its threads, as its queues are numbered.
struct CodeCollective {
  std::array<std::vector<collectives::PlannedStep>, pe::kThreads> threads;
  std::uint32_t call = 0;  ///< of the kernel
};

struct TileCode {
  std::vector<CodeRoute> routes;
  std::vector<pe::QueueBinding> inputs;
  std::vector<pe::QueueBinding> outputs;
  std::vector<CodeBuffer> buffers;
  std::vector<CodeOperation> operations;
  std::vector<Instruction> instructions;
  std::vector<std::uint32_t> entries;  ///< first instruction of each task of the tile
  std::vector<std::uint32_t> tasks;    ///< of the kernel, by bit
  std::vector<Listener> listeners;
  std::vector<CodeCollective> collectives;
  std::uint32_t started = 0;  ///< tasks
  std::uint32_t blocked = 0;
  std::uint32_t values = 0;  ///< elements of all buffers
  std::uint64_t sram_bytes = 0;
};

struct CompiledKernel {
  std::shared_ptr<const Kernel> kernel;
  core::Rectangle area;             ///< on the wafer
  std::vector<core::Color> colors;  ///< numbers of the kernel's colors, then of those of its collectives
  std::vector<TileCode> codes;
  std::vector<std::uint32_t> code_of;  ///< by tile, row by row

  [[nodiscard]] const TileCode& code(std::uint32_t tile) const { return codes[code_of[tile]]; }
  [[nodiscard]] core::Coordinate at(std::uint32_t tile) const {
    return {area.x + tile % area.width, area.y + tile / area.width};
  }
};

}  // namespace waferloom::kernels
