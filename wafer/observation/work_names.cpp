// SPDX-License-Identifier: Apache-2.0
#include "wafer/observation/work_names.hpp"

#include <map>

namespace waferloom::wafer {

namespace {

constexpr std::string_view kNoWork = "none";

/// One printable word.
std::string word_of(std::string text) {
  constexpr char kFirst = '!';
  constexpr char kLast = '~';
  for (char& c : text) {
    if (c < kFirst || c > kLast) c = '_';
  }
  return text.empty() ? "_" : text;
}

}  // namespace

WorkNames::WorkNames(const std::vector<std::string>& by_tag) : texts_{std::string(kNoWork)} {
  std::map<std::string, std::uint32_t> known{{texts_.front(), 0}};
  for (const std::string& name : by_tag) {
    const auto [place, is_new] = known.try_emplace(word_of(name), static_cast<std::uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(place->first);
    value_of_tag_.push_back(place->second);
  }
  views_.assign(texts_.begin(), texts_.end());
}

}  // namespace waferloom::wafer
