// SPDX-License-Identifier: Apache-2.0
#include "core/input/shared_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "core/error.hpp"

namespace waferloom::core {

void check_readable_by_all(const std::string& file, const std::string& what) {
  std::error_code ignored;
  const auto status = std::filesystem::status(file, ignored);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status) ||
      std::filesystem::is_directory(status)) {
    return;
  }
  throw InputError(fmt::format(
      "{}{}: expected a file that several processes can read, got a pipe or a device", what, file));
}

}  // namespace waferloom::core
