// SPDX-License-Identifier: Apache-2.0
#include "core/input/name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace waferloom::core {

std::string name_problem(std::string_view name) {
  constexpr std::size_t kLongest = 200;  // with what is put before and after it, a file name of at most 255
  if (name.empty()) return "expected a name, got \"\"";
  if (name.size() > kLongest)
    return fmt::format("expected a name of at most {} bytes, got {}", kLongest, name.size());
  const auto is_bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '/';
  };
  if (name.front() == '.' || std::any_of(name.begin(), name.end(), is_bad)) {
    std::string shown(name);
    std::replace_if(
        shown.begin(), shown.end(), [&](char c) { return is_bad(c) && c != '/'; }, ' ');
    return fmt::format(
        "expected a name without / and line breaks that does not begin with a dot, as it becomes part of "
        "paths, got {}",
        shown);
  }
  return {};
}

}  // namespace waferloom::core
