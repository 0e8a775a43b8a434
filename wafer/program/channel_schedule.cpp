// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/channel_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/origin.hpp"
#include "core/wavelet.hpp"

namespace waferloom::wafer {

std::uint32_t request_words(const fabric::IoParameters& io, std::size_t columns) {
  const std::uint64_t buffer = io.buffer_bytes / core::kWaveletBytes;
  if (buffer < columns) {
    throw core::config::KeyError(
        {"io.buffer", "io.channels", "workload.rectangle", "fabric.program"},
        fmt::format("expected room for a word of each of the {} columns that an I/O channel "
                    "serves, {} B; got {} B",
                    columns, columns * core::kWaveletBytes, io.buffer_bytes));
  }
  const std::uint64_t fair = buffer / (2 * std::max<std::size_t>(columns, 1));
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
      fair, 1, std::max<std::uint64_t>(io.transaction_bytes / core::kWaveletBytes, 1)));
}

void ChannelSchedule::add_column(std::uint64_t count) { columns_.push_back({request_ * count}); }

void ChannelSchedule::open(std::size_t number, std::uint64_t words, std::uint64_t count) {
  Column& column = columns_[number];
  columns_left_ -= column.asked < column.words ? 1 : 0;
  claimed_ -= claim(column);
  column.words = words;
  column.asked = 0;
  column.begun = 0;
  column.count = count;
  column.part = std::max<std::uint64_t>(request_ / count, 1);
  columns_left_ += words != 0 ? 1 : 0;
  claimed_ += claim(column);
}

std::uint64_t ChannelSchedule::request_end(const Column& column) const {
  return std::min(column.begun + request_, column.words);
}

std::uint64_t ChannelSchedule::next_room(const Column& column) const {
  return std::min(column.part, request_end(column) - column.asked) * column.count;
}

ChannelSchedule::Request ChannelSchedule::request_of(std::size_t number) const {
  const Column& column = columns_[number];
  const std::uint64_t left = request_end(column) - column.asked;
  const std::uint64_t words = std::min(column.part, left);
  return {number, words, words * column.count, (left - words) * column.count};
}

bool ChannelSchedule::fits_own_room(const Column& column) const {
  const std::uint64_t room = next_room(column);
  // Words of earlier streams may still take the room until they have left.
  return column.held + room <= column.own_room && held_ + room <= buffer_;
}

bool ChannelSchedule::fits_common_room(const Column& column) const {
  return claimed_ - claim(column) + column.held + next_room(column) <= buffer_;
}

bool ChannelSchedule::is_behind(const Column& a, const Column& b) {
  // By whole requests, so that the parts of one follow one another.
  return a.begun * b.words < b.begun * a.words;
}

std::optional<ChannelSchedule::Request> ChannelSchedule::next() const {
  const Column* last = nullptr;  // the column that is most behind
  const Column* own = nullptr;   // and of those whose own room is free
  for (const Column& column : columns_) {
    if (column.asked == column.words) continue;
    if (last == nullptr || is_behind(column, *last)) last = &column;
    if ((own == nullptr || is_behind(column, *own)) && fits_own_room(column)) own = &column;
  }
  const Column* next = last != nullptr && fits_common_room(*last) ? last : own;
  if (next == nullptr) return std::nullopt;
  return request_of(static_cast<std::size_t>(next - columns_.data()));
}

std::uint64_t ChannelSchedule::claim(const Column& column) {
  return column.asked < column.words ? std::max(column.held, column.own_room) : column.held;
}

void ChannelSchedule::take(const Request& request) {
  Column& column = columns_[request.column];
  claimed_ -= claim(column);
  column.asked += request.words;
  if (column.asked == request_end(column)) column.begun += request_;
  column.held += request.room;
  held_ += request.room;
  claimed_ += claim(column);
  if (column.asked == column.words) --columns_left_;
}

void ChannelSchedule::give(std::size_t number, std::uint64_t room) {
  Column& column = columns_[number];
  claimed_ -= claim(column);
  column.held -= room;
  held_ -= room;
  claimed_ += claim(column);
}

}  // namespace waferloom::wafer
