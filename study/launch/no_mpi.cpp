// SPDX-License-Identifier: Apache-2.0
// In place of mpi_job.cpp where MPI is not installed: an MPI job is refused.
#include "core/error.hpp"
#include "study/launch/mpi_job.hpp"

namespace waferloom::study {

struct MpiJob::Ranks {};

MpiJob::MpiJob() {
  throw core::InputError(
      "mpirun: expected a waferloom that was built with MPI (libboost-mpi-dev), got one without");
}
MpiJob::~MpiJob() = default;
bool MpiJob::leads() const { return true; }
std::unique_ptr<Workers> MpiJob::workers(const std::filesystem::path& study, bool keep_runs) {
  return std::make_unique<LocalWorkers>(study, keep_runs, 1);
}
void MpiJob::serve() {}

}  // namespace waferloom::study
