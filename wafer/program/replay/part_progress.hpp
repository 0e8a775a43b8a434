// SPDX-License-Identifier: Apache-2.0
// How far each part is: whether a dependency is met on a tile, and which thread holds it up. Dependencies are local to
// a tile, except those on the host's records, which wait for all tiles.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/state/state.hpp"
#include "core/wavelet.hpp"
#include "trace/record.hpp"
#include "wafer/program/record_times.hpp"
#include "wafer/program/replay/record_parts.hpp"
#include "wafer/program/replay/record_set.hpp"

namespace waferloom::wafer {

class PartProgress {
 public:
  explicit PartProgress(const RecordParts& parts);

  [[nodiscard]] bool has_begun(const Part& part) const { return done_[part.number].begun; }
  [[nodiscard]] bool is_finished(const Part& part) const { return done_[part.number].finished; }
  [[nodiscard]] std::uint64_t steps_done(const Part& part, Flow flow) const {
    return flow == Flow::up ? done_[part.number].up : done_[part.number].down;
  }
  [[nodiscard]] bool all_steps_done(const Part& part) const {
    const Done& done = done_[part.number];
    return done.up >= part.place.up_steps && done.down >= part.place.down_steps;
  }
  /// Of all records and tiles.
  [[nodiscard]] std::uint64_t finished() const { return finished_; }
  [[nodiscard]] const std::vector<RecordTimes>& times() const { return times_; }

  /// The first dependency of block `ordinal` that is not met, or nullptr.
  [[nodiscard]] const trace::Dependency* unmet(const Part& part, std::uint64_t ordinal) const {
    RecordSet behind;
    return unmet(part, ordinal, behind);
  }
  /// The same; adds the records of which one has to go on, on this tile, before that can change.
  [[nodiscard]] const trace::Dependency* unmet(const Part& part, std::uint64_t ordinal,
                                               RecordSet& behind) const;
  /// The thread of a tile that holds up a dependency that is not met.
  [[nodiscard]] std::uint8_t thread_behind(const trace::Dependency& dependency, std::uint32_t tile,
                                           std::uint64_t ordinal) const;

  /// True: it is the record's first.
  bool begin(const Part& part, core::Cycle cycle);
  void count_step(const Part& part, Flow flow) {
    ++(flow == Flow::up ? done_[part.number].up : done_[part.number].down);
  }
  /// Only tiles for which `has` holds are replayed here. Of records that lie on others too, the tiles here are what
  /// finish() tells of, and done_everywhere() what makes them done.
  void keep(const std::function<bool(std::uint32_t tile)>& has);
  void done_everywhere(std::uint32_t record, core::Cycle cycle) {
    times_[record].done = true;
    times_[record].end = cycle;
  }
  /// True: it was the record's last.
  bool finish(const Part& part, core::Cycle cycle);
  void host_done(std::uint32_t record, core::Cycle cycle);

  /// What a checkpoint keeps of a part.
  void archive(core::State& state, const Part& part);
  /// As a checkpoint has it, of a record: on all tiles.
  void set_times(std::uint32_t record, const RecordTimes& times) { times_[record] = times; }
  /// Parts of a record, on the tiles here, that are not finished.
  [[nodiscard]] std::uint64_t open(std::uint32_t record) const { return open_[record]; }

 private:
  /// Steps done by the up (or only) and the down thread.
  struct Done {
    std::uint32_t up = 0;
    std::uint32_t down = 0;
    bool begun = false;
    bool finished = false;
  };

  [[nodiscard]] bool is_met(std::uint32_t tile, const trace::Dependency& dependency, std::uint64_t ordinal,
                            RecordSet& behind) const;
  /// Blocks that a part has, in its order.
  [[nodiscard]] std::uint64_t blocks_done(const Part& part) const;

  const RecordParts& parts_;
  std::vector<Done> done_;  ///< by number of the part
  std::vector<RecordTimes> times_;
  std::vector<std::uint64_t> open_;  ///< parts of each record that are not finished
  std::vector<bool> shared_;  ///< by record: it lies on tiles that are replayed elsewhere; empty: none does
  std::uint64_t finished_ = 0;
};

}  // namespace waferloom::wafer
