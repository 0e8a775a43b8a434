// SPDX-License-Identifier: Apache-2.0
// Follows a trace's allocations in program order and refuses one that does not fit the SRAM of a PE.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "trace/record.hpp"

namespace waferloom::models {

class SramCheck {
 public:
  explicit SramCheck(std::uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  /// Throws core::InputError that names the tile, the record, what is missing and the largest live tensors.
  void add(const trace::Record& record);
  [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }

 private:
  [[noreturn]] void fail(const trace::Record& record) const;

  std::uint64_t capacity_bytes_;
  std::uint64_t used_bytes_ = 0;
  std::uint64_t peak_bytes_ = 0;
  std::map<std::string, std::uint64_t> live_;
};

}  // namespace waferloom::models
