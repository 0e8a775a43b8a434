// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/limited_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace waferloom::wafer {

namespace {

constexpr std::size_t kMostLines = 12;

}  // namespace

void append_limited(std::string& text, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  if (!text.empty()) text += '\n';
  text += fmt::format("{} ({}):", title, lines.size());
  for (std::size_t i = 0; i < std::min(lines.size(), kMostLines); ++i)
    text += fmt::format("\n  {}", lines[i]);
  if (lines.size() > kMostLines) text += fmt::format("\n  ... and {} more", lines.size() - kMostLines);
}

}  // namespace waferloom::wafer
