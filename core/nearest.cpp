// SPDX-License-Identifier: Apache-2.0
#include "core/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace waferloom::core {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table are enough: swapping neighbours looks two rows back.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
  constexpr std::size_t kLongest = 200;  // nobody means one of our names by more, and the cost is quadratic
  if (name.size() > kLongest) return {};
  const auto leaf = [](std::string_view path) { return path.substr(path.rfind('.') + 1); };
  std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::string nearest;
  for (const std::string& candidate : known) {
    // A key under the wrong section counts as one mistake.
    const std::size_t leaves = edit_distance(leaf(name), leaf(candidate));
    std::size_t distance = edit_distance(name, candidate);
    if (3 * leaves <= leaf(name).size()) distance = std::min(distance, 1 + leaves);
    if (distance < best && distance < candidate.size()) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string suggestion(std::string_view name, std::span<const std::string> known, std::string_view before) {
  const std::string nearest = nearest_name(name, known);
  return nearest.empty() ? "" : fmt::format("; did you mean {}{}?", before, nearest);
}

}  // namespace waferloom::core
