// SPDX-License-Identifier: Apache-2.0
#include "trace/rules/tensor_rules.hpp"

#include <algorithm>

#include "trace/rule_error.hpp"
#include "trace/rules/areas.hpp"

namespace waferloom::trace {

namespace {

using core::Rectangle;

/// What is left of `area` without `hole`: at most four parts.
void cut(const Rectangle& area, const Rectangle& hole, std::vector<Rectangle>& parts) {
  if (!overlap(area, hole)) {
    parts.push_back(area);
    return;
  }
  const std::uint32_t top = std::max(area.y, hole.y);
  const std::uint32_t bottom = std::min(area.y + area.height, hole.y + hole.height);
  const std::uint32_t left = std::max(area.x, hole.x);
  const std::uint32_t right = std::min(area.x + area.width, hole.x + hole.width);
  for (const Rectangle& part : {Rectangle{area.x, area.y, area.width, top - area.y},
                                Rectangle{area.x, bottom, area.width, area.y + area.height - bottom},
                                Rectangle{area.x, top, left - area.x, bottom - top},
                                Rectangle{right, top, area.x + area.width - right, bottom - top}}) {
    if (part.area() != 0) parts.push_back(part);
  }
}

}  // namespace

void TensorRules::add(const Record& record) {
  for (const Allocation& allocation : record.allocates) {
    std::vector<Rectangle>& areas = live_[allocation.tensor];
    if (std::any_of(areas.begin(), areas.end(),
                    [&](const Rectangle& a) { return overlap(a, record.area); })) {
      break_rule(record, "allocates: expected a tensor that is not in SRAM yet, got \"{}\" once more",
                 allocation.tensor);
    }
    areas.push_back(record.area);
  }
  const auto known = [&](const char* field, const std::string& tensor) {
    if (is_live(tensor, record.area)) return;
    break_rule(record,
               "{}: expected a tensor that this or an earlier record allocates on these tiles and none frees "
               "before, got \"{}\"",
               field, tensor);
  };
  for (const std::string& tensor : record.operands) known("operands", tensor);
  for (const std::string& tensor : record.frees) {
    known("frees", tensor);
    release(tensor, record.area);
  }
}

bool TensorRules::is_live(const std::string& tensor, const Rectangle& area) const {
  const auto found = live_.find(tensor);
  if (found == live_.end()) return false;
  std::vector<Rectangle> missing{area};
  for (const Rectangle& each : found->second) {
    std::vector<Rectangle> left;
    for (const Rectangle& part : missing) cut(part, each, left);
    missing = std::move(left);
  }
  return missing.empty();
}

void TensorRules::release(const std::string& tensor, const Rectangle& area) {
  const auto found = live_.find(tensor);
  std::vector<Rectangle> left;
  for (const Rectangle& each : found->second) cut(each, area, left);
  if (left.empty()) {
    live_.erase(found);
  } else {
    found->second = std::move(left);
  }
}

}  // namespace waferloom::trace
