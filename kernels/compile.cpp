// SPDX-License-Identifier: Apache-2.0
#include "kernels/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "kernels/collective_lines.hpp"
#include "kernels/color_check.hpp"
#include "kernels/cost.hpp"
#include "kernels/numbers.hpp"
#include "kernels/tile_parts.hpp"
#include "pe/datapath.hpp"

namespace waferloom::kernels {

namespace {

constexpr std::int64_t kMostLength = std::int64_t{1} << 40U;
constexpr std::int64_t kMostStride = std::int64_t{1} << 20U;

class TileCompiler {
 public:
  TileCompiler(const Kernel& kernel, const std::vector<core::Color>& colors,
               const std::vector<CollectiveLine>& lines, const pe::PeParameters& pe, Numbers& numbers)
      : kernel_(kernel),
        colors_(colors),
        lines_(lines),
        pe_(pe),
        numbers_(numbers),
        queues_(kernel, colors, numbers, code_) {}

  TileCode compile() {
    lay_routes();
    lay_buffers(kernel_, pe_, numbers_, code_);
    find_tasks();
    listen();
    find_inputs();
    for (std::uint32_t call = 0; call < lines_.size(); ++call) {
      lay_collective(kernel_, lines_[call], call, colors_, numbers_, queues_, code_);
    }
    for (const std::uint32_t task : code_.tasks) {
      code_.entries.push_back(next());
      task_ = task;
      emit(kernel_.tasks[task].body);
      add(Instruction::Kind::end, kernel_.tasks[task].where);
    }
    check_activated();
    return std::move(code_);
  }

 private:
  // Routes.
  void lay_routes() {
    for (std::uint32_t color = 0; color < kernel_.colors.size(); ++color) {
      const ColorRule& rule = kernel_.colors[color];
      const auto found = std::find_if(rule.routes.begin(), rule.routes.end(),
                                      [&](const RouteRule& each) { return numbers_.holds(each.condition); });
      if (found == rule.routes.end()) continue;
      code_.routes.push_back({colors_[color], color, found->route});
      queues_.reserve(color);
    }
  }

  /// Whether a color's route here has the ramp on the side that `side` tells.
  void check_route(std::uint32_t color, core::DirectionSet fabric::SwitchPosition::*side, const char* what,
                   const Location& where) const {
    const auto found = std::find_if(code_.routes.begin(), code_.routes.end(),
                                    [&](const CodeRoute& each) { return each.rule == color; });
    const std::string& name = kernel_.colors[color].name;
    if (found == code_.routes.end()) {
      numbers_.fail(where, "tasks", fmt::format("expected a route of color {} here, got none", name));
    }
    for (std::size_t p = 0; p < found->route.position_count; ++p) {
      if ((found->route.positions[p].*side).has(core::Direction::ramp)) return;
    }
    numbers_.fail(where, "tasks",
                  fmt::format("expected a route of color {} {} the ramp, got none", name, what));
  }

  // Tasks.
  void find_tasks() {
    for (std::uint32_t task = 0; task < kernel_.tasks.size(); ++task) {
      const Task& each = kernel_.tasks[task];
      if (!numbers_.holds(each.condition)) continue;
      if (code_.tasks.size() == kMostTasks) {
        numbers_.fail(each.where, "tasks",
                      fmt::format("expected at most {} tasks on a tile, got more", kMostTasks));
      }
      const std::uint32_t bit = 1U << code_.tasks.size();
      if (each.start && numbers_.number(*each.start) != 0) code_.started |= bit;
      if (each.blocked && numbers_.number(*each.blocked) != 0) code_.blocked |= bit;
      code_.tasks.push_back(task);
    }
  }

  void listen() {
    for (std::uint32_t bit = 0; bit < code_.tasks.size(); ++bit) {
      const Task& task = kernel_.tasks[code_.tasks[bit]];
      if (!task.on) continue;
      check_route(*task.on, &fabric::SwitchPosition::tx, "to", task.where);
      const std::uint8_t queue = queues_.input(*task.on, task.where);
      const bool taken = std::any_of(code_.listeners.begin(), code_.listeners.end(),
                                     [&](const Listener& each) { return each.thread == queue; });
      if (taken) {
        numbers_.fail(
            task.where, "tasks",
            fmt::format("expected one task for color {}, got several", kernel_.colors[*task.on].name));
      }
      code_.listeners.push_back({bit, queue, colors_[*task.on]});
    }
  }

  /// Of all that is executed here, so that microthreads for what only sends are known to be free.
  void find_inputs() {
    for (const std::uint32_t task : code_.tasks) find_inputs(kernel_.tasks[task].body);
  }
  void find_inputs(const std::vector<Statement>& statements) {
    for (const Statement& each : statements) {
      const Choice choice = choose(each);
      if (choice != Choice::never) {
        for (const Operand* operand : {&each.a, &each.b, &each.c}) {
          if (operand->kind != Operand::Kind::input) continue;
          check_route(operand->index, &fabric::SwitchPosition::tx, "to", operand->where);
          static_cast<void>(queues_.input(operand->index, operand->where));
        }
        find_inputs(each.body);
      }
      if (choice != Choice::always) find_inputs(each.others);
    }
  }

  [[nodiscard]] std::uint32_t tasks_of(const std::vector<std::string>& names,
                                       const std::vector<Location>& where) const {
    std::uint32_t set = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto found = std::find_if(code_.tasks.begin(), code_.tasks.end(), [&](std::uint32_t task) {
        return kernel_.tasks[task].name == names[i];
      });
      if (found == code_.tasks.end()) {
        numbers_.fail(where[i], "tasks", fmt::format("expected a task that this tile has, got {}", names[i]));
      }
      set |= 1U << static_cast<std::uint32_t>(found - code_.tasks.begin());
    }
    return set;
  }

  void check_activated() const {
    std::uint32_t activated = code_.started;
    for (const Listener& each : code_.listeners) activated |= 1U << each.task;
    for (const Instruction& each : code_.instructions) {
      if (each.kind == Instruction::Kind::activate) activated |= each.index;
    }
    for (const CodeOperation& each : code_.operations) activated |= each.activates;
    for (std::uint32_t bit = 0; bit < code_.tasks.size(); ++bit) {
      if ((activated >> bit & 1U) != 0) continue;
      const Task& task = kernel_.tasks[code_.tasks[bit]];
      numbers_.fail(
          task.where, "tasks",
          fmt::format("expected that something activates task {} (`start`, `color`, or a statement of this "
                      "tile), got nothing; `where` says which tiles have it",
                      task.name));
    }
  }

  // Statements.
  enum class Choice : std::uint8_t { always, never, open };
  Choice choose(const Statement& statement) {
    if (!statement.condition) return Choice::always;
    const std::optional<bool> holds = numbers_.decided(*statement.condition);
    if (!holds) return Choice::open;
    return *holds ? Choice::always : Choice::never;
  }

  [[nodiscard]] std::uint32_t next() const { return static_cast<std::uint32_t>(code_.instructions.size()); }
  std::uint32_t add(Instruction::Kind kind, const Location& where) {
    Instruction instruction;
    instruction.kind = kind;
    instruction.line = where.line;
    code_.instructions.push_back(instruction);
    return next() - 1;
  }
  [[nodiscard]] Instruction& at(std::uint32_t index) { return code_.instructions[index]; }

  /// Cycles of what occupies the main thread alone, and always for as long; none: it does more, or takes what is not
  /// known yet.
  std::optional<std::uint64_t> fixed_cycles(const Statement& statement) {
    const Choice choice = choose(statement);
    if (choice == Choice::open) return std::nullopt;
    switch (statement.kind) {
      case Statement::Kind::vector:
        if (choice == Choice::never) return 0;
        return fixed_operation(statement);
      case Statement::Kind::cycles:
        if (choice == Choice::never) return 0;
        if (statement.length->expression.is_dynamic()) return std::nullopt;
        return static_cast<std::uint64_t>(numbers_.number(*statement.length, 0, kMostLength));
      case Statement::Kind::loop:
        if (choice == Choice::never) return 0;
        return fixed_loop(statement);
      case Statement::Kind::group:
        return fixed_cycles(choice == Choice::always ? statement.body : statement.others);
      default:
        return choice == Choice::never ? std::optional<std::uint64_t>(0) : std::nullopt;
    }
  }
  std::optional<std::uint64_t> fixed_cycles(const std::vector<Statement>& statements) {
    std::uint64_t total = 0;
    for (const Statement& each : statements) {
      const std::optional<std::uint64_t> cycles = fixed_cycles(each);
      if (!cycles) return std::nullopt;
      total += *cycles;
    }
    return total;
  }
  std::optional<std::uint64_t> fixed_operation(const Statement& statement) {
    if (on_fabric(statement)) return std::nullopt;
    const CodeOperation operation = make_operation(statement);
    if (operation.length.open != nullptr) return std::nullopt;
    return main_cycles(operation, static_cast<std::uint64_t>(operation.length.value));
  }
  std::optional<std::uint64_t> fixed_loop(const Statement& statement) {
    if (statement.length->expression.is_dynamic()) return std::nullopt;
    const std::optional<std::uint64_t> body = fixed_cycles(statement.body);
    if (!body) return std::nullopt;
    const auto count = static_cast<std::uint64_t>(numbers_.number(*statement.length, 0, kMostLength));
    std::uint64_t total = 0;
    if (__builtin_mul_overflow(*body, count, &total)) {
      numbers_.fail(statement.where, "tasks", "expected fewer cycles than 64 bits count, got more");
    }
    return total;
  }

  static bool on_fabric(const Statement& statement) {
    const auto is_fabric = [](const Operand& operand) {
      return operand.kind == Operand::Kind::input || operand.kind == Operand::Kind::output;
    };
    return is_fabric(statement.a) || is_fabric(statement.b) || is_fabric(statement.c) ||
           is_fabric(statement.to);
  }

  void emit(const std::vector<Statement>& statements) {
    for (std::size_t i = 0; i < statements.size();) {
      std::uint64_t cycles = 0;
      std::size_t end = i;
      while (end < statements.size()) {
        const std::optional<std::uint64_t> each = fixed_cycles(statements[end]);
        if (!each) break;
        cycles += *each;
        ++end;
      }
      if (end == i) {
        emit_open(statements[i++]);
        continue;
      }
      emit_timed(statements, i, end, cycles);
      i = end;
    }
  }

  /// The main thread has nothing but these to do: one step for all, and what they compute where values are wanted.
  void emit_timed(const std::vector<Statement>& statements, std::size_t from, std::size_t end,
                  std::uint64_t cycles) {
    const std::uint32_t timed = add(Instruction::Kind::timed, statements[from].where);
    at(timed).number.value = static_cast<std::int64_t>(cycles);
    const Statement& first = statements[from];
    if (end == from + 1 && first.kind == Statement::Kind::vector && choose(first) == Choice::always) {
      const CodeOperation operation = make_operation(first);
      at(timed).work = operation.work;
      at(timed).bank_conflict = operation.bank_conflict;
    }
    if (kernel_.values) {
      for (std::size_t i = from; i < end; ++i) emit_open(statements[i]);
    }
    at(timed).target = next();
    if (cycles == 0 && !kernel_.values) code_.instructions.pop_back();
  }

  void emit_open(const Statement& statement) {
    const Choice choice = choose(statement);
    if (choice == Choice::never) {
      emit(statement.others);
      return;
    }
    std::uint32_t skip = 0;
    if (choice == Choice::open) {
      skip = add(Instruction::Kind::skip_unless, statement.where);
      at(skip).number = numbers_.settle(*statement.condition);
    }
    emit_deed(statement);
    if (choice != Choice::open) return;
    if (statement.others.empty()) {
      at(skip).target = next();
      return;
    }
    const std::uint32_t jump = add(Instruction::Kind::jump, statement.where);
    at(skip).target = next();
    emit(statement.others);
    at(jump).target = next();
  }

  void emit_deed(const Statement& statement) {
    switch (statement.kind) {
      case Statement::Kind::vector:
      case Statement::Kind::control:
        return emit_operation(statement);
      case Statement::Kind::cycles:
        at(add(Instruction::Kind::work, statement.where)).number = numbers_.settle(*statement.length);
        return;
      case Statement::Kind::loop:
        return emit_loop(statement);
      case Statement::Kind::group:
        return emit(statement.body);
      case Statement::Kind::set: {
        const std::uint32_t set = add(Instruction::Kind::set, statement.where);
        at(set).index = statement.slot;
        at(set).number = numbers_.settle(*statement.length);
        return;
      }
      case Statement::Kind::collective:
        at(add(Instruction::Kind::call, statement.where)).index = statement.slot;
        return;
      default:
        emit_tasks(statement);
    }
  }

  void emit_tasks(const Statement& statement) {
    const Instruction::Kind kind = statement.kind == Statement::Kind::activate ? Instruction::Kind::activate
                                   : statement.kind == Statement::Kind::block  ? Instruction::Kind::block
                                                                               : Instruction::Kind::unblock;
    const std::uint32_t tasks = tasks_of(statement.activates, statement.activates_where);
    at(add(kind, statement.where)).index = tasks;
  }

  void emit_loop(const Statement& statement) {
    const std::uint32_t loop = add(Instruction::Kind::loop, statement.where);
    at(loop).index = statement.slot;
    at(loop).number = numbers_.settle(*statement.length);
    if (at(loop).number.open == nullptr) {
      static_cast<void>(numbers_.number(*statement.length, 0, kMostLength));  // within range
    }
    emit(statement.body);
    const std::uint32_t again = add(Instruction::Kind::again, statement.where);
    at(again).target = loop;
    at(again).index = statement.slot;
    at(loop).target = next();
  }

  void emit_operation(const Statement& statement) {
    const bool streams = on_fabric(statement);
    CodeOperation operation = make_operation(statement);
    const auto index = static_cast<std::uint32_t>(code_.operations.size());
    operation.activates = tasks_of(statement.activates, statement.activates_where);
    operation.unblocks = tasks_of(statement.unblocks, statement.unblocks_where);
    code_.operations.push_back(std::move(operation));
    at(add(streams ? Instruction::Kind::stream : Instruction::Kind::compute, statement.where)).index = index;
  }

  // Operations.
  /// `wavelet` is what activated the task.
  void check_arrived(const Operand& operand) const {
    if (operand.kind != Operand::Kind::arrived || kernel_.tasks[task_].on) return;
    numbers_.fail(operand.where, "tasks",
                  fmt::format("expected wavelet in a task with color, got it in {}, which has none",
                              kernel_.tasks[task_].name));
  }
  CodeOperation make_operation(const Statement& statement) {
    for (const Operand* operand : {&statement.a, &statement.b, &statement.c}) check_arrived(*operand);
    CodeOperation op;
    op.operation = statement.operation;
    op.a = slice(statement.a);
    op.b = slice(statement.b);
    op.c = slice(statement.c);
    op.to = slice(statement.to);
    op.asynchronous = statement.asynchronous;
    op.sends_control = statement.sends_control;
    op.commands = statement.commands;
    op.task = task_;
    op.line = statement.where.line;
    op.where = &statement.where;
    if (statement.kind == Statement::Kind::vector) op.length = length_of(statement);
    check_reach(statement.a, op.a, op.length);
    check_reach(statement.b, op.b, op.length);
    check_reach(statement.c, op.c, op.length);
    check_reach(statement.to, op.to, op.length);
    op.type = type_of(statement);
    op.per_wavelet = static_cast<std::uint8_t>(op.type == Type::fp16 ? 2 : 1);
    check_form(statement, op);
    bind(statement, op);
    op.bank_conflict = conflicts(statement);
    settle_cost(pe_, op);
    return op;
  }

  void check_form(const Statement& statement, const CodeOperation& op) const {
    const bool streams = on_fabric(statement);
    if (!streams && statement.asynchronous) {
      numbers_.fail(
          statement.where, "tasks",
          "expected an operand on the fabric (in COLOR or out COLOR) with async, got none: work on SRAM "
          "alone is the main thread's");
    }
    if (statement.thread && (!streams || statement.to.kind != Operand::Kind::output)) {
      numbers_.fail(statement.thread->where, statement.thread->key,
                    "expected none where nothing is sent: a color that is taken has its input queue's "
                    "microthread, and work on SRAM is the main thread's; got one");
    }
    if (op.operation == Operation::reduce && statement.to.kind != Operand::Kind::element) {
      numbers_.fail(
          statement.to.where, "tasks",
          fmt::format("expected a scalar or an element as the target of a sum, got {}", statement.to.text));
    }
    const std::int64_t most = std::int64_t{std::numeric_limits<std::uint32_t>::max()} * op.per_wavelet;
    if (streams && op.length.open == nullptr && op.length.value > most) {
      numbers_.fail(
          statement.where, "tasks",
          fmt::format("expected fewer than 2^32 wavelets of an operation, got {} elements", op.length.value));
    }
  }

  void bind(const Statement& statement, CodeOperation& op) {
    for (const Operand* operand : {&statement.a, &statement.b, &statement.c}) {
      if (operand->kind != Operand::Kind::input) continue;
      if (op.input != pe::kNoQueue) {
        numbers_.fail(operand->where, "tasks", "expected one operand that comes from the fabric, got two");
      }
      check_route(operand->index, &fabric::SwitchPosition::tx, "to", operand->where);
      op.input = queues_.input(operand->index, operand->where);
      op.thread = op.input;
      check_listener(*operand, op.input);
    }
    if (statement.to.kind != Operand::Kind::output) {
      if (!statement.sends_control) return;
      numbers_.fail(statement.where, "tasks", "expected out COLOR as the target with control, got another");
    }
    check_route(statement.to.index, &fabric::SwitchPosition::rx, "from", statement.to.where);
    op.output = queues_.output(statement.to.index, statement.to.where);
    if (op.input == pe::kNoQueue) {
      op.thread = queues_.sender(statement.to.index, statement.thread, statement.to.where);
    } else if (statement.thread) {
      numbers_.fail(
          statement.thread->where, statement.thread->key,
          "expected none where a color is taken: the microthread is that of its input queue, got one");
    }
  }

  void check_listener(const Operand& operand, std::uint8_t queue) const {
    const bool listened = std::any_of(code_.listeners.begin(), code_.listeners.end(),
                                      [&](const Listener& each) { return each.thread == queue; });
    if (!listened) return;
    numbers_.fail(operand.where, "tasks",
                  fmt::format("expected a color that activates no task, got {}: its wavelets are the task's",
                              kernel_.colors[operand.index].name));
  }

  [[nodiscard]] const CodeBuffer& buffer_here(const Operand& operand) const {
    const auto found = std::find_if(code_.buffers.begin(), code_.buffers.end(),
                                    [&](const CodeBuffer& each) { return each.buffer == operand.index; });
    if (found == code_.buffers.end()) {
      numbers_.fail(
          operand.where, "tasks",
          fmt::format("expected a buffer that this tile has, got {}", kernel_.buffers[operand.index].name));
    }
    return *found;
  }

  static bool in_sram(const Operand& operand) {
    return operand.kind == Operand::Kind::vector || operand.kind == Operand::Kind::element;
  }

  Slice slice(const Operand& operand) {
    Slice result;
    result.kind = operand.kind;
    result.literal = operand.literal;
    if (!in_sram(operand)) return result;
    const CodeBuffer& buffer = buffer_here(operand);
    result.type = kernel_.buffers[operand.index].type;
    result.buffer = operand.index;
    result.base = buffer.base;
    result.size = buffer.length;
    if (operand.offset) result.offset = numbers_.settle(*operand.offset);
    if (operand.stride) result.stride = numbers_.number(*operand.stride, -kMostStride, kMostStride);
    if (operand.rows) {
      result.row_length = numbers_.number(*operand.length, 1, kMostStride);
      result.row_stride = numbers_.number(*operand.row_stride, -kMostStride, kMostStride);
    }
    return result;
  }

  /// How many elements an operand states by itself.
  std::optional<Number> own_length(const Operand& operand) {
    if (operand.kind != Operand::Kind::vector) return std::nullopt;
    if (operand.rows) {
      return Number{
          numbers_.number(*operand.rows, 0, kMostStride) * numbers_.number(*operand.length, 1, kMostStride),
          nullptr};
    }
    if (operand.length) return numbers_.settle(*operand.length);
    const CodeBuffer& buffer = buffer_here(operand);
    if (operand.offset && operand.offset->expression.is_dynamic()) return std::nullopt;
    const std::int64_t offset = operand.offset ? numbers_.number(*operand.offset) : 0;
    const std::int64_t stride = operand.stride ? numbers_.number(*operand.stride) : 1;
    if (stride <= 0 || offset < 0) return std::nullopt;
    return Number{(std::max<std::int64_t>(buffer.length - offset, 0) + stride - 1) / stride, nullptr};
  }

  Number length_of(const Statement& statement) {
    std::optional<Number> length;
    if (statement.length) length = numbers_.settle(*statement.length);
    const bool stated = length.has_value();
    for (const Operand* operand : {&statement.to, &statement.a, &statement.b, &statement.c}) {
      if (stated && !operand->length) continue;
      const std::optional<Number> own = own_length(*operand);
      if (!own) continue;
      if (!length) length = own;
      if (length->open == nullptr && own->open == nullptr && length->value != own->value) {
        numbers_.fail(operand->where, "tasks",
                      fmt::format("expected {} elements as the operation has, got {} of {}", length->value,
                                  own->value, operand->text));
      }
    }
    if (!length) {
      if (!on_fabric(statement)) return {1, nullptr};  // of scalars
      numbers_.fail(statement.where, "tasks",
                    "expected a length: no operand is a vector in SRAM whose length is known, got none");
    }
    if (length->open == nullptr && (length->value < 0 || length->value > kMostLength)) {
      numbers_.fail(statement.where, "tasks",
                    fmt::format("expected a length of 0 or more, got {}", length->value));
    }
    return *length;
  }

  void check_reach(const Operand& operand, const Slice& slice, const Number& length) const {
    if (!in_sram(operand) || slice.offset.open != nullptr || length.open != nullptr) return;
    if (slice.holds(slice.offset.value, length.value)) return;
    numbers_.fail(operand.where, "tasks",
                  fmt::format("expected elements of {}, 0 to {}, got {} from {} on",
                              kernel_.buffers[operand.index].name, std::int64_t{slice.size} - 1, length.value,
                              slice.offset.value));
  }

  /// Of elements on the fabric.
  Type type_of(const Statement& statement) const {
    if (statement.type) return *statement.type;
    for (const Operand* operand : {&statement.to, &statement.a, &statement.b, &statement.c}) {
      if (operand->kind == Operand::Kind::vector) return kernel_.buffers[operand->index].type;
    }
    for (const Operand* operand : {&statement.to, &statement.a, &statement.b, &statement.c}) {
      if (operand->kind == Operand::Kind::element) return kernel_.buffers[operand->index].type;
    }
    return Type::fp32;
  }

  /// Two vectors that are read conflict where both have a place that the kernel chose.
  bool conflicts(const Statement& statement) const {
    std::vector<std::uint32_t> addresses;
    for (const Operand* operand : {&statement.a, &statement.b, &statement.c}) {
      if (operand->kind != Operand::Kind::vector) continue;
      const Buffer& buffer = kernel_.buffers[operand->index];
      if (!buffer.bank && !buffer.address) continue;
      const std::uint32_t address = buffer_here(*operand).address;
      for (const std::uint32_t other : addresses) {
        if (pe::banks_conflict(pe_, address, other)) return true;
      }
      addresses.push_back(address);
    }
    return false;
  }

  const Kernel& kernel_;
  const std::vector<core::Color>& colors_;
  const std::vector<CollectiveLine>& lines_;
  const pe::PeParameters& pe_;
  Numbers& numbers_;
  TileCode code_;
  TileQueues queues_;
  std::uint32_t task_ = 0;  ///< under way
};

/// Numbers of the kernel's colors.
std::vector<core::Color> number_colors(const Kernel& kernel, std::uint32_t available) {
  std::vector<std::optional<core::Color>> numbers(kernel.colors.size());
  std::map<core::Color, std::uint32_t> taken;
  Numbers same_everywhere(0, 0);
  for (std::uint32_t i = 0; i < kernel.colors.size(); ++i) {
    const ColorRule& rule = kernel.colors[i];
    if (!rule.number) continue;
    if (!rule.number->expression.is_constant()) {
      throw core::InputError(fmt::format("{}: {}: expected what is the same on all tiles, got {}",
                                         rule.number->where.text(), rule.number->key,
                                         rule.number->expression.text()));
    }
    const auto color = static_cast<core::Color>(same_everywhere.number(*rule.number, 0, available - 1));
    const auto [other, is_new] = taken.emplace(color, i);
    if (!is_new) {
      throw core::InputError(fmt::format("{}: {}: expected a color of its own, got {}, which {} has",
                                         rule.number->where.text(), rule.number->key, color,
                                         kernel.colors[other->second].name));
    }
    numbers[i] = color;
  }
  std::vector<core::Color> result;
  core::Color next = 0;
  for (std::uint32_t i = 0; i < kernel.colors.size(); ++i) {
    while (!numbers[i] && taken.contains(next)) ++next;
    if (!numbers[i] && next >= available) {
      throw core::InputError(fmt::format("{}: colors: expected at most {} colors (fabric.colors), got {}",
                                         kernel.colors[i].where.text(), available, kernel.colors.size()));
    }
    if (!numbers[i]) taken.emplace(next, i);
    result.push_back(numbers[i] ? *numbers[i] : next);
  }
  return result;
}

/// Codes made so far, with what each depends on.
class Codes {
 public:
  Codes(CompiledKernel& compiled, const std::vector<CollectiveLine>& lines, const pe::PeParameters& pe)
      : compiled_(compiled), lines_(lines), pe_(pe) {}

  std::uint32_t code_for(std::uint32_t x, std::uint32_t y) {
    for (std::size_t i = 0; i < recent_.size(); ++i) {
      const std::uint32_t code = recent_[i];
      if (!Numbers::same(asked_[code], x, y)) continue;
      std::rotate(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(i),
                  recent_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      return code;
    }
    Numbers numbers(x, y);
    TileCode code = TileCompiler(*compiled_.kernel, compiled_.colors, lines_, pe_, numbers).compile();
    const auto index = static_cast<std::uint32_t>(compiled_.codes.size());
    if (index == kMostCodes) {
      throw core::InputError(fmt::format("{}: expected at most {} kinds of tiles, got more",
                                         compiled_.kernel->beginning.text(), kMostCodes));
    }
    compiled_.codes.push_back(std::move(code));
    asked_.push_back(numbers.take());
    recent_.push_front(index);
    if (recent_.size() > kRecent) recent_.pop_back();
    return index;
  }

 private:
  static constexpr std::size_t kRecent = 24;
  static constexpr std::uint32_t kMostCodes = 1'000'000;
  CompiledKernel& compiled_;
  const std::vector<CollectiveLine>& lines_;
  const pe::PeParameters& pe_;
  std::vector<std::vector<Asked>> asked_;  ///< by code
  std::deque<std::uint32_t> recent_;       ///< the last used first
};

}  // namespace

CompiledKernel compile(std::shared_ptr<const Kernel> kernel, core::Coordinate origin,
                       const fabric::FabricParameters& fabric, const pe::PeParameters& pe) {
  CompiledKernel compiled;
  compiled.kernel = std::move(kernel);
  compiled.area = {origin.x, origin.y, compiled.kernel->width, compiled.kernel->height};
  if (!fabric.program.contains(compiled.area)) {
    throw core::InputError(fmt::format(
        "{}: width, height: expected a rectangle within fabric.program ({} x {} at ({}, {})), got {} x {} at "
        "({}, {})",
        compiled.kernel->extent_where.text(), fabric.program.width, fabric.program.height, fabric.program.x,
        fabric.program.y, compiled.area.width, compiled.area.height, origin.x, origin.y));
  }
  compiled.colors = number_colors(*compiled.kernel, fabric.colors);
  const std::vector<CollectiveLine> lines = plan_collectives(*compiled.kernel, fabric, pe, compiled.colors);
  Codes codes(compiled, lines, pe);
  compiled.code_of.reserve(compiled.area.area());
  for (std::uint32_t y = 0; y < compiled.area.height; ++y) {
    for (std::uint32_t x = 0; x < compiled.area.width; ++x) compiled.code_of.push_back(codes.code_for(x, y));
  }
  check_colors(compiled);
  const bool starts = std::any_of(compiled.codes.begin(), compiled.codes.end(),
                                  [](const TileCode& code) { return code.started != 0; });
  if (!starts) {
    throw core::InputError(fmt::format("{}: tasks: expected one with `start` on some tile, got none",
                                       compiled.kernel->beginning.text()));
  }
  return compiled;
}

}  // namespace waferloom::kernels
