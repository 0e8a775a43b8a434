// SPDX-License-Identifier: Apache-2.0
#include "pe/datapath.hpp"

#include <algorithm>
#include <cmath>

#include "core/arithmetic.hpp"

namespace waferloom::pe {

using core::ceil_div;

namespace {

std::uint32_t macs_per_cycle(const PeParameters& pe, Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::fp16:
      return pe.fp16_macs_per_cycle;
    case Arithmetic::mixed:
      return pe.mixed_macs_per_cycle;
    case Arithmetic::fp32:
      return pe.fp32_macs_per_cycle;
  }
  return 1;
}

}  // namespace

VectorCost vector_cost(const PeParameters& pe, const VectorWork& work) {
  const std::uint64_t arithmetic =
      ceil_div(work.macs + work.vector_elements, macs_per_cycle(pe, work.arithmetic)) +
      work.divides * pe.divide_cycles;
  const std::uint64_t sram = std::max(ceil_div(work.read_bytes, pe.sram_read_bytes_per_cycle),
                                      ceil_div(work.write_bytes, pe.sram_write_bytes_per_cycle));
  const std::uint64_t cycles = std::max(arithmetic, sram);
  if (work.bank_conflict) {
    return {static_cast<std::uint64_t>(std::ceil(static_cast<double>(cycles) * pe.bank_conflict_factor)),
            true};
  }
  return {cycles, sram > arithmetic};
}

bool banks_conflict(const PeParameters& pe, std::uint32_t first, std::uint32_t second) {
  constexpr std::uint32_t kGroups = 4;  // reads go in parallel where the banks differ modulo 4 [D]
  const std::uint32_t bank_bytes = pe.sram_bytes / pe.sram_banks;
  return (first / bank_bytes) % kGroups == (second / bank_bytes) % kGroups;
}

}  // namespace waferloom::pe
