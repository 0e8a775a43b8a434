// SPDX-License-Identifier: Apache-2.0
// Completion of the command line in shells: scripts made of the table of commands and options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/shell/command_table.hpp"

namespace waferloom::cli {

/// What completes a value.
enum class Completed { nothing, files, directories, scenarios, studies, models, keys, settings, commands };

/// What completes the value of an option or positional that is no choice.
[[nodiscard]] Completed completed_by(const OptionRow& row);

/// The subcommand of `waferloom list` that prints such names; empty where there is none.
[[nodiscard]] std::string_view list_of(Completed kind);

/// Whether a file stands where such a name does, too.
[[nodiscard]] bool may_be_file(Completed kind);

/// A text between single quotes of a shell that ends and begins them anew around a quote.
[[nodiscard]] std::string quoted_word(std::string_view text);

[[nodiscard]] std::string bash_completion(const std::vector<CommandRow>& table);
[[nodiscard]] std::string zsh_completion(const std::vector<CommandRow>& table);
[[nodiscard]] std::string fish_completion(const std::vector<CommandRow>& table);

}  // namespace waferloom::cli
