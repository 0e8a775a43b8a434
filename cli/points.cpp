// SPDX-License-Identifier: Apache-2.0
#include "cli/points.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

namespace waferloom::cli {

namespace {

// A signal handler can reach nothing but an object of static duration.
std::atomic<bool> points_stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_points_stop(int) { points_stop_requested.store(true); }

}  // namespace

study::Cache PointArguments::make_cache() const {
  if (no_cache) return study::Cache({});
  return study::Cache(cache.empty() ? study::Cache::usual_directory() : std::filesystem::path(cache));
}

std::size_t PointArguments::workers() const {
  return jobs != 0 ? jobs : std::max(1U, std::thread::hardware_concurrency());
}

void add_point_arguments(CLI::App& command, const std::string& names, PointArguments& arguments) {
  constexpr std::size_t kMostAtOnce = 1024;
  command.add_option(names, arguments.jobs, "points that run at once [one per core]")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{0}, kMostAtOnce));
  command.add_option("--cache", arguments.cache, "directory of results to reuse [$XDG_CACHE_HOME/waferloom]")
      ->type_name("DIR");
  command.add_flag("--no-cache", arguments.no_cache, "neither reuse results nor keep them for reuse");
}

const std::atomic<bool>& points_stopped() { return points_stop_requested; }

void on_stop_signals(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
}

void catch_stop_signals() { on_stop_signals(request_points_stop); }

}  // namespace waferloom::cli
