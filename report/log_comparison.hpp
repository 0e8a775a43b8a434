// SPDX-License-Identifier: Apache-2.0
// Two logs of landings beside each other, wavelet by wavelet: the n-th that lands in a queue (a tile, a color, a link)
// in the one is the n-th there in the other. Cycles count from each log's first landing that the other has too.
#pragma once

#include <map>
#include <string>

#include "report/landings.hpp"

namespace waferloom::report {

/// How the other's tiles and colors are called in ours.
struct LogMatch {
  std::int64_t shift_x = 0;  ///< added to the other's columns
  std::int64_t shift_y = 0;
  std::map<std::uint32_t, std::uint32_t> colors;  ///< the other's color: ours; empty: the same ones, all
};

/// The other's landings in our terms; those whose color has no counterpart or that fall off the mesh are left out.
[[nodiscard]] Landings renamed(const Landings& other, const LogMatch& match);

struct LogComparison {
  std::uint64_t matched = 0;  ///< wavelets in both
  std::uint64_t only_theirs = 0;
  std::uint64_t only_ours = 0;
  std::uint64_t same_cycle = 0;  ///< of the matched
  std::int64_t earliest = 0;     ///< ours against theirs, in cycles, of the matched
  std::int64_t latest = 0;
  core::Cycle their_start = 0;  ///< from which their cycles count
  core::Cycle our_start = 0;
  /// The first wavelet that lands in another cycle, by theirs.
  struct Difference {
    Queue queue;
    std::size_t number = 0;  ///< in its queue
    core::Cycle theirs = 0;
    std::int64_t late = 0;
  };
  std::vector<Difference> first_differences;  ///< of each queue that has one, the first of them first
  std::vector<std::pair<Queue, std::int64_t>>
      counts;  ///< queues with other numbers of wavelets: ours less theirs
};

[[nodiscard]] LogComparison compare_logs(const Landings& theirs, const Landings& ours);

/// For the terminal; at most `most` queues of each kind are named.
[[nodiscard]] std::string log_comparison_text(const LogComparison& comparison, std::size_t most);

/// What our landings use of the printed routes, in the same terms: inputs that the routes do not have, and those that
/// no wavelet used. For the terminal.
[[nodiscard]] std::string routes_text(const PrintedRoutes& routes, const LogMatch& match,
                                      const Landings& ours, std::size_t most);

}  // namespace waferloom::report
