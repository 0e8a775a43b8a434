// SPDX-License-Identifier: Apache-2.0
#include "results/collective_files.hpp"

#include "collectives/registry.hpp"
#include "results/plan_json.hpp"

namespace waferloom::results {

using nlohmann::ordered_json;

namespace {

const collectives::CollectiveModel& model_of(const wafer::Scenario& scenario) {
  return collectives::find_collective(scenario.collective.kind, scenario.collective.algorithm);
}

}  // namespace

ordered_json collective_json(const wafer::Scenario& scenario, const wafer::PlanResult& result) {
  ordered_json json = result_head(scenario);
  const core::Rectangle area = wafer::collective_rectangle(scenario);
  json["collective"] = {{"kind", model_of(scenario).kind},
                        {"algorithm", model_of(scenario).algorithm},
                        {"wavelets", std::uint64_t{scenario.collective.wavelets()}},
                        {"columns", area.width},
                        {"rows", area.height}};
  json["metrics"] = plan_metrics(scenario, result);
  json["configuration"] = configuration_of_results(scenario);
  return json;
}

}  // namespace waferloom::results
