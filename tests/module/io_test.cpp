// SPDX-License-Identifier: Apache-2.0
// Off-wafer I/O: bandwidth and latency of a channel and of MemoryX, and that any TLM-2.0 target can stand
// behind the socket.
#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "fabric/io_plan.hpp"
#include "tests/support/scripted_program.hpp"
#include "tests/support/test_wafer.hpp"
#include "wafer/program/channel_schedule.hpp"

namespace waferloom {
namespace {

using core::Direction;
using fabric::Route;

/// Reads a list of blocks on one color and notes what comes back.
class ListSchedule final : public fabric::HostSchedule {
 public:
  std::vector<fabric::HostRead> reads;
  std::uint64_t fetched_words = 0;
  std::uint64_t fetched_sum = 0;
  std::vector<std::uint32_t> left;
  std::vector<core::Cycle> left_at;
  std::uint32_t flush_after = 0;  ///< wavelets
  std::uint64_t written_words = 0;
  sc_core::sc_time last_write;

  bool next_read(std::uint32_t, fabric::HostRead& read) override {
    if (next_ == reads.size()) return false;
    read = reads[next_++];
    return true;
  }
  void fetched(std::uint32_t, const fabric::HostRead& read,
               const std::vector<std::uint32_t>& words) override {
    EXPECT_EQ(words.size(), read.words);
    fetched_words += words.size();
    for (const std::uint32_t word : words) fetched_sum += word;
  }
  bool received(std::uint32_t, core::Color, std::uint32_t data, core::Cycle cycle) override {
    left.push_back(data);
    left_at.push_back(cycle);
    return left.size() == flush_after;
  }
  void written(std::uint32_t, std::uint32_t words) override {
    written_words += words;
    last_write = sc_core::sc_time_stamp();
  }

 private:
  std::size_t next_ = 0;
};

/// A memory of its own that answers after a fixed time: nothing of MemoryX.
class PlainMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<PlainMemory> socket;
  std::map<std::uint64_t, std::uint32_t> written;
  bool fails = false;

  explicit PlainMemory(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &PlainMemory::transport);
  }

 private:
  void transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
    delay += sc_core::sc_time(100, sc_core::SC_NS);
    transaction.set_response_status(fails ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    for (unsigned offset = 0; offset < transaction.get_data_length(); offset += 4) {
      unsigned char* place = transaction.get_data_ptr() + offset;
      const std::uint64_t address = transaction.get_address() + offset;
      if (transaction.is_read()) {
        const auto word = static_cast<std::uint32_t>(address + 1);
        std::memcpy(place, &word, sizeof word);
      } else {
        std::memcpy(&written[address], place, sizeof(std::uint32_t));
      }
    }
  }
};

wafer::Hardware one_channel(double bandwidth_bits_per_s) {
  wafer::Hardware hardware = test::small_hardware(1, 3);
  hardware.pe.clock_hz = 1e9;
  hardware.io.bandwidth_bits_per_s = bandwidth_bits_per_s;
  hardware.io.latency_s = 1e-6;
  hardware.io.transaction_bytes = 400;
  return hardware;
}

/// Host -> channel -> PE of tile (0, 0), which adds one to each word and sends it south, off the wafer.
void pass_through(wafer::Wafer& wafer, test::ScriptedProgram& program, ListSchedule& schedule,
                  std::uint64_t words) {
  wafer.io().set_schedule(schedule);
  wafer.set_route({0, 0}, 0, Route::fixed({Direction::north}, {Direction::ramp}));
  wafer.set_route({0, 0}, 1, Route::fixed({Direction::ramp}, {Direction::south}));
  wafer.set_route({0, 1}, 1, Route::fixed({Direction::north}, {Direction::south}));
  wafer.set_route({0, 2}, 1, Route::fixed({Direction::north}, {Direction::south}));
  program.add(0, 0, test::forward(0, 2, words));
  wafer.load({0, 0}, program, 0, {{0, 0}}, {{1, 2}});
  wafer.use_input_channel(0);
  wafer.use_output_channel(0);
}

TEST(Io, AChannelEntersNoFasterThanItsBandwidth) {
  // 8 Gb/s at 1 GHz: a 32-bit wavelet every 4 cycles.
  test::TestWafer wafer(one_channel(8e9));
  test::ScriptedProgram program;
  ListSchedule schedule;
  for (std::uint64_t i = 0; i < 10; ++i) schedule.reads.push_back({400 * i, 100, 0});
  schedule.flush_after = 1000;
  pass_through(*wafer, program, schedule, 1000);
  wafer->run();
  ASSERT_EQ(schedule.left.size(), 1000U);
  EXPECT_EQ(schedule.fetched_words, 1000U);
  EXPECT_EQ(schedule.left_at.back() - schedule.left_at.front(), 999U * 4);
  EXPECT_EQ(wafer->io().input(0).entered(), 1000U);
  EXPECT_EQ(wafer->io().output(0).left(), 1000U);
  EXPECT_EQ(schedule.written_words, 1000U);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < schedule.left.size(); ++i) {
    EXPECT_EQ(schedule.left[i], fabric::MemoryX::word_at(4 * i) + 1) << i;
    sum += schedule.left[i] - 1;
  }
  EXPECT_EQ(sum & 0xffffffffU, schedule.fetched_sum & 0xffffffffU);
}

TEST(Io, ARateThatIsNoWholeNumberOfCyclesIsKeptOnAverage) {
  // 20 Gb/s at 1 GHz: 1.6 cycles a wavelet.
  test::TestWafer wafer(one_channel(20e9));
  test::ScriptedProgram program;
  ListSchedule schedule;
  for (std::uint64_t i = 0; i < 10; ++i) schedule.reads.push_back({400 * i, 100, 0});
  schedule.flush_after = 1000;
  pass_through(*wafer, program, schedule, 1000);
  wafer->run();
  ASSERT_EQ(schedule.left.size(), 1000U);
  EXPECT_NEAR(static_cast<double>(schedule.left_at.back() - schedule.left_at.front()), 999 * 1.6, 2);
}

TEST(Io, TheFirstWaveletWaitsForHostAndLink) {
  // MemoryX: 2 us and 3200 bits at 1.2 Tb/s; link 1 us; then one hop into the PE, 1 + 2 cycles, 3 hops out.
  test::TestWafer wafer(one_channel(32e9));
  test::ScriptedProgram program;
  ListSchedule schedule;
  schedule.reads.push_back({0, 100, 0});
  schedule.flush_after = 100;
  pass_through(*wafer, program, schedule, 100);
  wafer->run();
  const double first = 2000 + 3200.0 / 1200 + 1000;
  const core::Cycle entered = static_cast<core::Cycle>(std::ceil(first));
  // Router to PE 2, PE 1, PE to router 2, three hops.
  EXPECT_EQ(schedule.left_at.front(), entered + 2 + 1 + 2 + 3);
  // Back: the last wavelet, link 1 us, 3200 bits, 2 us.
  EXPECT_NEAR(schedule.last_write.to_seconds() * 1e9,
              static_cast<double>(schedule.left_at.back()) + 1000 + 3200.0 / 1200 + 2000, 2.0);
}

TEST(Io, ABufferThatIsFullHoldsTheHostBack) {
  wafer::Hardware hardware = one_channel(8e9);
  hardware.io.buffer_bytes = 800;  // two transactions
  test::TestWafer wafer(hardware);
  test::ScriptedProgram program;
  ListSchedule schedule;
  for (std::uint64_t i = 0; i < 10; ++i) schedule.reads.push_back({400 * i, 100, 0});
  // Nobody takes the wavelets: no route is laid beyond the router, whose queue holds two.
  wafer->io().set_schedule(schedule);
  wafer->set_route({0, 0}, 0, Route::fixed({Direction::north}, {Direction::ramp}));
  wafer->load({0, 0}, program, 0, {{0, 0}}, {});
  wafer->use_input_channel(0);
  wafer->run();
  // One transaction has entered in part (2 in the router, 6 in the PE), so that two are in the buffer.
  EXPECT_EQ(schedule.fetched_words, 200U);
  EXPECT_EQ(wafer->io().input(0).entered(), 8U);
}

TEST(Io, AnyTlmTargetCanBeTheHost) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  const wafer::Hardware hardware = one_channel(32e9);
  wafer::Wafer wafer("wafer", hardware, {});
  PlainMemory memory("plain_memory");
  wafer.io().host.bind(memory.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  test::ScriptedProgram program;
  ListSchedule schedule;
  schedule.reads.push_back({4096, 100, 0});
  schedule.flush_after = 100;
  pass_through(wafer, program, schedule, 100);
  wafer.run();
  ASSERT_EQ(memory.written.size(), 100U);
  std::uint32_t expected = 4096 + 1 + 1;
  for (const auto& [address, word] : memory.written) {
    EXPECT_EQ(word, expected) << address;
    expected += 4;
  }
  // 100 ns for the answer and 1 us for the link, then into the fabric at once.
  EXPECT_EQ(schedule.left_at.front(), 100U + 1000 + 2 + 1 + 2 + 3);
}

TEST(Io, AnErrorOfTheHostEndsTheRun) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  wafer::Wafer wafer("wafer", one_channel(32e9), {});
  PlainMemory memory("plain_memory");
  memory.fails = true;
  wafer.io().host.bind(memory.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  test::ScriptedProgram program;
  ListSchedule schedule;
  schedule.reads.push_back({4096, 100, 0});
  pass_through(wafer, program, schedule, 100);
  try {
    wafer.run();
    FAIL() << "expected an error";
  } catch (const core::SimulationError& e) {
    EXPECT_NE(std::string(e.what()).find("read of 400 bytes at address 0x1000 failed"), std::string::npos)
        << e.what();
  }
}

TEST(ChannelSchedule, TheColumnThatIsBehindComesNext) {
  wafer::ChannelSchedule schedule(1000, 10);
  schedule.add_column();
  schedule.add_column();
  schedule.open(0, 20, 1);
  schedule.open(1, 60, 1);
  std::string order;
  while (!schedule.all_asked()) {
    const auto request = schedule.next();
    ASSERT_TRUE(request.has_value());
    order += std::to_string(request->column);
    schedule.take(*request);
  }
  EXPECT_EQ(order, "01110111") << "each has the same share of its words at any time";
}

TEST(ChannelSchedule, NoColumnTakesTheRoomOfAnother) {
  // Four columns, room for two requests of each; three ask for as much as they can get, one for one.
  wafer::ChannelSchedule schedule(80, 10);
  for (int i = 0; i < 4; ++i) schedule.add_column();
  for (std::size_t i = 0; i < 3; ++i) schedule.open(i, 1000);
  schedule.open(3, 10);
  std::uint64_t held = 0;
  while (const auto request = schedule.next()) {
    schedule.take(*request);
    held += request->room;
  }
  EXPECT_EQ(held, 80U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FALSE(schedule.next().has_value());
  // The one that has all of its words needs no room of its own: others may take it.
  schedule.give(3, 10);
  auto request = schedule.next();
  ASSERT_TRUE(request.has_value());
  EXPECT_NE(request->column, 3U);
  schedule.take(*request);
  // With the next stream it has some again, once what others hold of the last one makes place.
  schedule.open(3, 1000);
  EXPECT_FALSE(schedule.next().has_value());
  schedule.give(0, 10);
  request = schedule.next();
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->column, 3U);
  schedule.take(*request);
  EXPECT_FALSE(schedule.next().has_value());
  // What enters makes room for its own column, or for all.
  schedule.give(3, 10);
  request = schedule.next();
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->column, 3U);
}

TEST(IoPlan, EveryColumnHasItsNearestChannel) {
  for (const std::uint32_t channels : {1U, 3U, 60U}) {
    for (const std::uint32_t begin : {0U, 4U, 100U}) {
      constexpr std::uint32_t kLength = 757;
      const auto segments = fabric::assign_columns(begin, 200, channels, kLength);
      std::uint32_t next = 0;
      for (const fabric::ChannelSegment& segment : segments) {
        EXPECT_EQ(segment.begin, next);
        for (std::uint32_t c = segment.begin; c < segment.begin + segment.count; ++c) {
          const auto distance = [&](std::uint32_t channel) {
            const auto position = fabric::channel_position(channel, channels, kLength);
            const std::uint32_t column = begin + c;
            return position > column ? position - column : column - position;
          };
          for (std::uint32_t other = 0; other < channels; ++other) {
            EXPECT_LE(distance(segment.channel), distance(other)) << "column " << begin + c;
          }
        }
        next += segment.count;
      }
      EXPECT_EQ(next, 200U);
    }
  }
}

}  // namespace
}  // namespace waferloom
