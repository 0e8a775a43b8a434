// SPDX-License-Identifier: Apache-2.0
// Look-up in a registry: a table of entries with a `name`, sorted by it.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace waferloom::core {

template <class Entry>
[[nodiscard]] std::vector<std::string> names_of(std::span<const Entry> entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  return names;
}

/// expected one of A, B, C, got NAME; did you mean B?
[[nodiscard]] std::string expected_one_of(const std::vector<std::string>& known, std::string_view name);

/// `what`: expected one of A, B, C, got NAME; did you mean B?
[[nodiscard]] InputError unknown_name(std::string_view what, const std::vector<std::string>& known,
                                      std::string_view name);

/// The entry of that name, or nullptr.
template <class Entry>
[[nodiscard]] const Entry* find_named(std::span<const Entry> entries, std::string_view name) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

/// The entry of that name. Throws core::InputError that lists the known ones; `what` names what asked.
template <class Entry>
[[nodiscard]] const Entry& require_named(std::span<const Entry> entries, std::string_view name,
                                         std::string_view what) {
  const Entry* found = find_named(entries, name);
  if (found == nullptr) throw unknown_name(what, names_of(entries), name);
  return *found;
}

}  // namespace waferloom::core
