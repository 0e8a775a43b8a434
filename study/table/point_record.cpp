// SPDX-License-Identifier: Apache-2.0
#include "study/table/point_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "core/input/json.hpp"
#include "core/write_file.hpp"

namespace waferloom::study {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

fs::path variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread changes the environment
  return value == nullptr ? fs::path() : fs::path(value);
}

/// Seconds of a clock cycle.
double period_s(const PointRecord& record) {
  const double cycles = record.metrics.at("cycles").value;
  return cycles > 0 ? record.metrics.at("time").value / cycles : 0;
}

}  // namespace

namespace {

/// A number with its unit, or whether something is so.
Metric read_metric(const ordered_json& metric) {
  if (metric.is_boolean()) return {metric.get<bool>() ? 1.0 : 0.0, "1"};
  return {metric.at("value"), metric.at("unit")};
}

}  // namespace

PointRecord read_result(const fs::path& run_directory) {
  const fs::path path = run_directory / "result.json";
  try {
    const ordered_json result = core::load_json(path);
    PointRecord record;
    const ordered_json metrics = result.value("metrics", ordered_json::object());
    for (const auto& [name, metric] : metrics.items()) {
      record.metrics[name] = read_metric(metric);
    }
    if (result.contains("saturation")) record.metrics["saturation"] = read_metric(result.at("saturation"));
    for (const ordered_json& phase : result.value("phases", ordered_json::array())) {
      record.phases[phase.at("phase")] = phase.at("time").at("value");
    }
    result.value("time_by_bound", ordered_json::object()).get_to(record.shares);
    const auto largest = std::max_element(record.shares.begin(), record.shares.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    if (largest != record.shares.end()) record.bound = largest->first;
    for (const ordered_json& operation : result.value("operations", ordered_json::array())) {
      const std::string name = fmt::format("{} {}", operation.at("phase").get<std::string>(),
                                           operation.at("operation").get<std::string>());
      record.operations[name] += operation.at("cycles").at("value").get<double>() * period_s(record);
    }
    return record;
  } catch (const std::exception& error) {
    throw core::InputError(fmt::format("{}: expected a run's results, got what cannot be read: {}",
                                       path.string(), error.what()));
  }
}

ordered_json to_json(const PointRecord& record) {
  ordered_json metrics = ordered_json::object();
  for (const auto& [name, metric] : record.metrics)
    metrics[name] = {{"value", metric.value}, {"unit", metric.unit}};
  return {
      {"format", "waferloom-point"}, {"digest", record.digest},         {"exit_status", record.exit_status},
      {"message", record.message},   {"bound", record.bound},           {"shares", record.shares},
      {"phases", record.phases},     {"operations", record.operations}, {"metrics", metrics},
      {"host_s", record.host_s}};
}

std::optional<PointRecord> load_record(const fs::path& path) {
  try {
    return read_record(core::load_json(path));
  } catch (const core::JsonError&) {
    return std::nullopt;
  }
}

std::optional<PointRecord> read_record(const ordered_json& json) {
  try {
    PointRecord record;
    json.at("digest").get_to(record.digest);
    json.at("exit_status").get_to(record.exit_status);
    json.at("message").get_to(record.message);
    json.at("bound").get_to(record.bound);
    json.at("shares").get_to(record.shares);
    json.at("phases").get_to(record.phases);
    json.at("operations").get_to(record.operations);
    json.at("host_s").get_to(record.host_s);
    for (const auto& [name, metric] : json.at("metrics").items()) {
      record.metrics[name] = {metric.at("value"), metric.at("unit")};
    }
    return record;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void write_record(const fs::path& file, const PointRecord& record) {
  core::write_file(file, to_json(record).dump(1) + "\n");
}

fs::path Cache::usual_directory() {
  if (const fs::path own = variable("XDG_CACHE_HOME"); !own.empty()) return own / "waferloom";
  const fs::path home = variable("HOME");
  return home.empty() ? fs::path() : home / ".cache" / "waferloom";
}

fs::path Cache::file(const std::string& digest) const {
  return directory_ / digest.substr(0, 2) / (digest + ".json");
}

std::optional<PointRecord> Cache::find(const std::string& digest) const {
  if (directory_.empty()) return std::nullopt;
  std::optional<PointRecord> record = load_record(file(digest));
  if (record && (record->digest != digest || !record->done())) return std::nullopt;
  return record;
}

void Cache::keep(const PointRecord& record) const {
  if (directory_.empty() || !record.done()) return;
  try {
    fs::create_directories(file(record.digest).parent_path());
    write_record(file(record.digest), record);
  } catch (const std::exception&) {
    // As if there were no cache.
  }
}

}  // namespace waferloom::study
