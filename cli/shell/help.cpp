// SPDX-License-Identifier: Apache-2.0
// `waferloom help`: what `COMMAND --help` prints.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/shell/command_table.hpp"
#include "cli/shell/unknown_word.hpp"
#include "core/error.hpp"

namespace waferloom::cli {

void add_help_command(CLI::App& app) {
  const auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("help", "Show how a command is used");
  command->add_option("COMMAND", *words, "a command, e.g. run, or trace build");
  command->callback([&app, words] {
    const CLI::App* found = find_command(app, *words);
    if (found == nullptr) throw core::InputError(unknown_command_text(app, *words));
    if (words->empty()) {
      // The program's own help would go on to the command that was given, which is this one.
      fmt::print("{}", app.get_formatter()->make_help(&app, "waferloom", CLI::AppFormatMode::Normal));
      return;
    }
    std::vector<std::string> above{"waferloom"};
    above.insert(above.end(), words->begin(), words->end() - 1);
    fmt::print("{}", found->help(fmt::format("{}", fmt::join(above, " "))));
  });
}

}  // namespace waferloom::cli
