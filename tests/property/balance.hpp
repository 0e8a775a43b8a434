// SPDX-License-Identifier: Apache-2.0
// What has to add up in the results of one run, whatever the scenario: shares, counts, bytes, energies, times.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "wafer/program/result/run_result.hpp"
#include "wafer/scenario/lowering.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::property {

struct RunToCheck {
  const wafer::Scenario& scenario;
  core::Rectangle program;
  const wafer::LoadedTrace& trace;
  const wafer::RunResult& result;
  const nlohmann::ordered_json& json;  ///< as in result.json
};

/// What is wrong, a sentence each; none where all balances.
[[nodiscard]] std::vector<std::string> imbalances(const RunToCheck& run);

}  // namespace waferloom::property
