// SPDX-License-Identifier: Apache-2.0
// What is fed with bad input: each reads one kind of text as the program does, and may refuse it with an error of
// core/error.hpp, in no other way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/structured.hpp"

namespace waferloom::fuzz {

class Target {
 public:
  virtual ~Target() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual std::vector<std::string> seeds() const = 0;
  /// What inputs are made of, and keys that they may have.
  [[nodiscard]] virtual Form form() const = 0;
  [[nodiscard]] virtual const std::vector<KnownKey>& keys() const = 0;
  /// About how many times as long an input takes as one of the cheapest target, measured.
  [[nodiscard]] virtual std::uint64_t cost() const = 0;
  /// Throws core::Error where `input` is refused. `scratch`: a directory of its own.
  virtual void take(const std::string& input, const std::filesystem::path& scratch) = 0;
};

/// `source`: the repository, where the seeds lie.
[[nodiscard]] std::vector<std::unique_ptr<Target>> all_targets(const std::filesystem::path& source);

}  // namespace waferloom::fuzz
