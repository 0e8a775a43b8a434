// SPDX-License-Identifier: Apache-2.0
// What commands that run points of a study share: their cache, and how a user ends them.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstddef>
#include <string>

#include "study/table/point_record.hpp"

namespace waferloom::cli {

struct PointArguments {
  std::string cache;
  bool no_cache = false;
  std::size_t jobs = 0;  ///< points that run at once; 0: one per core

  [[nodiscard]] study::Cache make_cache() const;
  [[nodiscard]] std::size_t workers() const;
};

/// Adds `names` (of the number of jobs), --cache and --no-cache; `arguments` must outlive the parsing.
void add_point_arguments(CLI::App& command, const std::string& names, PointArguments& arguments);

/// Set once the user wants the command to end.
[[nodiscard]] const std::atomic<bool>& points_stopped();

/// `handler` is called on SIGINT, SIGTERM and SIGHUP (unless it is ignored, as with nohup). They interrupt what waits for
/// input.
void on_stop_signals(void (*handler)(int));

/// From here on these signals set points_stopped().
void catch_stop_signals();

}  // namespace waferloom::cli
