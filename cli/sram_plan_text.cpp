// SPDX-License-Identifier: Apache-2.0
#include "cli/sram_plan_text.hpp"

#include <fmt/format.h>

#include "report/text.hpp"

namespace waferloom::cli {

std::string sram_plan_text(const trace::SramPlan& plan, const std::vector<trace::Record>& records,
                           std::uint64_t capacity) {
  if (plan.peak_record == trace::kNoRecord) {
    return fmt::format("SRAM of tile ({}, {}): nothing ever lives there\n", plan.tile.x, plan.tile.y);
  }
  using Align = report::TextTable::Align;
  std::string text = fmt::format(
      "SRAM of tile ({}, {}) of the program: at most {} of {} B, at record {} ({})\n\n", plan.tile.x,
      plan.tile.y, plan.peak_bytes, capacity, plan.peak_record, records[plan.peak_record].name);
  report::TextTable table({{"tensor", Align::left},
                           {"B"},
                           {"from"},
                           {"record", Align::left},
                           {"to"},
                           {"record", Align::left},
                           {"at the peak", Align::left}});
  for (const trace::SramPlan::Tensor& tensor : plan.tensors) {
    const bool stays = tensor.last == trace::kNoRecord;
    table.add({tensor.name, fmt::format("{}", tensor.bytes), fmt::format("{}", tensor.first),
               records[tensor.first].name, stays ? "" : fmt::format("{}", tensor.last),
               stays ? "the end" : records[tensor.last].name,
               trace::lives_at(tensor, plan.peak_record) ? "yes" : ""});
  }
  return text + table.text();
}

}  // namespace waferloom::cli
