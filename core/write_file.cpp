// SPDX-License-Identifier: Apache-2.0
#include "core/write_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "core/error.hpp"

namespace waferloom::core {

namespace fs = std::filesystem;

bool replaceable(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return !fs::exists(status) || fs::is_regular_file(status);
}

void write_file(const fs::path& path, std::string_view content) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    throw InputError(fmt::format("{}: expected a file to write, got a directory", path.string()));
  }
  const bool in_place = !replaceable(path);
  fs::path partial = path;
  if (!in_place) partial += ".partial";
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  if (!file) {
    throw InputError(fmt::format("{}: expected a place to write to: {}", path.string(),
                                 std::error_code(errno, std::generic_category()).message()));
  }
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) {
    const std::string reason = std::error_code(errno, std::generic_category()).message();
    if (!in_place) fs::remove(partial, error);
    throw HostResourceError(fmt::format("{}: cannot write: {}", path.string(), reason));
  }
  if (in_place) return;
  fs::rename(partial, path, error);
  if (error) {
    throw HostResourceError(fmt::format("{}: cannot write: {}", path.string(), error.message()));
  }
}

}  // namespace waferloom::core
