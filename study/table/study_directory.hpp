// SPDX-License-Identifier: Apache-2.0
// The directory of a study:
//   plan.json       what runs (plan.hpp); written first
//   points/NUMBER/  scenario.yaml, point.json when it has ended, errors.txt of a failed one, run/ where kept
//   lock            held while a sweep works here
//   table.csv, study.json, study.sqlite, study.html   results, once all points have ended
#pragma once

#include <filesystem>

#include "study/plan/plan.hpp"

namespace waferloom::study {

/// Keeps others away from a study's directory for as long as it lives.
class DirectoryLock {
 public:
  /// Throws core::InputError while another sweep works in `directory`.
  explicit DirectoryLock(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// Makes the directory for `plan`, or, to resume, makes sure that it was begun with the same plan. Throws
/// core::InputError otherwise.
void open_directory(const std::filesystem::path& directory, const Plan& plan, bool resume);

/// The plan with which a directory was begun.
[[nodiscard]] Plan load_plan(const std::filesystem::path& directory);

/// Writes a point's scenario where its run reads it.
void write_scenario(const std::filesystem::path& directory, const PlannedPoint& point,
                    const wafer::Scenario& scenario);

}  // namespace waferloom::study
