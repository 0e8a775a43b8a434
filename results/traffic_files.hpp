// SPDX-License-Identifier: Apache-2.0
// The contents of the files of a run of synthetic traffic; docs/noc.md describes them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "noc/traffic_run.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::results {

/// One row per load, ascending.
[[nodiscard]] std::string loads_csv(const std::vector<noc::TrafficResult>& loads);
/// The load whose links link_flits.csv tells: the run's, or the saturation found; nullptr: there is none.
[[nodiscard]] const noc::TrafficResult* shown_load(const wafer::Scenario& scenario,
                                                   const std::vector<noc::TrafficResult>& loads);
/// What each link between routers carried.
[[nodiscard]] std::string link_flits_csv(const wafer::Scenario& scenario, const noc::TrafficResult& load);
/// Metrics with units, the effective configuration, version and seed.
[[nodiscard]] nlohmann::ordered_json traffic_result_json(const wafer::Scenario& scenario,
                                                         const std::vector<noc::TrafficResult>& loads);
/// What depends on the host.
[[nodiscard]] nlohmann::ordered_json traffic_host_json(const wafer::Scenario& scenario,
                                                       const std::vector<noc::TrafficResult>& loads);

}  // namespace waferloom::results
