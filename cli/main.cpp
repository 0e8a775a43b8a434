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
#include <system_error>
#include <systemc>
#include <vector>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/version.hpp"

namespace {

using waferloom::core::ExitStatus;

int fail(ExitStatus status, const char* message) {
  std::fflush(stdout);
  if (*message != '\0') fmt::print(stderr, "{}\n", message);  // else another rank says it
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

int parse_and_run(int argc, char** argv) {
  CLI::App app("Waferloom simulates wafer-scale AI processors that train large models.", "waferloom");
  app.set_version_flag("--version", fmt::format("waferloom {}", waferloom::core::version()));
  app.require_subcommand(0, 1);  // none is refused below, after words that are no command
  app.footer(
      "Exit status: 0 done, 1 a validation bound was missed, 2 bad input or usage, 3 the simulated system "
      "is\n"
      "stuck, 4 out of a resource of the host, 70 a bug of waferloom, 130 interrupted.");
  waferloom::cli::add_run_command(app);
  waferloom::cli::add_check_command(app);
  waferloom::cli::add_show_command(app);
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
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) throw CLI::RequiredError::Subcommand(1);
    return static_cast<int>(ExitStatus::done);
  } catch (const CLI::RequiredError& e) {
    // The words that were given say more than the name of what is missing.
    const std::vector<std::string> surplus = app.remaining(true);
    if (surplus.empty()) {
      app.exit(e);
    } else {
      fmt::print(stderr, "{}: not a known command or option here\nRun with --help for more information.\n",
                 surplus.front());
    }
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
  // Standard output is the results' own: SystemC would note there that a run was stopped.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  std::set_new_handler(end_without_memory);
  std::signal(SIGBUS, end_without_disk);
  try {
    const int status = parse_and_run(argc, argv);
    if (std::fflush(stdout) != 0)
      return fail(ExitStatus::host_resource, "standard output: cannot be written");
    return status;
  } catch (const waferloom::core::Error& e) {
    return fail(e.status(), e.what());
  } catch (const std::system_error& e) {
    return fail(ExitStatus::host_resource, e.what());
  } catch (const std::bad_alloc&) {
    return fail(ExitStatus::host_resource, "out of memory");
  } catch (const std::exception& e) {
    return fail(ExitStatus::internal, fmt::format("internal error: {}", e.what()).c_str());
  }
}

// Replaces the library's own main, which would print SystemC's banner before anything else.
int main(int argc, char** argv) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
