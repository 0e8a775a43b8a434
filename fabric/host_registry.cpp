// SPDX-License-Identifier: Apache-2.0
#include "fabric/host_registry.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

#include "core/config/origin.hpp"
#include "core/registry.hpp"
#include "fabric/ideal_host.hpp"
#include "fabric/memoryx.hpp"

namespace waferloom::fabric {

namespace {

constexpr std::array kHosts{
    HostModel{"ideal",
              "no latency, no limit of bandwidth, an optimizer that takes no time: what is left is the wafer",
              [](const char* name, const MemoryXParameters&) -> std::unique_ptr<Host> {
                return std::make_unique<IdealHost>(name);
              },
              [](const MemoryXParameters&) {
                return HostRates{kUnlimitedRate, 0, kUnlimitedRate};
              }},
    HostModel{"memoryx", "bandwidth, latency and optimizer's rate of the section `memoryx`",
              [](const char* name, const MemoryXParameters& parameters) -> std::unique_ptr<Host> {
                return std::make_unique<MemoryX>(name, parameters);
              },
              [](const MemoryXParameters& p) {
                return HostRates{p.bandwidth_bits_per_s, p.latency_s, p.optimizer_parameters_per_s};
              }},
};

}  // namespace

std::span<const HostModel> host_models() { return kHosts; }

const HostModel& find_host_model(std::string_view name) {
  return core::require_named(host_models(), name, "io.host");
}

HostRates rates_of(const HostModel& model, const MemoryXParameters& parameters) {
  if (model.rates != nullptr) return model.rates(parameters);
  throw core::config::KeyError(
      {"io.host", "fidelity"},
      fmt::format("expected a host that states its rates, as fidelity burst asks for, got {}; at "
                  "fidelity wavelet it runs",
                  model.name));
}

}  // namespace waferloom::fabric
