// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/coarse_trace.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "core/arithmetic.hpp"
#include "trace/quantities.hpp"
#include "trace/statistics.hpp"
#include "wafer/scenario/parameters.hpp"

namespace waferloom::burst {

using core::ceil_div;
using trace::Amount;
using trace::Record;

namespace {

/// How one axis of the rectangle becomes coarse.
class CoarseAxis {
 public:
  static constexpr std::uint32_t kLeastPart = 4;  ///< that a chain still has a first, a last and others

  /// `ends`: places where areas begin and end, ascending, with 0 and the length. `lanes`: areas are lanes, whose lines
  /// of tiles set the pace of the step.
  CoarseAxis(const std::vector<std::uint32_t>& ends, std::uint32_t limit, bool lanes)
      : length_(ends.back()), lanes_(lanes) {
    std::uint32_t unit = length_;
    for (const std::uint32_t end : ends) unit = std::gcd(unit, end);
    if (limit == 0 || length_ <= limit) {
      cut_evenly(length_);
    } else if (length_ / unit > 2 * limit && ends.size() <= kMostEnds) {
      cut_between(ends);
    } else {
      cut_evenly(std::min(coarse_length(length_ / unit, limit), length_));
    }
  }

  [[nodiscard]] std::uint32_t coarse() const { return coarse_; }
  [[nodiscard]] const std::vector<std::uint32_t>& stand() const { return stand_; }

  /// First coarse tile of an area that begins at `at`; areas keep their order and never become empty.
  [[nodiscard]] std::uint32_t begin(std::uint32_t at) const { return stand_[at]; }
  [[nodiscard]] std::uint32_t extent(std::uint32_t at, std::uint32_t extent) const {
    return stand_[at + extent - 1] + 1 - stand_[at];
  }
  /// Coarse pieces of a line of `coarse_line` tiles that stands for one of `line` tiles in `pieces`: of equal length,
  /// at least `kLeastLength` where the pieces are.
  [[nodiscard]] std::uint32_t pieces(std::uint32_t pieces, std::uint32_t line,
                                     std::uint32_t coarse_line) const {
    constexpr std::uint32_t kLeastLength = 4;
    if (pieces == 1 || coarse_ == length_) return pieces;
    const std::uint32_t wanted =
        std::max<std::uint32_t>(std::min(line / pieces, kLeastLength), coarse_line / pieces);
    for (std::uint32_t length = wanted; length < coarse_line; ++length) {
      if (coarse_line % length == 0) return coarse_line / length;
    }
    return 1;
  }

 private:
  static constexpr std::size_t kMostEnds = 512;
  static constexpr std::uint32_t kMostLanes = 12;
  static constexpr std::uint32_t kWide = 256;  // as of few rows, see most_rows()

  /// Few parts are told apart, so that none shares a tile with another; of many there are too many tiles.
  [[nodiscard]] std::uint32_t coarse_length(std::uint32_t parts, std::uint32_t limit) const {
    if (lanes_ && parts > 1 && parts <= kMostLanes && limit >= 2 * kLeastPart) {
      return parts * std::max(limit / parts, least_lane(parts));
    }
    if (parts > 2 * limit) return limit;
    return parts * std::max(limit / parts, parts == 1 ? 1 : parts > limit / 2 ? kLeastPart / 2 : kLeastPart);
  }
  /// Of whole wafers a step of lanes with twice as many columns takes up to 0.4 % more, and twice as long to simulate;
  /// on 64 columns 3 % more (docs/fidelity.md).
  [[nodiscard]] std::uint32_t least_lane(std::uint32_t lanes) const {
    if (length_ >= kWide) return kLeastPart;
    return lanes == 2 ? 3 * kLeastPart : 2 * kLeastPart;
  }
  void cut_evenly(std::uint32_t coarse) {
    coarse_ = coarse;
    for (std::uint32_t at = 0; at < length_; ++at) {
      stand_.push_back(static_cast<std::uint32_t>(std::uint64_t{at} * coarse / length_));
    }
  }
  void cut_between(const std::vector<std::uint32_t>& ends) {
    for (std::size_t i = 1; i < ends.size(); ++i) {
      const std::uint32_t length = ends[i] - ends[i - 1];
      const std::uint32_t parts = std::min(length, kLeastPart);
      for (std::uint32_t at = 0; at < length; ++at) {
        stand_.push_back(coarse_ + static_cast<std::uint32_t>(std::uint64_t{at} * parts / length));
      }
      coarse_ += parts;
    }
  }

  std::uint32_t length_;
  bool lanes_;
  std::uint32_t coarse_ = 0;
  std::vector<std::uint32_t> stand_;
};

/// Places on an axis where areas begin and end.
std::vector<std::uint32_t> ends_of(const std::vector<Record>& records, std::uint32_t length, bool along_x) {
  std::set<std::uint32_t> ends{0, length};
  for (const Record& record : records) {
    const std::uint32_t at = along_x ? record.area.x : record.area.y;
    ends.insert(at);
    ends.insert(at + (along_x ? record.area.width : record.area.height));
    const core::Rectangle from = trace::sources(record);
    ends.insert(along_x ? from.x : from.y);
    ends.insert(along_x ? from.x + from.width : from.y + from.height);
  }
  return {ends.begin(), ends.end()};
}

/// Few rows stand for many where all areas reach over all of them: then they take the same at the same pace.
std::uint32_t most_rows(const CoarseLimits& limits, const std::vector<std::uint32_t>& ends) {
  // Of an all-gather on 64 rows 4 tell 7 % too little and 8 2 % (docs/fidelity.md). That whole steps do not feel it is
  // known of whole wafers alone.
  constexpr std::uint32_t kTall = 256;
  constexpr std::uint32_t kLeastOfFew =
      8;  ///< where chains along columns are short, or areas lie above each other
  if (limits.rows == 0 || limits.tiles == 0) return limits.tiles;
  const bool alike = ends.size() == 2 && ends.back() >= kTall;
  return alike ? limits.rows : std::min(limits.tiles, std::max(limits.rows, kLeastOfFew));
}

/// A partitioned total of which each of `coarse` parts is the largest of `parts`.
std::uint64_t coarse_total(std::uint64_t total, std::uint32_t parts, std::uint32_t coarse) {
  return total == 0 || parts == coarse ? total : ceil_div(total, parts) * coarse;
}

double hops_between(double tiles, double coarse) {
  if (coarse < 2 || tiles < 2) return 1;
  return (tiles - 1) / (coarse - 1);
}

/// Blocks to merge into: few, and as many for each tile of a line, as each tile may own some of them; at least
/// `least`.
std::uint32_t coarse_blocks(std::uint32_t blocks, std::uint32_t limit, std::uint32_t unit,
                            std::uint64_t least) {
  if (blocks <= limit) return blocks;
  const std::uint64_t few = std::max(limit / unit * unit, unit);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::max(few, ceil_div(least, std::uint64_t{unit}) * unit), blocks));
}

/// How many blocks records are merged into: as many for a column of the grid, whatever their number. Where more than some
/// 20 fall to one they are shorter than the turn of a column that it stands for, and chains begin too often; where less than
/// one and a half do, a row's sums overlap as they cannot (docs/fidelity.md).
std::uint32_t most_blocks(std::uint32_t limit, std::uint32_t columns, bool are_all_columns) {
  constexpr std::uint64_t kColumns = wafer::BurstParameters::kColumns;  // no fewer blocks on less
  constexpr std::uint64_t kMostOfColumn = 20;
  constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t wanted =
      limit == 0 ? kNoLimit : limit * std::max<std::uint64_t>(columns, kColumns) / kColumns;
  const std::uint64_t most = are_all_columns ? kNoLimit : kMostOfColumn * columns;
  return static_cast<std::uint32_t>(std::min({wanted, most, kNoLimit}));
}

/// Columns of the grid in a lane or a stage: in the narrowest, as all have as many blocks. Of less than a stage keeps at
/// least, none takes turns worth telling.
std::uint32_t columns_of_areas(const std::vector<Record>& records, const CoarseAxis& x) {
  std::uint32_t narrowest = x.coarse();
  for (const Record& record : records) {
    narrowest = std::min(narrowest, x.extent(record.area.x, record.area.width));
  }
  return std::max(narrowest, CoarseAxis::kLeastPart);
}

/// A shift's senders and receivers keep their places, and what each line moves stays what it is.
void coarsen_shift(const Record& record, const CoarseAxis& axis, Record& coarse) {
  const bool along_x = record.axis == trace::Axis::x;
  const core::Rectangle from = trace::sources(record);
  const std::uint32_t senders = along_x ? from.width : from.height;
  const std::uint32_t line = trace::line_length(coarse);
  const std::uint32_t coarse_senders = axis.extent(along_x ? from.x : from.y, senders);
  coarse.distance = line > coarse_senders ? line - coarse_senders : std::min(line - 1, 1U);
  std::uint64_t& total = along_x ? coarse.elements.x : coarse.elements.y;
  if (line - coarse.distance != senders && total == 0) total = senders;
}

/// How many blocks records need so that lags still bound buffers: one more than the longest, for all alike, as
/// records that pass blocks to each other keep as many.
std::uint64_t least_blocks(const std::vector<Record>& records) {
  std::uint64_t least = 1;
  for (const Record& record : records) {
    for (const trace::Dependency& dependency : record.after) {
      if (dependency.lag == trace::Dependency::kWhole) continue;
      least = std::max(least, std::uint64_t{dependency.lag} + 1);
    }
  }
  return least;
}

}  // namespace

double stream_share(const Record& coarse, const RecordScale& scale, std::uint32_t column,
                    std::uint32_t columns) {
  if (scale.features == 0 || columns == 0) return 1;
  const std::uint64_t own = core::share(coarse.elements.x, coarse.area.width, column);
  const std::uint64_t all = ceil_div(columns * scale.features, std::uint64_t{scale.columns});
  return static_cast<double>(own) * columns / static_cast<double>(all);
}

CoarseTrace coarsen(const std::vector<Record>& records, core::Rectangle program, const CoarseLimits& limits) {
  const std::vector<std::uint32_t> y_ends = ends_of(records, program.height, false);
  const CoarseAxis x(ends_of(records, program.width, true), limits.tiles, y_ends.size() == 2);
  const CoarseAxis y(y_ends, most_rows(limits, y_ends), false);
  CoarseTrace result;
  result.program = {0, 0, x.coarse(), y.coarse()};
  result.column_of = x.stand();
  result.row_of = y.stand();
  result.rows = static_cast<double>(program.height) / y.coarse();
  result.records.reserve(records.size());
  result.scales.reserve(records.size());
  const std::uint32_t unit = limits.tiles == 0 ? 1 : std::min(limits.tiles, std::max(x.coarse(), y.coarse()));
  const std::uint64_t least = least_blocks(records);
  const std::uint32_t most =
      most_blocks(limits.blocks, columns_of_areas(records, x), x.coarse() == program.width);
  for (const Record& record : records) {
    Record coarse = record;
    RecordScale scale;
    coarse.area = {x.begin(record.area.x), y.begin(record.area.y), x.extent(record.area.x, record.area.width),
                   y.extent(record.area.y, record.area.height)};
    coarse.blocks = coarse_blocks(record.blocks, most, unit, least);
    scale.blocks = static_cast<double>(record.blocks) / coarse.blocks;
    const bool along_x = record.axis == trace::Axis::x;
    const CoarseAxis& axis = along_x ? x : y;
    const std::uint32_t line = along_x ? record.area.width : record.area.height;
    const std::uint32_t coarse_line = along_x ? coarse.area.width : coarse.area.height;
    coarse.pieces = axis.pieces(record.pieces, line, coarse_line);
    const double length = static_cast<double>(line) / record.pieces;
    scale.hops = hops_between(length, static_cast<double>(coarse_line) / coarse.pieces);
    scale.line = {static_cast<std::uint64_t>(std::llround(length)), record.blocks};
    if (record.kind == trace::Kind::stream_in) {
      scale.features = record.elements.x;
      scale.columns = record.area.width;
    }
    if (record.kind == trace::Kind::shift) coarsen_shift(record, axis, coarse);
    const auto shrink = [&](Amount& amount) {
      amount.x = coarse_total(amount.x, record.area.width, coarse.area.width);
      amount.y = coarse_total(amount.y, record.area.height, coarse.area.height);
    };
    const auto shrink_elements = [&](Amount& amount) {
      if (record.kind != trace::Kind::shift) return shrink(amount);
      if (along_x) {
        amount.y = coarse_total(amount.y, record.area.height, coarse.area.height);
      } else {
        amount.x = coarse_total(amount.x, record.area.width, coarse.area.width);
      }
    };
    for (Amount* amount : {&coarse.elements, &coarse.macs, &coarse.vector_elements, &coarse.divides,
                           &coarse.read_bytes, &coarse.write_bytes}) {
      amount == &coarse.elements ? shrink_elements(*amount) : shrink(*amount);
      // The same in every block: as many as are merged.
      if (amount->scale != 0 && amount->block == 0 && coarse.blocks != record.blocks) {
        amount->block = record.blocks;
      }
    }
    for (trace::Allocation& allocation : coarse.allocates) shrink(allocation.bytes);
    if (record.kind == trace::Kind::stream_out) {
      const std::uint64_t words = trace::host_wavelets(coarse);
      if (words != 0)
        scale.host_words = static_cast<double>(trace::host_wavelets(record)) / static_cast<double>(words);
    }
    result.records.push_back(std::move(coarse));
    result.scales.push_back(scale);
  }
  return result;
}

}  // namespace waferloom::burst
