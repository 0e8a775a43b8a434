// SPDX-License-Identifier: Apache-2.0
// Colours on a terminal: `--color`, and the variable NO_COLOR (no-color.org) where it is left to the program.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace waferloom::cli {

struct Colours {
  std::string wish = "auto";  ///< auto, always or never

  /// Whether what goes to the file of this number is coloured.
  [[nodiscard]] bool on(int file) const;
};

/// Adds `--color` to `app` and to all commands below it. `colours` must outlive the parsing.
void add_colour_options(CLI::App& app, Colours& colours);

/// A message for people with its place (`file:line:column`) or first word set off.
[[nodiscard]] std::string coloured_message(std::string_view message);

}  // namespace waferloom::cli
