// SPDX-License-Identifier: Apache-2.0
// The results of a collective's run; docs/results.md describes the files.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "wafer/program/result/plan_result.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::results {

[[nodiscard]] nlohmann::ordered_json collective_json(const wafer::Scenario& scenario,
                                                     const wafer::PlanResult& result);

}  // namespace waferloom::results
