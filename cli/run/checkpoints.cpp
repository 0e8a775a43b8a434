// SPDX-License-Identifier: Apache-2.0
#include "cli/run/checkpoints.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>

#include "core/error.hpp"
#include "core/version.hpp"
#include "trace/json.hpp"

namespace waferloom::cli {

namespace fs = std::filesystem;

void check_keepable(const wafer::Scenario& scenario, const CheckpointArguments& arguments) {
  if (!arguments.wanted()) return;
  if (!arguments.every.empty()) static_cast<void>(checkpoint::parse_every(arguments.every));
  if (scenario.fidelity != "burst") return;
  throw core::InputError(fmt::format(
      "fidelity: burst: expected something that a checkpoint can keep, which this is not: run it without {}",
      arguments.resume.empty() ? "--checkpoint" : "--resume"));
}

std::uint32_t checksum_of(const std::vector<trace::Record>& records) {
  std::uint32_t sum = 0;
  for (const trace::Record& record : records) {
    const std::string text = trace::to_json(record).dump();
    sum = checkpoint::checksum(std::as_bytes(std::span(text)), sum);
  }
  return sum;
}

std::uint32_t checksum_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return checkpoint::checksum(std::as_bytes(std::span(text)));
}

std::unique_ptr<checkpoint::Keeper> make_keeper(const wafer::Scenario& scenario,
                                                const CheckpointArguments& arguments,
                                                const std::function<std::uint32_t()>& input,
                                                ranks::Ranks* team) {
  if (!arguments.wanted()) return nullptr;
  nlohmann::json keys = wafer::effective_json(scenario);
  keys.erase("simulation");  // has no influence on the results
  auto keeper = std::make_unique<checkpoint::Keeper>(
      checkpoint::Identity{core::program(), keys.dump(1), input()}, team);
  if (!arguments.resume.empty()) {
    const fs::path directory = arguments.resume;
    std::error_code ignored;
    if (fs::exists(directory / "result.json", ignored) && !fs::exists(checkpoint_in(directory), ignored)) {
      throw core::InputError(fmt::format(
          "--resume: {}: expected the directory of a run that did not end, got one of a finished run",
          arguments.resume));
    }
    keeper->resume(checkpoint_in(directory));
  }
  return keeper;
}

results::RunDirectory directory_of(const wafer::Scenario& scenario, const std::string& out,
                                   const CheckpointArguments& arguments) {
  if (!out.empty()) return results::RunDirectory(out);
  if (!arguments.resume.empty()) return results::RunDirectory::go_on(arguments.resume);
  return results::RunDirectory(results::default_directory(scenario.name));
}

fs::path checkpoint_in(const fs::path& directory) { return directory / "checkpoint"; }

void write_checkpoints(checkpoint::Keeper* keeper, const CheckpointArguments& arguments,
                       const results::RunDirectory* directory) {
  if (keeper == nullptr || arguments.every.empty()) return;
  keeper->write_to(directory == nullptr ? fs::path() : checkpoint_in(directory->path()),
                   checkpoint::parse_every(arguments.every), [](const std::string& why) {
                     fmt::print(stderr, "warning: no checkpoint was made, the run goes on: {}\n", why);
                   });
}

void remove_checkpoint(const checkpoint::Keeper* keeper, const results::RunDirectory& directory) {
  if (keeper == nullptr) return;
  std::error_code ignored;
  fs::remove(checkpoint_in(directory.path()), ignored);
}

}  // namespace waferloom::cli
