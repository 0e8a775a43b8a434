// SPDX-License-Identifier: Apache-2.0
// The completion script of fish.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/shell/completion.hpp"

namespace waferloom::cli {

namespace {

/// A word between single quotes, in which fish knows \' and \\.
std::string fish_word(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') word += '\\';
    word += c;
  }
  return word + "'";
}

/// What completes `row`, as options of `complete`.
std::string fish_values(const OptionRow& row) {
  if (!row.choices.empty())
    return fmt::format(" -a {}", fish_word(fmt::format("{}", fmt::join(row.choices, " "))));
  const Completed kind = completed_by(row);
  if (kind == Completed::files) return " -F";
  if (kind == Completed::directories) return " -a '(__fish_complete_directories)'";
  if (kind == Completed::commands) return " -a '(__waferloom_commands)'";
  const std::string_view list = list_of(kind);
  if (list.empty()) return "";
  return fmt::format("{} -a '(__waferloom_names {}{})'", may_be_file(kind) ? " -F" : "", list,
                     kind == Completed::settings ? " =" : "");
}

constexpr std::string_view kFunctions = R"sh(function __waferloom_names
    waferloom list $argv[1] 2>/dev/null | string replace -r ' .*' '' | string replace -r '$' "$argv[2]"
end
function __waferloom_command
    set -l command
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$command $word")
        contains -- $next $__waferloom_known; and set command $next
    end
    echo "$command"
end
function __waferloom_at
    test (__waferloom_command) = "$argv[1]"
end
function __waferloom_commands
    string match -v '* *' -- $__waferloom_known
end
complete -c waferloom -f
)sh";

std::string fish_option(const OptionRow& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                   : fmt::format(" -s {}", name.substr(1));
  }
  if (!option.value.empty()) text += " -r" + fish_values(option);
  return text + fmt::format(" -d {}", fish_word(option.help));
}

}  // namespace

std::string fish_completion(const std::vector<CommandRow>& table) {
  std::string known = "set -g __waferloom_known";
  std::string lines;
  for (const CommandRow& row : table) {
    if (!row.name.empty()) known += " " + fish_word(row.name);
    const std::string at =
        fmt::format("complete -c waferloom -n {}", fish_word("__waferloom_at " + fish_word(row.name)));
    for (const CommandRow& below : table) {
      const std::string above = row.name.empty() ? "" : row.name + " ";
      if (below.name.empty() || !below.name.starts_with(above) ||
          below.name.find(' ', above.size()) != std::string::npos || below.name == row.name)
        continue;
      lines += fmt::format("{} -a {} -d {}\n", at, below.name.substr(above.size()), fish_word(below.help));
    }
    for (const OptionRow& option : row.options) lines += at + fish_option(option) + "\n";
    for (const OptionRow& each : row.positionals) {
      const std::string values = fish_values(each);
      if (!values.empty()) lines += at + values + "\n";
    }
  }
  return fmt::format("# fish completion of waferloom, written by `waferloom completion fish`.\n{}\n{}{}",
                     known, kFunctions, lines);
}

}  // namespace waferloom::cli
