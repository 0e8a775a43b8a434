// SPDX-License-Identifier: Apache-2.0
// The collectives by kind and algorithm. Adding one is a new file and its line in registry.cpp.
#pragma once

#include <span>
#include <string_view>

#include "collectives/parameters.hpp"
#include "collectives/plan.hpp"

namespace waferloom::collectives {

struct CollectiveModel {
  std::string_view kind;
  std::string_view algorithm;
  std::string_view description;
  void (*lay)(PlanBuilder& builder, const CollectiveParameters& parameters);
};

/// All, by kind; a kind's default comes first.
[[nodiscard]] std::span<const CollectiveModel> collectives();

/// Throws core::InputError that lists what is known.
[[nodiscard]] const CollectiveModel& find_collective(std::string_view kind, std::string_view algorithm);

/// The program of a collective on its rectangle, which lies on the wafer. Throws core::InputError.
[[nodiscard]] Plan plan_collective(const CollectiveParameters& parameters, core::Rectangle area,
                                   const fabric::FabricParameters& fabric, const pe::PeParameters& pe);

}  // namespace waferloom::collectives
