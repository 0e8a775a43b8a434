// SPDX-License-Identifier: Apache-2.0
// The traffic trace in memory: a header and a sequence of records, the interface between models and hardware.
// docs/trace-format.md describes the same fields as they stand in a file.
//
// A record is one operation of the program on a rectangle of tiles, cut into `blocks` that stream through
// one after the other. Dependencies are local: a tile starts its part of a block as soon as its own parts
// of what the block waits for are done, as on the machine, where no global barrier exists. Only the host's
// side of a record (stream_in, update) waits for all tiles.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/geometry.hpp"

namespace waferloom::trace {

inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::uint32_t kNoRecord = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint32_t kNoLayer = std::numeric_limits<std::uint32_t>::max();

/// What a record does. Lines of tiles run along `axis`; `pieces` cuts each line into independent ones.
enum class Kind : std::uint8_t {
  stream_in,   ///< host -> I/O channels -> each column its own wavelets, multicast to all of its rows
  stream_out,  ///< results of the row next to the output edge -> I/O channels -> host; fed by the reduce that
               ///< drains to it
  reduce,      ///< streaming add-and-forward along a line into the block's root tile
  broadcast,   ///< the block's root tile sends the block to every other tile of its line
  all_gather,  ///< every tile's own block reaches every tile of its line (nearest first)
  shift,       ///< every tile of a rectangle sends its block to the one `distance` tiles on along its line
  compute,     ///< work in the PE: on arriving wavelets (consumes) or on SRAM operands
  update,      ///< the host's optimizer on the parameters whose gradients streamed out
};

/// Done by the host, not by the tiles.
[[nodiscard]] constexpr bool is_of_host(Kind kind) {
  return kind == Kind::stream_in || kind == Kind::stream_out || kind == Kind::update;
}

enum class Phase : std::uint8_t { forward, backward_input, backward_weight, update };

enum class Axis : std::uint8_t { x, y };

/// Which tile of a line is a reduce's or broadcast's root.
enum class Root : std::uint8_t {
  first,       ///< the line's (piece's) first tile
  last,        ///< its last tile
  rotating,    ///< block b belongs to tile floor(b * length / blocks): a tile has all of its blocks in a row
  alternating  ///< block b belongs to tile b mod length: another tile with each block
};

/// Whether the root depends on the block.
[[nodiscard]] constexpr bool takes_turns(Root root) {
  return root == Root::rotating || root == Root::alternating;
}

enum class Precision : std::uint8_t { fp16, mixed, fp32 };

/// A number of items that may differ from tile to tile and from block to block:
/// scale * share(x over the columns) * share(y over the rows) * share(block over the blocks), where a total
/// of 0 means "not partitioned" (factor 1), columns and rows count within the record's area, and shares are
/// the balanced partition of core/geometry.hpp. scale 0 means none.
struct Amount {
  std::uint64_t scale = 0;
  std::uint64_t x = 0;
  std::uint64_t y = 0;
  std::uint64_t block = 0;
  friend bool operator==(const Amount&, const Amount&) = default;

  [[nodiscard]] constexpr std::uint64_t value(std::uint32_t column, std::uint32_t columns, std::uint32_t row,
                                              std::uint32_t rows, std::uint64_t block_index,
                                              std::uint64_t blocks) const {
    std::uint64_t v = scale;
    if (x != 0) v *= core::share(x, columns, column);
    if (y != 0) v *= core::share(y, rows, row);
    if (block != 0) v *= core::share(block, blocks, block_index);
    return v;
  }
};

/// Block k of this record may start on a tile when block k - lag of `record` is done there.
/// lag = kWhole waits for all of it. A positive lag may name a later record: it bounds a buffer.
struct Dependency {
  static constexpr std::uint32_t kWhole = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t record = kNoRecord;
  std::uint32_t lag = kWhole;
  friend bool operator==(const Dependency&, const Dependency&) = default;
};

/// SRAM taken on every tile of the area when the record starts there.
struct Allocation {
  std::string tensor;  ///< unique among live tensors
  Amount bytes;        ///< block is not used
  friend bool operator==(const Allocation&, const Allocation&) = default;
};

struct Record {
  std::uint32_t id = 0;            ///< position in the trace, from 0
  std::string name;                ///< unique, e.g. "layer0.forward.qkv.weights"
  std::uint32_t layer = kNoLayer;  ///< kNoLayer outside the layers (embedding, loss)
  std::uint32_t micro_batch = 0;   ///< which of the step's micro-batches, from 0
  Phase phase = Phase::forward;
  std::string operation;  ///< for grouping in results: "qkv", "attention", "mlp_up", ...
  Kind kind = Kind::compute;
  core::Rectangle area;        ///< relative to the program's rectangle
  Axis axis = Axis::x;         ///< reduce, broadcast, all_gather, shift
  std::uint32_t pieces = 1;    ///< independent pieces of each line, as long as each other or one tile longer
  Root root = Root::first;     ///< reduce, broadcast; of a shift, the end of the line towards which it goes
  std::uint32_t distance = 0;  ///< shift: tiles from a sender to its receiver
  std::uint32_t blocks = 1;
  std::vector<std::uint8_t> colors;  ///< see docs/trace-format.md for each kind's number and order

  /// stream_in: lanes that share the stream (trace/shared_stream.hpp), and which of them this record is.
  std::uint32_t lanes = 1;
  std::uint32_t lane = 0;
  std::vector<std::uint8_t> relay_colors;  ///< of a shared stream: up and down columns, then along rows

  Amount elements;                  ///< communication: elements per block on a line (tile, for stream_in)
  std::uint32_t element_bits = 32;  ///< wavelets = ceil(elements * density * element_bits / 32)
  double density = 1.0;             ///< share of the elements that are sent (non-zero weights)

  Amount macs;             ///< compute: multiply-accumulates per tile and block
  Amount vector_elements;  ///< compute: element-wise operations per tile and block
  Amount divides;          ///< compute: divisions (and square roots) per tile and block
  Amount read_bytes;       ///< compute: SRAM traffic per tile and block
  Amount write_bytes;
  Precision precision = Precision::mixed;
  /// compute on SRAM operands: cycles for which a tile does nothing before its first block, while the kernels
  /// of what follows are loaded.
  std::uint64_t setup_cycles = 0;
  /// compute: the two tensors that each operation reads, which takes twice as long where both lie in SRAM
  /// banks that cannot be read together. None: placed so that they can.
  std::vector<std::string> operands;
  std::uint32_t consumes = kNoRecord;  ///< compute: the stream_in whose arriving wavelets drive it
  std::uint32_t order_of = kNoRecord;  ///< blocks come in the order in which this all_gather delivers them
  std::uint32_t drains_to =
      kNoRecord;                 ///< reduce along y with root first or last: the stream_out of its sums
  std::uint64_t parameters = 0;  ///< stream_in, stream_out, update: parameters moved or updated

  std::vector<Dependency> after;
  std::vector<Allocation> allocates;
  std::vector<std::string> frees;  ///< tensors released on a tile when its part of the record is done
  friend bool operator==(const Record&, const Record&) = default;
};

struct Header {
  std::uint32_t version = kFormatVersion;
  std::string model;
  std::string strategy;
  std::uint32_t columns = 0;  ///< the program's rectangle
  std::uint32_t rows = 0;
  std::uint64_t tokens = 0;  ///< batch x sequence
  std::uint64_t batch = 0;
  std::uint64_t sequence = 0;
  std::uint64_t parameters = 0;
  std::string description;  ///< free text: what was lowered and how
  friend bool operator==(const Header&, const Header&) = default;
};

}  // namespace waferloom::trace
