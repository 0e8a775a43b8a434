// SPDX-License-Identifier: Apache-2.0
// Files that several processes read.
#pragma once

#include <string>

namespace waferloom::core {

/// Throws core::InputError where a file is a pipe or the like, which only one process can read, and once. `what`: names
/// it in the message.
void check_readable_by_all(const std::string& file, const std::string& what = {});

}  // namespace waferloom::core
