// SPDX-License-Identifier: Apache-2.0
// A set of records that may contain more than were added (a filter of 64 bits): a thread that waits for one of them may
// look again without need, but is never forgotten.
#pragma once

#include <cstdint>

namespace waferloom::wafer {

class RecordSet {
 public:
  void add(std::uint32_t record) { bits_ |= bit(record); }
  void add(RecordSet others) { bits_ |= others.bits_; }
  void add_all() { bits_ = ~std::uint64_t{0}; }
  void clear() { bits_ = 0; }
  /// False: certainly not.
  [[nodiscard]] bool may_hold(std::uint32_t record) const { return (bits_ & bit(record)) != 0; }
  /// False: certainly none is in both.
  [[nodiscard]] bool may_meet(RecordSet others) const { return (bits_ & others.bits_) != 0; }

 private:
  static std::uint64_t bit(std::uint32_t record) { return std::uint64_t{1} << (record % 64U); }
  std::uint64_t bits_ = 0;
};

}  // namespace waferloom::wafer
