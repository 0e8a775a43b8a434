// SPDX-License-Identifier: Apache-2.0
#include "trace/line.hpp"

#include <fmt/format.h>

#include <boost/crc.hpp>

namespace waferloom::trace {

std::uint32_t checksum(std::string_view json) {
  boost::crc_32_type crc;
  crc.process_bytes(json.data(), json.size());
  return crc.checksum();
}

std::string make_line(std::string_view json) { return fmt::format("{}\t{:08x}", json, checksum(json)); }

}  // namespace waferloom::trace
