// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/host.hpp"

#include <algorithm>

#include "wafer/program/host_order.hpp"

namespace waferloom::burst {

using trace::Kind;
using trace::Record;

Host::Host(Engine& engine, Feeds& feeds, Drains& drains, wafer::Replay& replay,
           const std::vector<Record>& records, double optimizer_parameters_per_cycle, Notice started,
           Notice done)
    : engine_(engine),
      feeds_(feeds),
      drains_(drains),
      replay_(replay),
      records_(records),
      parameters_per_cycle_(optimizer_parameters_per_cycle),
      started_(std::move(started)),
      done_(std::move(done)),
      times_(records.size()),
      openings_(records.size(), kNever) {
  for (const Record& record : records_) {
    if (record.kind == Kind::stream_in) streams_.push_back(record.id);
    if (record.kind == Kind::update) updates_.push_back(record.id);
  }
  feeds.set_listener(*this);
  drains.set_listener(*this);
  engine_.at(0, [this] { tiles_done(); });
}

bool Host::may_start(const Record& record) const {
  return wafer::host_may_start(record, records_, replay_.times());
}

Ticks Host::opening(std::uint32_t record) {
  open_streams();
  return openings_[record];
}

void Host::open_streams() {
  for (; next_stream_ < streams_.size(); ++next_stream_) {
    const Record& record = records_[streams_[next_stream_]];
    if (!may_start(record)) return;
    openings_[record.id] = record.after.empty() ? 0 : engine_.now();
    times_[record.id].start = cycle_of(openings_[record.id]);
    times_[record.id].done = true;
  }
}

void Host::tiles_done() {
  const std::size_t before = next_stream_;
  open_streams();
  feeds_.ask_ahead(engine_.now());
  for (std::size_t opened = before; opened < next_stream_; ++opened) {
    const core::Rectangle area = records_[streams_[opened]].area;
    for (std::uint32_t i = 0; i < area.width; ++i) engine_.poke_column(area.x + i);
  }
  start_update();
}

void Host::start_update() {
  if (updating_ || next_update_ == updates_.size()) return;
  const Record& record = records_[updates_[next_update_]];
  if (!may_start(record)) return;
  ++next_update_;
  updating_ = true;
  times_[record.id].start = cycle_of(engine_.now());
  started_(record.id, cycle_of(engine_.now()));
  const auto duration = ticks(static_cast<double>(record.parameters) / parameters_per_cycle_);
  engine_.at(engine_.now() + duration, [this, id = record.id] {
    updating_ = false;
    finish(id);
  });
}

void Host::finish(std::uint32_t record) {
  const core::Cycle cycle = cycle_of(engine_.now());
  times_[record].end = cycle;
  times_[record].done = true;
  replay_.host_done(record, cycle);
  done_(record, cycle);
  tiles_done();
}

bool Host::all_done() const {
  return std::all_of(records_.begin(), records_.end(), [&](const Record& record) {
    if (record.kind == Kind::stream_out) return drains_.outstanding(record.id) == 0;
    return record.kind != Kind::update || times_[record.id].done;
  });
}

}  // namespace waferloom::burst
