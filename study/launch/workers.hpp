// SPDX-License-Identifier: Apache-2.0
// Where a study's points run. A point is a task: its scenario stands in points/NUMBER/scenario.yaml, its outcome
// in point.json beside it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/stopwatch.hpp"
#include "study/table/point_record.hpp"

namespace waferloom::study {

struct Task {
  std::uint64_t number = 0;
  std::string digest;
};

struct Outcome {
  std::uint64_t number = 0;
  PointRecord record;
};

/// The directory of a point.
[[nodiscard]] std::filesystem::path point_directory(const std::filesystem::path& study, std::uint64_t number);

/// Runs of points as child processes of this one.
class PointRuns {
 public:
  PointRuns(std::filesystem::path study, bool keep_runs) : study_(std::move(study)), keep_runs_(keep_runs) {}
  ~PointRuns();
  PointRuns(const PointRuns&) = delete;
  PointRuns& operator=(const PointRuns&) = delete;

  [[nodiscard]] std::size_t running() const { return children_.size(); }
  void start(const Task& task);
  /// A point that has ended; none if all still run. Throws core::HostResourceError where its outcome cannot be
  /// written.
  [[nodiscard]] std::optional<Outcome> finished();
  /// Tells all to end.
  void stop();

 private:
  struct Child {
    Task task;
    std::filesystem::path run;
    core::Stopwatch since;
  };
  [[nodiscard]] Outcome conclude(const Child& child, int status) const;

  std::filesystem::path study_;
  bool keep_runs_;
  bool stopping_ = false;
  std::map<pid_t, Child> children_;
};

/// Runs one point to its end.
[[nodiscard]] Outcome run_point(const std::filesystem::path& study, bool keep_runs, const Task& task);

/// Several places where points run: processes here, or ranks elsewhere.
class Workers {
 public:
  virtual ~Workers() = default;
  /// Points that run at the same time at most.
  [[nodiscard]] virtual std::size_t places() const = 0;
  virtual void start(const Task& task) = 0;
  /// A point that has ended; none if there is none yet.
  [[nodiscard]] virtual std::optional<Outcome> finished() = 0;
  virtual void stop() = 0;
};

class LocalWorkers final : public Workers {
 public:
  LocalWorkers(const std::filesystem::path& study, bool keep_runs, std::size_t places)
      : runs_(study, keep_runs), places_(places) {}
  [[nodiscard]] std::size_t places() const override { return places_; }
  void start(const Task& task) override { runs_.start(task); }
  [[nodiscard]] std::optional<Outcome> finished() override { return runs_.finished(); }
  void stop() override { runs_.stop(); }

 private:
  PointRuns runs_;
  std::size_t places_;
};

}  // namespace waferloom::study
