// SPDX-License-Identifier: Apache-2.0
// Simulations side by side: SystemC has one kernel a process, and so each runs in a process of its own, as many at a
// time as there are processors.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace waferloom::burst {

using Job = std::function<std::string()>;

/// What the jobs answer, in their order, however many run at a time. A job of a process of its own changes nothing
/// here; with one processor, or one job, they run in this process. Throws core::Error (interrupted) once `stop` is
/// set, core::HostResourceError where there is no process to be had, core::Error for a job that throws.
[[nodiscard]] std::vector<std::string> side_by_side(const std::vector<Job>& jobs,
                                                    const std::atomic<bool>& stop);

}  // namespace waferloom::burst
