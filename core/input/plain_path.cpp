// SPDX-License-Identifier: Apache-2.0
#include "core/input/plain_path.hpp"

#include <algorithm>
#include <system_error>

namespace waferloom::core {

namespace fs = std::filesystem;

fs::path plain_path(const fs::path& path) {
  if (path.empty()) return path;
  const fs::path whole = fs::absolute(path);
  if (std::find(whole.begin(), whole.end(), "..") == whole.end()) return whole.lexically_normal();
  std::error_code error;
  const fs::path parent = fs::weakly_canonical(whole.parent_path(), error);
  return error ? whole.lexically_normal() : (parent / whole.filename()).lexically_normal();
}

}  // namespace waferloom::core
