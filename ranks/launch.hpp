// SPDX-License-Identifier: Apache-2.0
// How a process comes to be a rank: `mpirun` (or `srun`) has started it, or it is forked.
#pragma once

#include <memory>

#include "ranks/ranks.hpp"

namespace waferloom::ranks {

/// Whether this process was started as one of several ranks of an MPI job.
[[nodiscard]] bool is_mpi_job();

/// This process among those of its MPI job; once per process. Throws core::HostResourceError where there is no MPI, or
/// another than the one that has started the job; rank 0 says it, others throw Ended. Where it is destroyed while an
/// exception goes up that the ranks have not agreed on, this process ends without a word to MPI, so that the job is
/// ended.
[[nodiscard]] std::unique_ptr<Ranks> join_mpi_job();

/// This process and `size` - 1 others that it forks, all of which go on from here; before there are threads. The
/// others end with this one. On rank 0, throws core::HostResourceError where it waits and one of them was killed.
[[nodiscard]] std::unique_ptr<Ranks> fork_ranks(int size);

}  // namespace waferloom::ranks
