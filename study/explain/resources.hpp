// SPDX-License-Identifier: Apache-2.0
// The resources of the hardware that `waferloom explain` changes: which keys, and which way they go for there to be
// more of a resource. A resource is one row of a table in resources.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/key.hpp"
#include "study/plan/study.hpp"

namespace waferloom::study {

enum class Sense : std::uint8_t {
  rate,  ///< more is a larger value
  delay  ///< more is a smaller value
};

struct ResourceKey {
  std::string_view key;
  Sense sense = Sense::rate;
};

struct Resource {
  std::string_view name;
  std::string_view help;
  std::span<const ResourceKey> keys;
};

[[nodiscard]] std::span<const Resource> resources();

/// The resource that is all of the wafer at once.
inline constexpr std::string_view kClock = "clock";

/// What the waterfall takes away, one after the other: keys with the values at which they limit nothing.
struct Lift {
  std::string_view name;
  std::span<const std::pair<std::string_view, std::string_view>> settings;
};

/// In the order in which they are taken away.
[[nodiscard]] std::span<const Lift> lifts();

/// A resource times a factor.
struct ResourceChange {
  std::vector<Setting> settings;  ///< none: nothing of it can be changed so
  /// Keys that stay as they are, each with the reason: a whole number that cannot be halved, the end of its range.
  std::vector<std::string> kept;
};

/// `factor` above 1: more of the resource. `present`: the keys of the study's scenario. Tries each value as a scenario
/// is read.
[[nodiscard]] ResourceChange change_of(const Resource& resource, const Study& study,
                                       const core::config::Keys& present, double factor);

}  // namespace waferloom::study
