// SPDX-License-Identifier: Apache-2.0
#include "cli/shell/unknown_word.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/shell/command_table.hpp"
#include "core/nearest.hpp"

namespace waferloom::cli {

namespace {

const CommandRow& row_named(const std::vector<CommandRow>& table, const std::string& name) {
  return *std::find_if(table.begin(), table.end(), [&](const CommandRow& row) { return row.name == name; });
}

/// Words of the command that was given last, and of those above it.
std::string name_of_parsed(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  if (parsed.empty()) return "";
  const std::string below = name_of_parsed(*parsed.front());
  return parsed.front()->get_name() + (below.empty() ? "" : " " + below);
}

std::vector<std::string> long_names(const CommandRow& row) {
  std::vector<std::string> names;
  for (const OptionRow& option : row.options) {
    for (const std::string& name : option.names) {
      if (name.starts_with("--")) names.push_back(name);
    }
  }
  return names;
}

std::string program_and(const std::string& command) {
  return command.empty() ? "waferloom" : "waferloom " + command;
}

std::string unknown_option(const std::vector<CommandRow>& table, const CommandRow& row,
                           const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::string meant = core::suggestion(name, long_names(row));
  std::vector<std::string> others;
  for (const CommandRow& other : table) {
    const std::vector<std::string> names = long_names(other);
    if (std::find(names.begin(), names.end(), name) != names.end()) others.push_back(other.name);
  }
  if (meant.empty() && !others.empty())
    meant = fmt::format("; it is one of `waferloom {}`", fmt::join(others, "`, `waferloom "));
  return fmt::format("{}: not an option of `{}`{}", name, program_and(row.name), meant);
}

std::string unknown_command(const CommandRow& row, const std::string& word) {
  const std::string before = row.name.empty() ? "" : row.name + " ";
  const std::string meant = core::suggestion(word, row.commands, before);
  return fmt::format("{}: not a known command{}{}", before + word, meant,
                     meant.empty() ? fmt::format("; expected one of {}", fmt::join(row.commands, ", ")) : "");
}

}  // namespace

std::string unknown_word_text(const CLI::App& app) {
  std::vector<std::string> words = app.remaining(true);
  std::erase(words, "--");
  const std::vector<CommandRow> table = command_table(app);
  const CommandRow& row = row_named(table, name_of_parsed(app));
  const std::string more = fmt::format("\n`{} --help` lists what there is.", program_and(row.name));
  if (words.empty()) return fmt::format("{}: expected a command{}", program_and(row.name), more);
  const auto is_option = [](const std::string& word) { return word.size() > 1 && word.front() == '-'; };
  if (!row.commands.empty() && !is_option(words.front())) return unknown_command(row, words.front()) + more;
  // A value may stand before the unknown option that it belongs to.
  const auto option = std::find_if(words.begin(), words.end(), is_option);
  if (option != words.end()) return unknown_option(table, row, *option) + more;
  return fmt::format("{}: one word more than `{}` takes{}", words.front(), program_and(row.name), more);
}

std::string unknown_command_text(const CLI::App& app, const std::vector<std::string>& words) {
  const std::vector<CommandRow> table = command_table(app);
  std::string known;
  for (const std::string& word : words) {
    const std::vector<std::string>& commands = row_named(table, known).commands;
    if (std::find(commands.begin(), commands.end(), word) == commands.end()) {
      return commands.empty() ? fmt::format("{}: `waferloom {}` has no commands below it", word, known)
                              : unknown_command(row_named(table, known), word);
    }
    known += (known.empty() ? "" : " ") + word;
  }
  return "";
}

}  // namespace waferloom::cli
