// SPDX-License-Identifier: Apache-2.0
#include "cli/shell/version_text.hpp"

#include <fmt/format.h>

#include "core/version.hpp"

namespace waferloom::cli {

std::string version_text() {
  return fmt::format("waferloom {}{}", core::version(),
                     commit().empty() ? "" : fmt::format(" ({})", commit()));
}

}  // namespace waferloom::cli
