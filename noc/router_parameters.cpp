// SPDX-License-Identifier: Apache-2.0
#include "noc/router_parameters.hpp"

#include <algorithm>
#include <stdexcept>

#include "noc/router_registry.hpp"

namespace waferloom::noc {

RouterSettings::RouterSettings() {
  for (const PacketRouterModel& model : packet_router_models()) {
    if (model.parameters != nullptr) all_.push_back(model.parameters());
  }
}

RouterSettings::RouterSettings(const RouterSettings& other) {
  for (const auto& each : other.all_) all_.push_back(each->clone());
}

RouterSettings& RouterSettings::operator=(const RouterSettings& other) {
  if (this != &other) *this = RouterSettings(other);
  return *this;
}

void RouterSettings::declare_keys(core::config::Keys& keys) {
  for (const auto& each : all_) each->declare_keys(keys);
}

bool operator==(const RouterSettings& a, const RouterSettings& b) {
  return std::equal(a.all_.begin(), a.all_.end(), b.all_.begin(), b.all_.end(),
                    [](const auto& one, const auto& other) { return one->equals(*other); });
}

void RouterSettings::throw_unknown() { throw std::logic_error("no router model has these parameters"); }

}  // namespace waferloom::noc
