// SPDX-License-Identifier: Apache-2.0
#include "core/version.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/crc.hpp>
#include <fstream>

namespace waferloom::core {

std::string_view version() { return WAFERLOOM_VERSION; }

std::string program() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  boost::crc_32_type crc;
  constexpr std::size_t kPartBytes = 65536;
  std::array<char, kPartBytes> part{};
  while (file) {
    file.read(part.data(), part.size());
    crc.process_bytes(part.data(), static_cast<std::size_t>(file.gcount()));
  }
  return fmt::format("waferloom {}, build {:08x}", version(), crc.checksum());
}

}  // namespace waferloom::core
