// SPDX-License-Identifier: Apache-2.0
// How long the PE's datapath takes for a vector operation on SRAM operands.
//
// Sources (pe/parameters.hpp): multiply-accumulate rates, SRAM bandwidth and the fixed overhead of 6 cycles
// come from the vendor's documents and its cycle simulator: FP32 over N elements takes N + 6 cycles, 2 N + 6
// when both operands lie in banks of the same number modulo 4.
#pragma once

#include <cstdint>

#include "pe/parameters.hpp"

namespace waferloom::pe {

enum class Arithmetic : std::uint8_t { fp16, mixed, fp32 };

struct VectorWork {
  std::uint64_t macs = 0;             ///< multiply-accumulates
  std::uint64_t vector_elements = 0;  ///< other element-wise operations, at the same rate
  std::uint64_t divides = 0;          ///< divisions and square roots
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
  Arithmetic arithmetic = Arithmetic::mixed;
  bool bank_conflict = false;  ///< both operands in banks of the same number modulo 4
};

struct VectorCost {
  std::uint64_t cycles = 0;  ///< without the operation's fixed overhead
  bool sram_bound = false;   ///< SRAM bandwidth or a bank conflict sets the rate
};

/// Cycles on the datapath, rounded up; the slower of arithmetic and SRAM decides.
[[nodiscard]] VectorCost vector_cost(const PeParameters& pe, const VectorWork& work);

/// Whether two SRAM addresses (bytes) are in banks that cannot be read in the same cycle.
[[nodiscard]] bool banks_conflict(const PeParameters& pe, std::uint32_t first, std::uint32_t second);

}  // namespace waferloom::pe
