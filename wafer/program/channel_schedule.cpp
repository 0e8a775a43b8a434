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
  column.count = count;
  columns_left_ += words != 0 ? 1 : 0;
  claimed_ += claim(column);
}

ChannelSchedule::Request ChannelSchedule::request_of(std::size_t number) const {
  const Column& column = columns_[number];
  const std::uint64_t part = std::max<std::uint64_t>(request_ / column.count, 1);
  const std::uint64_t whole = std::min(column.asked / request_ * request_ + request_, column.words);
  const std::uint64_t words = std::min(part, whole - column.asked);
  return {number, words, words * column.count, (whole - column.asked - words) * column.count};
}

bool ChannelSchedule::fits_own_room(const Request& request) const {
  const Column& column = columns_[request.column];
  // Words of earlier streams may still take the room until they have left.
  return column.held + request.room <= column.own_room && held_ + request.room <= buffer_;
}

bool ChannelSchedule::fits_common_room(const Request& request) const {
  const Column& column = columns_[request.column];
  return claimed_ - claim(column) + column.held + request.room <= buffer_;
}

bool ChannelSchedule::is_behind(std::size_t a, std::size_t b) const {
  // By whole requests, so that the parts of one follow one another.
  const std::uint64_t asked_a = columns_[a].asked / request_ * request_;
  const std::uint64_t asked_b = columns_[b].asked / request_ * request_;
  return asked_a * columns_[b].words < asked_b * columns_[a].words;
}

std::optional<ChannelSchedule::Request> ChannelSchedule::next() const {
  std::optional<Request> last;  ///< of the column that is most behind
  std::optional<Request> own;   ///< and of those whose own room is free
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].asked == columns_[i].words) continue;
    const Request request = request_of(i);
    if (!last || is_behind(i, last->column)) last = request;
    if (fits_own_room(request) && (!own || is_behind(i, own->column))) own = request;
  }
  return last && fits_common_room(*last) ? last : own;
}

std::uint64_t ChannelSchedule::claim(const Column& column) {
  return column.asked < column.words ? std::max(column.held, column.own_room) : column.held;
}

void ChannelSchedule::take(const Request& request) {
  Column& column = columns_[request.column];
  claimed_ -= claim(column);
  column.asked += request.words;
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
