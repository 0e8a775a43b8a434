// SPDX-License-Identifier: Apache-2.0
// The completion script of bash. It needs nothing of the package bash-completion but that its directory is read.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/shell/completion.hpp"

namespace waferloom::cli {

namespace {

/// The shell's command that fills COMPREPLY with what completes `row`.
std::string bash_reply(const OptionRow& row) {
  if (!row.choices.empty())
    return fmt::format("_waferloom_words {}", quoted_word(fmt::format("{}", fmt::join(row.choices, " "))));
  const Completed kind = completed_by(row);
  if (kind == Completed::settings) return "_waferloom_settings";
  if (kind == Completed::files) return "_waferloom_files -f";
  if (kind == Completed::directories) return "_waferloom_files -d";
  if (kind == Completed::commands) return "_waferloom_words \"$(_waferloom_commands '')\"";
  const std::string_view list = list_of(kind);
  if (list.empty()) return ":";
  return fmt::format("_waferloom_names {}{}", list, may_be_file(kind) ? "; _waferloom_files -f" : "");
}

constexpr std::string_view kHelpers = R"sh(_waferloom_words() {
  COMPREPLY+=($(compgen -W "$1" -- "$cur"))
}
_waferloom_names() {
  _waferloom_words "$(waferloom list "$1" 2>/dev/null | cut -d' ' -f1)"
}
_waferloom_settings() {
  compopt -o nospace 2>/dev/null
  COMPREPLY+=($(compgen -S = -W "$(waferloom list keys 2>/dev/null)" -- "$cur"))
}
_waferloom_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\n'
  COMPREPLY+=($(compgen "$1" -- "$cur"))
}
)sh";

constexpr std::string_view kBegin = R"sh(_waferloom() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command="" word i
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" ]] && ((COMP_CWORD > 1)); then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case " $(_waferloom_commands "$command") " in
      *" $word "*) command="${command:+$command }$word" ;;
    esac
  done
)sh";

}  // namespace

std::string bash_completion(const std::vector<CommandRow>& table) {
  std::string commands = "_waferloom_commands() {\n  case \"$1\" in\n";
  std::string values = "  case \"$command $prev\" in\n";
  std::string options = "  if [[ $cur == -* ]]; then\n    case \"$command\" in\n";
  std::string positionals = "  case \"$command\" in\n";
  for (const CommandRow& row : table) {
    if (!row.commands.empty()) {
      commands += fmt::format("    {}) echo {} ;;\n", quoted_word(row.name),
                              quoted_word(fmt::format("{}", fmt::join(row.commands, " "))));
    }
    std::vector<std::string> names;
    for (const OptionRow& option : row.options) {
      names.insert(names.end(), option.names.begin(), option.names.end());
      if (option.value.empty()) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) patterns.push_back(quoted_word(row.name + " " + name));
      values += fmt::format("    {}) {}; return ;;\n", fmt::join(patterns, " | "), bash_reply(option));
    }
    options += fmt::format("      {}) _waferloom_words {} ;;\n", quoted_word(row.name),
                           quoted_word(fmt::format("{}", fmt::join(names, " "))));
    std::string replies;
    if (!row.commands.empty()) replies += "_waferloom_words \"$(_waferloom_commands \"$command\")\"";
    for (const OptionRow& each : row.positionals)
      replies += fmt::format("{}{}", replies.empty() ? "" : "; ", bash_reply(each));
    if (!replies.empty()) positionals += fmt::format("    {}) {} ;;\n", quoted_word(row.name), replies);
  }
  return fmt::format(
      "# bash completion of waferloom, written by `waferloom completion bash`.\n{}{}  esac\n}}\n{}{}  "
      "esac\n{}    esac\n    "
      "return\n  fi\n{}  esac\n}}\ncomplete -F _waferloom waferloom\n",
      kHelpers, commands, kBegin, values, options, positionals);
}

}  // namespace waferloom::cli
