// SPDX-License-Identifier: Apache-2.0
// The contract of a host: what stands behind the wafer's I/O. Any TLM-2.0 target can be one; beside its socket it says
// how long its optimizer takes.
//
// Timing contract: reads and writes are blocking transports. The annotated delay is the host's answer time; a host
// neither waits in the call nor keeps the initiator from its next call. The optimizer works on one update at a time.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>

#include "core/error.hpp"
#include "core/state/state.hpp"

namespace waferloom::fabric {

class Host : public sc_core::sc_module {
 public:
  /// To be bound to fabric::IoInterface::host.
  [[nodiscard]] virtual tlm::tlm_base_target_socket<>& target() = 0;
  /// Time that the optimizer takes for `parameters` weights.
  [[nodiscard]] virtual sc_core::sc_time optimizer_time(std::uint64_t parameters) const = 0;
  /// What a checkpoint keeps of it, between two calls. Throws core::InputError where a host cannot.
  virtual void archive(core::State& state) {
    static_cast<void>(state);
    throw core::InputError(std::string("io.host: ") + name() +
                           ": expected a host that can be kept in a checkpoint");
  }

 protected:
  explicit Host(const sc_core::sc_module_name& name) : sc_module(name) {}
};

/// A host without real weights: its contents are a pattern of the address, so that what arrives can be checked, and what
/// is written is counted and forgotten.
///
/// It takes whole 32-bit words by reads and writes. Other requests get the response that TLM-2.0 has for
/// them: byte enables, other commands, an address that is no multiple of 4, a length that is no multiple of 4 or is 0,
/// and a streaming width below the length (a burst error).
class PatternHost : public Host {
 public:
  tlm_utils::simple_target_socket<PatternHost> socket;

  [[nodiscard]] tlm::tlm_base_target_socket<>& target() override { return socket; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  void archive(core::State& state) override { state(bytes_read_, bytes_written_); }

  /// The 32-bit word that a read of `address` (a multiple of 4) returns.
  [[nodiscard]] static std::uint32_t word_at(std::uint64_t address);

 protected:
  explicit PatternHost(const sc_core::sc_module_name& name);
  /// Adds to `delay` the time until it has sent, or taken, `bytes`.
  virtual void serve(bool read, std::uint64_t bytes, sc_core::sc_time& delay) = 0;

 private:
  void transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);

  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace waferloom::fabric
