// SPDX-License-Identifier: Apache-2.0
// What waferloom-mpi.so, which alone is linked with MPI, and the program know of each other.
#pragma once

#include "ranks/ranks.hpp"

namespace waferloom::ranks {

inline constexpr const char* kMpiModule = "waferloom-mpi.so";
inline constexpr const char* kMpiVersion = "waferloom_mpi_version";
inline constexpr const char* kMpiJoin = "waferloom_mpi_join";

/// The version of the program that the module is of.
using MpiVersion = const char* (*)();
/// This process among those of its MPI job, once per process; whoever calls it deletes it.
using MpiJoin = Ranks* (*)();

}  // namespace waferloom::ranks
