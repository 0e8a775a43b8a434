// SPDX-License-Identifier: Apache-2.0
#include "results/collective_files.hpp"

#include "collectives/lower_bound.hpp"
#include "collectives/registry.hpp"
#include "results/metric.hpp"
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
  const collectives::LowerBound bound =
      collectives::lower_bound(scenario.collective, area, scenario.hardware.fabric);
  json["collective"] = {{"kind", model_of(scenario).kind},
                        {"algorithm", model_of(scenario).algorithm},
                        {"wavelets", std::uint64_t{scenario.collective.wavelets()}},
                        {"columns", area.width},
                        {"rows", area.height},
                        {"lower_bound",
                         {{"cycles", metric(std::uint64_t{bound.cycles}, "cycle")},
                          {"term", bound.term},
                          {"formula", bound.formula},
                          {"source", collectives::kLowerBoundSource}}}};
  json["metrics"] = plan_metrics(scenario, result);
  json["metrics"]["lower_bound"] = metric(std::uint64_t{bound.cycles}, "cycle");
  json["configuration"] = configuration_of_results(scenario);
  return json;
}

}  // namespace waferloom::results
