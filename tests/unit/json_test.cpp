// SPDX-License-Identifier: Apache-2.0
// Strict JSON: values as the library reads them, but no key twice, no depth without end, and one kind of error.
#include "core/input/json.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/arithmetic.hpp"
#include "core/input/name.hpp"

namespace waferloom::core {
namespace {

std::string problem(const std::string& text) {
  try {
    (void)parse_json(text);
    return "";
  } catch (const JsonError& error) {
    return error.what();
  }
}

TEST(Json, ReadsWhatTheLibraryReads) {
  for (const char* text : {R"({"a": [1, -2, 3.5, 1e300, true, null, "x\n", {}], "b": {"c": [[]]}, "": 0})",
                           "[]", "7", R"("text")", "18446744073709551615"}) {
    EXPECT_EQ(nlohmann::json::parse(text), parse_json(text)) << text;
    EXPECT_EQ(nlohmann::ordered_json::parse(text).dump(), parse_ordered_json(text).dump()) << text;
  }
}

TEST(Json, RefusesAKeyTwice) {
  EXPECT_EQ("a: expected the key once in an object, got it again",
            problem(R"({"a": 1, "b": {"a": 2}, "a": 3})"));
  EXPECT_EQ("", problem(R"([{"a": 1}, {"a": 2}])"));
}

TEST(Json, RefusesDepthWithoutEnd) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ("", problem(nested(kDeepestJson)));
  EXPECT_EQ("expected at most 64 brackets within each other, got more", problem(nested(kDeepestJson + 1)));
  EXPECT_NE("", problem(std::string(1000000, '[')));
  EXPECT_NE("", problem(std::string(1000000, '{')));
}

TEST(Json, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "[1,", "{\"a\"}", "nan", "1e999", "[1] 2", "\"\xff\""})
    EXPECT_NE("", problem(text)) << text;
}

TEST(Names, ArePartsOfPathsAndOneLine) {
  for (const char* name : {"smoke", "a b, c", "it's", "umlaut ü", "a.b", "-x"})
    EXPECT_EQ("", name_problem(name)) << name;
  for (const char* name : {"", ".", "..", ".x", "a/b", "../x", "a\nb", "a\tb", "\x7f"}) {
    EXPECT_NE("", name_problem(name)) << name;
  }
  EXPECT_NE("", name_problem(std::string(300, 'x')));
}

TEST(Saturating, StopsAtTheLargestNumber) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  EXPECT_EQ(6U, saturating_product(2, 3));
  EXPECT_EQ(0U, saturating_product(kMost, 0));
  EXPECT_EQ(kMost, saturating_product(kMost, 2));
  EXPECT_EQ(kMost, saturating_product(std::uint64_t{1} << 32U, std::uint64_t{1} << 32U));
  EXPECT_EQ(kMost, saturating_sum(kMost, 1));
  EXPECT_EQ(kMost, saturating_sum(kMost - 1, 1));
}

}  // namespace
}  // namespace waferloom::core
