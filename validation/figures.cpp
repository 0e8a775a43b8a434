// SPDX-License-Identifier: Apache-2.0
#include "validation/figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/config/catalog.hpp"
#include "core/config/document.hpp"
#include "core/config/origin.hpp"
#include "core/data_path.hpp"
#include "core/nearest.hpp"
#include "core/units.hpp"
#include "study/plan/axis_values.hpp"
#include "validation/figure_run.hpp"
#include "wafer/scenario/files.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::validation {

namespace {

namespace fs = std::filesystem;
using core::config::Node;
using core::config::Problems;

constexpr double kMostPercent = 1000;

/// Keys that a group states for its figures, and a figure instead of its group.
const std::vector<std::string>& common_keys() {
  static const std::vector<std::string> keys{"set",       "less",    "metric",  "unit",   "divide",
                                             "times",     "plus",    "machine", "source", "class",
                                             "tolerance", "because", "miss",    "open"};
  return keys;
}

std::vector<std::string> with_common(std::vector<std::string> keys) {
  keys.insert(keys.end(), common_keys().begin(), common_keys().end());
  return keys;
}

class FileReader {
 public:
  explicit FileReader(fs::path file) : file_(std::move(file)) {}

  /// What a file says of itself.
  Suite head() {
    const Node root = read();
    Suite suite;
    suite.name = file_.stem().string();
    suite.description = text(root, "description", "").value_or("");
    suite.median_bound = bound(root, "median");
    suite.worst_bound = bound(root, "worst");
    suite.on_request = text(root, "minutes", "false").value_or("false") == "true";
    return suite;
  }

  std::vector<Case> cases() {
    const Node root = read();
    (void)bound(root, "median");
    (void)bound(root, "worst");
    required(root, "description");
    const Node* groups = list(root, "groups");
    for (std::size_t i = 0; groups != nullptr && i < groups->items.size(); ++i) group(root, groups->items[i]);
    problems_.throw_if_any();
    return std::move(cases_);
  }

 private:
  Node read() {
    Node root = core::config::parse_file(file_, 0, problems_);
    check_keys(root, "a file of figures", {"description", "machine", "median", "worst", "minutes", "groups"});
    return root;
  }

  void add(const Node& at, const std::string& key, const std::string& message) {
    if (at.kind != Node::Kind::invalid) problems_.add(at.where, key, message);
  }

  void check_keys(const Node& node, const std::string& what, const std::vector<std::string>& known) {
    if (node.kind != Node::Kind::mapping) {
      add(node, "", fmt::format("expected {} ({}), got {}", what, fmt::join(known, ", "), node.shown()));
      return;
    }
    std::set<std::string> seen;
    for (const Node& key : node.keys) {
      if (!seen.insert(key.text).second) add(key, key.text, "expected the key once, got it again");
      if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
      add(key, key.text,
          fmt::format("expected a key of {} ({}), got another{}", what, fmt::join(known, ", "),
                      core::suggestion(key.text, known)));
    }
  }

  const Node* required(const Node& node, const std::string& key) {
    const Node* found = node.find(key);
    if (found == nullptr && node.kind == Node::Kind::mapping) {
      problems_.add(node.where, key, fmt::format("expected {} of it, got none", key));
    }
    return found;
  }

  /// The key's text; `fallback` where it is left out, nothing where that is none.
  std::optional<std::string> text(const Node& node, const std::string& key,
                                  const std::optional<std::string>& fallback) {
    const Node* found = fallback ? node.find(key) : required(node, key);
    if (found == nullptr) return fallback;
    if (found->kind == Node::Kind::scalar) return found->text;
    add(*found, key, fmt::format("expected a text, got {}", found->shown()));
    return std::nullopt;
  }

  const Node* list(const Node& node, const std::string& key) {
    const Node* found = required(node, key);
    if (found == nullptr || found->kind == Node::Kind::sequence) return found;
    add(*found, key, fmt::format("expected a list, got {}", found->shown()));
    return nullptr;
  }

  std::optional<double> number(const Node& node, const std::string& key) {
    const core::Quantity<double> value = core::parse_real(node.text, core::Dimension::none);
    if (node.kind == Node::Kind::scalar && value.fault == core::QuantityFault::none) return value.value;
    add(node, key, fmt::format("expected a number, got {}", node.shown()));
    return std::nullopt;
  }

  /// `4 %` as 0.04.
  std::optional<double> share(const Node& node, const std::string& key) {
    if (node.kind == Node::Kind::scalar && node.text.ends_with(" %")) {
      const core::Quantity<double> value =
          core::parse_real(node.text.substr(0, node.text.size() - 2), core::Dimension::none);
      if (value.fault == core::QuantityFault::none && value.value >= 0 && value.value <= kMostPercent) {
        return value.value / 100;
      }
    }
    add(node, key, fmt::format("expected a share such as 4 %, got {}", node.shown()));
    return std::nullopt;
  }

  double bound(const Node& root, const std::string& key) {
    const Node* found = root.find(key);
    return found == nullptr ? kUnbounded : share(*found, key).value_or(kUnbounded);
  }

  /// A share, or a number with the figure's unit.
  std::optional<double> tolerance(const Node& node, const std::string& unit, double expected) {
    const std::string_view text = node.text;
    if (node.kind == Node::Kind::scalar && !text.ends_with(" %")) {
      const std::size_t gap = text.find(' ');
      const std::string_view rest = gap == std::string_view::npos ? "" : text.substr(gap + 1);
      const core::Quantity<double> value =
          core::parse_real(text.substr(0, std::min(gap, text.size())), core::Dimension::none);
      if ((rest == unit || rest == unit + "s") && value.fault == core::QuantityFault::none &&
          value.value >= 0) {
        return expected == 0 ? value.value : value.value / std::abs(expected);
      }
      add(node, "tolerance",
          fmt::format("expected a share such as 4 %, or a number of the unit such as 3 {}, got {}", unit,
                      node.shown()));
      return std::nullopt;
    }
    return share(node, "tolerance");
  }

  void group(const Node& root, const Node& node) {
    const std::size_t before = cases_.size();
    check_keys(node, "a group", with_common({"name", "scenario", "vary", "figures"}));
    if (node.kind != Node::Kind::mapping) return;
    const std::string name = text(node, "name", std::nullopt).value_or("");
    fs::path scenario;
    const bool may_lack = node.find("open") != nullptr && node.find("scenario") == nullptr;
    if (const std::optional<std::string> reference =
            may_lack ? std::nullopt : text(node, "scenario", std::nullopt)) {
      try {
        scenario = wafer::find_scenario_beside(file_, *reference);
      } catch (const core::InputError& error) {
        add(*node.find("scenario"), "scenario", error.what());
      }
    }
    const std::map<std::string, std::vector<std::string>> varied = vary(node);
    const Node* figures = list(node, "figures");
    for (std::size_t i = 0; figures != nullptr && i < figures->items.size(); ++i) {
      figure(root, node, figures->items[i], {name, scenario, varied});
    }
    if (figures != nullptr && cases_.size() == before && figures->items.empty()) {
      add(*figures, "figures", "expected at least one figure, got none");
    }
  }

  /// Short names of a group's columns, and the keys that each sets.
  std::map<std::string, std::vector<std::string>> vary(const Node& node) {
    std::map<std::string, std::vector<std::string>> found;
    const Node* names = node.find("vary");
    for (std::size_t i = 0; names != nullptr && i < names->keys.size(); ++i) {
      std::vector<std::string>& keys = found[names->keys[i].text];
      const Node& item = names->items[i];
      if (item.kind == Node::Kind::scalar) keys.push_back(item.text);
      for (const Node& each : item.items) keys.push_back(each.text);
      if (keys.empty()) add(item, "vary", fmt::format("expected keys of scenarios, got {}", item.shown()));
    }
    if (names != nullptr && names->kind != Node::Kind::mapping) {
      add(*names, "vary", fmt::format("expected a mapping of names to keys, got {}", names->shown()));
    }
    return found;
  }

  struct Group {
    std::string name;
    fs::path scenario;
    const std::map<std::string, std::vector<std::string>>& vary;
  };

  /// A figure's own value of a key, else its group's.
  static const Node* inherited(const Node& figure, const Node& group, const std::string& key) {
    const Node* own = figure.find(key);
    return own != nullptr ? own : group.find(key);
  }

  std::string inherited_text(const Node& figure, const Node& group, const std::string& key, bool needed) {
    const Node& holder = figure.find(key) != nullptr ? figure : group;
    return text(holder, key, needed ? std::nullopt : std::optional<std::string>("")).value_or("");
  }

  void add_settings(const Node* mapping, std::vector<wafer::Override>& settings) {
    if (mapping == nullptr) return;
    if (mapping->kind != Node::Kind::mapping) {
      add(*mapping, "set", fmt::format("expected a mapping of keys to values, got {}", mapping->shown()));
      return;
    }
    for (std::size_t i = 0; i < mapping->keys.size(); ++i) {
      add_setting(mapping->keys[i].text, mapping->items[i], settings);
    }
  }

  void add_setting(const std::string& key, const Node& value, std::vector<wafer::Override>& settings) {
    const std::string text = wafer::resolved_value(key, study::setting_text(value), file_.parent_path());
    settings.push_back({key + "=" + text, value.where});
  }

  void figure(const Node& root, const Node& group_node, const Node& node, const Group& group) {
    std::vector<std::string> known = with_common({"name", "expected"});
    for (const auto& [name, keys] : group.vary) known.push_back(name);
    check_keys(node, "a figure", known);
    if (node.kind != Node::Kind::mapping) return;
    Case result;
    result.name = group.name;
    std::vector<wafer::Override> settings;
    add_settings(group_node.find("set"), settings);
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const auto column = group.vary.find(node.keys[i].text);
      if (column == group.vary.end()) continue;
      result.name += fmt::format(", {} = {}", column->first, node.items[i].text);
      for (const std::string& key : column->second) add_setting(key, node.items[i], settings);
    }
    add_settings(node.find("set"), settings);
    if (const auto name = text(node, "name", ""); name && !name->empty()) result.name = *name;
    if (inherited(node, group_node, "open") != nullptr) {
      read_open(root, group_node, node, std::move(result));
      return;
    }
    FigureRun run;
    run.scenario = group.scenario;
    for (const wafer::Override& setting : settings) run.settings.push_back(setting.text);
    std::vector<wafer::Override> less;
    add_settings(inherited(node, group_node, "less"), less);
    for (const wafer::Override& setting : less) run.less.push_back(setting.text);
    read_measure(group_node, node, run, result);
    read_claim(root, group_node, node, result);
    check_run(run, settings, node);
    if (!less.empty()) {
      settings.insert(settings.end(), less.begin(), less.end());
      check_run(run, settings, node);
    }
    result.simulate = [run = std::move(run)] { return run_figure(run); };
    cases_.push_back(std::move(result));
  }

  /// A figure beside which nothing is run.
  void read_open(const Node& root, const Node& group, const Node& node, Case result) {
    result.unit = inherited_text(node, group, "unit", true);
    if (const Node* expected = required(node, "expected")) {
      result.expected = number(*expected, "expected").value_or(0);
    }
    read_source(root, group, node, result);
    result.claim.open = inherited_text(node, group, "open", true);
    cases_.push_back(std::move(result));
  }

  void read_measure(const Node& group, const Node& node, FigureRun& run, Case& result) {
    std::string names = inherited_text(node, group, "metric", true);
    for (std::size_t plus = 0; plus != std::string::npos;) {
      plus = names.find(" + ");
      run.metrics.push_back(names.substr(0, plus));
      if (plus != std::string::npos) names.erase(0, plus + 3);
    }
    if (const Node* divide = inherited(node, group, "divide")) {
      run.divide = number(*divide, "divide").value_or(1);
      if (run.divide == 0) add(*divide, "divide", "expected a number other than 0, got 0");
    }
    if (const Node* times = inherited(node, group, "times")) run.times = number(*times, "times").value_or(1);
    if (const Node* plus = inherited(node, group, "plus")) run.plus = number(*plus, "plus").value_or(0);
    result.unit = inherited_text(node, group, "unit", true);
    if (const Node* expected = required(node, "expected")) {
      result.expected = number(*expected, "expected").value_or(0);
    }
  }

  void read_source(const Node& root, const Node& group, const Node& node, Case& result) {
    result.source = inherited_text(node, group, "source", true);
    const Node* machine = inherited(node, group, "machine");
    result.claim.machine = text(machine != nullptr ? (node.find("machine") != nullptr ? node : group) : root,
                                "machine", std::nullopt)
                               .value_or("");
    const std::string evidence = inherited_text(node, group, "class", true);
    const auto* place = std::find_if(kEvidences.begin(), kEvidences.end(),
                                     [&](const EvidenceName& each) { return each.name == evidence; });
    if (place != kEvidences.end()) {
      result.claim.evidence = place->value;
    } else if (const Node* found = inherited(node, group, "class")) {
      std::vector<std::string_view> names;
      for (const EvidenceName& each : kEvidences) names.push_back(each.name);
      add(*found, "class", fmt::format("expected one of {}, got {}", fmt::join(names, ", "), found->shown()));
    }
  }

  void read_claim(const Node& root, const Node& group, const Node& node, Case& result) {
    read_source(root, group, node, result);
    if (const Node* allowed = inherited(node, group, "tolerance")) {
      result.claim.tolerance = tolerance(*allowed, result.unit, result.expected).value_or(kUnbounded);
    } else {
      (void)required(node, "tolerance");
    }
    result.claim.because = inherited_text(node, group, "because", true);
    result.claim.miss = inherited_text(node, group, "miss", false);
  }

  /// What a scenario refuses is told here, before anything runs.
  void check_run(const FigureRun& run, const std::vector<wafer::Override>& settings, const Node& node) {
    if (run.scenario.empty() || !problems_.empty()) return;
    try {
      (void)wafer::load_scenario(run.scenario, settings, documents_);
    } catch (const core::InputError& error) {
      const std::string said = error.what();
      add(node, "set", said.substr(0, said.find('\n')));
    }
  }

  fs::path file_;
  Problems problems_;
  core::config::Documents documents_;
  std::vector<Case> cases_;
};

}  // namespace

Suite figure_suite(const fs::path& file) {
  Suite suite = FileReader(file).head();
  suite.cases = [file] { return FileReader(file).cases(); };
  return suite;
}

std::vector<Suite> figure_suites() {
  std::vector<Suite> suites;
  const fs::path directory = core::data_directory() / "validation" / "data";
  for (const std::string& name : core::config::names_in(directory)) {
    suites.push_back(figure_suite(directory / (name + ".yaml")));
  }
  return suites;
}

}  // namespace waferloom::validation
