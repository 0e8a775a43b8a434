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
constexpr std::uint8_t kWavelets = kStep | kCollective;

constexpr std::array kMetrics{
    MetricInfo{"time", "s", kWavelets},
    MetricInfo{"cycles", "cycle", kWavelets | kPackets},
    MetricInfo{"tokens_per_second", "1/s", kStep},
    MetricInfo{"samples_per_second", "1/s", kStep},
    MetricInfo{"sustained_flops", "FLOP/s", kStep},
    MetricInfo{"share_of_peak", "1", kStep},
    MetricInfo{"energy", "J", kStep},
    MetricInfo{"average_power", "W", kStep},
    MetricInfo{"sram_high_water", "B", kStep},
    MetricInfo{"multiply_accumulates", "MAC", kStep},
    MetricInfo{"wavelet_hops", "wavelet", kWavelets},
    MetricInfo{"bytes_in", "B", kStep},
    MetricInfo{"bytes_out", "B", kStep},
    MetricInfo{"wavelets_injected", "wavelet", kWavelets},
    MetricInfo{"wavelets_delivered", "wavelet", kWavelets},
    MetricInfo{"busiest_link", "1", kCollective | kPackets},
    MetricInfo{"load", "flit/node/cycle", kPackets},
    MetricInfo{"offered", "flit/node/cycle", kPackets},
    MetricInfo{"accepted", "flit/node/cycle", kPackets},
    MetricInfo{"unstable", "1", kPackets},
    MetricInfo{"latency_mean", "cycle", kPackets},
    MetricInfo{"latency_p50", "cycle", kPackets},
    MetricInfo{"latency_p95", "cycle", kPackets},
    MetricInfo{"latency_p99", "cycle", kPackets},
    MetricInfo{"latency_most", "cycle", kPackets},
    MetricInfo{"hops_mean", "link", kPackets},
    MetricInfo{"packets", "packet", kPackets},
    MetricInfo{"packets_not_arrived", "packet", kPackets},
    MetricInfo{"flits", "flit", kPackets},
    MetricInfo{"flit_hops", "flit", kPackets},
    MetricInfo{"saturation", "flit/node/cycle", kSaturation},
};

}  // namespace

RunKind kind_of(const wafer::Scenario& scenario) {
  if (wafer::carries_packets(scenario)) {
    return scenario.traffic.find_saturation ? RunKind::saturation : RunKind::packets;
  }
  return scenario.collective.runs() ? RunKind::collective : RunKind::step;
}

std::string_view text_of(RunKind kind) {
  switch (kind) {
    case RunKind::step:
      return "a training step";
    case RunKind::collective:
      return "a collective";
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
      return {"time", "cycles", "wavelet_hops", "busiest_link"};
    case RunKind::packets:
      return {"latency_mean", "latency_p99", "accepted", "unstable", "busiest_link"};
    case RunKind::saturation:
      return {"saturation"};
  }
  return {};
}

}  // namespace waferloom::study
