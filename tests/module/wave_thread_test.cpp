// SPDX-License-Identifier: Apache-2.0
// A waveform's sink in a thread of its own sees every call in order, and its errors come out.
#include "results/wave/wave_thread.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace waferloom::results {
namespace {

struct Calls {
  std::vector<std::string> names;
  std::vector<std::uint64_t> numbers;
  bool finished = false;
};

/// Keeps what it is told; fails at its `fails_at`-th change.
class Kept final : public wafer::WaveSink {
 public:
  Kept(Calls& calls, std::size_t fails_at) : calls_(calls), left_(fails_at) {}
  void declare(const std::string& name, std::uint32_t, std::span<const std::string_view>) override {
    calls_.names.push_back(name);
  }
  void begin() override { calls_.names.emplace_back("begin"); }
  void at(std::uint64_t time_fs) override { calls_.numbers.push_back(time_fs); }
  void change(std::size_t signal, std::uint64_t value) override {
    if (--left_ == 0) throw std::runtime_error("full");
    calls_.numbers.push_back(signal);
    calls_.numbers.push_back(value);
  }
  void finish() override { calls_.finished = true; }

 private:
  Calls& calls_;
  std::size_t left_;
};

constexpr std::size_t kNever = ~std::size_t{0};

void emit(wafer::WaveSink& sink, std::uint64_t times) {
  sink.declare("a", 8, {});
  sink.declare("b", 8, {});
  sink.begin();
  for (std::uint64_t time = 0; time < times; ++time) {
    sink.at(time);
    sink.change(time % 2, ~time);
  }
}

TEST(WaveThread, CallsArriveInOrder) {
  for (const std::uint64_t times : {0, 1, 8192, 500'000}) {
    Calls calls;
    const auto sink = in_own_thread(std::make_unique<Kept>(calls, kNever));
    emit(*sink, times);
    sink->finish();
    EXPECT_TRUE(calls.finished);
    EXPECT_EQ((std::vector<std::string>{"a", "b", "begin"}), calls.names);
    ASSERT_EQ(3 * times, calls.numbers.size());
    for (std::uint64_t time = 0; time < times; ++time) {
      ASSERT_EQ(time, calls.numbers[3 * time]);
      ASSERT_EQ(time % 2, calls.numbers[3 * time + 1]);
      ASSERT_EQ(~time, calls.numbers[3 * time + 2]);
    }
  }
}

TEST(WaveThread, ErrorsComeOut) {
  // In the last batch and in an early one, after which the rest would never find room.
  for (const std::uint64_t times : {10, 2'000'000}) {
    Calls calls;
    const auto sink = in_own_thread(std::make_unique<Kept>(calls, 5));
    EXPECT_THROW(
        {
          emit(*sink, times);
          sink->finish();
        },
        std::runtime_error);
    EXPECT_FALSE(calls.finished);
  }
}

TEST(WaveThread, WhatIsNotFinishedEndsQuietly) {
  Calls calls;
  {
    const auto sink = in_own_thread(std::make_unique<Kept>(calls, kNever));
    emit(*sink, 100'000);
  }
  EXPECT_FALSE(calls.finished);
}

}  // namespace
}  // namespace waferloom::results
