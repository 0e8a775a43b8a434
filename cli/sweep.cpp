// SPDX-License-Identifier: Apache-2.0
// `waferloom sweep`: runs the points of a study and sets their results beside each other.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/write_file.hpp"
#include "results/run_directory.hpp"
#include "study/plan.hpp"
#include "study/study_directory.hpp"
#include "study/sweep.hpp"
#include "study/table.hpp"
#include "study/workers.hpp"

namespace waferloom::cli {

namespace {

namespace fs = std::filesystem;

/// More points than this run only when asked for: at a second each, hours.
constexpr std::uint64_t kManyPoints = 10000;

// A signal handler can reach nothing but an object of static duration.
std::atomic<bool> stop_requested = false;

extern "C" void request_sweep_stop(int) { stop_requested.store(true); }

struct Arguments {
  std::string study;
  std::string out;
  std::string cache;
  bool no_cache = false;
  bool resume = false;
  bool dry_run = false;
  bool yes = false;
  std::size_t jobs = 0;
  std::string emit;
  std::string collect;
  std::vector<std::string> point;
};

/// One line on a terminal; nothing elsewhere.
class SweepLine {
 public:
  ~SweepLine() {
    if (shown_) fmt::print(stderr, "\r{:79}\r", "");
  }

  void checked(std::uint64_t done, std::uint64_t all) {
    if (due()) fmt::print(stderr, "\rchecked {} of {} points    ", done, all);
  }

  void show(const study::SweepProgress& progress) {
    if (!due()) return;
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = static_cast<double>(progress.simulated) / elapsed_s;
    const auto left = static_cast<double>(progress.points - progress.ended);
    fmt::print(stderr, "\r{} of {} points, {} failed, {:.2f} points/s, {} left    ", progress.ended, progress.points,
               progress.failed, rate, rate > 0 ? fmt::format("{:.0f} s", left / rate) : std::string("?"));
  }

 private:
  using Clock = std::chrono::steady_clock;
  bool due() {
    constexpr auto kInterval = std::chrono::milliseconds(500);
    const Clock::time_point now = Clock::now();
    if (!terminal_ || now - last_ < kInterval) return false;
    last_ = now;
    shown_ = true;
    return true;
  }

  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

study::Plan checked_plan(const study::Study& study, bool yes) {
  const std::uint64_t count = study::count_points(study);
  fmt::print("{}: {} points\n", study.name, count);
  std::fflush(stdout);
  if (count > kManyPoints && !yes) {
    throw core::InputError(fmt::format("{}: expected at most {} points, got {}; --yes runs them all",
                                       study.file.string(), kManyPoints, count));
  }
  SweepLine line;
  return study::make_plan(study, [&](std::uint64_t done) { line.checked(done, count); });
}

void print_points(const study::Plan& plan) {
  for (const study::PlannedPoint& point : plan.points) {
    std::string text;
    for (const study::Setting& setting : point.settings) text += fmt::format("  {} = {}", setting.key, setting.value);
    fmt::print("{}{}\n", point.number, text);
  }
  fmt::print("{} points; constraints exclude {}, {} no valid scenario\n", plan.points.size(), plan.excluded,
             plan.invalid);
}

/// What the sweep itself cost: no part of the study's results.
void write_host(const fs::path& directory, const study::SweepResult& result, std::size_t places) {
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  const double busy_s = result.wall_s * static_cast<double>(places);
  const auto simulated = static_cast<double>(result.simulated);
  const nlohmann::ordered_json json{
      {"wall", {{"value", result.wall_s}, {"unit", "s"}}},
      {"simulated", result.simulated},
      {"reused", result.reused},
      {"workers", places},
      {"time_per_point", {{"value", simulated > 0 ? result.points_s / simulated : 0}, {"unit", "s"}}},
      {"overhead", {{"value", result.points_s > 0 ? busy_s / result.points_s - 1 : 0}, {"unit", "1"}}},
      {"largest_process", {{"value", children.ru_maxrss * 1024}, {"unit", "B"}}}};
  core::write_file(directory / "host.json", json.dump(2) + "\n");
}

void write_results(const study::Plan& plan, const fs::path& directory) {
  const study::Table table = study::make_table(plan, study::collect(plan, directory));
  core::write_file(directory / "table.csv", study::csv(table));
  study::write_database(directory / "study.sqlite", table);
  core::write_file(directory / "study.json", study::to_json(table).dump(1) + "\n");
  fmt::print("\n{}\nResults: {}\n", study::summary(table), directory.string());
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = request_sweep_stop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void sweep(const Arguments& arguments) {
  const study::Study study = study::load_study(study::find_study(arguments.study));
  const study::Plan plan = checked_plan(study, arguments.yes || arguments.dry_run);
  if (arguments.dry_run) {
    print_points(plan);
    return;
  }
  const fs::path directory =
      arguments.out.empty() ? fs::path("runs") / ("study-" + study.name) : fs::path(arguments.out);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw core::InputError(fmt::format("--out: {}: expected a place where a directory can be made: {}",
                                       directory.string(), error.message()));
  }
  const study::DirectoryLock lock(directory);
  study::open_directory(directory, plan, arguments.resume);
  catch_signals();
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t places = arguments.jobs == 0 ? cores : arguments.jobs;
  study::LocalWorkers workers(directory, plan.keep_runs, places);
  const fs::path cache_directory =
      arguments.cache.empty() ? study::Cache::usual_directory() : fs::path(arguments.cache);
  // A kept run cannot come from the cache, which holds metrics alone.
  const study::Cache cache(arguments.no_cache || plan.keep_runs ? fs::path() : cache_directory);
  study::SweepResult result;
  {
    SweepLine line;
    result = study::run_points(study, plan, directory, workers, cache, stop_requested,
                               [&](const study::SweepProgress& progress) { line.show(progress); });
  }
  write_host(directory, result, places);
  write_results(plan, directory);
  fmt::print("{} points simulated, {} reused, {} failed in {:.1f} s\n", result.simulated, result.reused,
             result.failed, result.wall_s);
}

void run(const Arguments& arguments) {
  if (arguments.study.empty()) throw core::InputError("sweep: expected a study, got none");
  sweep(arguments);
}

}  // namespace

void add_sweep_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("sweep", "Run the points of a study and compare them");
  command->add_option("STUDY", arguments->study, "study file, or the name of one that comes with the program");
  command->add_option("--out", arguments->out, "directory of the study [runs/study-NAME]")->type_name("DIR");
  command->add_flag("--resume", arguments->resume, "go on with a study that was interrupted");
  command->add_flag("--dry-run", arguments->dry_run, "check and list the points, run nothing");
  command->add_flag("--yes", arguments->yes, fmt::format("run more than {} points", kManyPoints));
  command->add_option("--jobs", arguments->jobs, "points that run at once [one per core]")->type_name("N");
  command->add_option("--cache", arguments->cache, "directory of results to reuse [$XDG_CACHE_HOME/waferloom]")
      ->type_name("DIR");
  command->add_flag("--no-cache", arguments->no_cache, "neither reuse results nor keep them for reuse");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace waferloom::cli
