// SPDX-License-Identifier: Apache-2.0
// A kernel as its file states it: a program for a rectangle of tiles, in the machine's own terms. Expressions over a
// tile's place are still open; kernels/compile.hpp settles them tile by tile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/config/document.hpp"
#include "fabric/route.hpp"
#include "kernels/expression.hpp"

namespace waferloom::kernels {

using core::config::Location;

/// An expression and where it stands.
struct Placed {
  Expression expression;
  Location where;
  std::string key;  ///< for messages
};

enum class Type : std::uint8_t { fp16, fp32 };
[[nodiscard]] constexpr std::uint32_t bytes_of(Type type) { return type == Type::fp16 ? 2 : 4; }

struct Parameter {
  std::string name;
  std::int64_t value = 0;
  std::string help;
};

/// A whole number that each tile has for itself.
struct Variable {
  std::string name;
  Placed initial;
  std::uint32_t slot = 0;
};

struct Buffer {
  std::string name;
  Type type = Type::fp32;
  std::optional<Placed> length;  ///< none: a scalar
  std::optional<Placed> condition;
  std::optional<Placed> bank;
  std::optional<Placed> address;
  std::optional<Placed> fill;    ///< over `i` too, the element
  std::optional<Placed> period;  ///< `fill` is an angle: so much is a full turn, and its cosine is the value
  std::uint32_t fill_slot = 0;
  std::optional<Placed> output;  ///< tiles whose values are written into the results; none: no tile's
  Location where;
};

struct RouteRule {
  std::optional<Placed> condition;
  fabric::Route route;
  Location where;
};

struct ColorRule {
  std::string name;
  std::optional<Placed> number;  ///< none: the next free one
  std::optional<Placed> input_queue;
  std::optional<Placed> output_queue;
  std::vector<RouteRule> routes;  ///< the first whose condition holds
  Location where;
};

/// One side of a vector operation.
struct Operand {
  enum class Kind : std::uint8_t { none, vector, element, literal, input, output, arrived };
  Kind kind = Kind::none;
  std::uint32_t index = 0;  ///< of the buffer, or of the color
  std::optional<Placed> offset;
  std::optional<Placed> length;
  std::optional<Placed> stride;
  std::optional<Placed> rows;
  std::optional<Placed> row_stride;
  double literal = 0;
  Location where;
  std::string text;  ///< as it stands in the file, for messages
};

enum class Operation : std::uint8_t { move, add, subtract, multiply, divide, root, most, fma, reduce };

struct Statement {
  enum class Kind : std::uint8_t {
    vector,
    cycles,
    loop,
    group,
    activate,
    block,
    unblock,
    set,
    control,
    collective
  };
  Kind kind = Kind::vector;
  Location where;
  std::optional<Placed> condition;
  // Of a vector operation, or a control wavelet.
  Operation operation = Operation::move;
  Operand a;
  Operand b;
  Operand c;
  Operand to;
  std::optional<Placed> length;  ///< also of a loop: how often; of `cycles`: how many; of `set`: the value
  std::optional<Placed> thread;
  std::optional<Type> type;
  bool asynchronous = false;
  std::vector<std::string> activates;  ///< also of activate, block, unblock
  std::vector<std::string> unblocks;
  std::vector<Location> activates_where;
  std::vector<Location> unblocks_where;
  std::uint32_t commands = 0;  ///< of a control wavelet
  bool sends_control = false;
  std::uint32_t slot = 0;         ///< of a loop's index, the variable that is set, or the collective
  std::vector<Statement> body;    ///< of a loop or group
  std::vector<Statement> others;  ///< of a group whose condition does not hold
};

/// A collective that statements call, on all rows, on all columns, or on the kernel's rectangle.
struct CollectiveCall {
  enum class Over : std::uint8_t { rows, columns, all };
  std::string kind;
  std::string algorithm = "default";
  Over over = Over::rows;
  std::int64_t length = 1;  ///< elements
  std::int64_t root = 0;    ///< place on its line; of `all`: on the diagonal
  Type type = Type::fp32;
  Location where;
};

struct Task {
  std::string name;
  std::optional<Placed> condition;
  std::optional<Placed> start;
  std::optional<Placed> blocked;
  std::optional<std::uint32_t> on;  ///< color
  std::vector<Statement> body;
  Location where;
};

struct Kernel {
  std::string file;
  std::string name;
  std::string description;
  std::vector<Parameter> parameters;
  std::list<Expression> definitions;  ///< by which others were read; they stay where they are
  std::vector<Variable> variables;
  std::uint32_t width = 1;
  std::uint32_t height = 1;
  Location extent_where;
  bool values = false;
  std::vector<Buffer> buffers;
  std::vector<ColorRule> colors;
  std::vector<Task> tasks;
  std::vector<CollectiveCall> collectives;
  Placed x;  ///< what depends on a tile's whole place asks for it
  Placed y;
  std::uint32_t slots = kFirstFreeSlot;  ///< that a tile has
  Location beginning;
};

/// Values of parameters other than the file's.
using GivenParameters = std::map<std::string, std::int64_t>;

/// Reads a kernel file. Throws core::InputError with all that is wrong, one line each; core::config::KeyError about
/// `workload.parameters` where the file has no such parameter, or not with that value.
[[nodiscard]] Kernel load_kernel(const std::filesystem::path& file, const GivenParameters& parameters);

}  // namespace waferloom::kernels
