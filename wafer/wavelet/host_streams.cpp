// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/host_streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/error.hpp"
#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"
#include "trace/statistics.hpp"
#include "wafer/program/host_order.hpp"

namespace waferloom::wafer {

using core::Cycle;
using trace::Kind;
using trace::Record;

HostStreams::HostStreams(const sc_core::sc_module_name& name, Wafer& wafer, Replay& replay,
                         const std::vector<Record>& records, const RoutePlan& plan,
                         std::function<sc_core::sc_time(std::uint64_t)> optimizer_time)
    : sc_module(name),
      wafer_(wafer),
      replay_(replay),
      records_(records),
      optimizer_time_(std::move(optimizer_time)),
      base_address_(records.size()),
      readers_(wafer.io().channels()),
      collectors_(wafer.io().channels()),
      outstanding_(records.size()),
      fetched_sum_(records.size()),
      times_(records.size()) {
  for (const ChannelUse& use : plan.input_channels()) {
    Reader& reader = readers_[use.channel];
    const fabric::IoParameters& io = wafer.hardware().io;
    reader.schedule.emplace(io.buffer_bytes / core::kWaveletBytes, request_words(io, use.columns.size()));
    for (std::size_t i = 0; i < use.columns.size(); ++i) {
      reader.columns.push_back({use.columns[i], use.colors[i]});
      reader.schedule->add_column();
    }
  }
  std::uint64_t address = 0;
  for (const Record& record : records_) {
    if (record.kind == Kind::update) updates_.push_back(record.id);
    if (record.kind != Kind::stream_in && record.kind != Kind::stream_out) continue;
    outstanding_[record.id] = trace::host_wavelets(record);
    if (record.kind == Kind::stream_in) {
      stream_ins_.push_back(record.id);
      base_address_[record.id] = address;
      address += outstanding_[record.id] * core::kWaveletBytes;
    }
  }
  for (const ChannelUse& use : plan.output_channels()) {
    Collector& collector = collectors_[use.channel];
    if (collector.used) continue;
    collector.used = true;
    for (const Record& record : records_) {
      if (record.kind != Kind::stream_out) continue;
      for (std::size_t i = 0; i < use.columns.size(); ++i) {
        if (use.columns[i] < record.area.x || use.columns[i] - record.area.x >= record.area.width) continue;
        const std::uint64_t words = trace::wavelets_of_blocks(record, use.columns[i] - record.area.x, 0);
        if (words != 0) collector.expected[use.colors[i]].push_back({record.id, words});
      }
    }
  }
}

void HostStreams::start() {
  sc_core::sc_spawn([this] { update_loop(); }, "update");
  wafer_.io().set_schedule(*this);
  for (std::uint32_t i = 0; i < readers_.size(); ++i) {
    if (readers_[i].schedule) wafer_.use_input_channel(i);
    if (collectors_[i].used) wafer_.use_output_channel(i);
  }
}

bool HostStreams::may_start(const Record& record) const {
  return host_may_start(record, records_, replay_.times());
}

bool HostStreams::open_next(Reader& reader) {
  if (reader.open) return true;
  if (reader.next_record == stream_ins_.size()) return false;
  // All lanes of a shared stream at once: each needs what enters at the others.
  const std::span<const std::uint32_t> lanes =
      std::span(stream_ins_).subspan(reader.next_record, records_[stream_ins_[reader.next_record]].lanes);
  const auto may_open = [this](std::uint32_t id) { return may_start(records_[id]); };
  if (!std::all_of(lanes.begin(), lanes.end(), may_open)) return false;
  for (const std::uint32_t id : lanes) open_lane(records_[id], reader);
  reader.open = true;
  return true;
}

void HostStreams::open_lane(const Record& record, Reader& reader) {
  std::uint64_t before = 0;
  std::uint32_t counted = 0;
  for (std::size_t i = 0; i < reader.columns.size(); ++i) {
    ColumnStream& stream = reader.columns[i];
    if (stream.column < record.area.x || stream.column - record.area.x >= record.area.width) continue;
    const std::uint32_t column = stream.column - record.area.x;
    for (; counted < column; ++counted) before += trace::host_wavelets(record, counted);
    stream.record = record.id;
    stream.address = base_address_[record.id] + before * core::kWaveletBytes;
    reader.schedule->open(i, trace::host_wavelets(record, column));
  }
  if (times_[record.id].start != core::kNever) return;
  times_[record.id].start = wafer_.now();
  if (on_start_) on_start_(record.id, wafer_.now());
  // No column of this lane is a stream's home: all of it comes from other lanes, nothing from the host.
  if (outstanding_[record.id] == 0) finish(record.id, wafer_.now());
}

bool HostStreams::next_read(std::uint32_t channel, fabric::HostRead& read) {
  Reader& reader = readers_[channel];
  while (open_next(reader)) {
    if (reader.schedule->all_asked()) {
      reader.open = false;
      reader.next_record += records_[stream_ins_[reader.next_record]].lanes;
      continue;
    }
    const auto request = reader.schedule->next();
    if (!request) return false;
    reader.schedule->take(*request);
    ColumnStream& stream = reader.columns[request->column];
    read = {stream.address, static_cast<std::uint32_t>(request->words), stream.color};
    stream.address += request->words * core::kWaveletBytes;
    return true;
  }
  return false;
}

std::size_t HostStreams::column_of(const Reader& reader, core::Color color) {
  const auto place = std::find_if(reader.columns.begin(), reader.columns.end(),
                                  [&](const ColumnStream& each) { return each.color == color; });
  return static_cast<std::size_t>(place - reader.columns.begin());
}

void HostStreams::fetched(std::uint32_t channel, const fabric::HostRead& read,
                          const std::vector<std::uint32_t>& words) {
  Reader& reader = readers_[channel];
  const std::uint32_t record = reader.columns[column_of(reader, read.color)].record;
  for (const std::uint32_t word : words) fetched_sum_[record] += word;
  words_in_ += words.size();
  reader.entering[read.color].push_back({record, words.size(), words.size()});
  outstanding_[record] -= words.size();
  if (outstanding_[record] == 0) finish(record, wafer_.now());
}

void HostStreams::entered(std::uint32_t channel, core::Color color, Cycle cycle) {
  Reader& reader = readers_[channel];
  std::deque<Entering>& entering = reader.entering[color];
  channel_log_.carry(channel, true, entering.front().record, cycle, cycle + 1, 1);
  if (--entering.front().words != 0) return;
  reader.schedule->give(column_of(reader, color), entering.front().room);
  entering.pop_front();
}

bool HostStreams::received(std::uint32_t channel, core::Color color, std::uint32_t data, Cycle cycle) {
  Collector& collector = collectors_[channel];
  if (collector.expected[color].empty()) {
    throw core::SimulationError(fmt::format(
        "cycle {}: an unexpected wavelet of color {} leaves through channel {}", cycle, color, channel));
  }
  Expected& front = collector.expected[color].front();
  const Record& record = records_[front.record];
  if (data != record.area.height) {
    throw core::SimulationError(fmt::format("cycle {}: record {} ({}): expected a sum over {} tiles, got {}",
                                            cycle, record.id, record.name, record.area.height, data));
  }
  if (times_[record.id].start == core::kNever) {
    times_[record.id].start = cycle;
    if (on_start_) on_start_(record.id, cycle);
  }
  channel_log_.carry(channel, false, record.id, cycle, cycle + 1, 1);
  if (collector.gathered.empty() || collector.gathered.back().record != record.id) {
    collector.gathered.push_back({record.id, 0});
  }
  ++collector.gathered.back().words;
  if (--front.words != 0) return false;
  collector.expected[color].pop_front();
  return true;
}

void HostStreams::written(std::uint32_t channel, std::uint32_t words) {
  Collector& collector = collectors_[channel];
  words_out_ += words;
  std::uint64_t rest = words;
  while (rest != 0) {
    Expected& front = collector.gathered.front();
    const std::uint64_t taken = std::min(rest, front.words);
    rest -= taken;
    front.words -= taken;
    const std::uint32_t record = front.record;
    // The run may still grow while it is the last one.
    if (front.words == 0 && collector.gathered.size() > 1) collector.gathered.pop_front();
    outstanding_[record] -= taken;
    if (outstanding_[record] == 0) finish(record, wafer_.now());
  }
  if (collector.gathered.size() == 1 && collector.gathered.front().words == 0) collector.gathered.clear();
}

void HostStreams::finish(std::uint32_t record, Cycle cycle) {
  times_[record].end = cycle;
  times_[record].done = true;
  if (records_[record].kind == Kind::stream_in) {
    // Its arrival on the tiles is what matters to them; that it has been fetched only matters here.
    if (on_done_) on_done_(record, cycle);
    return;
  }
  replay_.host_done(record, cycle);
  if (on_done_) on_done_(record, cycle);
  tiles_done(cycle);
}

void HostStreams::tiles_done(Cycle) {
  changed_.notify(sc_core::SC_ZERO_TIME);
  for (std::uint32_t i = 0; i < readers_.size(); ++i) {
    if (readers_[i].schedule) wafer_.io().poke(i);
  }
}

void HostStreams::update_loop() {
  for (; next_update_ < updates_.size(); ++next_update_) {
    const std::uint32_t id = updates_[next_update_];
    if (!updating()) {
      while (!may_start(records_[id])) sc_core::wait(changed_);
      times_[id].start = wafer_.now();
      if (on_start_) on_start_(id, wafer_.now());
      update_end_ = (sc_core::sc_time_stamp() + optimizer_time_(records_[id].parameters)).value();
    }
    sc_core::wait(sc_core::sc_time::from_value(update_end_) - sc_core::sc_time_stamp());
    update_end_ = kNoUpdate;
    finish(id, wafer_.now());
  }
}

void HostStreams::archive(core::State& state) {
  state(readers_, collectors_, outstanding_, fetched_sum_, times_, channel_log_, words_in_, words_out_,
        next_update_, update_end_);
}

bool HostStreams::all_done() const {
  return std::all_of(records_.begin(), records_.end(), [&](const Record& record) {
    const bool host = trace::is_of_host(record.kind);
    const bool empty = host && record.kind != Kind::update && outstanding_[record.id] == 0;
    return !host || empty || times_[record.id].done;
  });
}

}  // namespace waferloom::wafer
