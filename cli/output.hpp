// SPDX-License-Identifier: Apache-2.0
// What a command prints for people besides the files that it writes, and how a user turns it off or has it as JSON.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "study/launch/emit.hpp"

namespace waferloom::cli {

struct Output {
  bool quiet = false;  ///< only what is wrong is said
  bool json = false;   ///< what is printed is one JSON value

  /// A text for people: not where quiet, and not where JSON is wanted.
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) const {
    if (!quiet && !json) fmt::print(format, std::forward<Args>(args)...);
  }
  /// The JSON value, where that is wanted.
  void print_json(const nlohmann::ordered_json& value) const {
    if (json && !quiet) fmt::print("{}\n", value.dump(2));
  }
};

/// A path as a word of a command that a user may paste into a shell.
[[nodiscard]] inline std::string shell_word(const std::string& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-";
  return path.find_first_not_of(kPlain) == std::string::npos ? path : study::quoted(path);
}

/// Adds `-q,--quiet`; `output` must outlive the parsing.
inline void add_quiet_option(CLI::App& command, Output& output) {
  command.add_flag("-q,--quiet", output.quiet, "print nothing but what is wrong");
}

/// Adds `--json` for commands that can print their results so.
inline void add_json_option(CLI::App& command, Output& output) {
  command.add_flag("--json", output.json, "print the results as JSON");
}

}  // namespace waferloom::cli
