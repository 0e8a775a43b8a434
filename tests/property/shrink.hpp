// SPDX-License-Identifier: Apache-2.0
// Makes a case that breaks a property smaller for as long as it breaks it: settings are left out, numbers halved.
#pragma once

#include <functional>

#include "tests/property/case.hpp"

namespace waferloom::property {

/// `breaks`: whether a case still does; asked at most `most` times.
[[nodiscard]] Case shrink(Case from, const std::function<bool(const Case&)>& breaks, std::size_t most);

}  // namespace waferloom::property
