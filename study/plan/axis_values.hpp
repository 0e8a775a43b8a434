// SPDX-License-Identifier: Apache-2.0
// The values of an axis that is written as a range: `{ from: 32 KiB, to: 96 KiB, step: 16 KiB }`, or
// `{ from: 0.3 Tb/s, to: 4.8 Tb/s, count: 5, scale: log }`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/document.hpp"
#include "core/config/key.hpp"
#include "study/plan/study.hpp"

namespace waferloom::study {

struct AxisRange {
  std::vector<core::config::Node> nodes;  ///< one per value, where the range stands
  std::optional<Interval> interval;
};

/// What is wrong goes to `problems`.
[[nodiscard]] AxisRange read_range(const core::config::Node& range, const core::config::Key& key,
                                   const std::string& name, core::config::Problems& problems);

/// A value of `interval`'s dimension as a user would write it. Throws core::InputError where whole numbers are
/// wanted and it is none, or too large to be told from its neighbours.
[[nodiscard]] std::string value_text(double value, const Interval& interval);

/// A scalar or a list as `--set` takes it: quoted where the plain text would be read as something else.
[[nodiscard]] std::string setting_text(const core::config::Node& node);

}  // namespace waferloom::study
