// SPDX-License-Identifier: Apache-2.0
// What result.json says of every run on the wafer, and of every program that is no trace: collectives and kernels.
#pragma once

#include <nlohmann/json.hpp>

#include "wafer/program/result/plan_result.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::results {

/// How result.json begins: its format, and which run it is of.
[[nodiscard]] nlohmann::ordered_json result_head(const wafer::Scenario& scenario);

/// Time, wavelets and the busiest link.
[[nodiscard]] nlohmann::ordered_json plan_metrics(const wafer::Scenario& scenario,
                                                  const wafer::PlanResult& result);

/// The effective configuration, but for what has no influence on the results.
[[nodiscard]] nlohmann::ordered_json configuration_of_results(const wafer::Scenario& scenario);

}  // namespace waferloom::results
