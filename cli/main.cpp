// SPDX-License-Identifier: Apache-2.0
// The program `waferloom`: parses the command line, runs the command, and maps what went wrong to an exit
// status.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <systemc>

#include "cli/commands.hpp"
#include "cli/shell/colours.hpp"
#include "cli/shell/unknown_word.hpp"
#include "cli/shell/version_text.hpp"
#include "core/error.hpp"
#include "core/process/failure.hpp"
#include "core/process/huge_pages.hpp"

namespace {

using waferloom::cli::Colours;
using waferloom::core::ExitStatus;

int fail(ExitStatus status, const std::string& message, const Colours& colours) {
  std::fflush(stdout);
  if (message.empty()) return static_cast<int>(status);  // another rank says it
  fmt::print(stderr, "{}\n", colours.on(STDERR_FILENO) ? waferloom::cli::coloured_message(message) : message);
  return static_cast<int>(status);
}

/// The program ends when memory is exhausted: taking a full wafer apart would take longer than most runs, and may need
/// memory itself.
[[noreturn]] void end_without_memory() {
  std::fflush(stdout);
  (void)std::fputs("out of memory\n", stderr);
  std::_Exit(static_cast<int>(ExitStatus::host_resource));
}

/// A waveform's file is written through memory: a disk that is full shows as this signal.
extern "C" void end_without_disk(int) {
  constexpr std::string_view kSaid = "cannot write a file that is mapped into memory: the disk is full\n";
  static_cast<void>(!write(STDERR_FILENO, kSaid.data(), kSaid.size()));
  std::_Exit(static_cast<int>(ExitStatus::host_resource));
}

void add_commands(CLI::App& app, Colours& colours) {
  waferloom::cli::add_run_command(app);
  waferloom::cli::add_check_command(app);
  waferloom::cli::add_show_command(app, colours);
  waferloom::cli::add_report_command(app);
  waferloom::cli::add_compare_command(app);
  waferloom::cli::add_sweep_command(app);
  waferloom::cli::add_timeline_command(app);
  waferloom::cli::add_trace_command(app);
  waferloom::cli::add_validate_command(app);
  waferloom::cli::add_list_command(app);
  waferloom::cli::add_model_command(app);
  waferloom::cli::add_describe_command(app);
  waferloom::cli::add_explain_command(app);
  waferloom::cli::add_schema_command(app);
  waferloom::cli::add_help_command(app);
  waferloom::cli::add_man_command(app);
  waferloom::cli::add_completion_command(app);
  waferloom::cli::add_colour_options(app, colours);
}

int parse_and_run(int argc, char** argv, Colours& colours) {
  CLI::App app("Waferloom simulates wafer-scale AI processors that train large models.", "waferloom");
  app.set_version_flag("--version", waferloom::cli::version_text());
  app.require_subcommand(0, 1);  // none is refused below, after words that are no command
  app.footer(
      "Exit status: 0 done, 1 a validation bound was missed, 2 bad input or usage, 3 the simulated system "
      "is\n"
      "stuck, 4 out of a resource of the host, 70 a bug of waferloom, 130 interrupted.");
  add_commands(app, colours);
  const auto refuse_words = [&] {
    return fail(ExitStatus::bad_input, waferloom::cli::unknown_word_text(app), colours);
  };
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) return refuse_words();
    return static_cast<int>(ExitStatus::done);
  } catch (const CLI::ExtrasError&) {
    return refuse_words();
  } catch (const CLI::RequiredError& e) {
    // The words that were given say more than the name of what is missing.
    if (!app.remaining(true).empty()) return refuse_words();
    app.exit(e);
    return static_cast<int>(ExitStatus::bad_input);
  } catch (const CLI::ParseError& e) {
    const bool asked_for_help = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(e);
    return static_cast<int>(asked_for_help ? ExitStatus::done : ExitStatus::bad_input);
  }
}

}  // namespace

// SystemC's main calls sc_main.
int sc_main(int argc, char** argv) {
  waferloom::core::keep_heap_in_huge_pages();
  // Standard output is the results' own: SystemC would note there that a run was stopped.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  std::set_new_handler(end_without_memory);
  std::signal(SIGBUS, end_without_disk);
  Colours colours;
  try {
    const int status = parse_and_run(argc, argv, colours);
    if (std::fflush(stdout) != 0)
      return fail(ExitStatus::host_resource, "standard output: cannot be written", colours);
    return status;
  } catch (const std::exception&) {
    const waferloom::core::Failure failure = waferloom::core::failure_of(std::current_exception());
    return fail(failure.status, failure.message, colours);
  }
}

// Replaces the library's own main, which would print SystemC's banner before anything else.
int main(int argc, char** argv) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
