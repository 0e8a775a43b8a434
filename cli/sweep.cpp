// SPDX-License-Identifier: Apache-2.0
// `waferloom sweep`: runs the points of a study and sets their results beside each other.
#include "study/launch/sweep.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/points.hpp"
#include "cli/run/finished_run.hpp"
#include "cli/run/progress.hpp"
#include "cli/run/team.hpp"
#include "cli/shell/one_of.hpp"
#include "core/data_path.hpp"
#include "core/error.hpp"
#include "core/units.hpp"
#include "core/write_file.hpp"
#include "report/study_page.hpp"
#include "study/launch/child_process.hpp"
#include "study/launch/confirm.hpp"
#include "study/launch/emit.hpp"
#include "study/launch/evaluate.hpp"
#include "study/launch/rank_job.hpp"
#include "study/launch/workers.hpp"
#include "study/plan/plan.hpp"
#include "study/table/study_database.hpp"
#include "study/table/study_directory.hpp"
#include "study/table/table.hpp"

namespace waferloom::cli {

namespace {

namespace fs = std::filesystem;

/// More points than this run only when asked for: at a second each, hours.
constexpr std::uint64_t kManyPoints = 10000;

struct SweepArguments {
  std::string study;
  std::string out;
  PointArguments points;
  bool resume = false;
  bool dry_run = false;
  bool yes = false;
  std::string emit;
  std::string collect;
  bool evaluate = false;
  std::vector<std::string> point;
  Output output;
};

study::Plan checked_plan(const study::Study& study, const SweepArguments& arguments) {
  const std::uint64_t count = study::count_points(study);
  arguments.output.print("{}: {}\n", study.name, core::counted(count, "point"));
  std::fflush(stdout);
  if (count > kManyPoints && !arguments.yes && !arguments.dry_run) {
    throw core::InputError(fmt::format("{}: expected at most {} points, got {}; --yes runs them all",
                                       study.file.string(), kManyPoints, count));
  }
  study::Plan plan;
  {
    PointsLine line(arguments.output.quiet);
    plan = study::make_plan(study, arguments.points.workers(),
                            [&](std::uint64_t done) { line.checked(done, count); });
  }
  if (plan.invalid > 0) arguments.output.print("left out:\n{}", plan.problems);
  return plan;
}

void print_points(const study::Plan& plan, const Output& output) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const study::PlannedPoint& point : plan.points) {
    std::string text;
    nlohmann::ordered_json settings = nlohmann::ordered_json::object();
    for (const study::Setting& setting : point.settings) {
      text += fmt::format("  {} = {}", setting.key, setting.value);
      settings[setting.key] = setting.value;
    }
    points.push_back({{"point", point.number}, {"settings", settings}});
    output.print("{}{}\n", point.number, text);
  }
  output.print("{}; constraints exclude {}, {} no valid scenario\n",
               core::counted(plan.points.size(), "point"), plan.excluded, plan.invalid);
  output.print_json(
      {{"study", plan.name}, {"points", points}, {"excluded", plan.excluded}, {"invalid", plan.invalid}});
}

/// The time of the sweep itself, which is no result of the study.
void write_host(const fs::path& directory, const study::SweepResult& result, std::size_t places) {
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  const double busy_s = result.wall_s * static_cast<double>(places);
  const auto simulated = static_cast<double>(result.simulated);
  const nlohmann::ordered_json host{
      {"wall", {{"value", result.wall_s}, {"unit", "s"}}},
      {"simulated", result.simulated},
      {"reused", result.reused},
      {"workers", places},
      {"time_per_point", {{"value", simulated > 0 ? result.points_s / simulated : 0}, {"unit", "s"}}},
      {"overhead", {{"value", result.points_s > 0 ? busy_s / result.points_s - 1 : 0}, {"unit", "1"}}},
      {"largest_process", {{"value", children.ru_maxrss * 1024}, {"unit", "B"}}}};
  core::write_file(directory / "host.json", host.dump(2) + "\n");
}

study::Table write_results(const study::Plan& plan, const fs::path& directory) {
  study::Table table = study::make_table(plan, study::collect(plan, directory));
  core::write_file(directory / "table.csv", study::csv(table));
  study::write_database(directory / "study.sqlite", table);
  const nlohmann::ordered_json results = study::to_json(table);
  core::write_file(directory / "study.json", results.dump(1) + "\n");
  core::write_file(directory / "study.html",
                   report::make_study_page(results, core::data_directory() / "report" / "assets"));
  return table;
}

fs::path make_directory(const SweepArguments& arguments, const study::Study& study) {
  const fs::path directory =
      arguments.out.empty() ? fs::path("runs") / ("study-" + study.name) : fs::path(arguments.out);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw core::InputError(fmt::format("--out: {}: expected a place where a directory can be made: {}",
                                       directory.string(), error.message()));
  }
  return directory;
}

/// A kept run cannot come from the cache, which holds metrics alone.
study::Cache make_cache(const SweepArguments& arguments, bool keep_runs) {
  return keep_runs ? study::Cache({}) : arguments.points.make_cache();
}

/// Runs all points of `plan` in `directory` and writes the results there.
study::Table run_plan(const SweepArguments& arguments, const study::Study& study, const study::Plan& plan,
                      const fs::path& directory, study::RankJob* job) {
  const std::unique_ptr<study::Workers> workers =
      job != nullptr
          ? job->workers(directory, plan.keep_runs)
          : std::make_unique<study::LocalWorkers>(directory, plan.keep_runs, arguments.points.workers());
  study::SweepResult result;
  {
    PointsLine line(arguments.output.quiet);
    result = study::run_points(study, plan, directory, *workers, make_cache(arguments, plan.keep_runs),
                               points_stopped(),
                               [&](const study::SweepProgress& progress) { line.show(progress); });
  }
  write_host(directory, result, workers->places());
  study::Table table = write_results(plan, directory);
  arguments.output.print("\n{}\n{} simulated, {} reused, {} failed in {:.1f} s\n", study::summary(table),
                         core::counted(result.simulated, "point"), result.reused, result.failed,
                         result.wall_s);
  return table;
}

/// A study of which no point could be done has failed, with the status of its first point; its tables are there.
void require_a_point(const study::Table& table, const fs::path& directory, const study::Plan& plan) {
  const auto done = [](const study::Row& row) { return row.status == "done"; };
  if (table.rows.empty() || std::any_of(table.rows.begin(), table.rows.end(), done)) return;
  for (const std::optional<study::PointRecord>& record : study::collect(plan, directory)) {
    if (!record) continue;
    throw core::Error(
        study::promised_status(record->exit_status),
        fmt::format("{}: all points failed, the first with: {}", directory.string(), record->message));
  }
  throw core::InputError(fmt::format("{}: expected points that have run, got none", directory.string()));
}

void print_end(const Output& output, const study::Table& table, const fs::path& directory) {
  output.print("Results: {}\nNext: open {} in a browser; {} is its table\n", directory.string(),
               (directory / "study.html").string(), (directory / "table.csv").string());
  output.print_json(study::to_json(table));
}

/// That what is to be confirmed can run at both fidelities is known before the first point runs: of the first of them.
void check_confirmation(const SweepArguments& arguments, const study::Study& study, const study::Plan& plan) {
  if (!study.confirmation || plan.points.empty()) return;
  study::Table table;
  table.plan = plan;
  study::Row& row = table.rows.emplace_back();
  for (const study::Setting& setting : plan.points.front().settings) row.settings.push_back(setting.value);
  row.metrics.assign(plan.metrics.size(), 0.0);
  row.feasible = true;
  static_cast<void>(study::make_plan(study::confirmation_study(study, table), arguments.points.workers()));
}

void confirm(const SweepArguments& arguments, const study::Study& study, const study::Table& table,
             const fs::path& directory, study::RankJob* job) {
  const study::Study second = study::confirmation_study(study, table);
  const study::Plan plan = study::make_plan(second, arguments.points.workers());
  const fs::path below = directory / "confirm";
  fs::create_directories(below);
  study::open_directory(below, plan, arguments.resume);
  const study::Table confirmed = run_plan(arguments, second, plan, below, job);
  const std::string text = study::confirmation_summary(table, confirmed);
  core::write_file(below / "summary.txt", text);
  arguments.output.print("{}", text);
}

void emit(const SweepArguments& arguments, const study::Study& study, const study::Plan& plan) {
  const fs::path directory = make_directory(arguments, study);
  const study::DirectoryLock lock(directory);
  study::open_directory(directory, plan, false);
  for (const study::JobFormat& format : study::job_formats()) {
    if (format.name != arguments.emit) continue;
    const fs::path file = study::emit_jobs(study, plan, directory, format);
    arguments.output.print("Run them:     {}\nCollect them: waferloom sweep --collect {}\n",
                           fmt::format(fmt::runtime(format.help), study::quoted(file.string())),
                           study::quoted(directory.string()));
  }
}

void evaluate(const SweepArguments& arguments, const study::Study& study) {
  const fs::path directory = make_directory(arguments, study);
  const study::DirectoryLock lock(directory);
  study::open_directory(directory, study::empty_plan(study), false);
  catch_stop_signals();
  const study::Plan plan = study::answer(study, directory, make_cache(arguments, study.keep_runs), std::cin,
                                         std::cout, points_stopped());
  core::write_file(directory / "plan.json", study::to_json(plan).dump(1) + "\n");
  if (!plan.points.empty()) static_cast<void>(write_results(plan, directory));
}

void sweep(const SweepArguments& arguments, study::RankJob* job) {
  refuse_scenario(arguments.study);
  const study::Study study = study::load_study(study::find_study(arguments.study));
  if (arguments.evaluate) {
    evaluate(arguments, study);
    return;
  }
  const study::Plan plan = checked_plan(study, arguments);
  check_confirmation(arguments, study, plan);
  if (arguments.dry_run) {
    print_points(plan, arguments.output);
    return;
  }
  if (!arguments.emit.empty()) {
    emit(arguments, study, plan);
    return;
  }
  const fs::path directory = make_directory(arguments, study);
  const study::DirectoryLock lock(directory);
  study::open_directory(directory, plan, arguments.resume);
  catch_stop_signals();
  const study::Table table = run_plan(arguments, study, plan, directory, job);
  require_a_point(table, directory, plan);
  if (study.confirmation) confirm(arguments, study, table, directory, job);
  print_end(arguments.output, table, directory);
}

/// One point of an emitted study; a point that has ended is left alone.
void run_single(const std::vector<std::string>& arguments) {
  const fs::path directory(arguments.at(0));
  const study::Plan plan = study::load_plan(directory);
  const core::Quantity<std::uint64_t> number = core::parse_whole(arguments.at(1), core::Dimension::none);
  if (number.fault != core::QuantityFault::none || number.value == 0 || number.value > plan.points.size()) {
    throw core::InputError(
        fmt::format("--point: expected a number from 1 to {}, got {}", plan.points.size(), arguments.at(1)));
  }
  const study::PlannedPoint& point = plan.points[number.value - 1];
  const auto known = study::load_record(study::point_directory(directory, point.number) / "point.json");
  if (known && known->digest == point.digest && known->final()) return;
  const study::Outcome outcome = study::run_point(directory, plan.keep_runs, {point.number, point.digest});
  if (outcome.record.done()) return;
  throw core::Error(study::promised_status(outcome.record.exit_status),
                    fmt::format("point {}: {}", point.number, outcome.record.message));
}

void collect(const SweepArguments& arguments) {
  const fs::path directory(arguments.collect);
  const study::Plan plan = study::load_plan(directory);
  const study::DirectoryLock lock(directory);
  const study::Table table = write_results(plan, directory);
  arguments.output.print("{}\n", study::summary(table));
  print_end(arguments.output, table, directory);
  require_a_point(table, directory, plan);
}

void run(const SweepArguments& arguments) {
  if (!arguments.collect.empty()) {
    collect(arguments);
  } else if (!arguments.point.empty()) {
    run_single(arguments.point);
  } else if (arguments.study.empty()) {
    throw core::InputError("sweep: expected a study, got none");
  } else if (const std::unique_ptr<ranks::Ranks> team = find_team(1)) {
    study::RankJob job(*team);
    if (job.leads()) {
      sweep(arguments, &job);
    } else {
      job.serve();
    }
  } else {
    sweep(arguments, nullptr);
  }
}

}  // namespace

void add_sweep_command(CLI::App& app) {
  const auto arguments = std::make_shared<SweepArguments>();
  CLI::App* command = app.add_subcommand("sweep", "Run the points of a study and compare them");
  command->add_option("STUDY", arguments->study,
                      "study file, or the name of one that comes with the program");
  command->add_option("-o,--out", arguments->out, "directory of the study [runs/study-NAME]")
      ->type_name("DIR");
  command->add_flag("--resume", arguments->resume, "go on with a study that was interrupted");
  command->add_flag("--dry-run", arguments->dry_run, "check and list the points, run nothing");
  command->add_flag("--yes", arguments->yes, fmt::format("run more than {} points", kManyPoints));
  add_point_arguments(*command, "-j,--jobs", arguments->points);
  std::vector<std::string> formats;
  for (const study::JobFormat& format : study::job_formats()) formats.emplace_back(format.name);
  command
      ->add_option("--emit", arguments->emit,
                   "write the points for another scheduler instead of running them")
      ->check(one_of(formats));
  command->add_option("--point", arguments->point, "run one point of an emitted study")
      ->expected(2)
      ->type_name("DIR NUMBER");
  command
      ->add_option("--collect", arguments->collect, "make the tables of a study whose points ran elsewhere")
      ->type_name("DIR");
  command->add_flag(
      "--evaluate", arguments->evaluate,
      "read points from standard input, one JSON object a line, and answer each with its results");
  add_quiet_option(*command, arguments->output);
  add_json_option(*command, arguments->output);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace waferloom::cli
