// SPDX-License-Identifier: Apache-2.0
#include "study/launch/confirm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"

namespace waferloom::study {

namespace {

std::size_t objective_metric(const Plan& plan) {
  const auto at = std::find(plan.metrics.begin(), plan.metrics.end(), plan.objectives.front().metric);
  return static_cast<std::size_t>(at - plan.metrics.begin());
}

/// Feasible rows, the best first.
std::vector<std::size_t> ranked(const Table& table) {
  const std::size_t metric = objective_metric(table.plan);
  const double sign = table.plan.objectives.front().maximize ? -1 : 1;
  std::vector<std::size_t> order;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (table.rows[r].feasible && table.rows[r].metrics[metric]) order.push_back(r);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sign * *table.rows[a].metrics[metric] < sign * *table.rows[b].metrics[metric];
  });
  return order;
}

}  // namespace

Study confirmation_study(const Study& study, const Table& table) {
  std::vector<std::size_t> best = ranked(table);
  best.resize(std::min<std::size_t>(best.size(), study.confirmation->best));
  if (best.empty())
    throw core::InputError(study.file.string() + ": confirm: expected a best point, got none");
  Study second = study;
  second.name = study.name + "-confirm";
  second.confirmation.reset();
  second.sample.reset();
  second.constraints.clear();
  const std::vector<Setting>& small = study.confirmation->settings;
  second.common.insert(second.common.end(), small.begin(), small.end());
  // What makes the scenario small holds against an axis of the same key.
  const auto is_small = [&](const std::string& key) {
    return key == "fidelity" ||
           std::any_of(small.begin(), small.end(), [&](const Setting& each) { return each.key == key; });
  };
  Axis points;
  for (const Axis& axis : study.axes) {
    for (const std::string& key : axis.keys) {
      if (!is_small(key)) points.keys.push_back(key);
    }
  }
  for (const std::size_t r : best) {
    std::vector<Setting> choice;
    for (std::size_t c = 0; c < table.plan.columns.size(); ++c) {
      const std::string& key = table.plan.columns[c];
      if (std::find(points.keys.begin(), points.keys.end(), key) == points.keys.end()) continue;
      choice.push_back({key, table.rows[r].settings[c]});
    }
    points.choices.push_back(std::move(choice));
  }
  Axis fidelity{{"fidelity"}, {{{"fidelity", "burst"}}, {{"fidelity", "wavelet"}}}, {}};
  second.axes = {std::move(points), std::move(fidelity)};
  return second;
}

std::string confirmation_summary(const Table& table, const Table& confirmed) {
  const std::size_t metric = objective_metric(table.plan);
  const std::string& name = table.plan.metrics[metric];
  const std::vector<std::size_t> order = ranked(table);
  std::string text =
      fmt::format("\nconfirmed on a smaller scenario, {} [{}]:\n{:>8}{:>16}{:>16}{:>16}{:>10}\n", name,
                  table.units[metric], "point", "whole, burst", "small, burst", "small, wavelet", "error");
  std::vector<double> fine;
  std::vector<double> coarse;
  for (std::size_t i = 0; 2 * i + 1 < confirmed.rows.size(); ++i) {
    const Row& whole = table.rows[order[i]];
    const std::optional<double>& burst = confirmed.rows[2 * i].metrics[metric];
    const std::optional<double>& wavelet = confirmed.rows[2 * i + 1].metrics[metric];
    if (!burst || !wavelet) {
      const Row& bad = confirmed.rows[2 * i + (burst ? 1 : 0)];
      text += fmt::format("{:>8}  {}: {}\n", whole.number, bad.status,
                          bad.message.substr(0, bad.message.find('\n')));
      continue;
    }
    coarse.push_back(*burst);
    fine.push_back(*wavelet);
    text += fmt::format("{:>8}{:>16.6g}{:>16.6g}{:>16.6g}{:>+9.2f}%\n", whole.number, *whole.metrics[metric],
                        *burst, *wavelet, 100 * (*burst / *wavelet - 1));
  }
  std::size_t swapped = 0;
  for (std::size_t a = 0; a < fine.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if ((fine[a] - fine[b]) * (coarse[a] - coarse[b]) < 0) ++swapped;
    }
  }
  return text + (swapped == 0
                     ? "both fidelities rank these points alike\n"
                     : fmt::format("the fidelities rank {} pairs of these points differently\n", swapped));
}

}  // namespace waferloom::study
