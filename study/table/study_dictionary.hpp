// SPDX-License-Identifier: Apache-2.0
// What the files mean that studies, comparisons and explanations leave, and the metrics of all runs: their part of the
// dictionary of data (results/dictionary.hpp).
#pragma once

#include <vector>

#include "results/dictionary.hpp"

namespace waferloom::study {

[[nodiscard]] std::vector<results::DataTable> metric_tables();
[[nodiscard]] std::vector<results::DataTable> study_tables();

}  // namespace waferloom::study
