// SPDX-License-Identifier: Apache-2.0
// The numbers that a kernel has for one tile. What was asked for, and the answers, are noted: what is made of a tile
// depends on nothing else, so that a tile with the same answers has the same code.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/code.hpp"
#include "kernels/kernel.hpp"

namespace waferloom::kernels {

struct Asked {
  const Expression* expression = nullptr;
  std::optional<std::int64_t> answer;  ///< none: of one that changes as a tile runs, and nothing else settles
};

class Numbers {
 public:
  Numbers(std::uint32_t x, std::uint32_t y) : slots_{x, y} {}

  /// Of an expression that a run does not change. Throws core::InputError.
  [[nodiscard]] std::int64_t number(const Placed& placed);
  [[nodiscard]] std::int64_t number(const Placed& placed, std::int64_t least, std::int64_t most);
  [[nodiscard]] bool holds(const std::optional<Placed>& condition) {
    return !condition || number(*condition) != 0;
  }
  /// Whether a condition holds; none: the run decides.
  [[nodiscard]] std::optional<bool> decided(const Placed& condition);
  /// A settled number, or the expression that the run evaluates.
  [[nodiscard]] Number settle(const Placed& placed);

  [[noreturn]] void fail(const Location& where, const std::string& key, const std::string& message) const;
  [[nodiscard]] std::vector<Asked> take() { return std::move(asked_); }
  /// Whether all of `asked` has the same answers at (x, y).
  [[nodiscard]] static bool same(const std::vector<Asked>& asked, std::uint32_t x, std::uint32_t y);

 private:
  std::array<std::int64_t, kFirstFreeSlot> slots_;
  std::vector<Asked> asked_;
};

}  // namespace waferloom::kernels
