// SPDX-License-Identifier: Apache-2.0
// What the command line does not know, with the command or option that was most probably meant.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace waferloom::cli {

/// What to say of the words that the parser could not place; `app` has parsed the others.
[[nodiscard]] std::string unknown_word_text(const CLI::App& app);

/// The same of a command that `help` was asked for: `words` name none.
[[nodiscard]] std::string unknown_command_text(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace waferloom::cli
