// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of a region's tiles, and of what is posted to them.
#include "wafer/wavelet/region.hpp"

namespace waferloom::wafer {

using core::Cycle;

void Region::begin_archive(core::State& state, Cycle now) {
  pes_->begin_archive(state, now);
  if (!state.loads()) return;
  wake_.cancel();
  next_ = core::kNever;
}

void Region::archive(core::State& state, std::uint32_t tile) {
  pes_->archive(state, tile);  // binds queues, of which the router knows more
  routers_->archive(state, tile);
  memory_->archive(state, tile);
}

namespace {

/// What was noted of watched tiles and not been told yet.
void archive_changes(core::State& state, core::ChangeList& list, const core::Rectangle& of,
                     const core::Rectangle& here) {
  struct KeptNote {
    std::uint32_t tile;
    std::uint8_t what;
  };
  std::vector<KeptNote> notes;
  if (!state.loads()) {
    for (const std::uint32_t tile : list.noted()) notes.push_back({tile, list.what(tile)});
  }
  state(notes);
  if (!state.loads()) return;
  for (const KeptNote& note : notes) {
    const core::Coordinate at = core::place_at(of, note.tile);
    if (here.contains(at)) list.note(core::number_of(here, at), note.what);
  }
}

}  // namespace

void Region::archive_between(core::State& state, const core::Rectangle& of, Cycle now) {
  struct KeptPost {
    Cycle cycle;
    Post post;
  };
  std::vector<KeptPost> posts;
  if (!state.loads()) {
    for (Cycle cycle = now + 1; cycle <= now + kInboxSlots; ++cycle) {
      for (const Post& post : inbox_.of(cycle)) posts.push_back({cycle, post});
    }
  }
  state(posts);
  const Cycle next = state.kept(next_);
  if (state.loads()) {
    for (KeptPost& kept : posts) {
      const core::Coordinate place = core::place_at(of, kept.post.tile);
      if (!area_.contains(place)) continue;
      kept.post.tile = index_of(place);
      inbox_.add(kept.cycle, kept.post);
      request(kept.cycle);
    }
    // Also where it had asked without need: it runs in the same cycles then.
    if (area_.contains(core::Coordinate{of.x, of.y}) && next != core::kNever) request(next);
  }
  archive_changes(state, router_changes_, of, area_);
  archive_changes(state, pe_changes_, of, area_);
  pes_->archive_between(state, of, now);
  routers_->archive_between(state, of, now);
}

void Region::ask_again(Cycle now) { request_next(now); }

}  // namespace waferloom::wafer
