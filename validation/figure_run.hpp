// SPDX-License-Identifier: Apache-2.0
// The run behind a published figure: this program again, on a scenario with settings, and a number out of its results.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace waferloom::validation {

struct FigureRun {
  std::filesystem::path scenario;
  std::vector<std::string> settings;  ///< each `a.b=c`
  /// Those by which a second run differs whose sum is subtracted: what one iteration or one hop takes. Empty: none.
  std::vector<std::string> less;
  std::vector<std::string> metrics;  ///< of result.json, added up
  double divide = 1;                 ///< the sum, or the difference, by this,
  double times = 1;                  ///< times this,
  double plus = 0;                   ///< and this added
};

/// Throws core::Error with what the run said where it failed, core::InputError where it has no such metric.
[[nodiscard]] double run_figure(const FigureRun& run);

}  // namespace waferloom::validation
