// SPDX-License-Identifier: Apache-2.0
// The completion script of zsh: a function of `_arguments` for each command.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/shell/completion.hpp"

namespace waferloom::cli {

namespace {

/// The action of `_arguments` that completes `row`.
std::string zsh_action(const OptionRow& row) {
  if (!row.choices.empty()) return fmt::format("({})", fmt::join(row.choices, " "));
  const Completed kind = completed_by(row);
  if (kind == Completed::files) return "_files";
  if (kind == Completed::directories) return "_directories";
  if (kind == Completed::commands) return "_waferloom_commands";
  const std::string_view list = list_of(kind);
  if (list.empty()) return " ";
  return fmt::format("_waferloom_names {}{}", list,
                     may_be_file(kind)             ? " files"
                     : kind == Completed::settings ? " ="
                                                   : "");
}

/// A text of which brackets and colons do not end the part of a specification that it stands in.
std::string zsh_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string function_of(const std::string& name) {
  std::string function = "_waferloom" + (name.empty() ? "" : "_" + name);
  std::replace(function.begin(), function.end(), ' ', '_');
  std::replace(function.begin(), function.end(), '-', '_');
  return function == "_waferloom_commands" ? "_waferloom_at_commands" : function;
}

/// The specification of an option: `(-o --out)'{-o,--out}'[help]:DIR:_directories`.
std::string zsh_option(const OptionRow& option) {
  std::string text;
  const bool many = option.value == "KEY=VALUE";
  if (many) {
    text = "'*'";
  } else if (option.names.size() > 1) {
    text = fmt::format("'({})'", fmt::join(option.names, " "));
  }
  text +=
      option.names.size() > 1 ? fmt::format("{{{}}}", fmt::join(option.names, ",")) : option.names.front();
  std::string rest = fmt::format("[{}]", zsh_text(option.help));
  if (!option.value.empty()) rest += fmt::format(":{}:{}", zsh_text(option.value), zsh_action(option));
  return text + quoted_word(rest);
}

constexpr std::string_view kZshHelpers = R"sh(_waferloom_names() {
  local -a names
  names=(${(f)"$(waferloom list $1 2>/dev/null | cut -d' ' -f1)"})
  if [[ $2 == "=" ]]; then
    compadd -S = -- $names
  else
    compadd -- $names
  fi
  [[ $2 == files ]] && _files
}
)sh";

}  // namespace

std::string zsh_completion(const std::vector<CommandRow>& table) {
  std::string text = fmt::format(
      "#compdef waferloom\n# zsh completion of waferloom, written by `waferloom completion zsh`.\n{}",
      kZshHelpers);
  std::string tops;
  for (const CommandRow& row : table) {
    text += fmt::format("{}() {{\n", function_of(row.name));
    if (!row.commands.empty()) text += "  local line state\n";
    text += fmt::format("  _arguments{}", row.commands.empty() ? "" : " -C");
    for (const OptionRow& option : row.options) text += " \\\n    " + zsh_option(option);
    for (const OptionRow& each : row.positionals) {
      text += " \\\n    " + quoted_word(fmt::format("{}{}:{}:{}", each.repeated ? "*" : "",
                                                    each.required || each.repeated ? "" : ":",
                                                    zsh_text(each.names.front()), zsh_action(each)));
    }
    if (!row.commands.empty()) {
      text +=
          " \\\n    '1:command:->command' '*::words:->words'\n  case $state in\n    command)\n      local -a "
          "commands\n      commands=(";
      const std::string above = row.name.empty() ? "" : row.name + " ";
      std::string cases;
      for (const std::string& below : row.commands) {
        const auto found = std::find_if(table.begin(), table.end(),
                                        [&](const CommandRow& each) { return each.name == above + below; });
        text += "\n        " + quoted_word(fmt::format("{}:{}", below, found->help));
        cases += fmt::format("        {}) {} ;;\n", below, function_of(above + below));
      }
      text += fmt::format(
          ")\n      _describe command commands ;;\n    words)\n      case $line[1] in\n{}      esac ;;\n  "
          "esac",
          cases);
      if (row.name.empty()) tops = fmt::format("{}", fmt::join(row.commands, " "));
    }
    text += "\n}\n";
  }
  return text + fmt::format("_waferloom_commands() {{\n  compadd -- {}\n}}\n_waferloom \"$@\"\n", tops);
}

}  // namespace waferloom::cli
