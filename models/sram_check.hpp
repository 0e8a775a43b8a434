// SPDX-License-Identifier: Apache-2.0
// Follows a trace's allocations in program order and compares them with the SRAM of a PE.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "trace/record.hpp"

namespace waferloom::models {

/// A step that does not fit the SRAM; a larger or another one may be what is asked for (models/sram_need.hpp).
class SramMisfit : public core::InputError {
 public:
  using core::InputError::InputError;
};

class SramCheck {
 public:
  /// What happens as more is needed than there is.
  enum class Misfit : std::uint8_t {
    refuse,  ///< SramMisfit
    note     ///< described in misfit()
  };
  explicit SramCheck(std::uint64_t capacity_bytes, Misfit on_misfit = Misfit::refuse)
      : capacity_bytes_(capacity_bytes), on_misfit_(on_misfit) {}

  void add(const trace::Record& record);
  /// The most that a PE needs at once.
  [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
  /// Where the most is needed, if it is more than there is: tile, record, what is missing and the largest live
  /// tensors; else empty.
  [[nodiscard]] const std::string& misfit() const { return misfit_; }

 private:
  [[nodiscard]] std::string describe(const trace::Record& record) const;

  std::uint64_t capacity_bytes_;
  Misfit on_misfit_;
  std::uint64_t used_bytes_ = 0;
  std::uint64_t peak_bytes_ = 0;
  std::string misfit_;
  std::map<std::string, std::uint64_t> live_;
  std::set<std::pair<std::uint64_t, std::string>> by_size_;  ///< the same
};

}  // namespace waferloom::models
