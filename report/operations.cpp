// SPDX-License-Identifier: Apache-2.0
#include "report/operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/error.hpp"

namespace waferloom::report {

using nlohmann::ordered_json;

namespace {

struct NumberColumn {
  const char* name;
  double Operation::*member;
};
struct TextColumn {
  const char* name;
  std::string Operation::*member;
};

constexpr std::array kNumbers{NumberColumn{"start_cycle", &Operation::start_cycle},
                              NumberColumn{"end_cycle", &Operation::end_cycle},
                              NumberColumn{"micro_batch", &Operation::micro_batch},
                              NumberColumn{"macs", &Operation::macs},
                              NumberColumn{"bytes_in", &Operation::bytes_in},
                              NumberColumn{"bytes_out", &Operation::bytes_out},
                              NumberColumn{"sram_bytes", &Operation::sram_bytes},
                              NumberColumn{"wavelet_hops", &Operation::wavelet_hops},
                              NumberColumn{"energy_j", &Operation::energy_j}};
constexpr std::array kTexts{TextColumn{"layer", &Operation::layer}, TextColumn{"phase", &Operation::phase},
                            TextColumn{"operation", &Operation::name},
                            TextColumn{"bound", &Operation::bound}};

const ordered_json& column(const RunFiles& run, const char* name) {
  const ordered_json& table = run.tables["layers"];
  const auto found = table.find(name);
  if (found == table.end()) {
    throw core::InputError(
        fmt::format("{}:1: expected a column {}, got none", (run.directory / "layers.csv").string(), name));
  }
  return *found;
}

/// A moment at which operations begin or end.
struct Change {
  double at = 0;
  bool begins = false;
  const std::string* bound = nullptr;
};

std::vector<Change> changes_of(const std::vector<const Operation*>& operations) {
  std::vector<Change> changes;
  for (const Operation* operation : operations) {
    if (operation->end_cycle <= operation->start_cycle) continue;
    changes.push_back({operation->start_cycle, true, &operation->bound});
    changes.push_back({operation->end_cycle, false, &operation->bound});
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.at < b.at; });
  return changes;
}

}  // namespace

std::vector<Operation> operations_of(const RunFiles& run) {
  if (!run.tables.contains("layers")) return {};
  std::vector<Operation> operations(column(run, "layer").size());
  for (const TextColumn& text : kTexts) {
    const ordered_json& values = column(run, text.name);
    for (std::size_t i = 0; i < operations.size(); ++i) operations[i].*text.member = values[i];
  }
  // Results of earlier versions tell none.
  if (const auto ties = run.tables["layers"].find("ties"); ties != run.tables["layers"].end()) {
    for (std::size_t i = 0; i < operations.size(); ++i) operations[i].ties = (*ties)[i];
  }
  for (const NumberColumn& number : kNumbers) {
    const ordered_json& values = column(run, number.name);
    for (std::size_t i = 0; i < operations.size(); ++i) operations[i].*number.member = values[i];
  }
  return operations;
}

double TimeByBound::cycles_of(std::string_view bound) const {
  for (const BoundTime& each : bounds) {
    if (each.bound == bound) return each.cycles;
  }
  return 0;
}

TimeByBound time_by_bound(const std::vector<const Operation*>& operations) {
  TimeByBound time;
  std::map<std::string, double> cycles;
  std::map<std::string, std::size_t> under_way;
  std::size_t active = 0;
  double last = 0;
  for (const Change& change : changes_of(operations)) {
    const double passed = change.at - last;
    if (active > 0 && passed > 0) {
      time.covered_cycles += passed;
      for (const auto& [bound, count] : under_way) {
        cycles[bound] += passed * static_cast<double>(count) / static_cast<double>(active);
      }
    }
    last = change.at;
    std::size_t& count = under_way[*change.bound];
    if (change.begins) {
      ++count;
      ++active;
    } else {
      --count;
      --active;
    }
  }
  for (const auto& [bound, sum] : cycles) {
    if (sum > 0) time.bounds.push_back({bound, sum});
  }
  std::stable_sort(time.bounds.begin(), time.bounds.end(),
                   [](const BoundTime& a, const BoundTime& b) { return a.cycles > b.cycles; });
  return time;
}

double clock_of(const RunFiles& run) {
  const ordered_json& metrics = run.result["metrics"];
  const auto time_s = metrics["time"]["value"].get<double>();
  return time_s > 0 ? metrics["cycles"]["value"].get<double>() / time_s : 1;
}

}  // namespace waferloom::report
