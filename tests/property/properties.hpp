// SPDX-License-Identifier: Apache-2.0
// Properties that hold for every scenario. docs/development.md says how they are run, docs/fidelity.md what was
// measured.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "tests/property/case.hpp"

namespace waferloom::property {

/// Where a property is tried.
struct Bench {
  std::filesystem::path scratch;    ///< a directory for the files of cases
  std::filesystem::path waferloom;  ///< the program
  std::FILE* measures = nullptr;    ///< gets a line for each thing measured; none: nullptr
};

/// One case of a property.
struct Verdict {
  bool tried = false;  ///< false: the case is refused, or takes too long
  std::string broken;  ///< what does not hold, a line each; empty: all does
  double error = 0;    ///< of what is estimated, relative
};

struct Property {
  std::string_view name;
  std::string_view what;
  /// `number`: decides whatever the property chooses at random.
  Verdict (*check)(const Case& of, std::uint64_t number, const Bench& bench);
  std::uint64_t usual;  ///< cases in a run of the tests
};

[[nodiscard]] std::span<const Property> properties();

}  // namespace waferloom::property
