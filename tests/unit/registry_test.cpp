// SPDX-License-Identifier: Apache-2.0
#include "core/registry.hpp"

#include <gtest/gtest.h>

#include <array>

namespace waferloom::core {
namespace {

struct Entry {
  std::string_view name;
  int value;
};
constexpr std::array kEntries{Entry{"first", 1}, Entry{"second", 2}};

TEST(Registry, FindsAnEntryByName) {
  EXPECT_EQ(find_named(std::span<const Entry>(kEntries), "second")->value, 2);
  EXPECT_EQ(find_named(std::span<const Entry>(kEntries), "sec"), nullptr);
  EXPECT_EQ(require_named(std::span<const Entry>(kEntries), "first", "--entry").value, 1);
}

TEST(Registry, AnUnknownNameIsToldWithAllThatAreKnown) {
  try {
    (void)require_named(std::span<const Entry>(kEntries), "third", "--entry");
    FAIL() << "expected an error";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "--entry: expected one of first, second, got third");
  }
}

}  // namespace
}  // namespace waferloom::core
