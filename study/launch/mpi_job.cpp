// SPDX-License-Identifier: Apache-2.0
#include "study/launch/mpi_job.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/serialization/string.hpp>
#include <set>

namespace waferloom::study {

namespace {

namespace mpi = boost::mpi;
using nlohmann::ordered_json;

constexpr int kTask = 1;  // an empty text ends the job
constexpr int kOutcome = 2;

class RankWorkers final : public Workers {
 public:
  RankWorkers(const mpi::communicator& world, std::filesystem::path study, bool keep_runs)
      : world_(world), study_(std::move(study)), keep_runs_(keep_runs), here_(study_, keep_runs) {
    for (int rank = 1; rank < world.size(); ++rank) free_.insert(rank);
  }

  [[nodiscard]] std::size_t places() const override { return static_cast<std::size_t>(world_.size()); }

  void start(const Task& task) override {
    if (free_.empty()) {
      here_.start(task);
      return;
    }
    const int rank = *free_.begin();
    free_.erase(free_.begin());
    const ordered_json message{{"study", std::filesystem::absolute(study_).string()},
                               {"keep_runs", keep_runs_},
                               {"point", task.number},
                               {"digest", task.digest}};
    world_.send(rank, kTask, message.dump());
  }

  [[nodiscard]] std::optional<Outcome> finished() override {
    if (const auto status = world_.iprobe(mpi::any_source, kOutcome)) {
      std::string text;
      world_.recv(status->source(), kOutcome, text);
      free_.insert(status->source());
      const ordered_json message = ordered_json::parse(text);
      if (const std::string error = message.value("error", ""); !error.empty()) {
        throw core::HostResourceError(error);
      }
      const std::uint64_t number = message.at("point");
      std::optional<PointRecord> record = read_record(message.at("record"));
      return Outcome{number, record ? *std::move(record) : PointRecord{}};
    }
    return here_.finished();
  }

  void stop() override { here_.stop(); }

 private:
  const mpi::communicator& world_;
  std::filesystem::path study_;
  bool keep_runs_;
  PointRuns here_;
  std::set<int> free_;
};

}  // namespace

struct MpiJob::Ranks {
  mpi::environment environment{false};
  mpi::communicator world;
};

MpiJob::MpiJob() : ranks_(std::make_unique<Ranks>()) {}

MpiJob::~MpiJob() {
  if (!leads()) return;
  for (int rank = 1; rank < ranks_->world.size(); ++rank) ranks_->world.send(rank, kTask, std::string());
}

bool MpiJob::leads() const { return ranks_->world.rank() == 0; }

std::unique_ptr<Workers> MpiJob::workers(const std::filesystem::path& study, bool keep_runs) {
  return std::make_unique<RankWorkers>(ranks_->world, study, keep_runs);
}

void MpiJob::serve() {
  while (true) {
    std::string text;
    ranks_->world.recv(0, kTask, text);
    if (text.empty()) return;
    const ordered_json task = ordered_json::parse(text);
    ordered_json message{{"point", task.at("point")}};
    try {
      const Outcome outcome = run_point(task.at("study").get<std::string>(), task.at("keep_runs"),
                                        {task.at("point"), task.at("digest")});
      message["record"] = to_json(outcome.record);
    } catch (const std::exception& error) {
      message["error"] = error.what();
    }
    ranks_->world.send(0, kOutcome, message.dump());
  }
}

}  // namespace waferloom::study
