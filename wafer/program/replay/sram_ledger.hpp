// SPDX-License-Identifier: Apache-2.0
// Which tensors lie in the SRAM of each tile, and where. A part takes room for what its record allocates as it begins,
// all of it or none, and gives back what its record frees as it is finished.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/state/state.hpp"
#include "pe/parameters.hpp"
#include "wafer/program/replay/record_parts.hpp"
#include "wafer/program/tile_services.hpp"

namespace waferloom::wafer {

class SramLedger {
 public:
  SramLedger(TileServices& services, const RecordParts& parts);

  /// False: there is no room, and nothing has changed.
  [[nodiscard]] bool allocate(const Part& part);
  void release(const Part& part);
  /// Whether a part's operands lie in banks that cannot be read together. Throws where one is not there.
  [[nodiscard]] bool operands_conflict(const Part& part, const pe::PeParameters& pe) const;
  /// Names, for messages.
  [[nodiscard]] std::string tensors_at(std::uint32_t tile) const;
  void archive(core::State& state, std::uint32_t tile) { state(live_[tile]); }

 private:
  struct Live {
    std::uint32_t tensor;
    std::uint32_t address;
  };
  /// Of a record.
  struct Tensors {
    std::vector<std::uint32_t> allocates;
    std::vector<std::uint32_t> frees;
    std::vector<std::uint32_t> operands;
  };
  std::uint32_t tensor_id(const std::string& name);

  TileServices& services_;
  const RecordParts& parts_;
  std::unordered_map<std::string, std::uint32_t> tensor_ids_;
  std::vector<Tensors> tensors_;
  std::vector<std::vector<Live>> live_;  ///< by tile
};

}  // namespace waferloom::wafer
