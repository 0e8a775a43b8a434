// SPDX-License-Identifier: Apache-2.0
// A check of an option that takes one of a few words: what is misspelt is answered like all else.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/registry.hpp"

namespace waferloom::cli {

/// Help shows the words in braces.
[[nodiscard]] inline CLI::Validator one_of(std::vector<std::string> words) {
  const std::string shown = fmt::format("{{{}}}", fmt::join(words, ","));
  return {[words = std::move(words)](std::string& given) {
            if (std::find(words.begin(), words.end(), given) != words.end()) return std::string();
            return core::expected_one_of(words, given);
          },
          shown};
}

}  // namespace waferloom::cli
