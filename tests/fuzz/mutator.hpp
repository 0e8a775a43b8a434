// SPDX-License-Identifier: Apache-2.0
// Makes bad input of good: bytes, words, numbers, brackets and lines changed at random, reproducibly.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace waferloom::fuzz {

class Mutator {
 public:
  /// `seeds`: texts to begin with and to take parts from; at least one.
  Mutator(const std::vector<std::string>& seeds, std::uint64_t seed) : seeds_(seeds), random_(seed) {}

  /// A seed with one to several changes.
  [[nodiscard]] std::string next();

 private:
  [[nodiscard]] std::size_t below(std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit);
  }
  void change(std::string& text);
  void change_bytes(std::string& text);
  void change_number(std::string& text);
  void change_word(std::string& text);
  void change_lines(std::string& text);
  void nest(std::string& text);
  void splice(std::string& text);

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
};

}  // namespace waferloom::fuzz
