// SPDX-License-Identifier: Apache-2.0
// MemoryX, the default host behind the wafer's I/O: it holds the weights, takes gradients and runs the
// optimizer.
//
// Timing contract: reads and writes each occupy their direction of the link for size / bandwidth, one after
// the other, and complete a fixed latency later. No latency or optimizer rate is published; both are assumed
// (see fabric/parameters.hpp). The contents are a pattern of the address, so that what arrives can be
// checked.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include "fabric/parameters.hpp"

namespace waferloom::fabric {

class MemoryX : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<MemoryX> socket;

  MemoryX(const sc_core::sc_module_name& name, const MemoryXParameters& parameters);

  /// Time that the optimizer takes for `parameters` weights.
  [[nodiscard]] sc_core::sc_time optimizer_time(std::uint64_t parameters) const;

  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }

  /// The 32-bit word that a read of `address` (a multiple of 4) returns.
  [[nodiscard]] static std::uint32_t word_at(std::uint64_t address);

 private:
  void transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);

  MemoryXParameters parameters_;
  sc_core::sc_time read_free_;   ///< when the reading direction is next free
  sc_core::sc_time write_free_;  ///< when the writing direction is next free
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace waferloom::fabric
