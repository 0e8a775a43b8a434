// SPDX-License-Identifier: Apache-2.0
// A long text that is passed on in parts while it is made: the maps of a whole wafer are 150 MB, which need not be in
// memory at once.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace waferloom::results {

class TextParts {
 public:
  /// `take` gets the parts in order.
  explicit TextParts(std::function<void(std::string_view)> take)
      : take_(std::move(take)), buffer_(new char[kPartBytes]) {}

  TextParts& put(std::string_view text) {
    if (text.size() > kPartBytes - used_) flush();
    if (text.size() > kPartBytes) {
      take_(text);
    } else {
      text.copy(buffer_.get() + used_, text.size());
      used_ += text.size();
    }
    return *this;
  }
  TextParts& put(char character) { return put(std::string_view(&character, 1)); }
  TextParts& put(std::uint64_t number) {
    const fmt::format_int text(number);
    return put(std::string_view(text.data(), text.size()));
  }
  TextParts& put(std::uint32_t number) { return put(std::uint64_t{number}); }

  /// Hands on what is left.
  void flush() {
    if (used_ != 0) take_({buffer_.get(), std::exchange(used_, 0)});
  }

 private:
  static constexpr std::size_t kPartBytes = std::size_t{1} << 18U;

  std::function<void(std::string_view)> take_;
  // Not initialized: each part is written before it is read.
  std::unique_ptr<char[]> buffer_;  // NOLINT(modernize-avoid-c-arrays): std::vector would fill it
  std::size_t used_ = 0;
};

}  // namespace waferloom::results
