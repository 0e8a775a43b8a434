// SPDX-License-Identifier: Apache-2.0
// Points on the ranks of an MPI job (`mpirun -n N waferloom sweep`), through Boost.MPI. Rank 0 leads: it deals the
// points out, and runs one at a time itself; the others serve. All ranks share the study's directory.
#pragma once

#include <filesystem>
#include <memory>

#include "study/launch/workers.hpp"

namespace waferloom::study {

class MpiJob {
 public:
  /// Throws core::InputError where this program was built without MPI.
  MpiJob();
  /// On rank 0: sends the others home, also when what it led has failed.
  ~MpiJob();
  MpiJob(const MpiJob&) = delete;
  MpiJob& operator=(const MpiJob&) = delete;

  [[nodiscard]] bool leads() const;
  /// On rank 0: one place on each rank.
  [[nodiscard]] std::unique_ptr<Workers> workers(const std::filesystem::path& study, bool keep_runs);
  /// On the others: runs what it gets until it is sent home.
  void serve();

 private:
  struct Ranks;
  std::unique_ptr<Ranks> ranks_;
};

}  // namespace waferloom::study
