// SPDX-License-Identifier: Apache-2.0
#include "models/sram_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

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
    live_[allocation.tensor] = rounded;
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
    live_.erase(place);
  }
}

std::string SramCheck::describe(const trace::Record& record) const {
  std::vector<std::pair<std::uint64_t, std::string>> largest;
  for (const auto& [tensor, bytes] : live_) largest.emplace_back(bytes, tensor);
  std::sort(largest.rbegin(), largest.rend());
  std::string list;
  for (std::size_t i = 0; i < std::min(largest.size(), kLargest); ++i) {
    list += fmt::format("{}{} {} B", i == 0 ? "" : ", ", largest[i].second, largest[i].first);
  }
  return fmt::format(
      "the model does not fit the SRAM: tile ({}, {}) of the rectangle needs {} B at record {} ({}), has {} "
      "B: {} B are "
      "missing; largest: {}",
      record.area.x + record.area.width - 1, record.area.y + record.area.height - 1, used_bytes_, record.id,
      record.name, capacity_bytes_, used_bytes_ - capacity_bytes_, list);
}

}  // namespace waferloom::models
