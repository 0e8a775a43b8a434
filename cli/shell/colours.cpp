// SPDX-License-Identifier: Apache-2.0
#include "cli/shell/colours.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "cli/shell/one_of.hpp"

namespace waferloom::cli {

namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kPlain = "\x1b[0m";

/// The value of an environment variable; empty where it is not set.
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes the environment
  return value == nullptr ? std::string_view{} : value;
}

/// Characters of `file:line:column` at the beginning of a line; 0 without one.
std::size_t place_in(std::string_view line) {
  const auto digits_from = [&](std::size_t at) {
    while (at < line.size() && line[at] >= '0' && line[at] <= '9') ++at;
    return at;
  };
  for (std::size_t colon = line.find(':'); colon != std::string_view::npos;
       colon = line.find(':', colon + 1)) {
    const std::size_t second = digits_from(colon + 1);
    if (second == colon + 1 || second >= line.size() || line[second] != ':') continue;
    const std::size_t end = digits_from(second + 1);
    if (end > second + 1 && end < line.size() && line[end] == ':') return end;
  }
  return 0;
}

void add_colour_option(CLI::App& command, Colours& colours) {
  // Of some commands it is the color of wavelets.
  if (command.get_option_no_throw("--color") != nullptr) return;
  command
      .add_option("--color", colours.wish,
                  "colours of maps and messages; auto: on a terminal where NO_COLOR is not set [auto]")
      ->type_name("WHEN")
      ->check(one_of({"auto", "always", "never"}));
}

}  // namespace

bool Colours::on(int file) const {
  if (wish != "auto") return wish == "always";
  return isatty(file) != 0 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

void add_colour_options(CLI::App& app, Colours& colours) {
  add_colour_option(app, colours);
  for (CLI::App* command : app.get_subcommands({})) add_colour_options(*command, colours);
}

std::string coloured_message(std::string_view message) {
  std::string text;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    const std::string_view line = message.substr(0, end);
    const std::size_t place = place_in(line);
    const std::size_t word = place != 0 ? place : std::min(line.find(": "), line.size());
    // A line without either is the continuation of another.
    if (word < line.size()) {
      text.append(place != 0 ? kBold : kRed).append(line.substr(0, word)).append(kPlain);
      text.append(line.substr(word));
    } else {
      text.append(line);
    }
    if (end < message.size()) text += '\n';
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return text;
}

}  // namespace waferloom::cli
