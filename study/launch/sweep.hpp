// SPDX-License-Identifier: Apache-2.0
// Runs the points of a study that have no outcome yet.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "study/launch/workers.hpp"
#include "study/plan/plan.hpp"
#include "study/table/point_record.hpp"

namespace waferloom::study {

struct SweepProgress {
  std::uint64_t points = 0;
  std::uint64_t ended = 0;   ///< with those of before and of the cache
  std::uint64_t failed = 0;  ///< of these
  std::uint64_t simulated = 0;
};

struct SweepResult {
  std::uint64_t simulated = 0;
  std::uint64_t reused = 0;  ///< from this directory, the cache, or an equal point
  std::uint64_t failed = 0;
  double points_s = 0;  ///< wall clock of the runs, added up
  double wall_s = 0;
};

/// `study` gives each point its scenario. Points that failed for want of the host's resources run again. Throws
/// core::Error with ExitStatus::interrupted when `stop` is set; what ended until then is kept.
[[nodiscard]] SweepResult run_points(const Study& study, const Plan& plan,
                                     const std::filesystem::path& directory, Workers& workers,
                                     const Cache& cache, const std::atomic<bool>& stop,
                                     const std::function<void(const SweepProgress&)>& progress);

/// The outcomes in a study's directory, one per point of the plan; none where a point has not ended.
[[nodiscard]] std::vector<std::optional<PointRecord>> collect(const Plan& plan,
                                                              const std::filesystem::path& directory);

}  // namespace waferloom::study
