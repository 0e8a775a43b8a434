// SPDX-License-Identifier: Apache-2.0
// The hosts by name (`io.host`). Adding one is a file with its class, one line in host_registry.cpp and its test. Without
// SystemC, as fidelity `burst` asks here too.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "fabric/parameters.hpp"

namespace waferloom::fabric {

class Host;

/// What fidelity `burst`, which models a host by itself, has to know of it.
struct HostRates {
  double bandwidth_bits_per_s = 0;  ///< each direction
  double latency_s = 0;             ///< request to first byte
  double optimizer_parameters_per_s = 0;
};

/// Which host, and what the one with parameters has for such.
struct HostChoice {
  MemoryXParameters memoryx;
  std::string name = "memoryx";
};

/// A rate that bounds nothing.
inline constexpr double kUnlimitedRate = 1e30;

struct HostModel {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<Host> (*create)(const char* name, const MemoryXParameters&);
  /// nullptr: it has no such rates, and does not run at fidelity `burst`.
  HostRates (*rates)(const MemoryXParameters&);
};

/// All hosts, sorted by name.
[[nodiscard]] std::span<const HostModel> host_models();
/// Throws core::InputError that lists the known hosts.
[[nodiscard]] const HostModel& find_host_model(std::string_view name);
/// Throws core::InputError where the host has none.
[[nodiscard]] HostRates rates_of(const HostModel& model, const MemoryXParameters& parameters);

}  // namespace waferloom::fabric
