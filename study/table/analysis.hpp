// SPDX-License-Identifier: Apache-2.0
// What the rows of a study say together. All of it works on the filled rows of a table.
#pragma once

#include "study/table/table.hpp"

namespace waferloom::study {

/// The row that differs least from the base scenario: in logarithms of numbers, other values count 1.
[[nodiscard]] std::optional<std::size_t> nearest_to_base(const Table& table);

/// Marks the rows that no other feasible row beats in all objectives.
void mark_pareto_front(Table& table);

/// The best feasible row of each objective.
[[nodiscard]] std::vector<std::optional<std::size_t>> best_rows(const Table& table);

[[nodiscard]] std::vector<Sensitivity> sensitivities(const Table& table);

}  // namespace waferloom::study
