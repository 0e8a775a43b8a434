// SPDX-License-Identifier: Apache-2.0
#include "validation/figure_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.hpp"
#include "study/launch/child_process.hpp"

namespace waferloom::validation {

namespace {

namespace fs = std::filesystem;

/// A directory that goes with this object.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "waferloom-figure-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw core::HostResourceError(name + ": cannot make a directory");
    path_ = name;
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  std::string found = text.str();
  while (!found.empty() && found.back() == '\n') found.pop_back();
  return found;
}

double metric_of(const nlohmann::json& result, const std::string& name) {
  const nlohmann::json::json_pointer place("/metrics/" + name + "/value");
  if (!result.contains(place) || !result[place].is_number()) {
    throw core::InputError(fmt::format("metric: expected one that the run measures, got {}", name));
  }
  return result[place].get<double>();
}

double sum_of_run(const FigureRun& run, const std::vector<std::string>& settings) {
  const Scratch scratch;
  const fs::path out = scratch.path() / "run";
  std::vector<std::string> arguments{"run", run.scenario.string(), "--out", out.string()};
  for (const std::string& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  const fs::path errors = scratch.path() / "errors";
  const int status = study::wait_for(study::start_program(arguments, "/dev/null", errors));
  if (status != 0) {
    const std::string said = text_of(errors);
    throw core::Error(study::promised_status(status),
                      said.empty() ? fmt::format("the run ended with exit status {}", status)
                                   : said.substr(0, said.find('\n')));
  }
  std::ifstream in(out / "result.json");
  const nlohmann::json result = nlohmann::json::parse(in, nullptr, false);
  if (result.is_discarded()) throw core::InputError("expected a result of the run, got none");
  double sum = 0;
  for (const std::string& name : run.metrics) sum += metric_of(result, name);
  return sum;
}

}  // namespace

double run_figure(const FigureRun& run) {
  double sum = sum_of_run(run, run.settings);
  if (!run.less.empty()) {
    std::vector<std::string> settings = run.settings;
    settings.insert(settings.end(), run.less.begin(), run.less.end());
    sum -= sum_of_run(run, settings);
  }
  return sum / run.divide * run.times + run.plus;
}

}  // namespace waferloom::validation
