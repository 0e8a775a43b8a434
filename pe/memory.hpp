// SPDX-License-Identifier: Apache-2.0
// The SRAM of a region's PEs in the SystemC hierarchy: the PEs allocate through their port `memory`.
#pragma once

#include <cstdint>
#include <optional>
#include <systemc>

#include "pe/sram.hpp"

namespace waferloom::pe {

/// The SRAM's interface for its PEs.
class MemoryAccess : public virtual sc_core::sc_interface {
 public:
  /// See SramArray.
  [[nodiscard]] virtual std::optional<std::uint32_t> allocate(std::uint32_t tile, std::uint64_t bytes) = 0;
  virtual void release(std::uint32_t tile, std::uint32_t address) = 0;
};

/// The SRAM of a region.
class Memory final : public sc_core::sc_module, public MemoryAccess {
 public:
  Memory(const sc_core::sc_module_name& name, const PeParameters& parameters, std::size_t tiles)
      : sc_module(name), array_(parameters, tiles) {}

  [[nodiscard]] std::optional<std::uint32_t> allocate(std::uint32_t tile, std::uint64_t bytes) override {
    return array_.allocate(tile, bytes);
  }
  void release(std::uint32_t tile, std::uint32_t address) override { array_.release(tile, address); }
  [[nodiscard]] const SramArray& array() const { return array_; }
  void archive(core::State& state, std::uint32_t tile) { array_.archive(state, tile); }

 private:
  SramArray array_;
};

/// One tile's SRAM in the SystemC hierarchy: a name and a view of its place in its region's. It is made when the
/// tile is asked for.
class Sram : public sc_core::sc_module {
 public:
  Sram(const sc_core::sc_module_name& name, const SramArray& array, std::uint32_t index)
      : sc_module(name), array_(array), index_(index) {}
  [[nodiscard]] std::uint32_t used() const { return array_.used(index_); }
  [[nodiscard]] std::uint32_t high_water() const { return array_.high_water(index_); }

 private:
  const SramArray& array_;
  std::uint32_t index_;
};

}  // namespace waferloom::pe
