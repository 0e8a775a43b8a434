// SPDX-License-Identifier: Apache-2.0
// Strict reading of JSON that others may have written: a limit to nesting, no key twice in an object, and one
// kind of error. The library's own parser takes any depth, so that code which walks the tree may run out of stack, and
// of a key that stands twice it takes the last.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace waferloom::core {

/// Brackets within brackets that a text may have.
inline constexpr std::size_t kDeepestJson = 64;

/// A text that cannot be taken; the message says what was expected.
class JsonError : public std::runtime_error {
 public:
  /// `byte`: of the text where the fault was seen, from 1; 0 where that is not known.
  explicit JsonError(const std::string& message, std::size_t byte = 0)
      : std::runtime_error(message), byte_(byte) {}
  [[nodiscard]] std::size_t byte() const { return byte_; }

 private:
  std::size_t byte_;
};

/// Throws JsonError.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);
/// The same with keys in the text's order.
[[nodiscard]] nlohmann::ordered_json parse_ordered_json(std::string_view text);
/// The same of a file's content; what cannot be read is an error as well.
[[nodiscard]] nlohmann::ordered_json load_json(const std::filesystem::path& file);

}  // namespace waferloom::core
