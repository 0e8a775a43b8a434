// SPDX-License-Identifier: Apache-2.0
// A workload of Chakra execution traces, one file for each rank, or one for all where no node names a rank.
//
// A collective is what the nodes of all ranks of its group (`pg_name`; none: all ranks) say together, the first with
// the first and so on. A message is a send and a receive, matched by ranks and tag in the order of the files; it goes
// when its sender is ready, and who waits for the receive waits for it and for what the receive waits for.
// Missing nodes, ends of messages and members of collectives, and cycles, are told with file and node.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "trace/import/workload.hpp"

namespace waferloom::trace {

/// `ranks`: how many run the one file that is given. Throws core::InputError.
[[nodiscard]] Workload chakra_workload(const std::vector<std::filesystem::path>& files,
                                       std::optional<std::uint32_t> ranks);

}  // namespace waferloom::trace
