// SPDX-License-Identifier: Apache-2.0
#include "core/data_path.hpp"

#include <fmt/format.h>
#include <sys/auxv.h>

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

fs::path program_file() {
  std::error_code error;
  if (fs::path program = fs::read_symlink("/proc/self/exe", error); !error) return program;
  // Some containers and chroots have no /proc.
  const unsigned long told = getauxval(AT_EXECFN);
  if (told == 0) return {};
  // NOLINTNEXTLINE(performance-no-int-to-ptr, cppcoreguidelines-pro-type-reinterpret-cast): the system's interface
  const fs::path program = fs::canonical(reinterpret_cast<const char*>(told), error);
  return error ? fs::path() : program;
}

fs::path data_directory() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program changes its environment
  if (const char* chosen = std::getenv("WAFERLOOM_DATA_DIR"); chosen != nullptr && *chosen != '\0') {
    if (holds_data(chosen)) return chosen;
    throw InputError(fmt::format(
        "WAFERLOOM_DATA_DIR: expected a directory with scenarios/hardware and models/data, got {}", chosen));
  }
  const fs::path program = program_file();
  const fs::path installed = program.parent_path().parent_path() / "share" / "waferloom";
  if (!program.empty() && holds_data(installed)) return installed;
  for (fs::path above = program.parent_path(); !program.empty(); above = above.parent_path()) {
    if (holds_data(above)) return above;
    if (above == above.parent_path()) break;
  }
  throw InputError(
      fmt::format("expected the program's data (scenarios/hardware and models/data) in {} or in a directory "
                  "above {}, got none; WAFERLOOM_DATA_DIR can name it",
                  installed.string(), program.parent_path().string()));
}

}  // namespace waferloom::core
