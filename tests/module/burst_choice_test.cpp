// SPDX-License-Identifier: Apache-2.0
// Candidates that are tried side by side: what comes back from the processes that try them.
#include <gtest/gtest.h>

#include <atomic>

#include "core/error.hpp"
#include "wafer/burst/candidate_text.hpp"
#include "wafer/burst/judge.hpp"
#include "wafer/burst/side_by_side.hpp"

namespace waferloom {
namespace {

TEST(CandidateText, IsReadAsItWasWritten) {
  burst::Candidate tried;
  tried.lanes = 3;
  tried.micro_batch = 120;
  tried.activations = models::Activations::recompute;
  tried.lane_copies = models::LaneCopies::io;
  tried.parts = 2;
  tried.recomputed = {models::LayerPart::qkv, models::LayerPart::mlp_up};
  tried.recomputed_layers = 5;
  tried.input_every = 4;
  tried.spilled_layers = 6;
  tried.coarse_cycles = 70;
  tried.cycles = 75;
  tried.at_least = 77;
  tried.given_up = true;
  burst::Candidate refused;
  refused.refused = "two lines\nand 3 numbers: 1 2 3";
  const std::vector<burst::Candidate> read =
      burst::candidates_of(burst::to_text(std::vector<burst::Candidate>{tried, refused, tried}));
  ASSERT_EQ(3U, read.size());
  for (const burst::Candidate& each : {read[0], read[2]}) {
    EXPECT_EQ(tried.lanes, each.lanes);
    EXPECT_EQ(tried.micro_batch, each.micro_batch);
    EXPECT_EQ(tried.activations, each.activations);
    EXPECT_EQ(tried.lane_copies, each.lane_copies);
    EXPECT_EQ(tried.parts, each.parts);
    EXPECT_EQ(tried.recomputed, each.recomputed);
    EXPECT_EQ(tried.recomputed_layers, each.recomputed_layers);
    EXPECT_EQ(tried.input_every, each.input_every);
    EXPECT_EQ(tried.spilled_layers, each.spilled_layers);
    EXPECT_EQ(tried.coarse_cycles, each.coarse_cycles);
    EXPECT_EQ(tried.cycles, each.cycles);
    EXPECT_EQ(tried.at_least, each.at_least);
    EXPECT_TRUE(each.given_up);
  }
  EXPECT_EQ(refused.refused, read[1].refused);
  EXPECT_EQ(1U, read[1].lanes);
}

TEST(CoarseMargin, IsAShareOfTheFastest) {
  EXPECT_EQ(1'030'000U, burst::within_margin(1'000'000));
  EXPECT_EQ(0U, burst::within_margin(0));
}

TEST(SideBySide, AnswersComeInTheOrderOfTheJobs) {
  std::vector<burst::Job> jobs;
  for (int i = 0; i < 9; ++i)
    jobs.emplace_back([i] { return std::string(static_cast<std::size_t>(i) * 9000, 'a'); });
  const std::atomic<bool> stop = false;
  const std::vector<std::string> answers = burst::side_by_side(jobs, stop);
  ASSERT_EQ(9U, answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(i * 9000, answers[i].size());
}

TEST(SideBySide, WhatAJobThrowsIsSaid) {
  const std::vector<burst::Job> jobs{[] { return std::string(); },
                                     []() -> std::string { throw core::SimulationError("no way"); }};
  const std::atomic<bool> stop = false;
  EXPECT_THROW(static_cast<void>(burst::side_by_side(jobs, stop)), core::SimulationError);
}

TEST(SideBySide, EndsWhenItIsToldTo) {
  const std::vector<burst::Job> jobs(2, [] { return std::string(); });
  const std::atomic<bool> stop = true;
  EXPECT_THROW(static_cast<void>(burst::side_by_side(jobs, stop)), core::Error);
}

}  // namespace
}  // namespace waferloom
