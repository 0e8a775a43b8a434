// SPDX-License-Identifier: Apache-2.0
// Columns that share an I/O channel and wait for each other's sums do not hold each other up, however unequal
// their shares of the weights, however small the channel's buffer (docs/deadlock-freedom.md). And a program that
// cannot go on is found out at fidelity `burst` as at `wavelet`.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/random.hpp"
#include "tests/support/small_trace.hpp"
#include "tests/support/test_wafer.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom {
namespace {

struct Program {
  wafer::Hardware hardware;
  core::Rectangle area;
  std::vector<trace::Record> records;
};

/// "done" or what went wrong.
std::string at_wavelet(const Program& program) {
  return test::in_child([&] {
    const std::atomic<bool> stop = false;
    try {
      (void)wafer::simulate({program.hardware, {}, {}, program.area, program.records}, stop, nullptr);
    } catch (const core::SimulationError& e) {
      return "stuck: " + std::string(e.what());
    }
    return std::string("done");
  });
}

std::string at_burst(const Program& program, const wafer::BurstParameters& burst) {
  return test::in_child([&] {
    burst::Simulator simulator("wafer");
    const std::atomic<bool> stop = false;
    try {
      (void)simulator.run({program.hardware, {}, {}, program.area, program.records}, burst, stop, nullptr);
    } catch (const core::SimulationError& e) {
      return "stuck: " + std::string(e.what());
    }
    return std::string("done");
  });
}

wafer::BurstParameters whole_grid() {
  wafer::BurstParameters burst;
  burst.tiles = 0;
  burst.blocks = 0;
  return burst;
}

Program linear(const test::LinearShape& shape, std::uint32_t channels, std::uint32_t buffer_bytes) {
  Program program;
  program.hardware = test::small_hardware(shape.columns + 2, shape.rows + 2);
  program.hardware.fabric.colors = 24;
  program.hardware.io.channels = channels;
  program.hardware.io.buffer_bytes = buffer_bytes;
  program.hardware.io.transaction_bytes = std::min(program.hardware.io.transaction_bytes, buffer_bytes);
  program.area = {1, 1, shape.columns, shape.rows};
  program.records = test::linear_trace(shape);
  return program;
}

TEST(ChannelDeadlock, ColumnsThatHaveLessToDoDoNotFillTheBuffer) {
  // 8 columns with 5 or 6 features: those with 5 are 340 words ahead at the end, the buffer holds 256.
  test::LinearShape shape;
  shape.columns = 8;
  shape.rows = 2;
  shape.inputs = 44;
  shape.outputs = 512;
  shape.blocks = 64;
  shape.io_colors = 8;
  const Program program = linear(shape, 1, 1024);
  EXPECT_EQ(at_wavelet(program), "done");
  EXPECT_EQ(at_burst(program, whole_grid()), "done");
  EXPECT_EQ(at_burst(program, {}), "done");
}

TEST(ChannelDeadlock, TwoHundredAndFiftySixColumns) {
  // 2 or 3 features a column, 20 channels; before columns had room of their own, this stood still in cycle 49,072.
  test::LinearShape shape;
  shape.columns = 256;
  shape.rows = 2;
  shape.inputs = 640;
  shape.outputs = 1024;
  shape.blocks = 512;
  shape.tokens = 2;
  shape.io_colors = 14;
  const Program program = linear(shape, 20, 4096);
  EXPECT_EQ(at_wavelet(program), "done");
  EXPECT_EQ(at_burst(program, {}), "done");
}

/// Widths, channels, blocks, buffers and queues at random; the number makes the same case again.
Program random_program(std::uint64_t number) {
  test::Random random(number);
  test::LinearShape shape;
  const std::uint32_t channels = random.between(1, 3);
  shape.columns = random.between(2, 16);
  shape.io_colors = shape.columns;
  shape.rows = random.between(1, 3);
  shape.inputs = random.between(shape.columns, 4 * shape.columns);
  shape.blocks = shape.columns * random.between(1, 6);
  shape.outputs = random.between(shape.blocks, 12 * shape.blocks);
  shape.tokens = random.between(shape.rows, 3 * shape.rows);
  Program program = linear(shape, channels, 4 * random.between(shape.columns, 8 * shape.columns));
  program.hardware.fabric.queue_depth = random.between(1, 4);
  for (std::uint32_t& depth : program.hardware.pe.input_queues) depth = random.between(1, 8);
  for (std::uint32_t& depth : program.hardware.pe.output_queues) depth = random.between(1, 8);
  return program;
}

TEST(ChannelDeadlock, NoWidthChannelsBlocksOrBuffersMakeOne) {
  for (std::uint64_t number = 0; number < 40; ++number) {
    const Program program = random_program(number);
    EXPECT_EQ(at_wavelet(program), "done") << "case " << number;
    EXPECT_EQ(at_burst(program, whole_grid()), "done") << "case " << number;
  }
}

TEST(ChannelDeadlock, ABufferWithoutAWordForEachColumnIsRefused) {
  test::LinearShape shape;
  const Program program = linear(shape, 1, 12);
  const std::string expected =
      "error: io.buffer: expected room for a word of each of the 4 columns that an I/O channel serves, 16 B; "
      "got 12 B";
  EXPECT_EQ(at_wavelet(program), expected);
  EXPECT_EQ(at_burst(program, {}), expected);
}

/// Two areas of two columns each on one channel: the stream of the second is fetched after that of the first,
/// whose products wait for sums that the second's come before.
Program crossed_streams(std::uint64_t words) {
  test::LinearShape shape;
  Program program = linear(shape, 1, 256);
  std::vector<trace::Record>& records = program.records;
  const trace::Record weights = records[0];
  trace::Record axpy = records[1];
  trace::Record sums = records[2];
  records.clear();
  const auto add = [&](trace::Record record, const char* name) -> trace::Record& {
    record.id = static_cast<std::uint32_t>(records.size());
    record.name = name;
    record.after.clear();
    record.allocates.clear();
    record.frees.clear();
    records.push_back(record);
    return records.back();
  };
  for (const std::uint32_t x : {0U, 2U}) {
    trace::Record& stream = add(weights, x == 0 ? "first weights" : "second weights");
    stream.area = {x, 0, 2, shape.rows};
    stream.elements = {words, 0, 0, 0};
  }
  trace::Record& second = add(axpy, "second products");
  second.area = records[1].area;
  second.consumes = 1;
  second.macs = {};
  trace::Record& exchange = add(sums, "exchange");
  exchange.root = trace::Root::first;
  exchange.elements = {1, 0, shape.rows, 0};
  exchange.after = {{2, trace::Dependency::kWhole}};
  trace::Record& first = add(axpy, "first products");
  first.area = records[0].area;
  first.consumes = 0;
  first.macs = {};
  first.after = {{3, trace::Dependency::kWhole}};
  return program;
}

TEST(ChannelDeadlock, BurstFindsWhatWaveletFinds) {
  const Program few = crossed_streams(1);
  EXPECT_EQ(at_wavelet(few), "done");
  EXPECT_EQ(at_burst(few, {}), "done");
  const Program many = crossed_streams(1000);
  for (const std::string& text : {at_wavelet(many), at_burst(many, {}), at_burst(many, whole_grid())}) {
    EXPECT_NE(text.find("stuck: deadlock in cycle"), std::string::npos) << text;
    EXPECT_NE(text.find("exchange"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace waferloom
