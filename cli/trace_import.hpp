// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace waferloom::cli {

void add_trace_export(CLI::App& trace_command);
/// Each adds its command to `trace`.
void add_trace_import(CLI::App& trace_command);

}  // namespace waferloom::cli
