// SPDX-License-Identifier: Apache-2.0
// The commands and options that the command line understands, as a table. Suggestions, man pages and completions
// are made of it, so that none of them can name what does not exist.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace waferloom::cli {

struct OptionRow {
  std::vector<std::string> names;    ///< `-o`, `--out`; a positional has one, without dashes
  std::string value;                 ///< what kind of value: `DIR`; empty: a flag
  std::vector<std::string> choices;  ///< the only values there are; empty: any
  std::string help;
  bool required = false;
  bool repeated = false;  ///< a positional that takes several values
};

struct CommandRow {
  std::string name;  ///< its words: `trace build`; empty: the program itself
  std::string help;
  std::vector<OptionRow> positionals;
  std::vector<OptionRow> options;
  std::vector<std::string> commands;  ///< names of the commands below it
};

/// The program and all of its commands, each before those below it.
[[nodiscard]] std::vector<CommandRow> command_table(const CLI::App& app);

/// The command of these words below `app`, or nullptr.
[[nodiscard]] CLI::App* find_command(CLI::App& app, const std::vector<std::string>& words);

}  // namespace waferloom::cli
