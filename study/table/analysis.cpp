// SPDX-License-Identifier: Apache-2.0
#include "study/table/analysis.hpp"

#include <algorithm>
#include <cmath>

#include "study/table/least_squares.hpp"

namespace waferloom::study {

namespace {

/// Where the columns of an axis lie in the plan.
struct Columns {
  std::size_t first = 0;
  std::size_t count = 0;
};

std::vector<Columns> columns_of_axes(const Plan& plan) {
  std::vector<Columns> columns;
  std::size_t first = 0;
  for (const PlannedAxis& axis : plan.axes) {
    columns.push_back({first, axis.keys.size()});
    first += axis.keys.size();
  }
  return columns;
}

bool same(const Row& a, const Row& b, const Columns& columns) {
  const auto from = static_cast<std::ptrdiff_t>(columns.first);
  const auto to = static_cast<std::ptrdiff_t>(columns.first + columns.count);
  return std::equal(a.settings.begin() + from, a.settings.begin() + to, b.settings.begin() + from);
}

/// The first column of the axis in which all rows have numbers above 0 that are not all the same.
std::optional<std::size_t> number_column(const std::vector<const Row*>& rows, const Columns& columns) {
  for (std::size_t c = columns.first; c < columns.first + columns.count; ++c) {
    const auto usable = [&](const Row* row) { return row->numbers[c] && *row->numbers[c] > 0; };
    const auto differs = [&](const Row* row) { return *row->numbers[c] != *rows.front()->numbers[c]; };
    if (std::all_of(rows.begin(), rows.end(), usable) && std::any_of(rows.begin(), rows.end(), differs))
      return c;
  }
  return std::nullopt;
}

/// Rows that differ from the base at most along `axis`, the base among them.
std::vector<const Row*> along(const Table& table, const std::vector<Columns>& axes, std::size_t axis) {
  std::vector<const Row*> rows;
  const Row& base = table.rows[*table.base];
  for (const Row& row : table.rows) {
    if (row.status != "done") continue;
    bool on_line = true;
    for (std::size_t a = 0; a < axes.size(); ++a)
      on_line = on_line && (a == axis || same(row, base, axes[a]));
    if (on_line) rows.push_back(&row);
  }
  return rows;
}

bool is_usable(const std::optional<double>& metric) { return metric && *metric > 0; }

/// Slope of the metric's logarithm between the base's neighbours along the axis.
std::optional<double> local_elasticity(std::vector<const Row*> rows, const Row& base, std::size_t column,
                                       std::size_t metric) {
  std::sort(rows.begin(), rows.end(),
            [&](const Row* a, const Row* b) { return *a->numbers[column] < *b->numbers[column]; });
  const auto at = std::find(rows.begin(), rows.end(), &base) - rows.begin();
  const auto last = static_cast<std::ptrdiff_t>(rows.size()) - 1;
  const Row& below = *rows[static_cast<std::size_t>(std::max<std::ptrdiff_t>(at - 1, 0))];
  const Row& above = *rows[static_cast<std::size_t>(std::min(at + 1, last))];
  if (!is_usable(below.metrics[metric]) || !is_usable(above.metrics[metric])) return std::nullopt;
  const double run = std::log(*above.numbers[column] / *below.numbers[column]);
  if (run == 0) return std::nullopt;
  return std::log(*above.metrics[metric] / *below.metrics[metric]) / run;
}

std::optional<double> effect_of(const std::vector<const Row*>& rows, std::size_t metric) {
  double least = 0;
  double most = 0;
  for (const Row* row : rows) {
    if (!is_usable(row->metrics[metric])) continue;
    least = least == 0 ? *row->metrics[metric] : std::min(least, *row->metrics[metric]);
    most = std::max(most, *row->metrics[metric]);
  }
  return least > 0 ? std::optional(most / least) : std::nullopt;
}

/// Least squares of the metric's logarithm over those of all `columns`, for rows that were drawn at random.
std::vector<std::optional<double>> fitted_elasticities(const Table& table,
                                                       const std::vector<std::size_t>& columns,
                                                       std::size_t metric) {
  LeastSquares fit(columns.size() + 1);
  for (const Row& row : table.rows) {
    if (row.status != "done" || !is_usable(row.metrics[metric])) continue;
    std::vector<double> x{1};
    for (const std::size_t c : columns) x.push_back(std::log(*row.numbers[c]));
    fit.add(x, std::log(*row.metrics[metric]));
  }
  std::vector<std::optional<double>> slopes(columns.size());
  const std::vector<double> solution = fit.solve();
  for (std::size_t i = 0; i + 1 < solution.size(); ++i) slopes[i] = solution[i + 1];
  return slopes;
}

/// Whether `a` is at least as good as `b` in all objectives and better in one.
bool beats(const Table& table, const std::vector<std::size_t>& metrics, const Row& a, const Row& b) {
  bool better = false;
  for (std::size_t o = 0; o < metrics.size(); ++o) {
    const double sign = table.plan.objectives[o].maximize ? 1 : -1;
    const double gain = sign * (*a.metrics[metrics[o]] - *b.metrics[metrics[o]]);
    if (gain < 0) return false;
    better = better || gain > 0;
  }
  return better;
}

std::vector<std::size_t> objective_metrics(const Plan& plan) {
  std::vector<std::size_t> indices;
  for (const Objective& each : plan.objectives) {
    const auto at = std::find(plan.metrics.begin(), plan.metrics.end(), each.metric);
    indices.push_back(static_cast<std::size_t>(at - plan.metrics.begin()));
  }
  return indices;
}

bool has_all(const Row& row, const std::vector<std::size_t>& metrics) {
  return row.feasible && std::all_of(metrics.begin(), metrics.end(),
                                     [&](std::size_t m) { return row.metrics[m].has_value(); });
}

}  // namespace

std::optional<std::size_t> nearest_to_base(const Table& table) {
  std::optional<std::size_t> nearest;
  double least = 0;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const Row& row = table.rows[r];
    if (row.status != "done") continue;
    double distance = 0;
    for (std::size_t c = 0; c < row.settings.size(); ++c) {
      const std::string& base_text = table.plan.base_values[c];
      const std::optional<Value> base = read_value(std::string_view(base_text));
      if (row.numbers[c] && base && *row.numbers[c] > 0 && base->number > 0) {
        distance += std::abs(std::log(*row.numbers[c] / base->number));
      } else if (row.settings[c] != base_text) {
        distance += 1;
      }
    }
    if (nearest && distance >= least) continue;
    nearest = r;
    least = distance;
  }
  return nearest;
}

void mark_pareto_front(Table& table) {
  const std::vector<std::size_t> metrics = objective_metrics(table.plan);
  if (metrics.empty()) return;
  for (Row& row : table.rows) {
    row.pareto =
        has_all(row, metrics) && std::none_of(table.rows.begin(), table.rows.end(), [&](const Row& other) {
          return has_all(other, metrics) && beats(table, metrics, other, row);
        });
  }
}

std::vector<std::optional<std::size_t>> best_rows(const Table& table) {
  const std::vector<std::size_t> metrics = objective_metrics(table.plan);
  std::vector<std::optional<std::size_t>> best(metrics.size());
  for (std::size_t o = 0; o < metrics.size(); ++o) {
    const double sign = table.plan.objectives[o].maximize ? 1 : -1;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      if (!has_all(table.rows[r], {metrics[o]})) continue;
      if (best[o] &&
          sign * (*table.rows[r].metrics[metrics[o]] - *table.rows[*best[o]].metrics[metrics[o]]) <= 0) {
        continue;
      }
      best[o] = r;
    }
  }
  return best;
}

std::vector<Sensitivity> sensitivities(const Table& table) {
  std::vector<Sensitivity> found;
  if (!table.base) return found;
  const std::vector<Columns> axes = columns_of_axes(table.plan);
  std::vector<const Row*> done;
  for (const Row& row : table.rows) {
    if (row.status == "done") done.push_back(&row);
  }
  // Drawn points share no line: one fit over all of them takes its place.
  std::vector<std::size_t> fitted;
  std::vector<std::size_t> fitted_axes;
  for (std::size_t a = 0; a < axes.size() && table.plan.sampled; ++a) {
    if (const std::optional<std::size_t> column = number_column(done, axes[a])) {
      fitted.push_back(*column);
      fitted_axes.push_back(a);
    }
  }
  for (std::size_t m = 0; m < table.plan.metrics.size(); ++m) {
    const std::vector<std::optional<double>> slopes = fitted_elasticities(table, fitted, m);
    for (std::size_t a = 0; a < axes.size(); ++a) {
      Sensitivity sensitivity{a, m, {}, {}};
      const std::vector<const Row*> line = along(table, axes, a);
      if (table.plan.sampled) {
        const auto at = std::find(fitted_axes.begin(), fitted_axes.end(), a);
        if (at != fitted_axes.end()) {
          sensitivity.elasticity = slopes[static_cast<std::size_t>(at - fitted_axes.begin())];
        }
      } else if (const std::optional<std::size_t> column = number_column(line, axes[a])) {
        sensitivity.elasticity = local_elasticity(line, table.rows[*table.base], *column, m);
      }
      if (line.size() > 1) sensitivity.effect = effect_of(line, m);
      found.push_back(sensitivity);
    }
  }
  return found;
}

}  // namespace waferloom::study
