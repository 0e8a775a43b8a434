// SPDX-License-Identifier: Apache-2.0
#include "models/sram_check.hpp"

#include <fmt/format.h>

#include <utility>

#include "trace/sram_plan.hpp"

namespace waferloom::models {

namespace {

constexpr std::size_t kLargest = 5;

}  // namespace

void SramCheck::add(const trace::Record& record) {
  // The last tile's shares are the largest of all along both axes.
  const std::uint32_t column = record.area.width - 1;
  const std::uint32_t row = record.area.height - 1;
  for (const trace::Allocation& allocation : record.allocates) {
    const std::uint64_t bytes =
        allocation.bytes.value(column, record.area.width, row, record.area.height, 0, 1);
    const std::uint64_t rounded = trace::sram_bytes(bytes);
    const auto [place, is_new] = live_.try_emplace(allocation.tensor, rounded);
    if (!is_new) by_size_.erase({std::exchange(place->second, rounded), place->first});
    by_size_.emplace(rounded, allocation.tensor);
    used_bytes_ += rounded;
  }
  if (used_bytes_ > capacity_bytes_ && used_bytes_ > peak_bytes_) {
    misfit_ = describe(record);
    if (on_misfit_ == Misfit::refuse) throw SramMisfit(misfit_);
  }
  peak_bytes_ = std::max(peak_bytes_, used_bytes_);
  for (const std::string& tensor : record.frees) {
    const auto place = live_.find(tensor);
    if (place == live_.end()) continue;
    used_bytes_ -= place->second;
    by_size_.erase({place->second, place->first});
    live_.erase(place);
  }
}

std::string SramCheck::describe(const trace::Record& record) const {
  std::string list;
  std::size_t listed = 0;
  for (auto each = by_size_.rbegin(); each != by_size_.rend() && listed < kLargest; ++each, ++listed) {
    list += fmt::format("{}{} {} B", listed == 0 ? "" : ", ", each->second, each->first);
  }
  return fmt::format(
      "the model does not fit the SRAM: tile ({}, {}) of the rectangle needs {} B at record {} ({}), has {} "
      "B: {} B are "
      "missing; largest: {}",
      record.area.x + record.area.width - 1, record.area.y + record.area.height - 1, used_bytes_, record.id,
      record.name, capacity_bytes_, used_bytes_ - capacity_bytes_, list);
}

}  // namespace waferloom::models
