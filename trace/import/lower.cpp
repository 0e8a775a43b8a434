// SPDX-License-Identifier: Apache-2.0
#include "trace/import/lower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "core/arithmetic.hpp"
#include "core/error.hpp"
#include "core/wavelet.hpp"
#include "trace/rules/areas.hpp"

namespace waferloom::trace {

namespace {

using core::ceil_div;
using core::Rectangle;

constexpr std::uint64_t kBytesPerWord = core::kWaveletBits / 8;
/// Blocks of messages that others wait for part by part, and the least that they are worth it, in words of a tile.
constexpr std::uint32_t kParts = 8;
constexpr std::uint64_t kLeastPart = 32;
/// Of a ring's rounds everybody's exchanges are made.
constexpr std::size_t kMostInGroup = 2048;
/// A multiply-accumulate is two operations.
constexpr std::uint64_t kOperationsPerMac = 2;
constexpr std::uint64_t kAddReads = 2;  // words read and written for each that is added
constexpr std::uint64_t kAddWrites = 1;

/// A foreign text as a trace may hold it: valid UTF-8 on one line.
std::string plain(const std::string& text) {
  const std::string valid =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  auto plain = nlohmann::json::parse(valid).get<std::string>();
  for (char& c : plain) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return plain;
}

/// A rectangle in the grid of ranks.
std::vector<Rectangle> cover(std::vector<std::uint32_t> ranks, std::uint32_t columns) {
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  std::vector<Rectangle> parts;
  for (std::size_t i = 0; i < ranks.size();) {
    const std::uint32_t x = ranks[i] % columns;
    std::uint32_t width = 1;
    while (i + width < ranks.size() && ranks[i + width] == ranks[i] + width && x + width < columns) ++width;
    const Rectangle run{x, ranks[i] / columns, width, 1};
    i += width;
    const auto above = std::find_if(parts.begin(), parts.end(), [&](const Rectangle& part) {
      return part.x == run.x && part.width == run.width && part.y + part.height == run.y;
    });
    if (above == parts.end()) {
      parts.push_back(run);
    } else {
      ++above->height;
    }
  }
  return parts;
}

/// A dependency on records: which of them, and whether block by block.
struct Behind {
  std::vector<std::uint32_t> records;
  bool by_block = false;
};

class Lowering {
 public:
  Lowering(const Workload& workload, const LowerOptions& options,
           const std::function<void(const Record&)>& sink)
      : workload_(workload), options_(options), sink_(sink), ends_(workload.steps.size()) {}

  LowerSums run() {
    for (std::size_t i = 0; i < workload_.steps.size(); ++i) {
      const RankStep& step = workload_.steps[i];
      Behind before;
      std::set<std::uint32_t> known;
      for (const std::uint32_t other : step.after) known.insert(ends_[other].begin(), ends_[other].end());
      before.records.assign(known.begin(), known.end());
      step_ = &step;
      number_ = 0;
      switch (step.kind) {
        case RankStep::Kind::compute:
          ends_[i] = compute(before);
          break;
        case RankStep::Kind::message: {
          const std::uint64_t words = ceil_div(step.bytes, kBytesPerWord);
          count(step.bytes);
          ends_[i] = exchange({{step.ranks[0], step.ranks[1], words}}, {before}, kParts);
          break;
        }
        case RankStep::Kind::collective:
          ends_[i] = collective(before);
          break;
      }
      // Who waits for a step without records of its own waits for what it waits for.
      if (ends_[i].empty()) ends_[i] = before.records;
    }
    return sums_;
  }

 private:
  struct Put {
    Rectangle area;  ///< in tiles
    std::uint32_t blocks = 1;
  };

  [[nodiscard]] Rectangle tiles_of(const Rectangle& ranks) const {
    const RankPlacement& p = options_.placement;
    return {ranks.x * p.tile_width, ranks.y * p.tile_height, ranks.width * p.tile_width,
            ranks.height * p.tile_height};
  }
  [[nodiscard]] std::uint32_t column(std::uint32_t rank) const { return rank % options_.placement.columns; }
  [[nodiscard]] std::uint32_t row(std::uint32_t rank) const { return rank / options_.placement.columns; }

  Record record(Kind kind, const Rectangle& area, std::uint32_t blocks, const std::vector<Behind>& after) {
    Record r;
    r.blocks = blocks;
    r.id = static_cast<std::uint32_t>(put_.size());
    r.name = fmt::format("{}.{}.{}", step_ - workload_.steps.data(), plain(step_->name), number_++);
    r.layer = step_->layer;
    r.phase = step_->phase;
    r.operation = step_->operation;
    r.kind = kind;
    r.area = area;
    std::set<std::uint32_t> known;
    for (const Behind& behind : after) {
      for (const std::uint32_t id : behind.records) {
        if (!overlap(put_[id].area, area) || !known.insert(id).second) continue;
        const bool by_block = behind.by_block && put_[id].blocks == blocks;
        r.after.push_back({id, by_block ? 0 : Dependency::kWhole});
      }
    }
    return r;
  }
  std::uint32_t put(const Record& r) {
    put_.push_back({r.area, r.blocks});
    sink_(r);
    return r.id;
  }

  std::vector<std::uint32_t> compute(const Behind& before) {
    const RankPlacement& p = options_.placement;
    const std::uint64_t tiles = std::uint64_t{p.tile_width} * p.tile_height;
    const std::uint64_t bytes = step_->read_bytes + step_->write_bytes;
    const bool by_time =
        step_->seconds > 0 && (options_.work == RankWork::duration || (step_->operations == 0 && bytes == 0));
    if (!by_time && step_->operations == 0 && bytes == 0) {
      ++sums_.without_work;
      return {};
    }
    ++(by_time ? sums_.as_duration : sums_.as_operations);
    std::vector<std::uint32_t> ends;
    for (const Rectangle& part : cover(step_->ranks, p.columns)) {
      Record r = record(Kind::compute, tiles_of(part), 1, {before});
      if (by_time) {
        r.setup_cycles = static_cast<std::uint64_t>(std::llround(step_->seconds * options_.clock_hz));
        r.vector_elements.scale = 1;
      } else {
        r.macs.scale = ceil_div(step_->operations, kOperationsPerMac * tiles);
        r.read_bytes.scale = ceil_div(step_->read_bytes, tiles);
        r.write_bytes.scale = ceil_div(step_->write_bytes, tiles);
      }
      ends.push_back(put(r));
    }
    return ends;
  }

  /// As amounts of the tiles of a rank: spread over its rows, or, in parts, over all of its tiles.
  [[nodiscard]] Amount spread(std::uint64_t words, std::uint32_t rows_of_ranks, std::uint32_t blocks) const {
    const RankPlacement& p = options_.placement;
    const std::uint64_t of_column = ceil_div(words, p.tile_width);
    if (blocks == 1) return {1, 0, of_column * rows_of_ranks, 0};
    return {1, 0, 0, ceil_div(of_column, p.tile_height)};
  }
  [[nodiscard]] std::uint32_t parts_for(std::uint64_t words, std::uint32_t most) const {
    const RankPlacement& p = options_.placement;
    return words / (std::uint64_t{p.tile_width} * p.tile_height) >= kLeastPart * kParts ? most : 1;
  }

  void count(std::uint64_t bytes) { sums_.message_bytes += bytes; }

  /// All exchanges of a round; ranks that send equally far and as much in as few records as can be.
  std::vector<std::uint32_t> exchange(const std::vector<Exchange>& exchanges,
                                      const std::vector<Behind>& after, std::uint32_t parts) {
    std::map<std::tuple<std::int64_t, std::int64_t, std::uint64_t>, std::vector<std::uint32_t>> alike;
    for (const Exchange& each : exchanges) {
      if (each.words == 0 || each.from == each.to) continue;
      const std::int64_t dx = std::int64_t{column(each.to)} - column(each.from);
      const std::int64_t dy = std::int64_t{row(each.to)} - row(each.from);
      alike[{dx, dy, each.words}].push_back(each.from);
    }
    std::vector<std::uint32_t> ends;
    for (const auto& [way, senders] : alike) {
      const auto [dx, dy, words] = way;
      const std::uint32_t blocks = parts_for(words, parts);
      std::vector<std::uint32_t> corners;
      for (const std::uint32_t rank : senders) corners.push_back(static_cast<std::uint32_t>(rank + dx));
      std::vector<Behind> before = after;
      if (dx != 0) {
        Behind first{shift(senders, Axis::x, dx, words, blocks, after), true};
        ends.insert(ends.end(), first.records.begin(), first.records.end());
        before = {std::move(first)};
      }
      if (dy != 0) {
        const std::vector<std::uint32_t> second = shift(corners, Axis::y, dy, words, blocks, before);
        ends.insert(ends.end(), second.begin(), second.end());
      }
      const Amount amount = spread(words, 1, blocks);
      const RankPlacement& p = options_.placement;
      const std::uint64_t of_rank =
          blocks == 1 ? amount.y * p.tile_width : amount.block * p.tile_width * p.tile_height;
      sums_.moved_bytes += of_rank * kBytesPerWord * senders.size();
    }
    return ends;
  }

  std::vector<std::uint32_t> shift(const std::vector<std::uint32_t>& senders, Axis axis, std::int64_t by,
                                   std::uint64_t words, std::uint32_t blocks,
                                   const std::vector<Behind>& after) {
    const RankPlacement& p = options_.placement;
    const auto far = static_cast<std::uint32_t>(std::abs(by));
    std::vector<std::uint32_t> ids;
    for (Rectangle part : cover(senders, p.columns)) {
      const std::uint32_t rows = part.height;
      std::uint32_t& begin = axis == Axis::x ? part.x : part.y;
      if (by < 0) begin -= far;
      (axis == Axis::x ? part.width : part.height) += far;
      Record r = record(Kind::shift, tiles_of(part), blocks, after);
      r.axis = axis;
      r.root = by > 0 ? Root::last : Root::first;
      r.distance = far * (axis == Axis::x ? p.tile_width : p.tile_height);
      r.elements = spread(words, rows, blocks);
      for (std::uint8_t i = 0; i < 4; ++i) {
        r.colors.push_back(static_cast<std::uint8_t>(axis == Axis::x ? i : 4 + i));
      }
      ids.push_back(put(r));
    }
    return ids;
  }

  /// What receivers of a round add to what they have.
  std::vector<std::uint32_t> additions(const Round& round, const std::vector<Behind>& after,
                                       std::uint32_t most_parts) {
    std::map<std::uint64_t, std::vector<std::uint32_t>> receivers;
    for (const Exchange& each : round.exchanges) {
      if (each.words != 0) receivers[each.words].push_back(each.to);
    }
    std::vector<std::uint32_t> ends;
    for (const auto& [words, ranks] : receivers) {
      const std::uint32_t blocks = parts_for(words, most_parts);
      for (const Rectangle& part : cover(ranks, options_.placement.columns)) {
        Record r = record(Kind::compute, tiles_of(part), blocks, after);
        r.vector_elements = spread(words, part.height, blocks);
        r.read_bytes = r.vector_elements;
        r.read_bytes.scale = kAddReads * kBytesPerWord;
        r.write_bytes = r.vector_elements;
        r.write_bytes.scale = kAddWrites * kBytesPerWord;
        ends.push_back(put(r));
      }
    }
    return ends;
  }

  /// A group along the rows of the grid, each in the other direction than the one before: most neighbours on the ring
  /// are neighbours in the grid.
  [[nodiscard]] std::vector<std::uint32_t> order_of(std::vector<std::uint32_t> group) const {
    const std::uint32_t root = group[step_->root < group.size() ? step_->root : 0];
    std::sort(group.begin(), group.end());
    bool back = false;
    for (auto begin = group.begin(); begin != group.end(); back = !back) {
      const auto end =
          std::find_if(begin, group.end(), [&](std::uint32_t rank) { return row(rank) != row(*begin); });
      if (back) std::reverse(begin, end);
      begin = end;
    }
    const bool has_root = step_->collective == Collective::broadcast ||
                          step_->collective == Collective::reduce ||
                          step_->collective == Collective::gather || step_->collective == Collective::scatter;
    if (has_root) std::rotate(group.begin(), std::find(group.begin(), group.end(), root), group.end());
    return group;
  }

  std::vector<std::uint32_t> collective(const Behind& before) {
    std::vector<Round> rounds;
    for (const std::vector<std::uint32_t>& group : step_->groups) {
      if (group.empty()) continue;
      if (group.size() > kMostInGroup) {
        throw core::InputError(fmt::format("{}: expected collectives among at most {} ranks, got {}",
                                           step_->name, kMostInGroup, group.size()));
      }
      const std::vector<Round> of_group = rounds_of(*step_, order_of(group), options_.all_reduce);
      for (std::size_t i = 0; i < of_group.size(); ++i) {
        if (i == rounds.size()) rounds.push_back({{}, of_group[i].adds, of_group[i].follows});
        rounds[i].exchanges.insert(rounds[i].exchanges.end(), of_group[i].exchanges.begin(),
                                   of_group[i].exchanges.end());
      }
    }
    const bool is_ring =
        step_->collective == Collective::reduce_scatter || step_->collective == Collective::all_gather ||
        (step_->collective == Collective::all_reduce && options_.all_reduce == AllReduce::ring);
    std::vector<std::uint32_t> all;
    Behind last{{}, true};
    for (const Round& round : rounds) {
      for (const Exchange& each : round.exchanges) count(each.words * kBytesPerWord);
      std::vector<Behind> after{before};
      if (round.follows) after.insert(after.begin(), last);
      std::vector<std::uint32_t> ends = exchange(round.exchanges, after, kParts);
      if (round.adds) {
        const std::vector<std::uint32_t> added = additions(round, {{ends, true}, before}, kParts);
        ends.insert(ends.end(), added.begin(), added.end());
      }
      last.records = ends;
      // In a ring everybody takes part in each round, and the last is after all others.
      if (is_ring) all.clear();
      all.insert(all.end(), ends.begin(), ends.end());
    }
    return all;
  }

  const Workload& workload_;
  const LowerOptions& options_;
  const std::function<void(const Record&)>& sink_;
  const RankStep* step_ = nullptr;
  std::uint64_t number_ = 0;                      ///< of the step's next record
  std::vector<std::vector<std::uint32_t>> ends_;  ///< by step: its records for which others wait
  std::vector<Put> put_;                          ///< by record
  LowerSums sums_;
};

}  // namespace

Header lowered_header(const Workload& workload, const LowerOptions& options) {
  const RankPlacement& p = options.placement;
  Header header;
  header.model = plain(workload.name);
  header.strategy = "import";
  const std::uint64_t columns = std::uint64_t{std::min(p.columns, workload.ranks)} * p.tile_width;
  const std::uint64_t rows = std::uint64_t{p.rows(workload.ranks)} * p.tile_height;
  constexpr std::uint64_t kMost = 65535;
  if (columns > kMost || rows > kMost) {
    throw core::InputError(
        fmt::format("expected ranks on at most {} x {} tiles, got {} x {}", kMost, kMost, columns, rows));
  }
  header.columns = static_cast<std::uint32_t>(columns);
  header.rows = static_cast<std::uint32_t>(rows);
  header.description = plain(workload.description);
  return header;
}

LowerSums lower(const Workload& workload, const LowerOptions& options,
                const std::function<void(const Record&)>& sink) {
  return Lowering(workload, options, sink).run();
}

}  // namespace waferloom::trace
