// SPDX-License-Identifier: Apache-2.0
#include "study/plan/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <random>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/input/shared_file.hpp"
#include "core/parallel.hpp"
#include "core/version.hpp"
#include "study/plan/axis_values.hpp"
#include "study/table/metrics.hpp"
#include "wafer/prepare/prepare.hpp"
#include "wafer/scenario/files.hpp"

namespace waferloom::study {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::uint64_t kShownProblems = 5;

/// The value of the dotted key `name` in an effective configuration.
const json* find_value(const json& configuration, const std::string& name) {
  const json* at = &configuration;
  std::size_t from = 0;
  while (from <= name.size()) {
    const std::size_t dot = std::min(name.find('.', from), name.size());
    const auto next = at->find(name.substr(from, dot - from));
    if (next == at->end()) return nullptr;
    at = &*next;
    from = dot + 1;
  }
  return at;
}

std::string configured_text(const json& configuration, const std::string& name) {
  const json* value = find_value(configuration, name);
  if (value == nullptr) return "";
  return value->is_string() ? value->get<std::string>() : value->dump();
}

/// A derived value as its key is written: whole numbers where they are whole.
std::string derived_text(const Value& value, const Derived& derived) {
  const std::optional<BaseUnit> unit = base_unit(value);
  if (!unit) {
    throw core::InputError(fmt::format("{}: {}: expected a value of a known dimension, got another",
                                       derived.where.text(), derived.key));
  }
  const double number = value.number / unit->scale;
  wafer::Scenario scenario;
  const wafer::ScenarioKeys keys(scenario);
  try {
    return study::value_text(
        number, {0, 0, unit->dimension, false, keys.keys().find(derived.key)->type.starts_with("whole")});
  } catch (const core::InputError& error) {
    throw core::InputError(fmt::format("{}: {}: {}", derived.where.text(), derived.key, error.what()));
  }
}

/// `expression` with what its place in the study file adds to an error.
Value evaluate_at(const core::config::Location& where, std::string_view key, const Expression& expression,
                  const Expression::Lookup& lookup) {
  try {
    return expression.evaluate(lookup);
  } catch (const core::InputError& error) {
    throw core::InputError(fmt::format("{}: {}: {}", where.text(), key, error.what()));
  }
}

/// Files that settings name lie beside the study.
std::vector<wafer::Override> overrides_of(const Study& study, const std::vector<Setting>& settings) {
  std::vector<wafer::Override> overrides;
  for (const Setting& setting : settings) {
    if (setting.key == "base") continue;
    overrides.push_back(
        {setting.key + "=" + wafer::resolved_value(setting.key, setting.value, study.file.parent_path()),
         setting.where});
  }
  return overrides;
}

/// Whatever the order of evaluation, the n-th number is the same everywhere: std::uniform_real_distribution is not.
double unit_interval(std::mt19937_64& random) {
  constexpr int kDropped = 11;
  return std::ldexp(static_cast<double>(random() >> kDropped), -53);
}

/// Looks up keys in a scenario, and a kernel's parameters also where it leaves them as the kernel file has them.
Expression::Lookup lookup_in(const wafer::Scenario& scenario) {
  static constexpr std::string_view kParameter = "workload.parameters.";
  return [&scenario, configuration = wafer::effective_json(scenario)](const std::string& name) {
    const json* found = find_value(configuration, name);
    if (found != nullptr) return configured_value(*found);
    if (!name.starts_with(kParameter)) return std::optional<Value>{};
    const auto parameter = wafer::kernel_parameter(scenario, name.substr(kParameter.size()));
    return parameter ? std::optional(Value{static_cast<double>(*parameter), {}}) : std::nullopt;
  };
}

/// The metrics that the scenario's run will have, as numbers that are not known yet.
Expression::Lookup with_metrics(Expression::Lookup keys, const wafer::Scenario& scenario) {
  return [keys = std::move(keys), kind = kind_of(scenario)](const std::string& name) -> std::optional<Value> {
    const MetricInfo* metric = find_metric(name);
    if (metric == nullptr) return keys(name);
    if (!metric->of(kind)) {
      throw core::InputError(fmt::format("expected a metric of {}, got {}", text_of(kind), name));
    }
    return unknown_value(metric->unit);
  };
}

/// The i-th point of the grid; the last axis varies fastest.
std::vector<Setting> from_grid(const Study& study, std::uint64_t i) {
  std::vector<std::size_t> chosen(study.axes.size());
  for (std::size_t a = study.axes.size(); a-- > 0;) {
    chosen[a] = i % study.axes[a].choices.size();
    i /= study.axes[a].choices.size();
  }
  std::vector<Setting> settings;
  for (std::size_t a = 0; a < chosen.size(); ++a) {
    const std::vector<Setting>& choice = study.axes[a].choices[chosen[a]];
    settings.insert(settings.end(), choice.begin(), choice.end());
  }
  return settings;
}

std::vector<Setting> drawn(const Study& study, std::mt19937_64& random) {
  std::vector<Setting> settings;
  for (const Axis& axis : study.axes) {
    const double u = unit_interval(random);
    if (axis.interval) {
      const Interval& range = *axis.interval;
      const double value = range.logarithmic ? range.from * std::pow(range.to / range.from, u)
                                             : range.from + (range.to - range.from) * u;
      settings.push_back(
          {axis.keys.front(), study::value_text(value, range), axis.choices.front().front().where});
    } else {
      const auto index = static_cast<std::size_t>(u * static_cast<double>(axis.choices.size()));
      settings.insert(settings.end(), axis.choices[index].begin(), axis.choices[index].end());
    }
  }
  return settings;
}

/// Keys that constraints on metrics name, beside those that the axes and derived values set: such a constraint is
/// judged from the table's row alone.
std::vector<std::string> judged_keys(const Study& study) {
  std::vector<std::string> set;
  for (const Axis& axis : study.axes) set.insert(set.end(), axis.keys.begin(), axis.keys.end());
  for (const Derived& derived : study.derived) set.push_back(derived.key);
  std::vector<std::string> keys;
  for (const Constraint& constraint : study.constraints) {
    if (!constraint.on_metrics) continue;
    for (const std::string& name : constraint.expression.names()) {
      if (find_metric(name) != nullptr || std::find(set.begin(), set.end(), name) != set.end()) continue;
      set.push_back(name);
      keys.push_back(name);
    }
  }
  return keys;
}

/// `scenario`: of the settings.
void add_judged(const Study& study, const wafer::Scenario& scenario, std::vector<Setting>& settings) {
  const std::vector<std::string> keys = judged_keys(study);
  if (keys.empty()) return;
  const json configuration = wafer::effective_json(scenario);
  for (const std::string& key : keys) settings.push_back({key, configured_text(configuration, key)});
}

void add_derived(const Study& study, core::config::Documents& documents, std::vector<Setting>& settings) {
  for (const Derived& derived : study.derived) {
    const wafer::Scenario scenario = point_scenario(study, settings, documents);
    settings.push_back(
        {derived.key,
         derived_text(evaluate_at(derived.where, derived.key, derived.value, lookup_in(scenario)), derived),
         derived.where});
  }
}

bool keys_allow(const Study& study, const wafer::Scenario& scenario) {
  if (study.constraints.empty()) return true;
  const Expression::Lookup keys = lookup_in(scenario);
  return std::all_of(study.constraints.begin(), study.constraints.end(), [&](const Constraint& each) {
    if (each.on_metrics) {
      static_cast<void>(
          evaluate_at(each.where, "constraints", each.expression, with_metrics(keys, scenario)));
      return true;
    }
    return evaluate_at(each.where, "constraints", each.expression, keys).number != 0;
  });
}

/// The base with what all points share; without it where that makes sense only together with the axes.
wafer::Scenario base_scenario(const Study& study) {
  try {
    core::config::Documents documents;
    return wafer::load_scenario(study.base, overrides_of(study, study.common), documents);
  } catch (const core::InputError&) {
    return wafer::load_scenario(study.base);
  }
}

/// Every metric that the study asks for is one that the point's run has.
void check_metrics(const Plan& plan, const wafer::Scenario& scenario) {
  const RunKind kind = kind_of(scenario);
  for (const std::string& metric : plan.metrics) {
    if (find_metric(metric)->of(kind)) continue;
    throw core::InputError(fmt::format("metrics: expected a metric of {} ({}), got {}", text_of(kind),
                                       fmt::join(metrics_of(kind), ", "), metric));
  }
}

std::string settings_text(const std::vector<Setting>& settings) {
  std::string text;
  for (const Setting& setting : settings) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", setting.key, setting.value);
  }
  return text;
}

}  // namespace

PointChecks::Verdict PointChecks::judge(const wafer::Scenario& scenario) {
  try {
    wafer::check(scenario);
    return {};
  } catch (const core::config::KeyError& error) {
    return {error, {}};
  } catch (const core::InputError& error) {
    return {std::nullopt, error.what()};
  }
}

void PointChecks::check(const wafer::Scenario& scenario) {
  // What the program is made of; how fast the machine runs it is another matter.
  json configuration = wafer::effective_json(scenario);
  for (const char* section : {"name", "description", "seed", "memoryx", "simulation", "burst", "energy"})
    configuration.erase(section);
  for (const char* key : {"bandwidth", "latency", "buffer", "transaction"}) configuration["io"].erase(key);
  const json pe = std::exchange(configuration["pe"], json::object());
  for (const char* key : {"sram", "reserved"}) configuration["pe"][key] = pe.at(key);
  std::promise<Verdict> own;
  std::shared_future<Verdict> verdict;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    const auto [place, added] = known_.try_emplace(configuration.dump());
    if (added) place->second = own.get_future().share();
    is_first = added;
    verdict = place->second;
  }
  if (is_first) {
    try {
      own.set_value(judge(scenario));
    } catch (...) {
      own.set_exception(std::current_exception());
    }
  }
  const Verdict& found = verdict.get();
  if (found.values) throw core::InputError(scenario.origin.located(*found.values));
  if (!found.other.empty()) throw core::InputError(found.other);
}

std::uint64_t count_points(const Study& study) {
  if (study.sample) return study.sample->points;
  std::uint64_t count = 1;
  for (const Axis& axis : study.axes) {
    const std::uint64_t choices = axis.choices.size();
    if (count > std::numeric_limits<std::uint64_t>::max() / choices) {
      return std::numeric_limits<std::uint64_t>::max();
    }
    count *= choices;
  }
  return count;
}

Plan empty_plan(const Study& study) {
  Plan plan;
  plan.name = study.name;
  plan.description = study.description;
  plan.base = study.base.stem().string();
  for (const Axis& axis : study.axes) {
    plan.axes.push_back({axis.keys, axis.interval && study.sample});
    plan.columns.insert(plan.columns.end(), axis.keys.begin(), axis.keys.end());
  }
  for (const Derived& derived : study.derived) plan.columns.push_back(derived.key);
  for (std::string& key : judged_keys(study)) plan.columns.push_back(std::move(key));
  plan.metrics = study.metrics;
  plan.objectives = study.objectives;
  for (const Constraint& each : study.constraints) {
    (each.on_metrics ? plan.metric_constraints : plan.constraints).push_back(each.expression.text());
  }
  plan.sampled = study.sample.has_value();
  plan.keep_runs = study.keep_runs;
  const json base = wafer::effective_json(base_scenario(study));
  for (const std::string& column : plan.columns) {
    const std::string key = column == "hardware" ? "hardware_name" : column;
    plan.base_values.push_back(column == "base" ? plan.base : configured_text(base, key));
  }
  return plan;
}

namespace {

/// What becomes of the point with these settings of the axes.
struct Made {
  std::optional<PlannedPoint> point;  ///< none: constraints exclude it, or there is a problem
  std::string problem;
};

/// Throws core::InputError where it is no valid scenario.
std::optional<PlannedPoint> make_point(const Study& study, const Plan& plan, PointChecks& checks,
                                       std::vector<Setting> settings) {
  add_derived(study, checks.documents(), settings);
  const wafer::Scenario scenario = point_scenario(study, settings, checks.documents());
  add_judged(study, scenario, settings);
  check_metrics(plan, scenario);
  if (!keys_allow(study, scenario)) return std::nullopt;
  checks.check(scenario);
  return PlannedPoint{0, std::move(settings), digest(scenario)};
}

/// Counts a point that constraints exclude, or adds it.
void put(Plan& plan, std::optional<PlannedPoint> point) {
  if (!point) {
    ++plan.excluded;
    return;
  }
  point->number = plan.points.size() + 1;
  plan.points.push_back(*std::move(point));
}

/// Makes points in blocks, by several threads.
class PointMaker {
 public:
  PointMaker(const Study& study, Plan& plan, std::size_t threads,
             const std::function<void(std::uint64_t)>& progress)
      : study_(study), plan_(plan), threads_(threads), progress_(progress) {}

  void add(std::vector<Setting> settings) {
    constexpr std::size_t kBlock = 1000;
    asked_.push_back(std::move(settings));
    if (asked_.size() == kBlock) finish();
  }

  /// What has been added since the last call.
  void finish() {
    std::vector<Made> made(asked_.size());
    core::for_each_of(asked_.size(), threads_, [&](std::size_t i) {
      try {
        made[i].point = make_point(study_, plan_, checks_, asked_[i]);
      } catch (const core::InputError& error) {
        made[i].problem = error.what();
      }
      const std::lock_guard lock(progress_mutex_);
      ++done_;
      if (progress_) progress_(done_);
    });
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i].problem.empty()) {
        put(plan_, std::move(made[i].point));
      } else if (++plan_.invalid <= kShownProblems) {
        plan_.problems += fmt::format("{}: point with {}:\n  {}\n", study_.file.string(),
                                      settings_text(asked_[i]), made[i].problem);
      }
    }
    asked_.clear();
  }

 private:
  const Study& study_;
  Plan& plan_;
  std::size_t threads_;
  const std::function<void(std::uint64_t)>& progress_;
  PointChecks checks_;
  std::vector<std::vector<Setting>> asked_;
  std::mutex progress_mutex_;
  std::uint64_t done_ = 0;
};

}  // namespace

bool add_point(const Study& study, Plan& plan, PointChecks& checks, std::vector<Setting> settings) {
  std::optional<PlannedPoint> point = make_point(study, plan, checks, std::move(settings));
  const bool allowed = point.has_value();
  put(plan, std::move(point));
  return allowed;
}

Plan make_plan(const Study& study, std::size_t threads, const std::function<void(std::uint64_t)>& progress) {
  Plan plan = empty_plan(study);
  const std::uint64_t count = count_points(study);
  std::mt19937_64 random(study.sample ? study.sample->seed : 0);
  PointMaker maker(study, plan, threads, progress);
  for (std::uint64_t i = 0; i < count; ++i) {
    maker.add(study.sample ? drawn(study, random) : from_grid(study, i));
  }
  maker.finish();
  if (plan.invalid > kShownProblems)
    plan.problems += fmt::format("and {} more\n", plan.invalid - kShownProblems);
  if (plan.invalid > 0 && !study.skip_invalid) {
    throw core::InputError(plan.problems +
                           "Constraints exclude such points, and `invalid: skip` leaves them out");
  }
  if (plan.points.empty()) {
    const bool by_constraints = plan.excluded > 0 && !study.constraints.empty();
    const core::config::Location where = by_constraints
                                             ? study.constraints.front().where
                                             : core::config::Location{study.file.string(), 1, 1, 0};
    throw core::InputError(
        fmt::format("{}{}: {}: expected at least one point, got none: constraints exclude {}, no valid "
                    "scenario: {}",
                    plan.problems, where.text(), by_constraints ? "constraints" : "invalid", plan.excluded,
                    plan.invalid));
  }
  return plan;
}

wafer::Scenario point_scenario(const Study& study, const std::vector<Setting>& settings) {
  core::config::Documents documents;
  return point_scenario(study, settings, documents);
}

wafer::Scenario point_scenario(const Study& study, const std::vector<Setting>& settings,
                               core::config::Documents& documents) {
  std::filesystem::path base = study.base;
  for (const Setting& setting : settings) {
    if (setting.key == "base") base = wafer::find_scenario_beside(study.file, setting.value);
  }
  // Maps and timelines of thousands of points would cost more than the points; the study may ask for them.
  std::vector<wafer::Override> overrides;
  if (!study.keep_runs)
    overrides = {{"observe.maps=false"}, {"observe.timeline=false"}, {"observe.link_samples=0"}};
  for (const std::vector<Setting>* some : {&study.common, &settings}) {
    const std::vector<wafer::Override> more = overrides_of(study, *some);
    overrides.insert(overrides.end(), more.begin(), more.end());
  }
  wafer::Scenario scenario = wafer::load_scenario(base, overrides, documents);
  // Each point's process reads it, and so does what checks them.
  core::check_readable_by_all(scenario.workload.kernel, "workload.kernel: ");
  return scenario;
}

ordered_json to_json(const Plan& plan) {
  ordered_json axes = ordered_json::array();
  for (const PlannedAxis& axis : plan.axes)
    axes.push_back({{"keys", axis.keys}, {"interval", axis.is_interval}});
  ordered_json objectives = ordered_json::object();
  for (const Objective& each : plan.objectives)
    objectives[each.metric] = each.maximize ? "maximize" : "minimize";
  ordered_json points = ordered_json::array();
  for (const PlannedPoint& point : plan.points) {
    ordered_json settings = ordered_json::object();
    for (const Setting& setting : point.settings) settings[setting.key] = setting.value;
    points.push_back({{"point", point.number}, {"settings", settings}, {"digest", point.digest}});
  }
  return {{"format", "waferloom-study"},
          {"version", std::string(core::version())},
          {"study", plan.name},
          {"description", plan.description},
          {"base", plan.base},
          {"axes", axes},
          {"columns", plan.columns},
          {"base_values", plan.base_values},
          {"metrics", plan.metrics},
          {"objectives", objectives},
          {"constraints", plan.constraints},
          {"metric_constraints", plan.metric_constraints},
          {"sampled", plan.sampled},
          {"keep_runs", plan.keep_runs},
          {"excluded", plan.excluded},
          {"invalid", plan.invalid},
          {"points", points}};
}

Plan read_plan(const ordered_json& json, const std::string& file) {
  try {
    if (json.at("format") != "waferloom-study" || json.at("version") != core::version()) {
      throw core::InputError(fmt::format("{}: expected a study of waferloom {}, got one of {}", file,
                                         core::version(), json.value("version", "another format")));
    }
    Plan plan;
    json.at("study").get_to(plan.name);
    json.at("description").get_to(plan.description);
    json.at("base").get_to(plan.base);
    for (const ordered_json& axis : json.at("axes"))
      plan.axes.push_back({axis.at("keys"), axis.at("interval")});
    json.at("columns").get_to(plan.columns);
    json.at("base_values").get_to(plan.base_values);
    json.at("metrics").get_to(plan.metrics);
    for (const auto& [metric, way] : json.at("objectives").items()) {
      plan.objectives.push_back({metric, way == "maximize"});
    }
    json.at("constraints").get_to(plan.constraints);
    json.at("metric_constraints").get_to(plan.metric_constraints);
    json.at("sampled").get_to(plan.sampled);
    json.at("keep_runs").get_to(plan.keep_runs);
    json.at("excluded").get_to(plan.excluded);
    json.at("invalid").get_to(plan.invalid);
    for (const ordered_json& point : json.at("points")) {
      PlannedPoint planned{point.at("point"), {}, point.at("digest")};
      for (const auto& [key, value] : point.at("settings").items()) planned.settings.push_back({key, value});
      plan.points.push_back(std::move(planned));
    }
    return plan;
  } catch (const nlohmann::json::exception& error) {
    throw core::InputError(
        fmt::format("{}: expected a study's plan, got another file: {}", file, error.what()));
  }
}

}  // namespace waferloom::study
