// SPDX-License-Identifier: Apache-2.0
// Gives the values of a document to the declared keys, strictly: unknown and duplicate keys are problems.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/document.hpp"
#include "core/config/key.hpp"

namespace waferloom::core::config {

/// Where each key got its present value; keys that nobody set are absent.
using Settings = std::map<std::string, Location, std::less<>>;

/// Stores the values of `root` (a mapping) through `keys`, and where they stand in `settings`. What is wrong
/// is added to `problems`, and the key keeps its former value.
void apply(const Node& root, const Keys& keys, Settings& settings, Problems& problems);

/// `a.b=c` as the document `a: {b: c}`, whose positions read `--set a.b=c`, or all are `where` if that has a source.
[[nodiscard]] Node parse_override(const std::string& text, std::uint32_t layer, Problems& problems,
                                  const Location& where = {});

}  // namespace waferloom::core::config
