// SPDX-License-Identifier: Apache-2.0
// How long a PE takes for a kernel's vector operation.
//
// Timing contract: on SRAM alone, set-up and N elements at the slowest of the multipliers' rate, the memory path's rate
// for this kind of operation and type, and the SRAM's ports. Set-up on a microthread is that of asynchronous operations
// alone: a synchronous one with an operand on the fabric is the running task's next instruction. A single element that
// it sends is on the ramp `pe.issue_latency` later than its cycle, for which nothing waits. With an operand on the
// fabric, each wavelet takes a cycle, or as long as its elements do where that is more; rates that are no whole numbers
// of cycles hold on average. Sources are those of pe/parameters.hpp.
#pragma once

#include <cstdint>

#include "kernels/code.hpp"
#include "pe/parameters.hpp"

namespace waferloom::kernels {

/// Fills in set-up, rates and kind of work of an operation whose operands are known.
void settle_cost(const pe::PeParameters& pe, CodeOperation& operation);

/// Cycles of the main thread for an operation on SRAM of `length` elements; 0 where there is nothing to do.
[[nodiscard]] std::uint64_t main_cycles(const CodeOperation& operation, std::uint64_t length);

}  // namespace waferloom::kernels
