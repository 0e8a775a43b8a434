// SPDX-License-Identifier: Apache-2.0
#include "study/launch/rank_job.hpp"

#include <set>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "ranks/pack.hpp"

namespace waferloom::study {

namespace {

using nlohmann::ordered_json;

/// From rank 0 a task, from the others an outcome, as JSON. An empty text from rank 0 ends the job.
void send_text(ranks::Ranks& ranks, int to, std::string_view text) {
  ranks::Packer packer;
  packer.put_text(text);
  ranks.send(to, packer.take());
}

std::string receive_text(ranks::Ranks& ranks, int from) {
  const ranks::Bytes message = ranks.receive(from);
  return ranks::Unpacker(message).get_text();
}

class RankWorkers final : public Workers {
 public:
  RankWorkers(ranks::Ranks& ranks, std::filesystem::path study, bool keep_runs)
      : ranks_(ranks), study_(std::move(study)), keep_runs_(keep_runs), here_(study_, keep_runs) {
    for (int rank = 1; rank < ranks.size(); ++rank) free_.insert(rank);
  }

  [[nodiscard]] std::size_t places() const override { return static_cast<std::size_t>(ranks_.size()); }

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
    busy_.insert(rank);
    send_text(ranks_, rank, message.dump());
  }

  [[nodiscard]] std::optional<Outcome> finished() override {
    for (const int rank : busy_) {
      if (!ranks_.has_message(rank)) continue;
      busy_.erase(rank);
      free_.insert(rank);
      const std::string text = receive_text(ranks_, rank);
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
  ranks::Ranks& ranks_;
  std::filesystem::path study_;
  bool keep_runs_;
  PointRuns here_;
  std::set<int> free_;
  std::set<int> busy_;
};

}  // namespace

RankJob::~RankJob() {
  if (!leads()) return;
  ranks_.note_agreed_end();
  for (int rank = 1; rank < ranks_.size(); ++rank) send_text(ranks_, rank, {});
}

std::unique_ptr<Workers> RankJob::workers(const std::filesystem::path& study, bool keep_runs) {
  return std::make_unique<RankWorkers>(ranks_, study, keep_runs);
}

void RankJob::serve() {
  while (true) {
    const std::string text = receive_text(ranks_, 0);
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
    send_text(ranks_, 0, message.dump());
  }
}

}  // namespace waferloom::study
