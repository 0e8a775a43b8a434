// SPDX-License-Identifier: Apache-2.0
// How busy each resource is over a time: shares between 0 and 1.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pe/step.hpp"

namespace waferloom::wafer {

/// The resources whose shares are measured. Those of the PEs stand first, in the order of pe::Work.
enum class Share : std::uint8_t {
  arithmetic,   ///< datapaths at work, averaged over PEs: at the datapath's rate,
  sram,         ///< at the SRAM's rate,
  streaming,    ///< and moving or adding wavelets
  row_link,     ///< busiest link between tiles of a row
  column_link,  ///< and of a column
  io_in,        ///< busiest channel into the wafer
  io_out        ///< busiest channel out of it
};
/// Names of columns in tables and of keys in result.json.
inline constexpr std::array<std::string_view, 7> kShareNames{"pe_arithmetic",         "pe_sram",
                                                             "pe_streaming",          "busiest_row_link",
                                                             "busiest_column_link",   "busiest_input_channel",
                                                             "busiest_output_channel"};
inline constexpr std::size_t kShares = kShareNames.size();

[[nodiscard]] constexpr Share share_of(pe::Work work) { return static_cast<Share>(work); }

struct Shares {
  std::array<double, kShares> values{};

  [[nodiscard]] double& operator[](Share share) { return values[static_cast<std::size_t>(share)]; }
  [[nodiscard]] double operator[](Share share) const { return values[static_cast<std::size_t>(share)]; }
  /// The PEs' datapaths, whatever they do.
  [[nodiscard]] double pe() const {
    double sum = 0;
    for (std::size_t work = 0; work < pe::kWorks; ++work) sum += values[work];
    return sum;
  }
  [[nodiscard]] double link() const {
    return std::max((*this)[Share::row_link], (*this)[Share::column_link]);
  }
};

}  // namespace waferloom::wafer
