// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/part_progress.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "pe/step.hpp"

namespace waferloom::wafer {

using core::Cycle;
using trace::Dependency;
using trace::Kind;
using trace::Record;

namespace {

/// Blocks that a dependency needs of its target before block `ordinal` may start.
std::uint64_t needed_blocks(const Dependency& dependency, const Record& target, std::uint64_t ordinal) {
  return std::min<std::uint64_t>(ordinal - dependency.lag + 1, target.blocks);
}

}  // namespace

PartProgress::PartProgress(const RecordParts& parts)
    : parts_(parts), done_(parts.size()), times_(parts.records().size()), open_(parts.records().size()) {
  for (const Record& record : parts.records()) {
    if (!trace::is_of_host(record.kind)) open_[record.id] = record.area.area();
  }
}

std::uint64_t PartProgress::blocks_done(const Part& part) const {
  const Done& done = done_[part.number];
  if (part.record.kind == Kind::compute) return done.up;
  return chain_progress(part.record, part.place.line, done.up, done.down);
}

bool PartProgress::is_met(std::uint32_t tile, const Dependency& dependency, std::uint64_t ordinal,
                          RecordSet& behind) const {
  const Record& target = parts_.records()[dependency.record];
  if (trace::is_of_host(target.kind)) return target.kind == Kind::stream_in || times_[target.id].done;
  if (!parts_.has(target.id, tile)) return true;
  const Part part = parts_.of(target.id, tile);
  if (is_finished(part)) return true;
  behind.add(target.id);
  if (dependency.lag == Dependency::kWhole) return false;
  if (ordinal < dependency.lag) return true;
  const std::uint64_t needed = needed_blocks(dependency, target, ordinal);
  // Nothing to do here: done as soon as what it waits for is.
  if (!part.has_steps()) return unmet(part, needed - 1, behind) == nullptr;
  if (target.kind == Kind::all_gather && !has_begun(part)) return false;
  if (blocks_done(part) < needed) return false;
  // A tile's own blocks of a gather are there as soon as they may be sent.
  return target.kind != Kind::all_gather || unmet(part, needed - 1, behind) == nullptr;
}

const Dependency* PartProgress::unmet(const Part& part, std::uint64_t ordinal, RecordSet& behind) const {
  const bool begun = has_begun(part);
  for (const Dependency& dependency : part.record.after) {
    // Done as a whole before the part began.
    if (begun && dependency.lag == Dependency::kWhole) continue;
    RecordSet of_this;
    if (is_met(part.tile, dependency, ordinal, of_this)) continue;
    behind.add(of_this);
    return &dependency;
  }
  return nullptr;
}

std::uint8_t PartProgress::thread_behind(const Dependency& dependency, std::uint32_t tile,
                                         std::uint64_t ordinal) const {
  const Record& target = parts_.records()[dependency.record];
  if (trace::is_of_host(target.kind)) return pe::kMainThread;
  const Part part = parts_.of(target.id, tile);
  const ThreadPair threads = part.place.threads;
  if (target.kind == Kind::compute) return threads.up;
  const std::uint64_t needed =
      dependency.lag == Dependency::kWhole ? target.blocks : needed_blocks(dependency, target, ordinal);
  // Whether the block would be done if its flow down were.
  const std::uint64_t with_all_down =
      chain_progress(target, part.place.line, done_[part.number].up, part.place.down_steps);
  return with_all_down < needed ? threads.up : threads.down;
}

bool PartProgress::begin(const Part& part, Cycle cycle) {
  done_[part.number].begun = true;
  RecordTimes& times = times_[part.record.id];
  if (times.start != core::kNever) return false;
  times.start = cycle;
  return true;
}

bool PartProgress::finish(const Part& part, Cycle cycle) {
  done_[part.number].finished = true;
  ++finished_;
  RecordTimes& times = times_[part.record.id];
  times.end = std::max(times.end, cycle);
  if (--open_[part.record.id] != 0) return false;
  times.done = shared_.empty() || !shared_[part.record.id];
  return true;
}

void PartProgress::keep(const std::function<bool(std::uint32_t)>& has) {
  shared_.resize(open_.size());
  std::vector<bool> is_here(parts_.tiles());
  for (std::uint32_t tile = 0; tile < parts_.tiles(); ++tile) is_here[tile] = has(tile);
  std::map<std::array<std::uint32_t, 4>, std::uint64_t> known;  // by area
  for (const Record& record : parts_.records()) {
    if (trace::is_of_host(record.kind)) continue;
    const core::Rectangle& area = record.area;
    const auto [place, is_new] = known.try_emplace({area.x, area.y, area.width, area.height}, 0);
    if (is_new) {
      for (std::uint32_t tile = 0; tile < parts_.tiles(); ++tile) {
        if (is_here[tile] && parts_.has(record.id, tile)) ++place->second;
      }
    }
    shared_[record.id] = place->second != area.area();
    open_[record.id] = place->second;
  }
}

void PartProgress::archive(core::State& state, const Part& part) {
  enum class Stage : std::uint8_t { untouched, under_way, finished };
  Done& done = done_[part.number];
  const bool is_untouched = done.up == 0 && done.down == 0 && !done.begun;
  const Stage stage = state.kept(done.finished  ? Stage::finished
                                 : is_untouched ? Stage::untouched
                                                : Stage::under_way);
  if (stage == Stage::untouched) return;
  // Of most parts of a long run no more is to be said than that they are finished.
  const Done all{static_cast<std::uint32_t>(part.place.up_steps),
                 static_cast<std::uint32_t>(part.place.down_steps), true, true};
  if (state.kept(done.up == all.up && done.down == all.down && done.begun && done.finished)) {
    done = all;
  } else {
    state(done);
  }
  if (!state.loads() || stage != Stage::finished) return;
  ++finished_;
  --open_[part.record.id];
}

void PartProgress::host_done(std::uint32_t record, Cycle cycle) {
  times_[record].done = true;
  times_[record].end = cycle;
}

}  // namespace waferloom::wafer
