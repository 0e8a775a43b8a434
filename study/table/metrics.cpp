// SPDX-License-Identifier: Apache-2.0
#include "study/table/metrics.hpp"

#include <array>
#include <span>

#include "core/registry.hpp"

namespace waferloom::study {

namespace {

constexpr std::uint8_t kStep = static_cast<std::uint8_t>(RunKind::step);
constexpr std::uint8_t kCollective = static_cast<std::uint8_t>(RunKind::collective);
constexpr std::uint8_t kPackets = static_cast<std::uint8_t>(RunKind::packets);
constexpr std::uint8_t kSaturation = static_cast<std::uint8_t>(RunKind::saturation);
constexpr std::uint8_t kKernel = static_cast<std::uint8_t>(RunKind::kernel);
constexpr std::uint8_t kWavelets = kStep | kCollective | kKernel;

constexpr std::array kMetrics{
    MetricInfo{"time", "s", kWavelets, "of the simulated step or operation"},
    MetricInfo{"cycles", "cycle", kWavelets | kPackets, "the same, or that a packet network ran"},
    MetricInfo{"tokens_per_second", "1/s", kStep, "of whole steps, one after the other"},
    MetricInfo{"samples_per_second", "1/s", kStep, "likewise"},
    MetricInfo{"sustained_flops", "FLOP/s", kStep, "two for each multiply-accumulate"},
    MetricInfo{"share_of_peak", "1", kStep,
               "multiply-accumulates over what all PEs of the rectangle could do in the time"},
    MetricInfo{"energy", "J", kStep, "of the step, idle power included"},
    MetricInfo{"average_power", "W", kStep, "energy over time"},
    MetricInfo{"sram_high_water", "B", kStep | kKernel,
               "the most of SRAM in use at once, of the fullest tile"},
    MetricInfo{"multiply_accumulates", "MAC", kStep, "of the step"},
    MetricInfo{"wavelet_hops", "wavelet", kWavelets, "between tiles and into PEs"},
    MetricInfo{"bytes_in", "B", kStep, "from the host"},
    MetricInfo{"bytes_out", "B", kStep, "to the host"},
    MetricInfo{"wavelets_injected", "wavelet", kWavelets, "by PEs and, on a shared mesh, channels"},
    MetricInfo{"wavelets_delivered", "wavelet", kWavelets, "to PEs"},
    MetricInfo{"busiest_link", "1", kCollective | kPackets | kKernel,
               "share of the cycles in which the busiest link carries something"},
    MetricInfo{"lower_bound", "cycle", kCollective, "that any program for the collective takes at least"},
    MetricInfo{"pe_busy", "1", kKernel, "share of the cycles in which PEs work, of all tiles"},
    MetricInfo{"load", "flit/node/cycle", kPackets,
               "that is asked for; with traffic.table as a share of the table's"},
    MetricInfo{"offered", "flit/node/cycle", kPackets, "that sources made while it was measured"},
    MetricInfo{"accepted", "flit/node/cycle", kPackets, "that arrived while it was measured"},
    MetricInfo{"unstable", "1", kPackets, "1, or true: more is made than arrives"},
    MetricInfo{"latency_mean", "cycle", kPackets, "of a packet, from its making to its last flit's arrival"},
    MetricInfo{"latency_p50", "cycle", kPackets, "that half of the packets keep"},
    MetricInfo{"latency_p95", "cycle", kPackets, "that 95 % keep"},
    MetricInfo{"latency_p99", "cycle", kPackets, "that 99 % keep"},
    MetricInfo{"latency_most", "cycle", kPackets, "the longest"},
    MetricInfo{"hops_mean", "link", kPackets, "of a packet"},
    MetricInfo{"packets", "packet", kPackets, "that were measured"},
    MetricInfo{"packets_not_arrived", "packet", kPackets, "of these, at the run's end"},
    MetricInfo{"flits", "flit", kPackets, "of these"},
    MetricInfo{"flit_hops", "flit", kPackets, "over links"},
    MetricInfo{"saturation", "flit/node/cycle", kSaturation,
               "the largest load at which the network is stable"},
};

}  // namespace

RunKind kind_of(const wafer::Scenario& scenario) {
  if (wafer::carries_packets(scenario)) {
    return scenario.traffic.find_saturation ? RunKind::saturation : RunKind::packets;
  }
  if (wafer::runs_kernel(scenario)) return RunKind::kernel;
  return scenario.collective.runs() ? RunKind::collective : RunKind::step;
}

std::string_view text_of(RunKind kind) {
  switch (kind) {
    case RunKind::step:
      return "a training step";
    case RunKind::collective:
      return "a collective";
    case RunKind::kernel:
      return "a kernel";
    case RunKind::packets:
      return "a packet network at one load";
    case RunKind::saturation:
      return "a search for a packet network's saturation";
  }
  return "";
}

const MetricInfo* find_metric(std::string_view name) {
  return core::find_named(std::span<const MetricInfo>(kMetrics), name);
}

std::span<const MetricInfo> metric_infos() { return kMetrics; }

std::vector<std::string> all_metrics() { return core::names_of(std::span<const MetricInfo>(kMetrics)); }

std::vector<std::string> metrics_of(RunKind kind) {
  std::vector<std::string> names;
  for (const MetricInfo& each : kMetrics) {
    if (each.of(kind)) names.emplace_back(each.name);
  }
  return names;
}

std::vector<std::string> usual_metrics(RunKind kind) {
  switch (kind) {
    case RunKind::step:
      return {"time", "tokens_per_second", "share_of_peak", "energy", "average_power", "sram_high_water"};
    case RunKind::collective:
    case RunKind::kernel:
      return {"time", "cycles", "wavelet_hops", "busiest_link"};
    case RunKind::packets:
      return {"latency_mean", "latency_p99", "accepted", "unstable", "busiest_link"};
    case RunKind::saturation:
      return {"saturation"};
  }
  return {};
}

}  // namespace waferloom::study
