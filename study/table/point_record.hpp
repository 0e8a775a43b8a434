// SPDX-License-Identifier: Apache-2.0
// What is kept of a point: points/NUMBER/point.json, written in one step when the point has ended.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace waferloom::study {

struct Metric {
  double value = 0;
  std::string unit;
};

struct PointRecord {
  std::string digest;
  int exit_status = 0;                       ///< of `waferloom run`
  std::string message;                       ///< what a failed run said
  std::map<std::string, Metric> metrics;     ///< of result.json
  std::string bound;                         ///< of most of the run's time
  std::map<std::string, double> shares;      ///< of the run's time by what bounds it
  std::map<std::string, double> phases;      ///< seconds of each phase
  std::map<std::string, double> operations;  ///< and of each phase's operations, all layers' added up
  double host_s = 0;                         ///< wall clock of the run; no part of any table

  [[nodiscard]] bool done() const { return exit_status == 0; }
  /// Whether the point would fail again: bad input or stuck hardware, not a lack of memory or a crash.
  [[nodiscard]] bool final() const {
    return done() || exit_status == static_cast<int>(core::ExitStatus::bad_input) ||
           exit_status == static_cast<int>(core::ExitStatus::stuck);
  }
};

/// From a run's directory; throws core::InputError when its result.json cannot be read.
[[nodiscard]] PointRecord read_result(const std::filesystem::path& run_directory);

[[nodiscard]] nlohmann::ordered_json to_json(const PointRecord& record);

/// The record that to_json wrote; none if `json` is another.
[[nodiscard]] std::optional<PointRecord> read_record(const nlohmann::ordered_json& json);

/// The record in `file`; none if there is none, or none that is whole.
[[nodiscard]] std::optional<PointRecord> load_record(const std::filesystem::path& file);

/// Writes in one step; throws core::HostResourceError when the disk is full.
void write_record(const std::filesystem::path& file, const PointRecord& record);

/// Results of points of earlier studies by their digest, one small file each.
class Cache {
 public:
  /// `directory` is made when it is first needed; an empty one keeps nothing.
  explicit Cache(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// $XDG_CACHE_HOME/waferloom, or ~/.cache/waferloom; empty where neither variable is set.
  [[nodiscard]] static std::filesystem::path usual_directory();

  [[nodiscard]] std::optional<PointRecord> find(const std::string& digest) const;
  /// A cache that cannot be written is no reason to lose a result: it is left alone.
  void keep(const PointRecord& record) const;

 private:
  [[nodiscard]] std::filesystem::path file(const std::string& digest) const;

  std::filesystem::path directory_;
};

}  // namespace waferloom::study
