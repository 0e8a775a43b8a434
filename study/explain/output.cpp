// SPDX-License-Identifier: Apache-2.0
#include "study/explain/output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/version.hpp"
#include "study/explain/resources.hpp"

namespace waferloom::study {

namespace {

using nlohmann::ordered_json;

constexpr std::array kPhases{"forward", "backward_input", "backward_weight", "update"};

ordered_json quantity(double value, const char* unit) { return {{"value", value}, {"unit", unit}}; }

ordered_json effect_json(const Effect& effect, double factor) {
  ordered_json json{{"factor", factor}, {"settings", ordered_json::object()}, {"kept", effect.kept}};
  for (const Setting& setting : effect.settings) json["settings"][setting.key] = setting.value;
  if (!effect.failed.empty()) json["failed"] = effect.failed;
  if (!effect.measured()) return json;
  json["time"] = quantity(effect.time_s, "s");
  json["change"] = effect.change;
  json["phases"] = effect.phases;
  json["operations"] = effect.operations;
  return json;
}

/// All factors above 1 that were measured, the one that was asked for among them.
std::vector<std::pair<double, const Effect*>> curve(double factor, const Effect& more,
                                                    const std::vector<FurtherEffect>& further) {
  std::vector<std::pair<double, const Effect*>> curve;
  if (more.measured()) curve.emplace_back(factor, &more);
  for (const FurtherEffect& each : further) {
    if (each.effect.measured()) curve.emplace_back(each.factor, &each.effect);
  }
  std::sort(curve.begin(), curve.end());
  return curve;
}

ordered_json curve_json(double factor, const Effect& more, const std::vector<FurtherEffect>& further) {
  ordered_json json = ordered_json::array();
  for (const auto& [at, effect] : curve(factor, more, further)) {
    json.push_back({{"factor", at}, {"time", quantity(effect->time_s, "s")}, {"change", effect->change}});
  }
  return json;
}

ordered_json limits_json(const std::vector<Limit>& limits) {
  ordered_json json = ordered_json::array();
  for (const Limit& limit : limits)
    json.push_back({{"resources", limit.resources}, {"change", limit.change}});
  return json;
}

std::string percent(double change) { return fmt::format("{:+.1f} %", 100 * change); }

/// Whether some of a resource's keys stayed where they are, at the end of their ranges.
bool is_partial(const Effect& effect) {
  return !effect.settings.empty() &&
         std::any_of(effect.kept.begin(), effect.kept.end(),
                     [](const std::string& why) { return why.find("cannot go") != std::string::npos; });
}

std::string effect_text(const Effect& effect) {
  if (effect.settings.empty()) return "-";
  return effect.failed.empty() ? percent(effect.change) + (is_partial(effect) ? " *" : "") : "does not run";
}

std::string limits_text(const std::vector<Limit>& limits) {
  if (limits.empty()) return "none of these alone or in pairs";
  std::string text;
  for (const Limit& limit : limits) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : "; ", fmt::join(limit.resources, " with "),
                        percent(limit.change));
  }
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string csv_row(const std::string& resource, const std::string& with, double factor,
                    const Effect& effect) {
  std::string settings;
  for (const Setting& setting : effect.settings)
    settings += fmt::format("{}{}={}", settings.empty() ? "" : "; ", setting.key, setting.value);
  const bool measured = effect.measured();
  std::string row = fmt::format("{},{},{},{},{},{},{}", resource, with, factor, settings,
                                measured                  ? "done"
                                : effect.settings.empty() ? "left out"
                                                          : "failed",
                                measured ? fmt::format("{:.9e}", effect.time_s) : "",
                                measured ? fmt::format("{:.6f}", effect.change) : "");
  for (const char* phase : kPhases) {
    const auto found = effect.phases.find(phase);
    row += found == effect.phases.end() ? "," : fmt::format(",{:.6f}", found->second);
  }
  return row + "\n";
}

/// What was left out or failed, each once.
std::string remarks(const Explanation& explanation) {
  std::string text;
  bool partial = false;
  for (const ResourceEffect& each : explanation.resources) {
    for (const auto& [effect, factor] :
         {std::pair(&each.more, explanation.factor), std::pair(&each.less, 1 / explanation.factor)}) {
      if (!effect->failed.empty())
        text += fmt::format("  {} x {:.3g}: {}\n", each.name, factor, first_line(effect->failed));
      if (!effect->kept.empty())
        text += fmt::format("  {} x {:.3g}: {}\n", each.name, factor, fmt::join(effect->kept, "; "));
      partial = partial || is_partial(*effect);
    }
  }
  if (text.empty()) return "";
  return fmt::format("\nleft out{}:\n{}", partial ? " (*: the rest of the resource was changed)" : "", text);
}

/// How much of what buys much buys how much.
std::string curves_text(const Explanation& explanation) {
  std::string text;
  const auto add = [&](const std::string& name, const Effect& more,
                       const std::vector<FurtherEffect>& further) {
    if (further.empty()) return;
    text += fmt::format("{:<36}", name);
    for (const auto& [factor, effect] : curve(explanation.factor, more, further))
      text += fmt::format("  x {:.4g} {}", factor, percent(effect->change));
    text += "\n";
  };
  for (const ResourceEffect& each : explanation.resources) add(each.name, each.more, each.further);
  for (const PairEffect& each : explanation.pairs)
    add(fmt::format("{} with {}", each.first, each.second), each.more, each.further);
  return text.empty() ? "" : "\nhow much buys how much\n" + text;
}

std::string waterfall_text(const Explanation& explanation) {
  if (explanation.waterfall.empty()) return "";
  std::string text = fmt::format("\n{:<60}{:>12}{:>9}{:>12}\n", "from the peak to what is sustained", "time",
                                 "of step", "of peak");
  for (const WaterfallStep& step : explanation.waterfall) {
    text += fmt::format("{:<60}{:>9.4g} ms{:>7.1f} %{:>10.1f} %\n", step.name, 1e3 * step.time_s,
                        100 * step.time_s / explanation.time_s, 100 * step.flops / explanation.peak_flops);
  }
  return text;
}

}  // namespace

ordered_json to_json(const Explanation& explanation) {
  ordered_json json{{"format", "waferloom-explanation"},
                    {"version", std::string(core::version())},
                    {"scenario", explanation.scenario},
                    {"fidelity", "burst"},
                    {"grid_columns", explanation.grid_columns},
                    {"factor", explanation.factor},
                    {"time", quantity(explanation.time_s, "s")},
                    {"sustained_flops", quantity(explanation.flops, "FLOP/s")},
                    {"peak_flops", quantity(explanation.peak_flops, "FLOP/s")}};
  ordered_json& of = json["limits"] = {{"step", limits_json(limits(explanation, of_step()))}};
  of["phases"] = ordered_json::object();
  of["operations"] = ordered_json::object();
  for (const char* phase : kPhases) {
    if (explanation.phases.count(phase) > 0)
      of["phases"][phase] = limits_json(limits(explanation, of_phase(phase)));
  }
  for (const auto& [operation, time_s] : explanation.operations)
    of["operations"][operation] = limits_json(limits(explanation, of_operation(operation)));
  json["resources"] = ordered_json::array();
  for (const ResourceEffect& each : explanation.resources) {
    json["resources"].push_back({{"resource", each.name},
                                 {"more", effect_json(each.more, explanation.factor)},
                                 {"less", effect_json(each.less, 1 / explanation.factor)},
                                 {"curve", curve_json(explanation.factor, each.more, each.further)}});
  }
  json["pairs"] = ordered_json::array();
  for (const PairEffect& each : explanation.pairs) {
    json["pairs"].push_back({{"resources", {each.first, each.second}},
                             {"more", effect_json(each.more, explanation.factor)},
                             {"curve", curve_json(explanation.factor, each.more, each.further)}});
  }
  json["waterfall"] = ordered_json::array();
  for (const WaterfallStep& step : explanation.waterfall) {
    json["waterfall"].push_back({{"part", step.name},
                                 {"time", quantity(step.time_s, "s")},
                                 {"flops", quantity(step.flops, "FLOP/s")}});
  }
  return json;
}

std::string csv(const Explanation& explanation) {
  std::string text = "resource,with,factor,settings,state,time_s,change";
  for (const char* phase : kPhases) text += fmt::format(",{}", phase);
  text += "\n";
  for (const ResourceEffect& each : explanation.resources) {
    text += csv_row(each.name, "", explanation.factor, each.more);
    text += csv_row(each.name, "", 1 / explanation.factor, each.less);
    for (const FurtherEffect& at : each.further) text += csv_row(each.name, "", at.factor, at.effect);
  }
  for (const PairEffect& each : explanation.pairs) {
    text += csv_row(each.first, each.second, explanation.factor, each.more);
    for (const FurtherEffect& at : each.further)
      text += csv_row(each.first, each.second, at.factor, at.effect);
  }
  return text;
}

std::string summary(const Explanation& explanation) {
  std::string text =
      fmt::format("{} at fidelity burst: {:.6g} ms a step, {:.2f} TFLOP/s, {:.1f} % of peak\n",
                  explanation.scenario, 1e3 * explanation.time_s, explanation.flops / 1e12,
                  explanation.peak_flops > 0 ? 100 * explanation.flops / explanation.peak_flops : 0);
  if (explanation.grid_columns != 0) {
    text +=
        fmt::format("on a grid of {} columns, which changes are told of; the step's results are on its own\n",
                    explanation.grid_columns);
  }
  text +=
      fmt::format("\n{:<24}{:>14}{:>14}\n", "change of the time", fmt::format("x {:.3g}", explanation.factor),
                  fmt::format("x {:.3g}", 1 / explanation.factor));
  for (const ResourceEffect& each : explanation.resources)
    text += fmt::format("{:<24}{:>14}{:>14}\n", each.name, effect_text(each.more), effect_text(each.less));
  text += remarks(explanation);
  text += curves_text(explanation);
  text += waterfall_text(explanation);
  text += fmt::format("\nwhat x {:.3g} makes faster (of the step, or of the phase by itself)\n",
                      explanation.factor);
  text += fmt::format("{:<18}{}\n", "step", limits_text(limits(explanation, of_step())));
  for (const char* phase : kPhases) {
    if (explanation.phases.count(phase) > 0)
      text += fmt::format("{:<18}{}\n", phase, limits_text(limits(explanation, of_phase(phase))));
  }
  return text;
}

}  // namespace waferloom::study
