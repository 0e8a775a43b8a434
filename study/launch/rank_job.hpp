// SPDX-License-Identifier: Apache-2.0
// Points on the ranks of an MPI job (`mpirun -n N waferloom sweep`). Rank 0 leads: it deals the points out, and runs one
// at a time itself; the others serve. All ranks share the study's directory.
#pragma once

#include <filesystem>
#include <memory>

#include "ranks/ranks.hpp"
#include "study/launch/workers.hpp"

namespace waferloom::study {

class RankJob {
 public:
  /// `ranks` have to outlive this.
  explicit RankJob(ranks::Ranks& ranks) : ranks_(ranks) {}
  /// On rank 0: sends the others home, also when what it led has failed.
  ~RankJob();
  RankJob(const RankJob&) = delete;
  RankJob& operator=(const RankJob&) = delete;

  [[nodiscard]] bool leads() const { return ranks_.leads(); }
  /// On rank 0: one place on each rank.
  [[nodiscard]] std::unique_ptr<Workers> workers(const std::filesystem::path& study, bool keep_runs);
  /// On the others: runs what it gets until it is sent home.
  void serve();

 private:
  ranks::Ranks& ranks_;
};

}  // namespace waferloom::study
