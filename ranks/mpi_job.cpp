// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "ranks/launch.hpp"

namespace waferloom::ranks {

bool is_mpi_job() {
  // NOLINTBEGIN(concurrency-mt-unsafe): no thread changes the environment
  return std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || std::getenv("PMI_SIZE") != nullptr;
  // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace waferloom::ranks
