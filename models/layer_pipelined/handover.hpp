// SPDX-License-Identifier: Apache-2.0
// How an activation or a gradient passes from a stage to its neighbour on the wafer.
//
// It lies turned at both: features over rows, tokens over columns. Neighbours beside each other have the same
// rows: the owners send it along the rows to the column next to the neighbour, from where it runs on over the
// neighbour's columns. Neighbours above each other have the same columns, and it goes down or up these likewise,
// to the rows that hold its features. Where one has more columns, its tokens are spread over these, or
// collected from them, along its own rows, by way of one of the columns that both have.
#pragma once

#include <cstdint>
#include <string>

#include "core/geometry.hpp"
#include "models/step_builder.hpp"

namespace waferloom::models {

/// What passes: so many features of each of `entries` things, tokens or rows of a table.
struct Cargo {
  std::string tensor;  ///< given up by the sender; empty: kept
  std::uint64_t features = 0;
  std::uint64_t entries = 0;
  std::uint32_t element_bits = 16;
};

/// Cargo that waits in the tiles next to those that take it.
struct Handover {
  std::uint32_t record = trace::kNoRecord;  ///< that brings it there
  std::uint32_t blocks = 0;
};

/// Sends from `place` towards a stage beside it, above or below, after the builder's last record.
[[nodiscard]] Handover send(StepBuilder& builder, const core::Rectangle& place, const core::Rectangle& to,
                            const Cargo& cargo);

/// Takes what the stage at `from` has sent, over tiles of others if any lie between. Becomes the builder's last
/// record.
void take(StepBuilder& builder, const core::Rectangle& place, const core::Rectangle& from, const Cargo& cargo,
          const Handover& handover);

}  // namespace waferloom::models
