// SPDX-License-Identifier: Apache-2.0
// What PEs work on, in words for viewers: the values of the signals `pe.operation` and `pe.layer` by the tag of the step
// that a PE works on or that waits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waferloom::wafer {

class WorkNames {
 public:
  /// By tag. Blanks become underscores, as formats of waveforms part words by them; tags of the same name share a value.
  explicit WorkNames(const std::vector<std::string>& by_tag);
  WorkNames(const WorkNames&) = delete;
  WorkNames& operator=(const WorkNames&) = delete;

  /// Names of the values; the first stands for no work.
  [[nodiscard]] std::span<const std::string_view> texts() const { return views_; }
  [[nodiscard]] std::uint64_t value_of(std::uint32_t tag) const {
    return tag < value_of_tag_.size() ? value_of_tag_[tag] : 0;
  }

 private:
  std::vector<std::string> texts_;
  std::vector<std::string_view> views_;
  std::vector<std::uint32_t> value_of_tag_;
};

}  // namespace waferloom::wafer
