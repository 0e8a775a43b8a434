// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/sram_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "pe/datapath.hpp"

namespace waferloom::wafer {

using trace::Record;

SramLedger::SramLedger(TileServices& services, const RecordParts& parts)
    : services_(services), parts_(parts), live_(parts.tiles()) {
  for (const Record& record : parts.records()) {
    Tensors& tensors = tensors_.emplace_back();
    for (const trace::Allocation& each : record.allocates) {
      tensors.allocates.push_back(tensor_id(each.tensor));
    }
    for (const std::string& tensor : record.frees) tensors.frees.push_back(tensor_id(tensor));
    for (const std::string& tensor : record.operands) tensors.operands.push_back(tensor_id(tensor));
  }
}

std::uint32_t SramLedger::tensor_id(const std::string& name) {
  return tensor_ids_.try_emplace(name, static_cast<std::uint32_t>(tensor_ids_.size())).first->second;
}

bool SramLedger::allocate(const Part& part) {
  const Record& record = part.record;
  std::vector<Live>& live = live_[part.tile];
  const std::size_t before = live.size();
  for (std::size_t i = 0; i < record.allocates.size(); ++i) {
    const std::uint64_t bytes =
        record.allocates[i].bytes.value(part.at.x, record.area.width, part.at.y, record.area.height, 0, 1);
    const auto address = services_.allocate(part.tile, bytes);
    if (!address) {
      for (; live.size() > before; live.pop_back()) services_.release(part.tile, live.back().address);
      return false;
    }
    live.push_back({tensors_[record.id].allocates[i], *address});
  }
  return true;
}

void SramLedger::release(const Part& part) {
  std::vector<Live>& live = live_[part.tile];
  for (const std::uint32_t tensor : tensors_[part.record.id].frees) {
    const auto place =
        std::find_if(live.begin(), live.end(), [&](const Live& l) { return l.tensor == tensor; });
    if (place == live.end()) continue;
    services_.release(part.tile, place->address);
    live.erase(place);
  }
}

bool SramLedger::operands_conflict(const Part& part, const pe::PeParameters& pe) const {
  const std::vector<std::uint32_t>& operands = tensors_[part.record.id].operands;
  if (operands.empty()) return false;
  const std::vector<Live>& live = live_[part.tile];
  std::array<std::uint32_t, 2> addresses{};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto place =
        std::find_if(live.begin(), live.end(), [&](const Live& l) { return l.tensor == operands[i]; });
    if (place == live.end()) {
      const core::Coordinate at = parts_.on_wafer(part.tile);
      throw core::SimulationError(
          fmt::format("tile ({}, {}), record {} ({}): operand \"{}\" is not in SRAM when it is needed", at.x,
                      at.y, part.record.id, part.record.name, part.record.operands[i]));
    }
    addresses[i] = place->address;
  }
  return pe::banks_conflict(pe, addresses[0], addresses[1]);
}

std::string SramLedger::tensors_at(std::uint32_t tile) const {
  std::string text;
  for (const Live& live : live_[tile]) {
    const auto name = std::find_if(tensor_ids_.begin(), tensor_ids_.end(),
                                   [&](const auto& each) { return each.second == live.tensor; });
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name->first);
  }
  return text;
}

}  // namespace waferloom::wafer
