// SPDX-License-Identifier: Apache-2.0
#include "core/version.hpp"

namespace waferloom::core {

std::string_view version() { return WAFERLOOM_VERSION; }

}  // namespace waferloom::core
