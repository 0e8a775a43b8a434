// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/handover.hpp"

#include <algorithm>
#include <vector>

#include "core/arithmetic.hpp"
#include "models/layer_pipelined/resident_linear.hpp"

namespace waferloom::models {

using core::ceil_div;
using core::Rectangle;
using trace::Axis;
using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

std::uint32_t end_of(const Rectangle& place) { return place.x + place.width; }

/// On the same rows?
bool side_by_side(const Rectangle& a, const Rectangle& b) { return a.y == b.y && a.height == b.height; }

/// Towards higher x or y?
bool lies_ahead(const Rectangle& place, const Rectangle& other) {
  return side_by_side(place, other) ? other.x > place.x : other.y > place.y;
}

/// Columns that both have, on the rows of `place`.
Rectangle common_columns(const Rectangle& place, const Rectangle& other) {
  const std::uint32_t begin = std::max(place.x, other.x);
  return {begin, place.y, std::min(end_of(place), end_of(other)) - begin, place.height};
}

/// A chain along one axis of `area` that carries all of the cargo: of each row its features, or of each column its
/// entries.
Record cargo_chain(StepBuilder& builder, const Cargo& cargo, Kind kind, const std::string& what, Axis axis,
                   Root root, const Rectangle& area) {
  const std::uint64_t element_bytes = cargo.element_bits / 8;
  const bool along_x = axis == Axis::x;
  Record record = builder.make(kind, what);
  record.area = area;
  record.axis = axis;
  record.root = root;
  record.colors = along_x ? builder.colors().chain_x : builder.colors().chain_y;
  record.blocks = along_x
                      ? buffer_blocks(cargo.entries, element_bytes * ceil_div(cargo.features, area.height))
                      : buffer_blocks(cargo.features, element_bytes * ceil_div(cargo.entries, area.width));
  record.elements = along_x ? trace::Amount{1, 0, cargo.features, cargo.entries}
                            : trace::Amount{1, cargo.entries, 0, cargo.features};
  record.element_bits = cargo.element_bits;
  return record;
}

/// Emits chains along the rows, all after `after`, and gives their numbers.
class RowChains {
 public:
  RowChains(StepBuilder& builder, const Cargo& cargo, std::vector<std::uint32_t> after)
      : builder_(builder), cargo_(cargo), after_(std::move(after)) {}

  /// None where the area has one column.
  void add(Kind kind, const std::string& what, Root root, const Rectangle& area) {
    if (area.width < 2) return;
    Record record = cargo_chain(builder_, cargo_, kind, what, Axis::x, root, area);
    for (const std::uint32_t id : after_) wait_for(record, id);
    done_.push_back(builder_.emit(record));
  }
  /// What has to be done before anything goes on.
  [[nodiscard]] std::vector<std::uint32_t> done() const { return done_.empty() ? after_ : done_; }

 private:
  StepBuilder& builder_;
  const Cargo& cargo_;
  std::vector<std::uint32_t> after_;
  std::vector<std::uint32_t> done_;
};

/// From a column to the west end of its stage, with both.
Rectangle west_of(const Rectangle& place, std::uint32_t column) {
  return {place.x, place.y, column - place.x + 1, place.height};
}

/// And to the east end.
Rectangle east_of(const Rectangle& place, std::uint32_t column) {
  return {column, place.y, end_of(place) - column, place.height};
}

/// Entries of all columns of `place` into those of `common`.
std::vector<std::uint32_t> collect(StepBuilder& builder, const Cargo& cargo, const Rectangle& place,
                                   const Rectangle& common) {
  const std::uint32_t by_way_of = end_of(common) - 1;
  RowChains chains(builder, cargo, {builder.last()});
  chains.add(Kind::reduce, "collect_east", Root::last, west_of(place, by_way_of));
  chains.add(Kind::reduce, "collect_west", Root::first, east_of(place, by_way_of));
  RowChains back(builder, cargo, chains.done());
  back.add(Kind::broadcast, "share", Root::last, common);
  return back.done();
}

/// And back, after `arrived`, which brings them to the columns of `common`. Becomes the builder's last record.
void spread_over(StepBuilder& builder, const Cargo& cargo, const Rectangle& place, const Rectangle& common,
                 std::uint32_t arrived) {
  const std::uint32_t by_way_of = end_of(common) - 1;
  RowChains gather(builder, cargo, {arrived});
  gather.add(Kind::reduce, "gather", Root::last, common);
  std::vector<std::uint32_t> before = gather.done();
  before.push_back(builder.last());
  RowChains chains(builder, cargo, before);
  chains.add(Kind::broadcast, "spread_west", Root::last, west_of(place, by_way_of));
  chains.add(Kind::broadcast, "spread_east", Root::first, east_of(place, by_way_of));
  Record join = builder.make_compute("join", {{}, {1, cargo.entries, cargo.features, 0}, {}});
  for (const std::uint32_t id : chains.done()) wait_for(join, id);
  builder.set_last(builder.emit(join));
}

}  // namespace

Handover send(StepBuilder& builder, const Rectangle& place, const Rectangle& to, const Cargo& cargo) {
  builder.set_layout(Layout::upright);
  const bool beside = side_by_side(place, to);
  const Root end = lies_ahead(place, to) ? Root::last : Root::first;
  const Rectangle area = beside ? place : common_columns(place, to);
  const bool whole = area == place;
  const std::vector<std::uint32_t> before =
      whole ? std::vector<std::uint32_t>{builder.last()} : collect(builder, cargo, place, area);
  Record record = cargo_chain(builder, cargo, Kind::reduce, beside ? "columns" : "rows",
                              beside ? Axis::x : Axis::y, end, area);
  for (const std::uint32_t id : before) wait_for(record, id);
  if (whole) {
    builder.release(record, cargo.tensor);
  } else {
    builder.release_later(cargo.tensor);  // other columns have it too
  }
  const std::uint32_t blocks = record.blocks;
  return {builder.emit(record), blocks};
}

void take(StepBuilder& builder, const Rectangle& place, const Rectangle& from, const Cargo& cargo,
          const Handover& handover) {
  builder.set_layout(Layout::upright);
  const bool beside = side_by_side(place, from);
  const bool behind = !lies_ahead(place, from);
  const Rectangle own = beside ? place : common_columns(place, from);
  Rectangle area = own;
  // From the sender's tiles next to here.
  std::uint32_t& begin = beside ? area.x : area.y;
  std::uint32_t& length = beside ? area.width : area.height;
  const std::uint32_t end = begin + length;
  if (behind) {
    begin = (beside ? end_of(from) : from.y + from.height) - 1;
    length = end - begin;
  } else {
    length = (beside ? from.x : from.y) + 1 - begin;
  }
  Record record = cargo_chain(builder, cargo, Kind::broadcast, beside ? "columns" : "rows",
                              beside ? Axis::x : Axis::y, behind ? Root::first : Root::last, area);
  // Cut as it was sent.
  record.blocks = handover.blocks;
  builder.after_last(record);
  record.after.push_back({handover.record, 0});
  const std::uint32_t arrived = builder.emit(record);
  if (own == place) {
    builder.set_last(arrived);
  } else {
    spread_over(builder, cargo, place, own, arrived);
  }
}

}  // namespace waferloom::models
