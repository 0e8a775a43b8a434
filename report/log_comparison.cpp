// SPDX-License-Identifier: Apache-2.0
#include "report/log_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

namespace waferloom::report {

namespace {

std::string text_of(const Queue& queue) {
  return fmt::format("tile ({}, {}), color {}, from {}", queue.at.x, queue.at.y, queue.color,
                     core::name_of(queue.from));
}

std::optional<Queue> renamed_queue(Queue queue, const LogMatch& match) {
  if (!match.colors.empty()) {
    const auto color = match.colors.find(queue.color);
    if (color == match.colors.end()) return std::nullopt;
    queue.color = color->second;
  }
  const std::int64_t x = queue.at.x + match.shift_x;
  const std::int64_t y = queue.at.y + match.shift_y;
  if (x < 0 || y < 0) return std::nullopt;
  queue.at = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
  return queue;
}

/// The first landing of a log in a queue that the other log has.
core::Cycle start_of(const Landings& log, const Landings& other) {
  core::Cycle first = core::kNever;
  for (const auto& [queue, cycles] : log) {
    if (other.contains(queue)) first = std::min(first, *std::min_element(cycles.begin(), cycles.end()));
  }
  return first;
}

void compare_queue(const Queue& queue, std::vector<core::Cycle> theirs, std::vector<core::Cycle> ours,
                   LogComparison& result) {
  std::sort(theirs.begin(), theirs.end());
  std::sort(ours.begin(), ours.end());
  const std::size_t both = std::min(theirs.size(), ours.size());
  result.only_theirs += theirs.size() - both;
  result.only_ours += ours.size() - both;
  if (theirs.size() != ours.size()) {
    result.counts.emplace_back(
        queue, static_cast<std::int64_t>(ours.size()) - static_cast<std::int64_t>(theirs.size()));
  }
  bool differs = false;
  for (std::size_t i = 0; i < both; ++i) {
    const std::int64_t late =
        (static_cast<std::int64_t>(ours[i]) - static_cast<std::int64_t>(result.our_start)) -
        (static_cast<std::int64_t>(theirs[i]) - static_cast<std::int64_t>(result.their_start));
    if (result.matched == 0) result.earliest = result.latest = late;
    result.earliest = std::min(result.earliest, late);
    result.latest = std::max(result.latest, late);
    ++result.matched;
    if (late == 0) {
      ++result.same_cycle;
    } else if (!differs) {
      differs = true;
      result.first_differences.push_back({queue, i + 1, theirs[i], late});
    }
  }
}

void add_more(std::string& text, std::size_t all, std::size_t most) {
  if (all > most) fmt::format_to(std::back_inserter(text), "  and {} more\n", all - most);
}

}  // namespace

Landings renamed(const Landings& other, const LogMatch& match) {
  Landings result;
  for (const auto& [queue, cycles] : other) {
    const std::optional<Queue> name = renamed_queue(queue, match);
    if (!name) continue;
    std::vector<core::Cycle>& all = result[*name];
    all.insert(all.end(), cycles.begin(), cycles.end());
  }
  return result;
}

LogComparison compare_logs(const Landings& theirs, const Landings& ours) {
  LogComparison result;
  const core::Cycle their_start = start_of(theirs, ours);
  const core::Cycle our_start = start_of(ours, theirs);
  if (their_start != core::kNever) {
    result.their_start = their_start;
    result.our_start = our_start;
  }
  std::set<Queue> queues;
  for (const auto& [queue, cycles] : theirs) queues.insert(queue);
  for (const auto& [queue, cycles] : ours) queues.insert(queue);
  const auto of = [](const Landings& log, const Queue& queue) {
    const auto found = log.find(queue);
    return found == log.end() ? std::vector<core::Cycle>{} : found->second;
  };
  for (const Queue& queue : queues) compare_queue(queue, of(theirs, queue), of(ours, queue), result);
  std::sort(
      result.first_differences.begin(), result.first_differences.end(),
      [](const auto& a, const auto& b) { return std::tie(a.theirs, a.queue) < std::tie(b.theirs, b.queue); });
  return result;
}

std::string log_comparison_text(const LogComparison& c, std::size_t most) {
  std::string text = fmt::format(
      "{} wavelets in both logs, {} only in theirs, {} only in ours\n"
      "cycles count from the first landing in a queue of both: {} in theirs, {} in ours\n",
      c.matched, c.only_theirs, c.only_ours, c.their_start, c.our_start);
  if (c.matched != 0) {
    fmt::format_to(std::back_inserter(text),
                   "{} land in the same cycle; ours against theirs: {:+} to {:+} cycles\n", c.same_cycle,
                   c.earliest, c.latest);
  }
  if (!c.first_differences.empty()) text += "queues in which a wavelet lands in another cycle, by theirs:\n";
  for (std::size_t i = 0; i < std::min(most, c.first_differences.size()); ++i) {
    const LogComparison::Difference& d = c.first_differences[i];
    fmt::format_to(std::back_inserter(text), "  {}: wavelet {}, theirs in cycle {}, ours {:+}\n",
                   text_of(d.queue), d.number, d.theirs, d.late);
  }
  add_more(text, c.first_differences.size(), most);
  if (!c.counts.empty()) text += "queues with another number of wavelets, ours less theirs:\n";
  for (std::size_t i = 0; i < std::min(most, c.counts.size()); ++i) {
    fmt::format_to(std::back_inserter(text), "  {}: {:+}\n", text_of(c.counts[i].first), c.counts[i].second);
  }
  add_more(text, c.counts.size(), most);
  return text;
}

std::string routes_text(const PrintedRoutes& routes, const LogMatch& match, const Landings& ours,
                        std::size_t most) {
  std::set<Queue> inputs;
  for (const auto& [place, route] : routes) {
    for (std::size_t d = 0; d < core::kDirections; ++d) {
      const auto from = static_cast<core::Direction>(d);
      if (!route.rx.has(from)) continue;
      const std::optional<Queue> name =
          renamed_queue({{place.first.first, place.first.second}, place.second, from}, match);
      if (name) inputs.insert(*name);
    }
  }
  std::vector<Queue> unknown;
  std::vector<Queue> unused;
  for (const auto& [queue, cycles] : ours) {
    if (!inputs.contains(queue)) unknown.push_back(queue);
  }
  for (const Queue& queue : inputs) {
    if (!ours.contains(queue)) unused.push_back(queue);
  }
  std::string text = fmt::format("{} inputs of printed routes: {} used by our wavelets, {} not\n",
                                 inputs.size(), inputs.size() - unused.size(), unused.size());
  for (std::size_t i = 0; i < std::min(most, unused.size()); ++i) {
    fmt::format_to(std::back_inserter(text), "  not used: {}\n", text_of(unused[i]));
  }
  add_more(text, unused.size(), most);
  fmt::format_to(std::back_inserter(text), "{} queues of our wavelets are no inputs of printed routes\n",
                 unknown.size());
  for (std::size_t i = 0; i < std::min(most, unknown.size()); ++i) {
    fmt::format_to(std::back_inserter(text), "  not printed: {}\n", text_of(unknown[i]));
  }
  add_more(text, unknown.size(), most);
  return text;
}

}  // namespace waferloom::report
