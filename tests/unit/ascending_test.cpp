// SPDX-License-Identifier: Apache-2.0
// Places in ascending order, each once; short lists as they are.
#include "core/lists/ascending.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace {

using waferloom::core::Ascending;

TEST(Ascending, EachPlaceComesOnceAndInOrder) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same cases in every run
  Ascending ascending;
  // Lists grow and shrink, as do the places in them: what one leaves behind would show in the next.
  for (const std::uint32_t most : {50U, 1'000'000U, 100U, 70'000U, 64U, 4096U}) {
    for (const std::size_t length : {32U, 33U, 100U, 5000U}) {
      std::vector<std::uint32_t> places(length);
      for (std::uint32_t& place : places)
        place = std::uniform_int_distribution<std::uint32_t>(0, most)(random);
      std::vector<std::uint32_t> expected = places;
      std::sort(expected.begin(), expected.end());
      expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
      ascending.order(places);
      ASSERT_EQ(expected, places) << most << ", " << length;
    }
  }
}

TEST(Ascending, ShortListsStayAsTheyAre) {
  Ascending ascending;
  std::vector<std::uint32_t> places{9, 3, 3, 5};
  ascending.order(places);
  EXPECT_EQ((std::vector<std::uint32_t>{9, 3, 3, 5}), places);
}

}  // namespace
