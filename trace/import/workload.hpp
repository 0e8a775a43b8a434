// SPDX-License-Identifier: Apache-2.0
// A workload of ranks, as other tools describe them: steps of computation, collectives and messages, each after others.
// What the readers of foreign files make, and what is lowered to records on a wafer (trace/import/lower.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/record.hpp"

namespace waferloom::trace {

enum class Collective : std::uint8_t {
  all_reduce,
  reduce_scatter,
  all_gather,
  all_to_all,
  broadcast,
  reduce,
  gather,
  scatter,
  barrier
};

struct RankStep {
  enum class Kind : std::uint8_t { compute, collective, message };

  Kind kind = Kind::compute;
  std::string name;
  std::string operation;
  std::uint32_t layer = kNoLayer;
  Phase phase = Phase::forward;

  /// compute: who does it, each as much. message: sender and receiver.
  std::vector<std::uint32_t> ranks;
  std::uint64_t operations = 0;  ///< of a rank: additions and multiplications
  std::uint64_t read_bytes = 0;  ///< of a rank's memory
  std::uint64_t write_bytes = 0;
  double seconds = 0;  ///< that it took where it was traced

  std::vector<std::vector<std::uint32_t>> groups;  ///< collective: of ranks, each by itself
  Collective collective = Collective::all_reduce;
  std::uint32_t root = 0;  ///< place in the group
  /// message: its size. collective: of the whole vector of a rank; all_gather, gather: of a rank's own part.
  std::uint64_t bytes = 0;

  std::vector<std::uint32_t>
      after;  ///< earlier steps: who takes part in both waits for its own share of them
};

struct Workload {
  std::string name;
  std::string description;
  std::uint32_t ranks = 0;
  std::vector<std::string> notes;  ///< what of the files has no counterpart here
  std::vector<RankStep> steps;     ///< each after those that it waits for
};

}  // namespace waferloom::trace
