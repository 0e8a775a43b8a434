// SPDX-License-Identifier: Apache-2.0
// `waferloom run --emit slurm`: one run on many ranks as a job for Slurm, which goes on from its last checkpoint where it
// was ended before.
#pragma once

#include <string>
#include <vector>

namespace waferloom::cli {

struct BatchRun {
  std::string name;
  int ranks = 1;
  std::vector<std::string> words;  ///< `run SCENARIO` and its options but those below
  std::string out;                 ///< directory of the results
  std::string every;               ///< between checkpoints
};

/// The script, for sbatch.
[[nodiscard]] std::string slurm_script(const BatchRun& run);

}  // namespace waferloom::cli
