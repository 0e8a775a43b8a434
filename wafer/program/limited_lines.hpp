// SPDX-License-Identifier: Apache-2.0
// Lists in messages: a title, the first lines, and how many more there are.
#pragma once

#include <string>
#include <vector>

namespace waferloom::wafer {

/// Adds at most a dozen or so of the lines; nothing where there are none.
void append_limited(std::string& text, const char* title, const std::vector<std::string>& lines);

}  // namespace waferloom::wafer
