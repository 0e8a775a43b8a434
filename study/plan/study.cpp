// SPDX-License-Identifier: Apache-2.0
#include "study/plan/study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "core/config/catalog.hpp"
#include "core/data_path.hpp"
#include "core/error.hpp"
#include "core/input/name.hpp"
#include "core/input/plain_path.hpp"
#include "core/nearest.hpp"
#include "study/plan/axis_values.hpp"
#include "study/plan/plan.hpp"
#include "study/table/metrics.hpp"
#include "wafer/scenario/files.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::study {

namespace {

namespace fs = std::filesystem;
using core::config::Key;
using core::config::Node;
using core::config::Problems;

constexpr std::array<std::string_view, 15> kStudyKeys{
    "name",   "description", "base",        "set",        "vary",    "zip",  "list",   "sample",
    "derive", "metrics",     "constraints", "objectives", "invalid", "keep", "confirm"};

bool is_metric(const std::string& name) { return find_metric(name) != nullptr; }

class Loader {
 public:
  explicit Loader(const fs::path& file) : keys_(scenario_) { study_.file = file; }

  Study load() {
    const Node root = core::config::parse_file(study_.file, 0, problems_);
    check_keys(root);
    check_unique(root);
    study_.name = text(root, "name", study_.file.stem().string());
    check_name(root);
    study_.description = text(root, "description", "");
    load_base(root);
    if (const Node* set = mapping(root, "set")) study_.common = settings(*set, false);
    load_axes(root);
    load_sample(root);
    load_derived(root);
    check_derived();
    load_constraints(root);
    load_metrics(root);
    load_confirmation(root);
    study_.skip_invalid = choice(root, "invalid", {"refuse", "skip"}) == "skip";
    study_.keep_runs = choice(root, "keep", {"metrics", "runs"}) == "runs";
    problems_.throw_if_any();
    return std::move(study_);
  }

 private:
  void check_keys(const Node& root) {
    const std::vector<std::string> known(kStudyKeys.begin(), kStudyKeys.end());
    for (const Node& key : root.keys) {
      if (std::find(known.begin(), known.end(), key.text) == known.end()) {
        add(key, key.text,
            fmt::format("expected a key of studies ({}), got another{}", fmt::join(known, ", "),
                        core::suggestion(key.text, known)));
      }
    }
  }

  /// The name becomes part of paths, of scripts and of tables.
  void check_name(const Node& root) {
    const std::string problem = core::name_problem(study_.name);
    if (problem.empty()) return;
    const Node* node = root.find("name");
    problems_.add(node != nullptr ? node->where : core::config::Location{study_.file.string(), 1, 1, 0},
                  "name", problem);
  }

  void load_base(const Node& root) {
    const Node* base = root.find("base");
    if (base == nullptr) {
      problems_.add({study_.file.string(), 1, 1, 0}, "base",
                    "expected a scenario's name or path, got nothing");
    } else if (base->kind != Node::Kind::scalar) {
      add(*base, "base", fmt::format("expected a scenario's name or path, got {}", base->shown()));
    } else {
      study_.base = base_path(*base, "base");
    }
  }

  fs::path base_path(const Node& node, const std::string& key) {
    try {
      return wafer::find_scenario_beside(study_.file, node.text);
    } catch (const core::InputError& error) {
      add(node, key, error.what());
      return {};
    }
  }

  void load_axes(const Node& root) {
    if (const Node* vary = mapping(root, "vary")) {
      for (std::size_t i = 0; i < vary->keys.size(); ++i) add_axis(*vary, i);
    }
    if (const Node* zip = sequence(root, "zip")) {
      for (const Node& item : zip->items) add_zip(item);
    }
    if (const Node* list = sequence(root, "list")) add_list(*list);
    std::vector<std::string> used;
    for (const Axis& axis : study_.axes) {
      for (const std::string& key : axis.keys) {
        if (std::find(used.begin(), used.end(), key) != used.end()) {
          problems_.add({study_.file.string(), 1, 1, 0}, key, "expected a key on one axis, got it on two");
        }
        used.push_back(key);
      }
    }
  }

  void add_axis(const Node& vary, std::size_t i) {
    Axis axis;
    axis.keys = {vary.keys[i].text};
    const std::vector<Setting> values = axis_settings(vary.keys[i], vary.items[i], &axis.interval);
    for (const Setting& value : values) axis.choices.push_back({value});
    if (!axis.choices.empty()) study_.axes.push_back(std::move(axis));
  }

  /// Lists of equal length whose n-th values belong together.
  void add_zip(const Node& item) {
    if (item.kind != Node::Kind::mapping) {
      add(item, "zip", fmt::format("expected a mapping of keys to lists, got {}", item.shown()));
      return;
    }
    Axis axis;
    for (std::size_t k = 0; k < item.keys.size(); ++k) {
      const std::vector<Setting> values = axis_settings(item.keys[k], item.items[k], nullptr);
      if (k == 0) axis.choices.resize(values.size());
      if (values.size() != axis.choices.size()) {
        add(item.keys[k], item.keys[k].text,
            fmt::format("expected {} values as for {}, got {}", axis.choices.size(), item.keys[0].text,
                        values.size()));
        return;
      }
      axis.keys.push_back(item.keys[k].text);
      for (std::size_t v = 0; v < values.size(); ++v) axis.choices[v].push_back(values[v]);
    }
    if (!axis.choices.empty()) study_.axes.push_back(std::move(axis));
  }

  /// Points as they are: each item names the same keys.
  void add_list(const Node& list) {
    Axis axis;
    for (const Node& item : list.items) {
      if (item.kind != Node::Kind::mapping) {
        add(item, "list", fmt::format("expected a mapping of keys to values, got {}", item.shown()));
        continue;
      }
      std::vector<Setting> point = settings(item, true);
      std::vector<std::string> keys;
      for (const Setting& setting : point) keys.push_back(setting.key);
      if (axis.keys.empty()) axis.keys = keys;
      if (keys != axis.keys) {
        add(item, "list",
            fmt::format("expected the keys {} in this order in every item, got {}",
                        fmt::join(axis.keys, ", "), fmt::join(keys, ", ")));
        continue;
      }
      axis.choices.push_back(std::move(point));
    }
    if (!axis.choices.empty()) study_.axes.push_back(std::move(axis));
  }

  /// The values of one key, from a list or a range; each is checked against the key's declaration.
  std::vector<Setting> axis_settings(const Node& key_node, const Node& values,
                                     std::optional<Interval>* interval) {
    const std::string& name = key_node.text;
    if (!is_known(key_node)) return {};
    std::vector<Node> nodes;
    if (values.kind == Node::Kind::sequence) {
      nodes = values.items;
      if (nodes.empty()) add(values, name, "expected at least one value, got an empty list");
    } else if (values.kind == Node::Kind::mapping && name != "base") {
      const Key& key = *keys_.keys().find(name);
      const AxisRange range = read_range(values, key, name, problems_);
      nodes = range.nodes;
      if (interval != nullptr) *interval = range.interval;
    } else {
      add(values, name,
          fmt::format(
              "expected a list of values, or a range {{ from, to, step }} or {{ from, to, count }}, got {}",
              values.shown()));
    }
    std::vector<Setting> settings;
    for (const Node& node : nodes) {
      if (check_value(name, node))
        settings.push_back({name, name == "base" ? node.text : setting_text(node), node.where});
    }
    return settings;
  }

  std::vector<Setting> settings(const Node& mapping, bool may_set_base) {
    std::vector<Setting> found;
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
      if (!may_set_base && is_base(mapping.keys[i])) continue;
      if (is_known(mapping.keys[i]) && check_value(mapping.keys[i].text, mapping.items[i])) {
        const Node& value = mapping.items[i];
        found.push_back({mapping.keys[i].text,
                         mapping.keys[i].text == "base" ? value.text : setting_text(value), value.where});
      }
    }
    return found;
  }

  /// The scenario itself is no key of scenarios: it varies along axes and in lists alone.
  bool is_base(const Node& key_node) {
    if (key_node.text != "base") return false;
    add(key_node, "base",
        "expected a key of scenarios, got base, which is set or varied for the whole study");
    return true;
  }

  bool is_known(const Node& key_node) {
    const std::string& name = key_node.text;
    if (name == "base" || keys_.keys().find(name) != nullptr) return true;
    if (keys_.keys().is_section(name)) {
      add(key_node, name, fmt::format("expected a key such as {}.x, got a section", name));
    } else {
      add(key_node, name,
          fmt::format("expected a key of scenarios, got an unknown one{}", keys_.keys().suggestion(name)));
    }
    return false;
  }

  bool check_value(const std::string& name, const Node& node) {
    if (node.kind == Node::Kind::invalid) return false;
    if (name == "base") return !base_path(node, name).empty();
    bool good = true;
    keys_.keys().find(name)->read(node,
                                  [&](const Node& at, const std::string& expected, const std::string& got) {
                                    good = false;
                                    add(at, name, fmt::format("expected {}, got {}", expected, got));
                                  });
    return good;
  }

  void load_sample(const Node& root) {
    const Node* node = mapping(root, "sample");
    if (node == nullptr) return;
    Sample sample;
    for (std::size_t i = 0; i < node->keys.size(); ++i) {
      const std::string& key = node->keys[i].text;
      const core::Quantity<std::uint64_t> number =
          core::parse_whole(node->items[i].text, core::Dimension::none);
      if (key != "points" && key != "seed") {
        add(node->keys[i], "sample." + key, "expected points or seed, got another key");
      } else if (number.fault != core::QuantityFault::none) {
        add(node->items[i], "sample." + key,
            fmt::format("expected a whole number, got {}", node->items[i].shown()));
      } else {
        (key == "points" ? sample.points : sample.seed) = number.value;
      }
    }
    if (sample.points == 0) add(*node, "sample.points", "expected at least 1, got none");
    study_.sample = sample;
  }

  std::optional<Expression> expression(const std::string& key, const Node& node) {
    if (node.kind != Node::Kind::scalar) {
      add(node, key, fmt::format("expected an expression, got {}", node.shown()));
      return std::nullopt;
    }
    try {
      return Expression(node.text);
    } catch (const core::InputError& error) {
      add(node, key, error.what());
      return std::nullopt;
    }
  }

  void load_derived(const Node& root) {
    const Node* node = mapping(root, "derive");
    if (node == nullptr) return;
    for (std::size_t i = 0; i < node->keys.size(); ++i) {
      const std::string& key = node->keys[i].text;
      if (is_base(node->keys[i]) || !is_known(node->keys[i])) continue;
      std::optional<Expression> value = expression(key, node->items[i]);
      if (!value) continue;
      for (const std::string& name : value->names()) check_name(node->items[i], key, name, false);
      study_.derived.push_back({key, *std::move(value), node->items[i].where});
    }
  }

  /// A key gets its value from one place: what is derived neither varies nor is set.
  void check_derived() {
    const auto is_in = [](const std::vector<std::string>& keys, const std::string& key) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    std::vector<std::string> set;
    for (const Setting& setting : study_.common) set.push_back(setting.key);
    for (const Derived& derived : study_.derived) {
      const bool varies = std::any_of(study_.axes.begin(), study_.axes.end(),
                                      [&](const Axis& axis) { return is_in(axis.keys, derived.key); });
      if (!varies && !is_in(set, derived.key)) continue;
      problems_.add(derived.where, derived.key,
                    fmt::format("expected a key that is not {}, got it in derive as well",
                                varies ? "varied" : "in set"));
    }
  }

  /// Of a key that stands twice in a mapping, wherever that lies, the second is no better than the first.
  void check_unique(const Node& node) {
    std::vector<std::string> seen;
    for (const Node& key : node.keys) {
      if (std::find(seen.begin(), seen.end(), key.text) != seen.end()) {
        add(key, key.text, "expected the key once, got it again");
      }
      seen.push_back(key.text);
    }
    for (const Node& item : node.items) check_unique(item);
  }

  void load_constraints(const Node& root) {
    const Node* node = sequence(root, "constraints");
    if (node == nullptr) return;
    for (const Node& item : node->items) {
      std::optional<Expression> value = expression("constraints", item);
      if (!value) continue;
      const std::vector<std::string> names = value->names();
      for (const std::string& name : names) check_name(item, "constraints", name, true);
      const bool on_metrics = std::any_of(names.begin(), names.end(), is_metric);
      study_.constraints.push_back({*std::move(value), item.where, on_metrics});
    }
  }

  void check_name(const Node& node, const std::string& key, const std::string& name, bool metrics_allowed) {
    if (keys_.keys().find(name) != nullptr || (metrics_allowed && is_metric(name))) return;
    add(node, key,
        fmt::format("expected a key of scenarios{}, got {}{}", metrics_allowed ? " or a metric" : "", name,
                    keys_.keys().suggestion(name)));
  }

  /// What the base simulates; a step where there is no base to ask.
  RunKind base_kind() const {
    if (study_.base.empty()) return RunKind::step;
    try {
      return kind_of(point_scenario(study_, {}));
    } catch (const core::InputError&) {
      return RunKind::step;
    }
  }

  void load_metrics(const Node& root) {
    study_.metrics = usual_metrics(base_kind());
    if (const Node* node = sequence(root, "metrics")) {
      study_.metrics.clear();
      for (const Node& item : node->items) add_metric(item, "metrics", item.text);
    }
    if (const Node* node = mapping(root, "objectives")) {
      for (std::size_t i = 0; i < node->keys.size(); ++i) {
        const std::string& metric = node->keys[i].text;
        const std::string& way = node->items[i].text;
        add_metric(node->keys[i], "objectives", metric);
        if (way != "maximize" && way != "minimize") {
          add(node->items[i], "objectives." + metric,
              fmt::format("expected maximize or minimize, got {}", node->items[i].shown()));
        }
        if (is_metric(metric)) study_.objectives.push_back({metric, way == "maximize"});
      }
    }
  }

  void add_metric(const Node& node, const std::string& key, const std::string& metric) {
    if (!is_metric(metric)) {
      const std::vector<std::string> known = all_metrics();
      add(node, key,
          fmt::format("expected one of {}, got {}{}", fmt::join(known, ", "), node.shown(),
                      core::suggestion(metric, known)));
      return;
    }
    std::vector<std::string>& all = study_.metrics;
    if (std::find(all.begin(), all.end(), metric) == all.end()) all.push_back(metric);
  }

  void load_confirmation(const Node& root) {
    const Node* node = mapping(root, "confirm");
    if (node == nullptr) return;
    Confirmation confirmation;
    for (std::size_t i = 0; i < node->keys.size(); ++i) {
      const Node& item = node->items[i];
      if (node->keys[i].text == "best") {
        confirmation.best = core::parse_whole(item.text, core::Dimension::none).value;
      } else if (node->keys[i].text == "set" && item.kind == Node::Kind::mapping) {
        confirmation.settings = settings(item, false);
      } else {
        add(node->keys[i], "confirm",
            "expected best (a number of points) and set (a mapping), got another key");
      }
    }
    if (confirmation.best == 0)
      add(*node, "confirm.best", "expected a number of points, at least 1, got none");
    if (study_.objectives.empty())
      add(*node, "confirm", "expected objectives that say what is best, got none");
    if (const RunKind kind = base_kind(); kind != RunKind::step) {
      add(*node, "confirm",
          fmt::format("expected a base of which both fidelities are known, a training step, got {}",
                      text_of(kind)));
    }
    study_.confirmation = std::move(confirmation);
  }

  const Node* mapping(const Node& root, std::string_view key) {
    return of_kind(root, key, Node::Kind::mapping, "a mapping");
  }
  const Node* sequence(const Node& root, std::string_view key) {
    return of_kind(root, key, Node::Kind::sequence, "a list");
  }
  const Node* of_kind(const Node& root, std::string_view key, Node::Kind kind, std::string_view expected) {
    const Node* node = root.find(key);
    if (node == nullptr || node->kind == kind) return node;
    if (node->kind != Node::Kind::invalid) {
      add(*node, std::string(key), fmt::format("expected {}, got {}", expected, node->shown()));
    }
    return nullptr;
  }

  std::string text(const Node& root, std::string_view key, std::string value) {
    const Node* node = root.find(key);
    if (node == nullptr) return value;
    if (node->kind != Node::Kind::scalar) {
      add(*node, std::string(key), fmt::format("expected a text, got {}", node->shown()));
    }
    return node->text;
  }

  std::string choice(const Node& root, std::string_view key, const std::vector<std::string>& allowed) {
    const Node* node = root.find(key);
    if (node == nullptr) return allowed.front();
    if (std::find(allowed.begin(), allowed.end(), node->text) == allowed.end()) {
      add(*node, std::string(key),
          fmt::format("expected one of {}, got {}", fmt::join(allowed, ", "), node->shown()));
    }
    return node->text;
  }

  void add(const Node& node, const std::string& key, const std::string& message) {
    problems_.add(node.where, key, message);
  }

  wafer::Scenario scenario_;
  wafer::ScenarioKeys keys_;
  Study study_;
  Problems problems_;
};

fs::path studies_directory() { return core::data_directory() / "scenarios" / "studies"; }

}  // namespace

Study load_study(const fs::path& file) { return Loader(file).load(); }

fs::path find_study(const std::string& argument) {
  std::error_code ignored;
  if (argument.find('/') != std::string::npos || argument.ends_with(".yaml") || argument.ends_with(".yml") ||
      fs::is_regular_file(argument, ignored)) {
    return argument;
  }
  std::vector<std::string> known;
  for (const core::config::Listed& study : core::config::list_files(studies_directory())) {
    if (study.name == argument) return study.path;
    known.push_back(study.name);
  }
  throw core::InputError(fmt::format("{}: expected a study file or one of {}, got neither{}", argument,
                                     fmt::join(known, ", "), core::suggestion(argument, known)));
}

}  // namespace waferloom::study
