// SPDX-License-Identifier: Apache-2.0
// `waferloom completion`: prints the script of a shell.
#include "cli/shell/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "cli/commands.hpp"
#include "cli/shell/one_of.hpp"
#include "core/write_file.hpp"

namespace waferloom::cli {

namespace {

struct Shell {
  std::string_view name;
  std::string (*script)(const std::vector<CommandRow>&);
};
constexpr std::array kShells{Shell{"bash", bash_completion}, Shell{"fish", fish_completion},
                             Shell{"zsh", zsh_completion}};

constexpr std::array<std::pair<std::string_view, Completed>, 12> kCompleted{
    {{"DIR", Completed::directories},
     {"FILE", Completed::files},
     {"TRACE", Completed::files},
     {"IN", Completed::files},
     {"OUT", Completed::files},
     {"SCENARIO", Completed::scenarios},
     {"STUDY", Completed::studies},
     {"MODEL", Completed::models},
     {"KEY", Completed::keys},
     {"KEY=VALUE", Completed::settings},
     {"COMMAND", Completed::commands},
     {"DIR NUMBER", Completed::directories}}};

}  // namespace

Completed completed_by(const OptionRow& row) {
  const bool positional = row.names.front().front() != '-';
  const std::string& word = positional ? row.names.front() : row.value;
  const auto* found = std::find_if(kCompleted.begin(), kCompleted.end(),
                                   [&](const auto& each) { return each.first == word; });
  return found == kCompleted.end() ? Completed::nothing : found->second;
}

std::string_view list_of(Completed kind) {
  constexpr std::array<std::pair<Completed, std::string_view>, 5> kLists{{{Completed::scenarios, "scenarios"},
                                                                          {Completed::studies, "studies"},
                                                                          {Completed::models, "models"},
                                                                          {Completed::keys, "keys"},
                                                                          {Completed::settings, "keys"}}};
  const auto* found =
      std::find_if(kLists.begin(), kLists.end(), [&](const auto& each) { return each.first == kind; });
  return found == kLists.end() ? "" : found->second;
}

bool may_be_file(Completed kind) {
  return kind == Completed::scenarios || kind == Completed::studies || kind == Completed::models;
}

std::string quoted_word(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

void add_completion_command(CLI::App& app) {
  struct Arguments {
    std::string shell;
    std::string out;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("completion", "Print a script that completes the command line in a shell");
  std::vector<std::string> names;
  for (const Shell& shell : kShells) names.emplace_back(shell.name);
  command->add_option("SHELL", arguments->shell, "the shell")->required()->check(one_of(names));
  command->add_option("-o,--out", arguments->out, "file to write [standard output]")->type_name("FILE");
  command->callback([&app, arguments] {
    const auto* shell = std::find_if(kShells.begin(), kShells.end(),
                                     [&](const Shell& each) { return each.name == arguments->shell; });
    const std::string script = shell->script(command_table(app));
    if (arguments->out.empty()) {
      fmt::print("{}", script);
    } else {
      core::write_file(arguments->out, script);
    }
  });
}

}  // namespace waferloom::cli
