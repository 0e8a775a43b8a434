// SPDX-License-Identifier: Apache-2.0
#include "core/lists/cycle_lists.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace waferloom::core {
namespace {

TEST(CycleLists, KeepWhatIsDueInEachCycleInOrder) {
  CycleLists<int, 4> lists;
  std::map<Cycle, std::vector<int>> expected;
  int next = 0;
  for (Cycle now = 0; now < 40; ++now) {
    // More in some cycles than in others, one to three cycles ahead.
    for (Cycle i = 0; i < now % 5; ++i) {
      const Cycle due = now + 1 + (now * i) % 3;
      EXPECT_EQ(expected[due].empty(), lists.add(due, next));
      expected[due].push_back(next++);
    }
    EXPECT_EQ(expected[now], lists.of(now)) << now;
    lists.clear(now);
    EXPECT_TRUE(lists.of(now).empty());
  }
}

TEST(CycleLists, AListStaysWhereItIsWhileOthersAreAddedTo) {
  CycleLists<int, 4> lists;
  lists.add(0, 7);
  const std::vector<int>& due = lists.of(0);
  const int* const data = due.data();
  for (Cycle ahead = 1; ahead < 4; ++ahead) {
    for (int i = 0; i < 100; ++i) lists.add(ahead, i);
  }
  EXPECT_EQ(data, due.data());
  EXPECT_EQ(std::vector<int>{7}, due);
}

TEST(CycleLists, TheMemoryOfAListGoesToTheNextOneThatIsBegun) {
  CycleLists<int, 1024> lists;
  lists.add(0, 0);
  const int* const memory = lists.of(0).data();
  for (Cycle now = 0; now < 5000; ++now) {
    lists.clear(now);
    lists.add(now + 1, 0);
    ASSERT_EQ(memory, lists.of(now + 1).data());
  }
}

}  // namespace
}  // namespace waferloom::core
