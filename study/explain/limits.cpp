// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "study/explain/explanation.hpp"
#include "study/explain/resources.hpp"

namespace waferloom::study {

namespace {

struct Candidate {
  Limit limit;
  std::set<std::string> keys;
};

std::set<std::string> keys_of(const Effect& effect) {
  std::set<std::string> keys;
  for (const Setting& setting : effect.settings) keys.insert(setting.key);
  return keys;
}

std::optional<double> in(const std::map<std::string, double>& changes, const std::string& name) {
  const auto found = changes.find(name);
  return found == changes.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

Scope of_step() {
  return [](const Effect& effect) { return effect.measured() ? std::optional(effect.change) : std::nullopt; };
}

Scope of_phase(const std::string& phase) {
  return [phase](const Effect& effect) { return in(effect.phases, phase); };
}

Scope of_operation(const std::string& operation) {
  return [operation](const Effect& effect) { return in(effect.operations, operation); };
}

std::vector<Limit> limits(const Explanation& explanation, const Scope& scope) {
  std::map<std::string, double> alone;
  std::vector<Candidate> candidates;
  for (const ResourceEffect& each : explanation.resources) {
    const std::optional<double> change = scope(each.more);
    if (!change || each.name == kClock) continue;
    alone[each.name] = *change;
    candidates.push_back({{{each.name}, *change}, keys_of(each.more)});
  }
  for (const PairEffect& each : explanation.pairs) {
    const std::optional<double> change = scope(each.more);
    if (!change || *change > alone[each.first] + alone[each.second] - kSmallestGain) continue;
    candidates.push_back({{{each.first, each.second}, *change}, keys_of(each.more)});
  }
  // Few keys first: what brings no more than a part of it does is no limit of its own.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.keys.size() < b.keys.size(); });
  std::vector<Candidate> kept;
  for (const Candidate& each : candidates) {
    double parts = 0;
    for (const Candidate& known : kept) {
      if (std::includes(each.keys.begin(), each.keys.end(), known.keys.begin(), known.keys.end()))
        parts = std::min(parts, known.limit.change);
    }
    if (each.limit.change <= parts - kSmallestGain) kept.push_back(each);
  }
  std::vector<Limit> limits;
  for (Candidate& each : kept) limits.push_back(std::move(each.limit));
  std::stable_sort(limits.begin(), limits.end(),
                   [](const Limit& a, const Limit& b) { return a.change < b.change; });
  return limits;
}

}  // namespace waferloom::study
