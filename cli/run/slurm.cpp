// SPDX-License-Identifier: Apache-2.0
#include "cli/run/slurm.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "study/launch/emit.hpp"

namespace waferloom::cli {

std::string slurm_script(const BatchRun& run) {
  std::string command = "mpirun --bind-to core --mca odls_base_sigkill_timeout 60 " +
                        study::quoted(std::filesystem::read_symlink("/proc/self/exe").string());
  for (const std::string& word : run.words) command += " " + study::quoted(word);
  return fmt::format(
      "#!/bin/sh\n"
      "#SBATCH --job-name={}\n"
      "#SBATCH --ntasks={}\n"
      "#SBATCH --cpus-per-task=1\n"
      "#SBATCH --requeue\n"
      "#SBATCH --open-mode=append\n"
      "# Started again after it was ended, the job goes on from its last checkpoint.\n"
      "out={}\n"
      "if [ -f \"$out/checkpoint\" ]; then\n"
      "  exec {} --resume \"$out\" --checkpoint {}\n"
      "fi\n"
      "# What ended before its first checkpoint begins anew.\n"
      "if [ -d \"$out\" ] && [ ! -f \"$out/result.json\" ]; then mv \"$out\" \"$out.ended-$(date +%s)\"; fi\n"
      "exec {} --out \"$out\" --checkpoint {}\n",
      study::slurm_quoted(run.name), run.ranks, study::quoted(run.out), command, study::quoted(run.every),
      command, study::quoted(run.every));
}

}  // namespace waferloom::cli
