// SPDX-License-Identifier: Apache-2.0
// `waferloom man`: manual pages, made of the help texts. The build writes them for the packages.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/shell/command_table.hpp"
#include "cli/shell/unknown_word.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "core/write_file.hpp"

namespace waferloom::cli {

namespace {

/// A text of a manual page, in which dashes, backslashes and dots at a line's beginning mean something else.
std::string escaped(std::string_view text) {
  std::string page;
  for (const char c : text) {
    const bool first = page.empty() || page.back() == '\n';
    if (first && (c == '.' || c == '\'')) page += "\\&";
    if (c == '\\') {
      page += "\\e";
    } else if (c == '-') {
      page += "\\-";
    } else {
      page += c;
    }
  }
  return page;
}

/// `waferloom-trace-build`.
std::string page_name(const CommandRow& row) {
  std::string name = row.name.empty() ? "waferloom" : "waferloom-" + row.name;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string synopsis(const CommandRow& row) {
  std::string text = fmt::format(".B waferloom{}\n[\\fIOPTIONS\\fR]", row.name.empty() ? "" : " " + row.name);
  if (!row.commands.empty()) text += " \\fICOMMAND\\fR";
  for (const OptionRow& each : row.positionals) {
    const std::string name =
        fmt::format("\\fI{}\\fR{}", escaped(each.names.front()), each.repeated ? "..." : "");
    text += each.required ? " " + name : fmt::format(" [{}]", name);
  }
  return text + "\n";
}

std::string entry(const std::string& head, std::string_view help) {
  return fmt::format(".TP\n{}\n{}\n", head, escaped(help));
}

std::string option_entry(const OptionRow& option, bool positional) {
  std::vector<std::string> names;
  for (const std::string& name : option.names)
    names.push_back(fmt::format("\\f{}{}\\fR", positional ? 'I' : 'B', escaped(name)));
  std::string head = fmt::format("{}", fmt::join(names, ", "));
  if (!positional && !option.value.empty()) head += fmt::format(" \\fI{}\\fR", escaped(option.value));
  std::string help = option.help;
  if (!option.choices.empty()) help += fmt::format("; one of {}", fmt::join(option.choices, ", "));
  return entry(head, help);
}

std::string commands_section(const CommandRow& row, const std::vector<CommandRow>& table) {
  if (row.commands.empty()) return "";
  std::string text = ".SH COMMANDS\n";
  for (const CommandRow& each : table) {
    const std::size_t space = each.name.rfind(' ');
    const std::string above = space == std::string::npos ? "" : each.name.substr(0, space);
    if (each.name.empty() || above != row.name) continue;
    text += entry(fmt::format("\\fBwaferloom {}\\fR", each.name),
                  fmt::format("{}; see {}(1)", each.help, page_name(each)));
  }
  return text;
}

constexpr std::string_view kExitStatus = R"(.SH EXIT STATUS
.TP
0
done
.TP
1
a validation bound was missed
.TP
2
bad input or usage
.TP
3
the simulated system is stuck
.TP
4
out of a resource of the host
.TP
70
a bug of waferloom
.TP
130
interrupted
)";

constexpr std::string_view kEnvironment = R"(.SH ENVIRONMENT
.TP
.B WAFERLOOM_DATA_DIR
where scenarios, presets, models and the report's page are; else share/waferloom beside the program's bin
.TP
.B XDG_CACHE_HOME
where results of studies are kept for reuse, in waferloom below it
.TP
.B NO_COLOR
no colours, unless \-\-color asks for them
)";

std::string page_of(const CommandRow& row, const std::vector<CommandRow>& table) {
  std::string title = page_name(row);
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string text =
      fmt::format(".TH {} 1 \"\" \"waferloom {}\" \"Waferloom\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}",
                  title, core::version(), escaped(page_name(row)), escaped(row.help), synopsis(row));
  if (!row.positionals.empty()) {
    text += ".SH ARGUMENTS\n";
    for (const OptionRow& each : row.positionals) text += option_entry(each, true);
  }
  text += commands_section(row, table) + ".SH OPTIONS\n";
  for (const OptionRow& each : row.options) text += option_entry(each, false);
  text += kExitStatus;
  if (row.name.empty()) return text + std::string(kEnvironment);
  const std::size_t space = row.name.rfind(' ');
  const std::string above = space == std::string::npos ? "" : row.name.substr(0, space);
  std::string above_page = above.empty() ? "waferloom" : "waferloom-" + above;
  std::replace(above_page.begin(), above_page.end(), ' ', '-');
  return text + fmt::format(".SH SEE ALSO\n.BR {} (1)\n", escaped(above_page));
}

}  // namespace

void add_man_command(CLI::App& app) {
  struct Arguments {
    std::vector<std::string> words;
    std::string out;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("man", "Print the manual page of a command, or write all of them");
  CLI::Option* words =
      command->add_option("COMMAND", arguments->words, "a command, e.g. run, or trace build");
  command->add_option("-o,--out", arguments->out, "directory to write the pages of all commands into")
      ->type_name("DIR")
      ->excludes(words);
  command->callback([&app, arguments] {
    const std::vector<CommandRow> table = command_table(app);
    if (!arguments->out.empty()) {
      std::filesystem::create_directories(arguments->out);
      for (const CommandRow& row : table) {
        core::write_file(std::filesystem::path(arguments->out) / (page_name(row) + ".1"),
                         page_of(row, table));
      }
      return;
    }
    const std::string name = fmt::format("{}", fmt::join(arguments->words, " "));
    for (const CommandRow& row : table) {
      if (row.name == name) return fmt::print("{}", page_of(row, table));
    }
    throw core::InputError(unknown_command_text(app, arguments->words));
  });
}

}  // namespace waferloom::cli
