// SPDX-License-Identifier: Apache-2.0
#include "cli/shell/command_table.hpp"

#include <algorithm>

namespace waferloom::cli {

namespace {

/// `{a,b}` in what CLI11 writes of an option's values.
std::vector<std::string> choices_in(const std::string& type) {
  std::vector<std::string> choices;
  const std::size_t open = type.find(":{");
  if (open == std::string::npos) return choices;
  std::string name;
  for (const char c : type.substr(open + 2)) {
    if (c != ',' && c != '}') {
      name += c;
      continue;
    }
    choices.push_back(name);
    name.clear();
    if (c == '}') break;
  }
  return choices;
}

OptionRow row_of(const CLI::Option& option) {
  OptionRow row;
  for (const std::string& name : option.get_snames()) row.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) row.names.push_back("--" + name);
  if (row.names.empty()) row.names.push_back(option.get_name(true));
  if (option.get_items_expected_max() > 0) {  // else a flag
    const std::string type = option.get_type_name();
    row.choices = choices_in(type);
    row.value = type.substr(0, type.find(':'));
    if (row.value.empty() || row.value == "TEXT") row.value = row.choices.empty() ? "TEXT" : "NAME";
  }
  row.help = option.get_description();
  row.required = option.get_required();
  row.repeated = option.get_items_expected_max() > 1;
  return row;
}

void add_rows(const CLI::App& app, const std::string& name, std::vector<CommandRow>& table) {
  CommandRow row{name, app.get_description(), {}, {}, {}};
  for (const CLI::Option* option : app.get_options())
    (option->nonpositional() ? row.options : row.positionals).push_back(row_of(*option));
  const std::vector<const CLI::App*> below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : below) row.commands.push_back(command->get_name());
  table.push_back(std::move(row));
  for (const CLI::App* command : below)
    add_rows(*command, name.empty() ? command->get_name() : name + " " + command->get_name(), table);
}

}  // namespace

std::vector<CommandRow> command_table(const CLI::App& app) {
  std::vector<CommandRow> table;
  add_rows(app, "", table);
  return table;
}

CLI::App* find_command(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* found = &app;
  for (const std::string& word : words) {
    const std::vector<CLI::App*> below = found->get_subcommands([](CLI::App*) { return true; });
    const auto next = std::find_if(below.begin(), below.end(),
                                   [&](const CLI::App* each) { return each->get_name() == word; });
    if (next == below.end()) return nullptr;
    found = *next;
  }
  return found;
}

}  // namespace waferloom::cli
