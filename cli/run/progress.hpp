// SPDX-License-Identifier: Apache-2.0
// One line on a terminal that shows how far a run or a number of points is; nothing where standard error is no
// terminal.
#pragma once

#include <chrono>
#include <cstdint>

#include "study/launch/sweep.hpp"
#include "wafer/program/result/progress.hpp"

namespace waferloom::cli {

class ProgressLine {
 public:
  ProgressLine(double clock_hz, bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const wafer::Progress& progress);

 private:
  bool terminal_;
  bool shown_ = false;
  double clock_hz_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

/// Of points that are checked, then run.
class PointsLine {
 public:
  explicit PointsLine(bool quiet);
  ~PointsLine();
  PointsLine(const PointsLine&) = delete;
  PointsLine& operator=(const PointsLine&) = delete;

  void checked(std::uint64_t done, std::uint64_t all);
  void show(const study::SweepProgress& progress);

 private:
  bool due();

  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace waferloom::cli
