// SPDX-License-Identifier: Apache-2.0
// Where arithmetic and SRAM hold each other up. A vector operation takes as long as the slower of the two; where both
// take about as long, more of one alone buys nothing, and naming one of them would be half the truth.
#pragma once

#include <vector>

#include "pe/parameters.hpp"
#include "trace/record.hpp"
#include "wafer/program/groups.hpp"

namespace waferloom::wafer {

/// By group: of the time that its compute records take on the datapath, the part of records in which the faster of
/// arithmetic and SRAM takes at least kTie of the slower's time. A record is judged by its mean block on its mean tile.
[[nodiscard]] std::vector<double> even_work(const pe::PeParameters& pe,
                                            const std::vector<trace::Record>& records,
                                            const Grouping& grouping);

}  // namespace waferloom::wafer
