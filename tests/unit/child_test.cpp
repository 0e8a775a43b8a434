// SPDX-License-Identifier: Apache-2.0
#include "core/process/child.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>

namespace waferloom::core {
namespace {

TEST(Child, AnswersWithWhatItReturns) {
  EXPECT_EQ(Child([] { return std::string("done"); }).answer().value, "done");
  EXPECT_EQ(Child([] { return std::string(); }).answer().value, "");
  const std::string much(1U << 20U, 'x');  // more than a pipe holds
  EXPECT_EQ(Child([&] { return much; }).answer().value, much);
}

TEST(Child, ChangesNothingHere) {
  int value = 1;
  EXPECT_EQ(Child([&] { return std::to_string(value = 2); }).answer().value, "2");
  EXPECT_EQ(value, 1);
}

TEST(Child, TellsWhatItThrows) {
  const Child::Answer answer = Child([]() -> std::string { throw std::runtime_error("no"); }).answer();
  EXPECT_FALSE(answer.value);
  EXPECT_EQ(answer.failure, "no");
}

TEST(Child, OneThatIsEndedHasNoAnswer) {
  const Child::Answer killed = Child([]() -> std::string {
                                 (void)std::raise(SIGKILL);
                                 return "";
                               }).answer();
  EXPECT_FALSE(killed.value);
  EXPECT_FALSE(killed.failure);
  EXPECT_EQ(killed.status, SIGKILL);
  const Child::Answer late = Child(
                                 []() -> std::string {
                                   while (true) pause();
                                 },
                                 1)
                                 .answer();
  EXPECT_FALSE(late.value);
  EXPECT_EQ(late.status, SIGALRM);
}

TEST(Child, EndsWithItsOwner) {
  Child child([]() -> std::string {
    while (true) pause();
  });
  Child moved = std::move(child);
  child = Child([] { return std::string("other"); });
  EXPECT_EQ(child.answer().value, "other");
}

}  // namespace
}  // namespace waferloom::core
