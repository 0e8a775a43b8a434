// SPDX-License-Identifier: Apache-2.0
#include "core/config/origin.hpp"

#include <fmt/format.h>

namespace waferloom::core::config {

const Location* place_of(const std::vector<std::string>& keys, const Settings& settings) {
  const Location* last = nullptr;
  for (const std::string& key : keys) {
    for (auto at = settings.lower_bound(key); at != settings.end() && at->first.starts_with(key); ++at) {
      const bool is_meant = at->first.size() == key.size() || at->first[key.size()] == '.';
      if (is_meant && (last == nullptr || at->second.layer > last->layer)) last = &at->second;
    }
  }
  return last;
}

Location Origin::of(const std::vector<std::string>& keys) const {
  const Location* place = place_of(keys, *settings_);
  return place != nullptr ? *place : fallback_;
}

std::string Origin::located(const KeyError& error) const {
  const std::string place = of(error.keys()).text();
  return place.empty() ? error.what() : fmt::format("{}: {}", place, error.what());
}

}  // namespace waferloom::core::config
