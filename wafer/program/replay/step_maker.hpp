// SPDX-License-Identifier: Apache-2.0
// Makes steps: what a thread does for one block of a part. Depends on the record, the tile's place and the block
// alone, never on how far a run is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pe/datapath.hpp"
#include "pe/parameters.hpp"
#include "pe/step.hpp"
#include "wafer/program/chain.hpp"
#include "wafer/program/replay/record_parts.hpp"
#include "wafer/program/replay/share_tables.hpp"
#include "wafer/program/step_share.hpp"

namespace waferloom::wafer {

inline constexpr std::uint32_t kNoBlock = 0xffffffff;

/// What is to be known of a step beside itself.
struct StepNotes {
  std::uint64_t expected = 0;          ///< payload that it should take in
  std::uint32_t own_block = kNoBlock;  ///< where tiles take turns and it is this tile's
};

class StepMaker {
 public:
  /// `tags`: of each record, whom to account its steps to. All have to outlive this.
  StepMaker(const pe::PeParameters& pe, const RecordParts& parts, const std::vector<std::uint32_t>& tags);

  /// Which block the `index`-th step of a part's thread is for, and what a record on a line does with it there.
  [[nodiscard]] static ChainStep at(const Part& part, Flow flow, std::uint64_t index);
  /// Makes `step`; none: the block has no work here, and the step is of no meaning.
  [[nodiscard]] std::optional<StepNotes> make(const Part& part, Flow flow, const ChainStep& chain,
                                              bool bank_conflict, pe::Step& step) const;
  /// What a step for `own_block` (kNoBlock: of no tile by itself) stands for.
  [[nodiscard]] static StepShare share(const Part& part, std::uint32_t own_block);

 private:
  /// Of a record.
  struct Amounts {
    AmountTable elements;
    AmountTable macs;
    AmountTable vector_elements;
    AmountTable divides;
    AmountTable read_bytes;
    AmountTable write_bytes;
  };

  /// A tile's work for one block of a compute record.
  [[nodiscard]] pe::VectorWork work_of(const Part& part, std::uint64_t block, bool bank_conflict) const;
  /// Wavelets of a block on a line, or of a stream in a column.
  [[nodiscard]] std::uint64_t wavelets(const trace::Record& record, core::Coordinate at,
                                       std::uint64_t block) const;
  [[nodiscard]] std::optional<StepNotes> make_chain_step(const Part& part, Flow flow, const ChainStep& chain,
                                                         pe::Step& step) const;
  [[nodiscard]] std::optional<StepNotes> make_compute_step(const Part& part, std::uint64_t index,
                                                           bool bank_conflict, pe::Step& step) const;
  /// The record's block that a tile has at a place of its order.
  [[nodiscard]] std::uint64_t block_of(const Part& part, std::uint64_t ordinal) const;

  const pe::PeParameters& pe_;
  const RecordParts& parts_;
  const std::vector<std::uint32_t>& tags_;
  ShareTables shares_;
  std::vector<Amounts> amounts_;  ///< by record
};

}  // namespace waferloom::wafer
