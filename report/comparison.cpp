// SPDX-License-Identifier: Apache-2.0
#include "report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <system_error>

#include "core/error.hpp"
#include "core/input/json.hpp"
#include "core/version.hpp"
#include "report/template.hpp"

namespace waferloom::report {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// What a run says about itself that no other run of the same configuration would say otherwise.
constexpr std::array<std::string_view, 2> kNotCompared{"name", "description"};

ordered_json result_of(const fs::path& directory) {
  const fs::path path = directory / "result.json";
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) {
    throw core::InputError(fmt::format("{}: expected a run's directory, got none", directory.string()));
  }
  if (!fs::exists(path, ignored)) {
    throw core::InputError(
        fmt::format("{}: expected a finished run, got one without result.json", directory.string()));
  }
  ordered_json result;
  try {
    result = core::load_json(path);
  } catch (const core::JsonError& error) {
    throw core::InputError(fmt::format("{}: expected a run's results, got what cannot be read: {}",
                                       path.string(), error.what()));
  }
  // A packet network's results have their metrics under a name of their own.
  const std::string format = result.is_object() ? result.value("format", "") : "";
  if (format != "waferloom-result" && format != "waferloom-traffic-result") {
    throw core::InputError(
        fmt::format("{}: expected a run's results, got what cannot be read", path.string()));
  }
  if (result.value("version", "") != core::version()) {
    throw core::InputError(fmt::format("{}: expected results of waferloom {}, got those of {}", path.string(),
                                       core::version(), result.value("version", "another")));
  }
  return result;
}

/// Names that tell the directories apart: the last part of the path, or the whole of it where that is not enough.
std::vector<std::string> names_of(const std::vector<fs::path>& directories) {
  std::vector<std::string> names;
  for (const fs::path& directory : directories) {
    const fs::path plain = directory.lexically_normal();
    names.push_back((plain.has_filename() ? plain : plain.parent_path()).filename().string());
  }
  if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) return names;
  names.clear();
  for (const fs::path& directory : directories) names.push_back(directory.string());
  return names;
}

/// Rows of values by name, one column per run, in the order in which names first appear.
class Rows {
 public:
  explicit Rows(std::size_t columns) : columns_(columns) {}

  void set(const std::string& name, std::size_t column, ordered_json value) {
    const auto [at, is_new] = index_.emplace(name, rows_.size());
    if (is_new) rows_.emplace_back(name, ordered_json(std::vector<ordered_json>(columns_)));
    rows_[at->second].second[column] = std::move(value);
  }

  [[nodiscard]] const std::vector<std::pair<std::string, ordered_json>>& all() const { return rows_; }
  [[nodiscard]] const ordered_json* find(const std::string& name) const {
    const auto at = index_.find(name);
    return at == index_.end() ? nullptr : &rows_[at->second].second;
  }

 private:
  std::size_t columns_;
  std::map<std::string, std::size_t> index_;
  std::vector<std::pair<std::string, ordered_json>> rows_;
};

void flatten(const ordered_json& section, const std::string& prefix, Rows& rows, std::size_t run) {
  for (const auto& [key, value] : section.items()) {
    const std::string name = prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
    if (value.is_object()) {
      flatten(value, name, rows, run);
    } else if (std::find(kNotCompared.begin(), kNotCompared.end(), name) == kNotCompared.end()) {
      rows.set(name, run, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

ordered_json differing_keys(const std::vector<ordered_json>& results) {
  Rows rows(results.size());
  for (std::size_t run = 0; run < results.size(); ++run) {
    flatten(results[run].value("configuration", ordered_json::object()), "", rows, run);
  }
  ordered_json keys = ordered_json::array();
  for (const auto& row : rows.all()) {
    const ordered_json& values = row.second;
    const bool same = std::all_of(values.begin(), values.end(),
                                  [&](const ordered_json& value) { return value == values[0]; });
    if (!same) keys.push_back({{"key", row.first}, {"values", values}});
  }
  return keys;
}

ordered_json metrics_of(const std::vector<ordered_json>& results) {
  Rows values(results.size());
  std::map<std::string, std::string> units;
  for (std::size_t run = 0; run < results.size(); ++run) {
    ordered_json of_run = results[run].value("metrics", ordered_json::object());
    if (results[run].contains("saturation")) of_run["saturation"] = results[run].at("saturation");
    for (const auto& [name, metric] : of_run.items()) {
      const bool is_state = metric.is_boolean();
      values.set(name, run, is_state ? ordered_json(metric.get<bool>() ? 1 : 0) : metric.at("value"));
      units[name] = is_state ? "1" : metric.at("unit").get<std::string>();
    }
  }
  ordered_json metrics = ordered_json::array();
  for (const auto& [name, row] : values.all())
    metrics.push_back({{"name", name}, {"unit", units[name]}, {"values", row}});
  return metrics;
}

ordered_json phases_of(const std::vector<ordered_json>& results) {
  Rows times(results.size());
  Rows bounds(results.size());
  for (std::size_t run = 0; run < results.size(); ++run) {
    for (const ordered_json& phase : results[run].value("phases", ordered_json::array())) {
      const std::string name = phase.at("phase");
      times.set(name, run, phase.at("time").at("value"));
      bounds.set(name, run, phase.at("bound"));
    }
  }
  ordered_json phases = ordered_json::array();
  for (const auto& [name, time] : times.all()) {
    phases.push_back({{"phase", name}, {"time", time}, {"bound", *bounds.find(name)}});
  }
  return phases;
}

/// Shares of the runs' time by what bounds it.
ordered_json bounds_of(const std::vector<ordered_json>& results) {
  Rows rows(results.size());
  for (std::size_t run = 0; run < results.size(); ++run) {
    const ordered_json shares = results[run].value("time_by_bound", ordered_json::object());
    for (const auto& [bound, share] : shares.items()) rows.set(bound, run, share);
  }
  ordered_json bounds = ordered_json::array();
  for (const auto& [bound, values] : rows.all()) {
    // A bound that a run does not name has none of its time; runs without operations have no bounds at all.
    ordered_json shares = ordered_json::array();
    for (std::size_t run = 0; run < results.size(); ++run) {
      const bool told = results[run].contains("time_by_bound");
      shares.push_back(values[run].is_null() && told ? ordered_json(0.0) : values[run]);
    }
    bounds.push_back({{"bound", bound}, {"shares", shares}});
  }
  return bounds;
}

struct Span {
  double start = 0;
  double end = 0;
};

/// Length of the union.
double covered(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.start < b.start; });
  double length = 0;
  double reached = 0;
  for (const Span& span : spans) {
    length += std::max(0.0, span.end - std::max(span.start, reached));
    reached = std::max(reached, span.end);
  }
  return length;
}

struct LayerWork {
  std::vector<Span> spans;               ///< cycles
  std::map<std::string, double> cycles;  ///< by bound
};

ordered_json layers_of(const std::vector<ordered_json>& results) {
  Rows times(results.size());
  Rows bounds(results.size());
  for (std::size_t run = 0; run < results.size(); ++run) {
    const ordered_json metrics = results[run].value("metrics", ordered_json::object());
    if (!metrics.contains("cycles") || !metrics.contains("time") || metrics.at("cycles").at("value") == 0)
      continue;
    const double period_s =
        metrics.at("time").at("value").get<double>() / metrics.at("cycles").at("value").get<double>();
    std::vector<std::string> order;
    std::map<std::string, LayerWork> works;
    for (const ordered_json& operation : results[run].value("operations", ordered_json::array())) {
      const std::string layer = operation.contains("layer") ? operation.at("layer").dump() : "-";
      const std::string name = layer + "/" + operation.at("phase").get<std::string>();
      if (works.count(name) == 0) order.push_back(name);
      LayerWork& work = works[name];
      const double start = operation.at("start").at("value");
      const double cycles = operation.at("cycles").at("value");
      work.spans.push_back({start, start + cycles});
      work.cycles[operation.at("bound")] += cycles;
    }
    for (const std::string& name : order) {
      const LayerWork& work = works[name];
      const auto longest = std::max_element(work.cycles.begin(), work.cycles.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
      times.set(name, run, covered(work.spans) * period_s);
      bounds.set(name, run, longest->first);
    }
  }
  ordered_json layers = ordered_json::array();
  for (const auto& [name, time] : times.all()) {
    const std::size_t slash = name.find('/');
    layers.push_back({{"layer", name.substr(0, slash)},
                      {"phase", name.substr(slash + 1)},
                      {"time", time},
                      {"bound", *bounds.find(name)}});
  }
  return layers;
}

std::string number_text(const ordered_json& value, const std::string& unit) {
  if (value.is_null()) return "-";
  return fmt::format("{:.6g}{}{}", value.get<double>(), unit == "1" ? "" : " ", unit == "1" ? "" : unit);
}

/// How a value compares with the first run's.
std::string ratio_text(const ordered_json& value, const ordered_json& first) {
  if (value.is_null() || first.is_null() || first.get<double>() == 0) return "-";
  return fmt::format("x {:.3f}", value.get<double>() / first.get<double>());
}

constexpr int kNameWidth = 30;
constexpr int kValueWidth = 32;

std::string cell(const std::string& text, int width) {
  return fmt::format(
      "{:<{}} ",
      text.size() > static_cast<std::size_t>(width) ? text.substr(0, static_cast<std::size_t>(width)) : text,
      width);
}

std::string heading(const std::string& name, const ordered_json& comparison) {
  std::string line = "\n" + cell(name, kNameWidth);
  for (const ordered_json& run : comparison.at("runs")) line += cell(run.at("name"), kValueWidth);
  return line + "\n";
}

std::string metrics_text(const ordered_json& comparison) {
  std::string text = heading("metric", comparison);
  for (const ordered_json& metric : comparison.at("metrics")) {
    text += cell(metric.at("name"), kNameWidth);
    const ordered_json& values = metric.at("values");
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string value = number_text(values[i], metric.at("unit"));
      text += cell(i == 0 ? value : ratio_text(values[i], values[0]) + "  " + value, kValueWidth);
    }
    text += "\n";
  }
  return text;
}

std::string timed_text(const ordered_json& row, const std::string& name) {
  std::string text = cell(name, kNameWidth);
  const ordered_json& times = row.at("time");
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i].is_null()) {
      text += cell("-", kValueWidth);
      continue;
    }
    const std::string bound = row.at("bound")[i];
    // Where there is nothing to compare with, what it is.
    text += cell(i == 0 || times[0].is_null() ? fmt::format("{:.4g} s {}", times[i].get<double>(), bound)
                                              : fmt::format("{} {}", ratio_text(times[i], times[0]), bound),
                 kValueWidth);
  }
  return text + "\n";
}

}  // namespace

ordered_json compare_runs(const std::vector<fs::path>& directories) {
  std::set<fs::path> seen;
  for (const fs::path& directory : directories) {
    std::error_code ignored;
    if (!seen.insert(fs::weakly_canonical(directory, ignored)).second) {
      throw core::InputError(
          fmt::format("{}: expected different runs, got this one twice", directory.string()));
    }
  }
  std::vector<ordered_json> results;
  for (const fs::path& directory : directories) results.push_back(result_of(directory));
  const std::vector<std::string> names = names_of(directories);
  ordered_json runs = ordered_json::array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    runs.push_back({{"name", names[i]},
                    {"directory", directories[i].string()},
                    {"scenario", results[i].value("scenario", "")},
                    {"fidelity", results[i].value("fidelity", "")}});
  }
  try {
    return {{"format", "waferloom-comparison"},
            {"version", std::string(core::version())},
            {"runs", runs},
            {"configuration", differing_keys(results)},
            {"metrics", metrics_of(results)},
            {"phases", phases_of(results)},
            {"bounds", bounds_of(results)},
            {"layers", layers_of(results)}};
  } catch (const nlohmann::json::exception& error) {
    throw core::InputError(fmt::format("{}: expected results of runs, got what cannot be read: {}",
                                       directories.front().string(), error.what()));
  }
}

std::string comparison_text(const ordered_json& comparison) {
  std::string text = heading("configuration", comparison).substr(1);
  for (const ordered_json& key : comparison.at("configuration")) {
    text += cell(key.at("key"), kNameWidth);
    for (const ordered_json& value : key.at("values")) {
      text += cell(value.is_null() ? "-" : value.get<std::string>(), kValueWidth);
    }
    text += "\n";
  }
  if (comparison.at("configuration").empty()) text += "no key differs\n";
  text += metrics_text(comparison);
  if (!comparison.at("bounds").empty()) text += heading("share of the time", comparison);
  for (const ordered_json& bound : comparison.at("bounds")) {
    text += cell(bound.at("bound"), kNameWidth);
    for (const ordered_json& share : bound.at("shares")) {
      text += cell(share.is_null() ? "-" : fmt::format("{:.1f} %", 100 * share.get<double>()), kValueWidth);
    }
    text += "\n";
  }
  if (!comparison.at("phases").empty()) text += heading("phase", comparison);
  for (const ordered_json& phase : comparison.at("phases")) text += timed_text(phase, phase.at("phase"));
  if (!comparison.at("layers").empty()) text += heading("layer", comparison);
  for (const ordered_json& layer : comparison.at("layers")) {
    text +=
        timed_text(layer, layer.at("layer").get<std::string>() + " " + layer.at("phase").get<std::string>());
  }
  return text;
}

std::string make_comparison_page(const ordered_json& comparison, const fs::path& assets) {
  std::string title;
  for (const ordered_json& run : comparison.at("runs")) {
    title += (title.empty() ? "" : " / ") + run.at("name").get<std::string>();
  }
  return fill_template(assets / "compare.html", title, comparison, {});
}

}  // namespace waferloom::report
