// SPDX-License-Identifier: Apache-2.0
#include "fabric/memoryx.hpp"

#include <algorithm>
#include <cstring>

namespace waferloom::fabric {

using sc_core::sc_time;

MemoryX::MemoryX(const sc_core::sc_module_name& name, const MemoryXParameters& parameters)
    : sc_module(name), socket("socket"), parameters_(parameters) {
  socket.register_b_transport(this, &MemoryX::transport);
}

std::uint32_t MemoryX::word_at(std::uint64_t address) {
  return static_cast<std::uint32_t>((address / 4) * 2654435761U);
}

sc_time MemoryX::optimizer_time(std::uint64_t parameters) const {
  return {static_cast<double>(parameters) / parameters_.optimizer_parameters_per_s, sc_core::SC_SEC};
}

void MemoryX::transport(tlm::tlm_generic_payload& transaction, sc_time& delay) {
  const std::size_t bytes = transaction.get_data_length();
  const bool read = transaction.is_read();
  if (read) {
    for (std::size_t offset = 0; offset + 4 <= bytes; offset += 4) {
      const std::uint32_t word = word_at(transaction.get_address() + offset);
      std::memcpy(transaction.get_data_ptr() + offset, &word, sizeof word);
    }
    bytes_read_ += bytes;
  } else {
    bytes_written_ += bytes;
  }
  const sc_time now = sc_core::sc_time_stamp() + delay;
  sc_time& free = read ? read_free_ : write_free_;
  free = std::max(free, now) +
         sc_time(static_cast<double>(bytes) * 8.0 / parameters_.bandwidth_bits_per_s, sc_core::SC_SEC);
  delay = free - sc_core::sc_time_stamp() + sc_time(parameters_.latency_s, sc_core::SC_SEC);
  transaction.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace waferloom::fabric
