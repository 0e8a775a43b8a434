// SPDX-License-Identifier: Apache-2.0
#include "trace/shared_stream.hpp"

#include "trace/quantities.hpp"

namespace waferloom::trace {

std::uint64_t host_wavelets(const Record& stream, std::uint32_t column) {
  return is_home(stream, column) ? wavelets_of_blocks(stream, column, 0) : 0;
}

}  // namespace waferloom::trace
