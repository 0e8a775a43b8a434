// SPDX-License-Identifier: Apache-2.0
// The keys of a scenario that random cases turn, with the values that are tried, and random cases themselves.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tests/property/case.hpp"

namespace waferloom::property {

struct Lever {
  std::string_view key;
  std::span<const std::string_view> values;  ///< of a resource from the least of it to the most
  std::size_t usual = 0;                     ///< which of them holds where a case does not turn the lever
  bool resource = false;                     ///< more of it is never slower
};

[[nodiscard]] std::span<const Lever> levers();

/// Which of its values a lever has in a case.
[[nodiscard]] std::size_t position(const Lever& lever, const Case& of);

/// The case of a number, always the same. Some do not fit and are refused.
[[nodiscard]] Case make_case(std::uint64_t number);

}  // namespace waferloom::property
