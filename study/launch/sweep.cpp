// SPDX-License-Identifier: Apache-2.0
#include "study/launch/sweep.hpp"

#include <unistd.h>

#include <chrono>
#include <map>

#include "core/stopwatch.hpp"
#include "study/table/study_directory.hpp"

namespace waferloom::study {

namespace {

namespace fs = std::filesystem;

constexpr useconds_t kPauseUs = 1000;

fs::path record_file(const fs::path& directory, std::uint64_t number) {
  return point_directory(directory, number) / "point.json";
}

class Sweep {
 public:
  Sweep(const Study& study, const Plan& plan, const fs::path& directory, Workers& workers, const Cache& cache)
      : study_(study), plan_(plan), directory_(directory), workers_(workers), cache_(cache) {}

  SweepResult run(const std::atomic<bool>& stop, const std::function<void(const SweepProgress&)>& progress) {
    const core::Stopwatch start;
    progress_.points = plan_.points.size();
    std::size_t next = 0;
    while (next < plan_.points.size() || running_ > 0) {
      if (stop) interrupt();
      while (running_ < workers_.places() && next < plan_.points.size() && !stop) begin(plan_.points[next++]);
      if (const std::optional<Outcome> outcome = workers_.finished()) {
        end(*outcome);
      } else {
        usleep(kPauseUs);
      }
      progress_.simulated = result_.simulated;
      progress_.failed = result_.failed;
      if (progress) progress(progress_);
    }
    result_.wall_s = start.seconds();
    return result_;
  }

 private:
  void begin(const PlannedPoint& point) {
    const fs::path file = record_file(directory_, point.number);
    if (const std::optional<PointRecord> record = load_record(file);
        record && record->digest == point.digest && record->final()) {
      reuse(point, *record, false);
      return;
    }
    if (const auto twin = outcomes_.find(point.digest); twin != outcomes_.end()) {
      reuse(point, twin->second, true);
      return;
    }
    if (const auto waiting = waiting_.find(point.digest); waiting != waiting_.end()) {
      waiting->second.push_back(&point);
      return;
    }
    write_scenario(directory_, point, point_scenario(study_, point.settings));
    if (const std::optional<PointRecord> record = cache_.find(point.digest)) {
      reuse(point, *record, true);
      return;
    }
    waiting_[point.digest];
    workers_.start({point.number, point.digest});
    ++running_;
  }

  void reuse(const PlannedPoint& point, const PointRecord& record, bool write) {
    if (write) {
      write_scenario(directory_, point, point_scenario(study_, point.settings));
      write_record(record_file(directory_, point.number), record);
    }
    ++result_.reused;
    count(record);
    outcomes_.emplace(point.digest, record);
  }

  void end(const Outcome& outcome) {
    --running_;
    if (outcome.record.exit_status == static_cast<int>(core::ExitStatus::interrupted)) interrupt();
    ++result_.simulated;
    result_.points_s += outcome.record.host_s;
    count(outcome.record);
    cache_.keep(outcome.record);
    outcomes_.emplace(outcome.record.digest, outcome.record);
    const auto waiting = waiting_.find(outcome.record.digest);
    for (const PlannedPoint* point : waiting->second) reuse(*point, outcome.record, true);
    waiting_.erase(waiting);
  }

  void count(const PointRecord& record) {
    ++progress_.ended;
    if (!record.done()) ++result_.failed;
  }

  [[noreturn]] void interrupt() {
    workers_.stop();
    while (running_ > 0) {
      if (const std::optional<Outcome> outcome = workers_.finished()) {
        --running_;
      } else {
        usleep(kPauseUs);
      }
    }
    throw core::Error(core::ExitStatus::interrupted,
                      "interrupted; what ended is kept in " + directory_.string() + ", go on with --resume");
  }

  const Study& study_;
  const Plan& plan_;
  const fs::path& directory_;
  Workers& workers_;
  const Cache& cache_;
  std::size_t running_ = 0;
  SweepProgress progress_;
  SweepResult result_;
  std::map<std::string, PointRecord> outcomes_;
  std::map<std::string, std::vector<const PlannedPoint*>> waiting_;  ///< for an equal point that runs
};

}  // namespace

SweepResult run_points(const Study& study, const Plan& plan, const fs::path& directory, Workers& workers,
                       const Cache& cache, const std::atomic<bool>& stop,
                       const std::function<void(const SweepProgress&)>& progress) {
  return Sweep(study, plan, directory, workers, cache).run(stop, progress);
}

std::vector<std::optional<PointRecord>> collect(const Plan& plan, const fs::path& directory) {
  std::vector<std::optional<PointRecord>> records;
  for (const PlannedPoint& point : plan.points) {
    std::optional<PointRecord> record = load_record(record_file(directory, point.number));
    if (record && record->digest != point.digest) record.reset();
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace waferloom::study
