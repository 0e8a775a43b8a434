// SPDX-License-Identifier: Apache-2.0
// The metrics of a run's result.json that a study can look at, by kind of run, with their units; docs/results.md
// says what each is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wafer/scenario/scenario.hpp"

namespace waferloom::study {

/// What a scenario simulates, which decides what its results hold.
enum class RunKind : std::uint8_t { step = 1, collective = 2, packets = 4, saturation = 8, kernel = 16 };

[[nodiscard]] RunKind kind_of(const wafer::Scenario& scenario);
/// "a training step", for messages.
[[nodiscard]] std::string_view text_of(RunKind kind);

struct MetricInfo {
  std::string_view name;
  std::string_view unit;
  std::uint8_t kinds = 0;  ///< set of RunKind
  std::string_view meaning;
  [[nodiscard]] constexpr bool of(RunKind kind) const {
    return (kinds & static_cast<std::uint8_t>(kind)) != 0;
  }
};

/// None where there is no such metric.
[[nodiscard]] const MetricInfo* find_metric(std::string_view name);
/// All of them.
[[nodiscard]] std::span<const MetricInfo> metric_infos();
/// Of all kinds of runs.
[[nodiscard]] std::vector<std::string> all_metrics();
[[nodiscard]] std::vector<std::string> metrics_of(RunKind kind);
/// What a study looks at unless it says otherwise.
[[nodiscard]] std::vector<std::string> usual_metrics(RunKind kind);

}  // namespace waferloom::study
