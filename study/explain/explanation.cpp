// SPDX-License-Identifier: Apache-2.0
#include "study/explain/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "study/explain/curve.hpp"
#include "study/explain/resources.hpp"
#include "study/table/study_directory.hpp"

namespace waferloom::study {

namespace {

/// Of so many resources, those that weigh most, all pairs are tried.
constexpr std::size_t kPairedResources = 6;
/// Curves are halved so many times at most.
constexpr int kCurveRounds = 4;

double metric(const PointRecord& record, const char* name) {
  const auto found = record.metrics.find(name);
  return found == record.metrics.end() ? 0 : found->second.value;
}

std::map<std::string, double> changes(const std::map<std::string, double>& times,
                                      const std::map<std::string, double>& base) {
  std::map<std::string, double> changed;
  for (const auto& [name, time_s] : base) {
    const auto now = times.find(name);
    if (time_s > 0 && now != times.end()) changed[name] = now->second / time_s - 1;
  }
  return changed;
}

/// Simulates settings of the scenario, those of several calls side by side and each only once.
class Points {
 public:
  explicit Points(const ExplainRun& run) : run_(run) { plan_.name = run.study.name; }

  /// Notes a point to simulate; gives its place.
  std::size_t add(const std::vector<Setting>& settings) {
    plan_.points.push_back({plan_.points.size() + 1, settings, digest(point_scenario(run_.study, settings))});
    return plan_.points.size() - 1;
  }

  /// Simulates what has been added since; outcomes by place.
  const std::vector<std::optional<PointRecord>>& simulate() {
    static_cast<void>(
        run_points(run_.study, plan_, run_.directory, run_.workers, run_.cache, run_.stop, run_.progress));
    records_ = collect(plan_, run_.directory);
    return records_;
  }

 private:
  const ExplainRun& run_;
  Plan plan_;
  std::vector<std::optional<PointRecord>> records_;
};

/// An effect whose point is under way.
struct Pending {
  Effect* effect = nullptr;
  std::size_t place = 0;
};

class Explainer {
 public:
  Explainer(const ExplainRun& run, double factor)
      : run_(run), points_(run), scenario_(point_scenario(run.study, {})), present_(scenario_) {
    found_.factor = factor;
  }

  Explanation explain(bool curves) {
    const std::size_t base = points_.add({});
    change_singly();
    const std::vector<std::size_t> lifted = lift();
    measure(base, points_.simulate());
    pair();
    const std::vector<std::optional<PointRecord>>& records = points_.simulate();
    take(records);
    fall(lifted, records);
    if (curves) follow_curves();
    return std::move(found_);
  }

 private:
  void want(Effect& effect, ResourceChange change) {
    effect.settings = std::move(change.settings);
    effect.kept = std::move(change.kept);
    if (!effect.settings.empty()) pending_.push_back({&effect, points_.add(effect.settings)});
  }

  void change_singly() {
    found_.resources.resize(resources().size());
    for (std::size_t r = 0; r < resources().size(); ++r) {
      const Resource& resource = resources()[r];
      ResourceEffect& effect = found_.resources[r];
      effect.name = resource.name;
      want(effect.more, change_of(resource, run_.study, present_.keys(), found_.factor));
      want(effect.less, change_of(resource, run_.study, present_.keys(), 1 / found_.factor));
    }
  }

  /// Points with the first lifts taken away, then the second as well, and so on.
  std::vector<std::size_t> lift() {
    std::vector<std::size_t> places;
    std::vector<Setting> settings;
    for (const Lift& each : lifts()) {
      for (const auto& [key, value] : each.settings)
        settings.push_back({std::string(key), std::string(value)});
      places.push_back(points_.add(settings));
    }
    return places;
  }

  void measure(std::size_t base, const std::vector<std::optional<PointRecord>>& records) {
    base_ = *records[base];
    if (!base_.done()) {
      throw core::Error(static_cast<core::ExitStatus>(base_.exit_status),
                        fmt::format("{}: the step itself fails: {}", run_.study.name, base_.message));
    }
    found_.scenario = run_.study.name;
    found_.time_s = metric(base_, "time");
    found_.flops = metric(base_, "sustained_flops");
    const double share = metric(base_, "share_of_peak");
    found_.peak_flops = share > 0 ? found_.flops / share : 0;
    found_.phases = base_.phases;
    found_.operations = base_.operations;
    take(records);
  }

  void take(const std::vector<std::optional<PointRecord>>& records) {
    for (const Pending& each : pending_) {
      const PointRecord& record = *records[each.place];
      Effect& effect = *each.effect;
      if (!record.done()) {
        effect.failed = record.message;
        continue;
      }
      effect.time_s = metric(record, "time");
      effect.change = found_.time_s > 0 ? effect.time_s / found_.time_s - 1 : 0;
      effect.phases = changes(record.phases, found_.phases);
      effect.operations = changes(record.operations, found_.operations);
    }
    pending_.clear();
  }

  /// The resources that are worth a pair: of which more helps, or less hurts while more is possible.
  [[nodiscard]] std::vector<const ResourceEffect*> heavy() const {
    const auto weight = [](const ResourceEffect& each) {
      return std::max(each.less.measured() ? each.less.change : 0, -each.more.change);
    };
    std::vector<const ResourceEffect*> heavy;
    for (const ResourceEffect& each : found_.resources) {
      if (each.name != kClock && each.more.measured() && weight(each) >= kSmallestGain)
        heavy.push_back(&each);
    }
    std::stable_sort(heavy.begin(), heavy.end(),
                     [&](const auto* a, const auto* b) { return weight(*a) > weight(*b); });
    heavy.resize(std::min(heavy.size(), kPairedResources));
    return heavy;
  }

  void pair() {
    const std::vector<const ResourceEffect*> heavy = this->heavy();
    for (std::size_t a = 0; a < heavy.size(); ++a) {
      for (std::size_t b = a + 1; b < heavy.size(); ++b) {
        std::set<std::string> keys;
        ResourceChange both;
        for (const ResourceEffect* each : {heavy[a], heavy[b]}) {
          for (const Setting& setting : each->more.settings) {
            keys.insert(setting.key);
            both.settings.push_back(setting);
          }
        }
        if (keys.size() < both.settings.size()) continue;
        found_.pairs.push_back({heavy[a]->name, heavy[b]->name, {}, {}});
        found_.pairs.back().more.settings = std::move(both.settings);
      }
    }
    for (PairEffect& each : found_.pairs) pending_.push_back({&each.more, points_.add(each.more.settings)});
  }

  /// What buys much, alone or as a pair that limits the step, at further factors.
  struct Subject {
    std::vector<const Resource*> resources;
    const Effect* more;
    std::vector<FurtherEffect>* further;
    std::set<double> tried;

    [[nodiscard]] CurvePoints known(double factor) const {
      CurvePoints points{{factor, more->change}};
      for (const FurtherEffect& each : *further) {
        if (each.effect.measured()) points.emplace_back(each.factor, each.effect.change);
      }
      std::sort(points.begin(), points.end());
      return points;
    }
  };

  [[nodiscard]] std::vector<Subject> subjects() {
    std::vector<Subject> subjects;
    for (std::size_t r = 0; r < resources().size(); ++r) {
      ResourceEffect& each = found_.resources[r];
      if (each.more.measured() && each.more.change <= -kCurveGain)
        subjects.push_back({{&resources()[r]}, &each.more, &each.further, {}});
    }
    const auto named = [](const std::string& name) {
      return &*std::find_if(resources().begin(), resources().end(),
                            [&](const Resource& resource) { return resource.name == name; });
    };
    const std::vector<Limit> of_step = limits(found_, study::of_step());
    for (PairEffect& each : found_.pairs) {
      const bool limits = std::any_of(of_step.begin(), of_step.end(), [&](const Limit& limit) {
        return limit.resources == std::vector{each.first, each.second};
      });
      if (limits && each.more.change <= -kCurveGain)
        subjects.push_back({{named(each.first), named(each.second)}, &each.more, &each.further, {}});
    }
    return subjects;
  }

  /// Notes the points that a subject's curve lacks; a factor that the keys cannot take is passed over.
  void want_further(Subject& subject) {
    for (const double factor : next_factors(subject.known(found_.factor), found_.factor)) {
      if (!subject.tried.insert(factor).second) continue;
      FurtherEffect further{factor, {}};
      for (const Resource* resource : subject.resources) {
        ResourceChange change = change_of(*resource, run_.study, present_.keys(), factor);
        std::move(change.settings.begin(), change.settings.end(),
                  std::back_inserter(further.effect.settings));
      }
      if (further.effect.settings.size() == subject.more->settings.size())
        subject.further->push_back(std::move(further));
    }
  }

  void follow_curves() {
    std::vector<Subject> subjects = this->subjects();
    for (int round = 0; round < kCurveRounds; ++round) {
      for (Subject& subject : subjects) {
        want_further(subject);
        for (FurtherEffect& each : *subject.further) {
          if (each.effect.time_s == 0 && each.effect.failed.empty())
            pending_.push_back({&each.effect, points_.add(each.effect.settings)});
        }
      }
      if (pending_.empty()) break;
      take(points_.simulate());
    }
    for (Subject& subject : subjects) {
      std::sort(subject.further->begin(), subject.further->end(),
                [](const FurtherEffect& a, const FurtherEffect& b) { return a.factor < b.factor; });
    }
  }

  void fall(const std::vector<std::size_t>& lifted, const std::vector<std::optional<PointRecord>>& records) {
    if (found_.peak_flops <= 0) return;
    std::vector<WaterfallStep> steps;
    double before_s = found_.time_s;
    for (std::size_t i = 0; i < lifted.size(); ++i) {
      const PointRecord& record = *records[lifted[i]];
      if (!record.done()) continue;
      const double after_s = metric(record, "time");
      steps.push_back({std::string(lifts()[i].name), before_s - after_s});
      before_s = after_s;
    }
    const double peak_s = found_.time_s * found_.flops / found_.peak_flops;
    steps.push_back({"other work of the PEs, moving, waiting, tiles without work", before_s - peak_s});
    steps.push_back({"multiply-accumulates at the peak", peak_s});
    std::reverse(steps.begin(), steps.end());
    double time_s = 0;
    for (WaterfallStep& step : steps) {
      time_s += step.time_s;
      step.flops = time_s > 0 ? found_.flops * found_.time_s / time_s : 0;
    }
    found_.waterfall = std::move(steps);
  }

  const ExplainRun& run_;
  Points points_;
  wafer::Scenario scenario_;
  wafer::ScenarioKeys present_;
  PointRecord base_;
  Explanation found_;
  std::vector<Pending> pending_;
};

}  // namespace

Explanation explain(const ExplainRun& run, double factor, bool curves) {
  return Explainer(run, factor).explain(curves);
}

}  // namespace waferloom::study
