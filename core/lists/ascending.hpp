// SPDX-License-Identifier: Apache-2.0
// Brings a list of places into their order, each once: places that follow each other lie in the same pages of memory, and
// a list that has grown as events came leaps from one to the other. A bit per place is set and found again, which takes a
// few instructions each, where sorting would take more than it brings.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace waferloom::core {

class Ascending {
 public:
  /// Short lists stay as they are.
  void order(std::vector<std::uint32_t>& places) {
    if (places.size() < kLeast) return;
    for (const std::uint32_t place : places) {
      const std::size_t word = place / kBits;
      if (word >= words_.size()) [[unlikely]]
        grow(word);
      words_[word] |= bit_of(place);
      filled_[word / kBits] |= bit_of(word);
    }
    std::uint32_t* next = places.data();
    for (std::size_t block = 0; block < filled_.size(); ++block) {
      for (std::uint64_t rest = filled_[block]; rest != 0; rest &= rest - 1) {
        const std::size_t word = block * kBits + static_cast<std::size_t>(std::countr_zero(rest));
        for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
          *next++ =
              static_cast<std::uint32_t>(word * kBits + static_cast<std::size_t>(std::countr_zero(bits)));
        }
        words_[word] = 0;
      }
      filled_[block] = 0;
    }
    places.resize(static_cast<std::size_t>(next - places.data()));
  }

 private:
  static constexpr std::size_t kBits = 64;
  static constexpr std::size_t kLeast = 32;  ///< fewer do not matter
  static constexpr std::uint64_t bit_of(std::size_t place) { return std::uint64_t{1} << (place % kBits); }
  void grow(std::size_t word) {
    words_.resize((word / kBits + 1) * kBits);
    filled_.resize(word / kBits + 1);
  }

  std::vector<std::uint64_t> words_;   ///< a bit for each place that is in the list
  std::vector<std::uint64_t> filled_;  ///< a bit for each of these words that is not zero
};

}  // namespace waferloom::core
