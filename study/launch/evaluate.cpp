// SPDX-License-Identifier: Apache-2.0
#include "study/launch/evaluate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <istream>
#include <ostream>
#include <string>

#include "core/error.hpp"
#include "core/input/json.hpp"
#include "study/launch/workers.hpp"
#include "study/table/study_directory.hpp"
#include "study/table/table.hpp"
#include "wafer/scenario/files.hpp"

namespace waferloom::study {

namespace {

using nlohmann::ordered_json;

std::vector<std::string> asked_keys(const Study& study) {
  std::vector<std::string> keys;
  for (const Axis& axis : study.axes) keys.insert(keys.end(), axis.keys.begin(), axis.keys.end());
  return keys;
}

ordered_json read_line(const std::string& line) {
  try {
    ordered_json question = core::parse_ordered_json(line);
    if (question.is_object()) return question;
  } catch (const core::JsonError& error) {
    throw core::InputError(
        fmt::format("expected a JSON object on a line, got another text: {}", error.what()));
  }
  throw core::InputError("expected a JSON object on a line, got another text");
}

/// The settings of a question at `where`, in the order of the axes.
std::vector<Setting> read_question(const ordered_json& question, const std::vector<std::string>& keys,
                                   const core::config::Location& where) {
  std::vector<Setting> settings;
  for (const std::string& key : keys) {
    const auto value = question.find(key);
    if (value == question.end() || !value->is_primitive() || value->is_null()) {
      throw core::InputError(fmt::format("{}: expected a value, got none", key));
    }
    // What is asked stands in no file: its paths are those of the working directory.
    settings.push_back(
        {key, value->is_string() ? wafer::resolved_value(key, value->get<std::string>(), {}) : value->dump(),
         where});
  }
  for (const auto& [key, value] : question.items()) {
    if (key != "id" && std::find(keys.begin(), keys.end(), key) == keys.end()) {
      throw core::InputError(
          fmt::format("{}: expected a key of an axis ({}), got another", key, fmt::join(keys, ", ")));
    }
  }
  return settings;
}

PointRecord outcome_of(const Study& study, const Plan& plan, const std::filesystem::path& directory,
                       const Cache& cache) {
  const PlannedPoint& point = plan.points.back();
  write_scenario(directory, point, point_scenario(study, point.settings));
  if (const std::optional<PointRecord> known = cache.find(point.digest)) {
    write_record(point_directory(directory, point.number) / "point.json", *known);
    return *known;
  }
  const PointRecord record = run_point(directory, plan.keep_runs, {point.number, point.digest}).record;
  cache.keep(record);
  return record;
}

ordered_json reply(const Plan& plan, const PointRecord& record) {
  Plan single = plan;
  single.points = {plan.points.back()};
  const Table table = make_table(single, {record});
  const Row& row = table.rows.front();
  ordered_json json{{"point", row.number}, {"status", row.status}};
  if (row.status == "done") {
    json["metrics"] = ordered_json::object();
    for (std::size_t m = 0; m < row.metrics.size(); ++m) {
      if (row.metrics[m]) json["metrics"][plan.metrics[m]] = *row.metrics[m];
    }
    json["bound"] = row.bound;
    json["feasible"] = row.feasible;
  } else {
    json["message"] = row.message;
  }
  return json;
}

}  // namespace

Plan answer(const Study& study, const std::filesystem::path& directory, const Cache& cache, std::istream& in,
            std::ostream& out, const std::atomic<bool>& stop) {
  Plan plan = empty_plan(study);
  PointChecks checks;
  const std::vector<std::string> keys = asked_keys(study);
  std::string line;
  core::config::Location where{"standard input", 0, 1, 0};
  while (!stop && std::getline(in, line)) {
    ++where.line;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    ordered_json response = ordered_json::object();
    try {
      const ordered_json question = read_line(line);
      if (question.contains("id")) response["id"] = question["id"];
      if (add_point(study, plan, checks, read_question(question, keys, where))) {
        const PointRecord record = outcome_of(study, plan, directory, cache);
        if (record.exit_status == static_cast<int>(core::ExitStatus::interrupted)) break;
        response.update(reply(plan, record));
      } else {
        response["status"] = "excluded";
      }
    } catch (const core::InputError& error) {
      response["status"] = "invalid";
      response["message"] = error.what();
    }
    // A byte that is no UTF-8 comes back as the sign for one.
    out << response.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << std::endl;
    if (!out) throw core::HostResourceError("standard output: cannot be written");
  }
  return plan;
}

}  // namespace waferloom::study
