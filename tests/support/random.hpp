// SPDX-License-Identifier: Apache-2.0
// Random choices of tests: the same for the same seed on every machine.
#pragma once

#include <cstdint>
#include <iterator>
#include <random>

namespace waferloom::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint32_t between(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(engine_() % (most - least + 1));
  }
  bool chance(std::uint32_t percent) { return between(0, 99) < percent; }
  template <class List>
  auto one_of(const List& list) {
    return list[between(0, static_cast<std::uint32_t>(std::size(list)) - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace waferloom::test
