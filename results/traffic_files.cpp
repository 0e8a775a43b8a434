// SPDX-License-Identifier: Apache-2.0
#include "results/traffic_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/version.hpp"
#include "noc/traffic_pattern.hpp"
#include "results/metric.hpp"
#include "results/plan_json.hpp"

namespace waferloom::results {

using nlohmann::ordered_json;
using noc::TrafficResult;

namespace {

constexpr const char* kLoad = "flit/node/cycle";

std::vector<TrafficResult> by_load(std::vector<TrafficResult> loads) {
  std::sort(loads.begin(), loads.end(),
            [](const TrafficResult& a, const TrafficResult& b) { return a.load < b.load; });
  return loads;
}

std::uint64_t total_hops(const std::vector<TrafficResult>& loads) {
  std::uint64_t hops = 0;
  for (const TrafficResult& each : loads) hops += each.hops;
  return hops;
}

double total_seconds(const std::vector<TrafficResult>& loads) {
  double seconds = 0;
  for (const TrafficResult& each : loads) seconds += each.simulation_s;
  return seconds;
}

double hops_per_second(const std::vector<TrafficResult>& loads) {
  const double seconds = total_seconds(loads);
  return seconds > 0 ? static_cast<double>(total_hops(loads)) / seconds : 0;
}

/// Of a table the load is a factor of its rates.
const char* load_unit(const wafer::Scenario& scenario) {
  return scenario.traffic.pattern == noc::kTablePattern ? "1" : kLoad;
}

ordered_json metrics(const wafer::Scenario& scenario, const TrafficResult& r) {
  ordered_json json;
  json["load"] = metric(r.load, load_unit(scenario));
  json["offered"] = metric(r.offered, kLoad);
  json["accepted"] = metric(r.accepted, kLoad);
  json["unstable"] = r.unstable;
  if (r.packets != 0) {
    json["latency_mean"] = metric(r.latency_mean, "cycle");
    json["latency_p50"] = metric(std::uint64_t{r.latency_p50}, "cycle");
    json["latency_p95"] = metric(std::uint64_t{r.latency_p95}, "cycle");
    json["latency_p99"] = metric(std::uint64_t{r.latency_p99}, "cycle");
    json["latency_most"] = metric(std::uint64_t{r.latency_most}, "cycle");
    json["hops_mean"] = metric(r.hops_mean, "link");
  }
  json["busiest_link"] = metric(r.busiest_link, "1");
  json["packets"] = metric(r.packets, "packet");
  json["packets_not_arrived"] = metric(r.lost, "packet");
  json["flits"] = metric(r.flits, "flit");
  json["flit_hops"] = metric(r.hops, "flit");
  json["cycles"] = metric(r.cycles, "cycle");
  return json;
}

}  // namespace

std::string loads_csv(const std::vector<TrafficResult>& loads) {
  std::string text =
      "load,offered,accepted,unstable,latency_mean,latency_p50,latency_p95,latency_p99,latency_most,hops_"
      "mean,"
      "packets,packets_not_arrived,flit_hops,cycles\n";
  for (const TrafficResult& r : by_load(loads)) {
    // Where no packet arrived there is no latency, which is another thing than one of 0.
    const std::string arrived = r.packets == 0
                                    ? ",,,,,"
                                    : fmt::format("{},{},{},{},{},{}", r.latency_mean, r.latency_p50,
                                                  r.latency_p95, r.latency_p99, r.latency_most, r.hops_mean);
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", r.load, r.offered, r.accepted, r.unstable ? 1 : 0,
                        arrived, r.packets, r.lost, r.hops, r.cycles);
  }
  return text;
}

const TrafficResult* shown_load(const wafer::Scenario& scenario, const std::vector<TrafficResult>& loads) {
  if (scenario.traffic.find_saturation) return noc::saturation_of(loads);
  return loads.empty() ? nullptr : &loads.front();
}

std::string link_flits_csv(const wafer::Scenario& scenario, const TrafficResult& load) {
  std::string text = "x,y,direction,flits,utilization\n";
  const std::uint32_t width = scenario.hardware.fabric.width;
  const auto cycles = static_cast<double>(std::max<core::Cycle>(load.cycles, 1));
  for (std::size_t node = 0; node < load.links.size(); ++node) {
    for (std::size_t d = 0; d < core::kNeighbours; ++d) {
      const std::uint64_t flits = load.links[node][d];
      if (flits == 0) continue;
      text += fmt::format("{},{},{},{},{:.6f}\n", node % width, node / width,
                          core::name_of(static_cast<core::Direction>(d)), flits,
                          static_cast<double>(flits) / cycles);
    }
  }
  return text;
}

ordered_json traffic_result_json(const wafer::Scenario& scenario, const std::vector<TrafficResult>& loads) {
  const std::vector<TrafficResult> ascending = by_load(loads);
  ordered_json json;
  json["format"] = "waferloom-traffic-result";
  json["version"] = core::version();
  json["scenario"] = scenario.name;
  json["seed"] = scenario.seed;
  if (scenario.traffic.find_saturation) {
    const TrafficResult* found = noc::saturation_of(ascending);
    json["saturation"] = metric(found != nullptr ? found->load : 0.0, load_unit(scenario));
  } else if (!ascending.empty()) {
    json["metrics"] = metrics(scenario, ascending.front());
  }
  json["loads"] = ordered_json::array();
  for (const TrafficResult& each : ascending) json["loads"].push_back(metrics(scenario, each));
  json["configuration"] = configuration_of_results(scenario);
  return json;
}

ordered_json traffic_host_json(const wafer::Scenario& scenario, const std::vector<TrafficResult>& loads) {
  return {{"simulation", metric(total_seconds(loads), "s")},
          {"flit_hops_per_second", metric(hops_per_second(loads), "1/s")},
          {"configuration", {{"simulation", wafer::effective_json(scenario)["simulation"]}}}};
}

}  // namespace waferloom::results
