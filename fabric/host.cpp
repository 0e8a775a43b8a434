// SPDX-License-Identifier: Apache-2.0
#include "fabric/host.hpp"

#include <cstring>

#include "core/wavelet.hpp"

namespace waferloom::fabric {

namespace {

tlm::tlm_response_status check(const tlm::tlm_generic_payload& transaction) {
  const std::uint64_t length = transaction.get_data_length();
  if (!transaction.is_read() && !transaction.is_write()) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (transaction.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (transaction.get_address() % core::kWaveletBytes != 0) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (length == 0 || length % core::kWaveletBytes != 0) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (transaction.get_streaming_width() < length) return tlm::TLM_BURST_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

}  // namespace

PatternHost::PatternHost(const sc_core::sc_module_name& name) : Host(name), socket("socket") {
  socket.register_b_transport(this, &PatternHost::transport);
}

std::uint32_t PatternHost::word_at(std::uint64_t address) {
  return static_cast<std::uint32_t>((address / core::kWaveletBytes) * 2654435761U);
}

void PatternHost::transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  const tlm::tlm_response_status status = check(transaction);
  transaction.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) return;
  const std::uint64_t bytes = transaction.get_data_length();
  if (transaction.is_read()) {
    for (std::uint64_t offset = 0; offset < bytes; offset += core::kWaveletBytes) {
      const std::uint32_t word = word_at(transaction.get_address() + offset);
      std::memcpy(transaction.get_data_ptr() + offset, &word, sizeof word);
    }
    bytes_read_ += bytes;
  } else {
    bytes_written_ += bytes;
  }
  serve(transaction.is_read(), bytes, delay);
}

}  // namespace waferloom::fabric
