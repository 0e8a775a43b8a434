// SPDX-License-Identifier: Apache-2.0
// In place of mpi_ranks.cpp where MPI is not installed: an MPI job is refused.
#include "core/error.hpp"
#include "ranks/launch.hpp"

namespace waferloom::ranks {

std::unique_ptr<Ranks> join_mpi_job() {
  throw core::InputError(
      "mpirun: expected a waferloom that was built with MPI (libopenmpi-dev), got one without");
}

}  // namespace waferloom::ranks
