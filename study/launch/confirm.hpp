// SPDX-License-Identifier: Apache-2.0
// The second stage of a search over fidelities: the best points of a study again, in a scenario that is small
// enough for the finer fidelity, at both fidelities.
#pragma once

#include <string>

#include "study/plan/study.hpp"
#include "study/table/table.hpp"

namespace waferloom::study {

/// A study of the best points of `table` by its first objective, each at fidelities burst and wavelet. Its first
/// column `point` is no key: the points are listed in the order of their rank.
[[nodiscard]] Study confirmation_study(const Study& study, const Table& table);

/// The two fidelities of each point beside each other, and whether they rank the points alike. `confirmed` is the
/// table of a confirmation_study of `table`.
[[nodiscard]] std::string confirmation_summary(const Table& table, const Table& confirmed);

}  // namespace waferloom::study
