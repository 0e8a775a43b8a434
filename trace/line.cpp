// SPDX-License-Identifier: Apache-2.0
#include "trace/line.hpp"

#include <fmt/format.h>

#include <boost/crc.hpp>

namespace waferloom::trace {

std::uint32_t checksum(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return crc.checksum();
}

std::string make_line(std::string_view text) { return fmt::format("{}\t{:08x}", text, checksum(text)); }

}  // namespace waferloom::trace
