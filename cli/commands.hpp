// SPDX-License-Identifier: Apache-2.0
// The commands of the program, one file each. A function adds its command with its options; what the command
// does runs while the command line is parsed, and ends with an exception (core::Error) where it fails.
#pragma once

#include <CLI/CLI.hpp>

namespace waferloom::cli {

struct Colours;

void add_check_command(CLI::App& app);
void add_compare_command(CLI::App& app);
void add_completion_command(CLI::App& app);
void add_describe_command(CLI::App& app);
void add_explain_command(CLI::App& app);
void add_help_command(CLI::App& app);
void add_list_command(CLI::App& app);
void add_man_command(CLI::App& app);
void add_model_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_run_command(CLI::App& app);
void add_schema_command(CLI::App& app);
void add_show_command(CLI::App& app, const Colours& colours);
void add_sweep_command(CLI::App& app);
void add_timeline_command(CLI::App& app);
void add_trace_command(CLI::App& app);
void add_validate_command(CLI::App& app);

}  // namespace waferloom::cli
