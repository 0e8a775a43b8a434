// SPDX-License-Identifier: Apache-2.0
#include "study/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/error.hpp"
#include "core/version.hpp"
#include "study/axis_values.hpp"

namespace waferloom::study {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kShownProblems = 5;

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

std::string value_text(const json& configuration, const std::string& name) {
  const json* value = find_value(configuration, name);
  if (value == nullptr) return "";
  return value->is_string() ? value->get<std::string>() : value->dump();
}

/// A derived value as its key is written: whole numbers where they are whole.
std::string derived_text(const Value& value, const Derived& derived) {
  const std::optional<BaseUnit> unit = base_unit(value);
  if (!unit) {
    throw core::InputError(
        fmt::format("{}: {}: expected a value of a known dimension, got another", derived.where.text(), derived.key));
  }
  const double number = value.number / unit->scale;
  wafer::Scenario scenario;
  const wafer::ScenarioKeys keys(scenario);
  return study::value_text(number, {0, 0, unit->dimension, false, keys.keys().find(derived.key)->type.starts_with("whole")});
}

std::vector<std::string> overrides_of(const std::vector<Setting>& settings) {
  std::vector<std::string> overrides;
  for (const Setting& setting : settings) {
    if (setting.key != "base") overrides.push_back(setting.key + "=" + setting.value);
  }
  return overrides;
}

/// Whatever the order of evaluation, the n-th number is the same everywhere: std::uniform_real_distribution is not.
double unit_interval(std::mt19937_64& random) {
  constexpr int kDropped = 11;
  return std::ldexp(static_cast<double>(random() >> kDropped), -53);
}

class Planner {
 public:
  explicit Planner(const Study& study) : study_(study) {}

  Plan make(const std::function<void(std::uint64_t)>& progress) {
    describe();
    const std::uint64_t count = count_points(study_);
    std::mt19937_64 random(study_.sample ? study_.sample->seed : 0);
    for (std::uint64_t i = 0; i < count; ++i) {
      add_point(study_.sample ? drawn(random) : from_grid(i));
      if (progress) progress(i + 1);
    }
    if (!problems_.empty()) {
      std::string text;
      for (const std::string& problem : problems_) text += problem + "\n";
      if (plan_.invalid > problems_.size()) {
        text += fmt::format("and {} more points that are no valid scenario\n", plan_.invalid - problems_.size());
      }
      throw core::InputError(
          text + "Constraints exclude such points, and `invalid: skip` leaves them out");
    }
    if (plan_.points.empty()) {
      throw core::InputError(fmt::format("{}: expected at least one point, got none: constraints exclude {}, {} {} no "
                                         "valid scenario",
                                         study_.file.string(), plan_.excluded, plan_.invalid,
                                         plan_.invalid == 1 ? "is" : "are"));
    }
    return std::move(plan_);
  }

 private:
  void describe() {
    plan_.name = study_.name;
    plan_.description = study_.description;
    plan_.base = study_.base.stem().string();
    for (const Axis& axis : study_.axes) {
      plan_.axes.push_back({axis.keys, axis.interval && study_.sample});
      plan_.columns.insert(plan_.columns.end(), axis.keys.begin(), axis.keys.end());
    }
    for (const Derived& derived : study_.derived) plan_.columns.push_back(derived.key);
    plan_.metrics = study_.metrics;
    plan_.objectives = study_.objectives;
    for (const Constraint& each : study_.constraints) {
      (each.on_metrics ? plan_.metric_constraints : plan_.constraints).push_back(each.expression.text());
    }
    plan_.sampled = study_.sample.has_value();
    plan_.keep_runs = study_.keep_runs;
    const json base = wafer::effective_json(wafer::load_scenario(study_.base, overrides_of(study_.common)));
    for (const std::string& column : plan_.columns) {
      plan_.base_values.push_back(column == "base" ? plan_.base : column == "hardware" ? value_text(base, "hardware_name") : value_text(base, column));
    }
  }

  /// The i-th point of the grid; the last axis varies fastest.
  [[nodiscard]] std::vector<Setting> from_grid(std::uint64_t i) const {
    std::vector<std::size_t> chosen(study_.axes.size());
    for (std::size_t a = study_.axes.size(); a-- > 0;) {
      chosen[a] = i % study_.axes[a].choices.size();
      i /= study_.axes[a].choices.size();
    }
    std::vector<Setting> settings;
    for (std::size_t a = 0; a < chosen.size(); ++a) {
      const std::vector<Setting>& choice = study_.axes[a].choices[chosen[a]];
      settings.insert(settings.end(), choice.begin(), choice.end());
    }
    return settings;
  }

  [[nodiscard]] std::vector<Setting> drawn(std::mt19937_64& random) const {
    std::vector<Setting> settings;
    for (const Axis& axis : study_.axes) {
      const double u = unit_interval(random);
      if (axis.interval) {
        const Interval& range = *axis.interval;
        const double value = range.logarithmic ? range.from * std::pow(range.to / range.from, u)
                                               : range.from + (range.to - range.from) * u;
        settings.push_back({axis.keys.front(), study::value_text(value, range)});
      } else {
        const auto index = static_cast<std::size_t>(u * static_cast<double>(axis.choices.size()));
        settings.insert(settings.end(), axis.choices[index].begin(), axis.choices[index].end());
      }
    }
    return settings;
  }

  void add_point(std::vector<Setting> settings) {
    try {
      add_derived(settings);
      const wafer::Scenario scenario = point_scenario(study_, settings);
      if (!holds(scenario)) {
        ++plan_.excluded;
        return;
      }
      plan_.points.push_back({plan_.points.size() + 1, std::move(settings), digest(scenario)});
    } catch (const core::InputError& error) {
      ++plan_.invalid;
      if (study_.skip_invalid || problems_.size() >= kShownProblems) return;
      std::string point;
      for (const Setting& setting : settings) {
        point += fmt::format("{}{} = {}", point.empty() ? "" : ", ", setting.key, setting.value);
      }
      problems_.push_back(fmt::format("{}: point with {}:\n  {}", study_.file.string(), point, error.what()));
    }
  }

  void add_derived(std::vector<Setting>& settings) const {
    for (const Derived& derived : study_.derived) {
      const json configuration = wafer::effective_json(point_scenario(study_, settings));
      const Value value = derived.value.evaluate([&](const std::string& name) {
        const json* found = find_value(configuration, name);
        return found == nullptr ? std::nullopt : read_value(*found);
      });
      settings.push_back({derived.key, derived_text(value, derived)});
    }
  }

  [[nodiscard]] bool holds(const wafer::Scenario& scenario) const {
    if (plan_.constraints.empty()) return true;
    const json configuration = wafer::effective_json(scenario);
    const auto lookup = [&](const std::string& name) {
      const json* found = find_value(configuration, name);
      return found == nullptr ? std::nullopt : read_value(*found);
    };
    return std::all_of(study_.constraints.begin(), study_.constraints.end(), [&](const Constraint& each) {
      return each.on_metrics || each.expression.evaluate(lookup).number != 0;
    });
  }

  const Study& study_;
  Plan plan_;
  std::vector<std::string> problems_;
};

}  // namespace

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

Plan make_plan(const Study& study, const std::function<void(std::uint64_t)>& progress) {
  return Planner(study).make(progress);
}

wafer::Scenario point_scenario(const Study& study, const std::vector<Setting>& settings) {
  std::filesystem::path base = study.base;
  for (const Setting& setting : settings) {
    if (setting.key == "base") base = find_base(study.file, setting.value);
  }
  // Maps and timelines of thousands of points would cost more than the points; the study may ask for them.
  std::vector<std::string> overrides;
  if (!study.keep_runs) overrides = {"observe.maps=false", "observe.timeline=false"};
  for (const std::vector<Setting>* some : {&study.common, &settings}) {
    const std::vector<std::string> more = overrides_of(*some);
    overrides.insert(overrides.end(), more.begin(), more.end());
  }
  return wafer::load_scenario(base, overrides);
}

ordered_json to_json(const Plan& plan) {
  ordered_json axes = ordered_json::array();
  for (const PlannedAxis& axis : plan.axes) axes.push_back({{"keys", axis.keys}, {"interval", axis.is_interval}});
  ordered_json objectives = ordered_json::object();
  for (const Objective& each : plan.objectives) objectives[each.metric] = each.maximize ? "maximize" : "minimize";
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
    for (const ordered_json& axis : json.at("axes")) plan.axes.push_back({axis.at("keys"), axis.at("interval")});
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
    throw core::InputError(fmt::format("{}: expected a study's plan, got another file: {}", file, error.what()));
  }
}

}  // namespace waferloom::study
