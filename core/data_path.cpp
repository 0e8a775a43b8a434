// SPDX-License-Identifier: Apache-2.0
#include "core/data_path.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "core/error.hpp"

namespace waferloom::core {

namespace {

namespace fs = std::filesystem;

bool holds_data(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory / "scenarios" / "hardware", ignored) &&
         fs::is_directory(directory / "models" / "data", ignored);
}

}  // namespace

fs::path data_directory() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program changes its environment
  if (const char* chosen = std::getenv("WAFERLOOM_DATA_DIR"); chosen != nullptr && *chosen != '\0') {
    if (holds_data(chosen)) return chosen;
    throw InputError(fmt::format(
        "WAFERLOOM_DATA_DIR: expected a directory with scenarios/hardware and models/data, got {}", chosen));
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = program.parent_path().parent_path() / "share" / "waferloom";
  if (!error && holds_data(installed)) return installed;
  for (fs::path above = program.parent_path(); !error; above = above.parent_path()) {
    if (holds_data(above)) return above;
    if (above == above.parent_path()) break;
  }
  throw InputError(
      fmt::format("expected the program's data (scenarios/hardware and models/data) in {} or in a directory "
                  "above {}, got none; WAFERLOOM_DATA_DIR can name it",
                  installed.string(), program.parent_path().string()));
}

}  // namespace waferloom::core
