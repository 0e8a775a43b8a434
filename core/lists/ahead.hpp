// SPDX-License-Identifier: Apache-2.0
// Walks over things whose state has left the caches since they were last visited: while one is acted on, what later ones
// need is on its way. A number stands for the thing itself.
#pragma once

#include <algorithm>
#include <cstddef>

namespace waferloom::core {

/// Far enough ahead for what lies in the third cache: what tells where the rest of a thing lies, and then that rest.
inline constexpr std::size_t kFarAhead = 20;
inline constexpr std::size_t kAhead = 8;

/// act(0), act(1), ... act(count - 1), with fetch_first(i) and then fetch_rest(i) well before act(i).
template <class FetchFirst, class FetchRest, class Act>
[[gnu::always_inline]] inline void walk_ahead(std::size_t count, const FetchFirst& fetch_first,
                                              const FetchRest& fetch_rest, const Act& act) {
  for (std::size_t i = 0; i < std::min(kFarAhead, count); ++i) fetch_first(i);
  for (std::size_t i = 0; i < std::min(kAhead, count); ++i) fetch_rest(i);
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kFarAhead < count) fetch_first(i + kFarAhead);
    if (i + kAhead < count) fetch_rest(i + kAhead);
    act(i);
  }
}

}  // namespace waferloom::core
