// SPDX-License-Identifier: Apache-2.0
// Trace files: what is written is read back, anything damaged or cut short is refused with an offset, and
// records that break a rule are named.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "tests/support/small_trace.hpp"
#include "trace/json.hpp"
#include "trace/quantities.hpp"
#include "trace/reader.hpp"
#include "trace/seal.hpp"
#include "trace/shared_stream.hpp"
#include "trace/statistics.hpp"
#include "trace/validate.hpp"
#include "trace/writer.hpp"

namespace waferloom::trace {
namespace {

namespace fs = std::filesystem;

Header small_header() {
  Header header;
  header.model = "by hand";
  header.strategy = "none";
  header.columns = 4;
  header.rows = 4;
  header.tokens = 8;
  header.description = "quotes \", tabs \t and umlauts ü";
  return header;
}

class TraceFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::temp_directory_path() / ("waferloom-trace-" + std::to_string(getpid()));
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] fs::path path(const std::string& name = "a.trace") const { return directory_ / name; }

  fs::path write(const std::vector<Record>& records) const {
    Writer writer(path(), small_header());
    for (const Record& record : records) writer.write(record);
    writer.finish();
    return path();
  }
  static std::string content(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }
  static void put(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
  }
  /// Reads the whole file; the error's message, or "" when it is whole.
  static std::string error_of(const fs::path& file) {
    try {
      Reader reader(file);
      for (Record record; reader.next(record);) {
      }
      return "";
    } catch (const core::InputError& e) {
      return e.what();
    }
  }

  fs::path directory_;
};

TEST_F(TraceFile, ReadsBackWhatWasWritten) {
  std::vector<Record> records = test::linear_trace({});
  records[1].allocates.push_back({"x", {1, 2, 3, 0}});
  records[1].operands = {"partial sums", "x"};
  records[1].density = 0.1;
  records[1].precision = Precision::fp32;
  records[1].vector_elements = {3, 1, 2, 0};
  records[1].divides = {1, 0, 0, 5};
  const fs::path file = write(records);
  Reader reader(file);
  EXPECT_EQ(reader.header(), small_header());
  std::vector<Record> read;
  for (Record record; reader.next(record);) read.push_back(record);
  EXPECT_EQ(read, records);
}

TEST_F(TraceFile, AnyChangedByteIsRefusedWithAnOffset) {
  Record single = test::linear_trace({})[4];
  single.id = 0;
  single.order_of = kNoRecord;
  single.after.clear();
  const fs::path file = write({single});
  const std::string whole = content(file);
  ASSERT_EQ(error_of(file), "");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80, 0xff}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      put(path("damaged"), damaged);
      const std::string error = error_of(path("damaged"));
      EXPECT_NE(error.find("offset "), std::string::npos) << "byte " << i << ": " << error;
    }
  }
}

TEST_F(TraceFile, AnyTruncationIsRefusedWithAnOffset) {
  const std::string whole = content(write(test::linear_trace({})));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    put(path("cut"), whole.substr(0, size));
    const std::string error = error_of(path("cut"));
    EXPECT_NE(error.find("offset "), std::string::npos) << size << " bytes: " << error;
  }
}

TEST_F(TraceFile, NamesTheOffsetOfTheDamagedLine) {
  const std::string whole = content(write(test::linear_trace({})));
  const std::size_t third = whole.find('\n', whole.find('\n') + 1) + 1;
  std::string damaged = whole;
  damaged[third + 20] = static_cast<char>(damaged[third + 20] ^ 1);
  put(path("damaged"), damaged);
  EXPECT_NE(error_of(path("damaged")).find("offset " + std::to_string(third) + ":"), std::string::npos);
}

TEST_F(TraceFile, NothingMayFollowTheEnd) {
  const std::string whole = content(write(test::linear_trace({})));
  put(path("longer"), whole + "\n");
  EXPECT_NE(error_of(path("longer")).find("expected nothing after the end"), std::string::npos);
}

TEST_F(TraceFile, MissingRecordsAreNoticedEvenWithValidLines) {
  const std::string whole = content(write(test::linear_trace({})));
  const std::size_t end_line = whole.rfind('\n', whole.size() - 2) + 1;
  const std::size_t last_record = whole.rfind('\n', end_line - 2) + 1;
  put(path("short"), whole.substr(0, last_record) + whole.substr(end_line));
  EXPECT_NE(error_of(path("short")).find("at the end"), std::string::npos);
}

TEST_F(TraceFile, AnUnfinishedTraceHasNoName) {
  {
    Writer writer(path(), small_header());
    writer.write(test::linear_trace({})[0]);
  }
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(TraceFile, AFullDiskIsAnErrorOfTheHost) {
  if (!fs::exists("/dev/full")) GTEST_SKIP();
  fs::create_symlink("/dev/full", path("full.trace.partial"));
  EXPECT_THROW(
      {
        Writer writer(path("full.trace"), small_header());
        writer.finish();
      },
      core::HostResourceError);
  EXPECT_FALSE(fs::exists(path("full.trace")));
}

TEST_F(TraceFile, SealsWhatWasEdited) {
  const std::vector<Record> records = test::linear_trace({});
  std::string edited = to_json(small_header()).dump() + "\n";
  for (const Record& record : records) edited += to_json(record).dump() + "\n";
  put(path("edited"), edited);
  seal(path("edited"), path("sealed"));
  EXPECT_EQ(content(path("sealed")), content(write(records)));

  std::string wrong = edited;
  wrong.replace(wrong.find("\"stream_in\""), 11, "\"streamin\"");
  put(path("edited"), wrong);
  try {
    seal(path("edited"), path("never"));
    FAIL() << "expected an error";
  } catch (const core::InputError& e) {
    EXPECT_NE(std::string(e.what()).find("edited:2:75: kind: expected one of stream_in"), std::string::npos)
        << e.what();
  }
  EXPECT_FALSE(fs::exists(path("never")));
}

TEST(TraceRecords, FieldsAreStrict) {
  const nlohmann::json good = to_json(test::linear_trace({})[0]);
  const auto error = [&](const char* name, const nlohmann::json& value) -> std::string {
    nlohmann::json bad = good;
    bad[name] = value;
    try {
      (void)record_from(bad);
      return "";
    } catch (const FieldError& e) {
      return e.what();
    }
  };
  EXPECT_EQ(error("blocks", 4U), "");
  EXPECT_NE(error("blocks", -4).find("blocks: expected a whole number"), std::string::npos);
  EXPECT_NE(error("blocks", 1e99).find("blocks: expected a whole number"), std::string::npos);
  EXPECT_NE(error("blocks", "4").find("blocks: expected a whole number"), std::string::npos);
  EXPECT_NE(error("blockz", 4).find("blockz: expected a known field"), std::string::npos);
  EXPECT_NE(error("phase", "sideways").find("phase: expected one of forward"), std::string::npos);
  EXPECT_NE(error("area", {{"x", 0U}, {"z", 0U}}).find("area.z: expected a known field"), std::string::npos);
  EXPECT_NE(error("colors", {1U, 256U}).find("colors: expected a whole number from 0 to 255"),
            std::string::npos);
  EXPECT_NE(error("after", nlohmann::json::array({{{"lag", 1}}})).find("after.record: expected a value"),
            std::string::npos);
}

TEST_F(TraceFile, AKeyTwiceAndDeepNestingAreRefused) {
  const std::string header = to_json(small_header()).dump();
  const auto sealed_error = [&](const std::string& line) -> std::string {
    put(path("edited"), header + "\n" + line + "\n");
    try {
      seal(path("edited"), path("sealed"));
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  std::string twice = to_json(test::linear_trace({})[4]).dump();
  twice.insert(1, R"("id":0,)");
  EXPECT_NE(sealed_error(twice).find("edited:2:2: id: expected the key once"), std::string::npos);
  // So deep that what walks the tree would need more stack than there is.
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  EXPECT_NE(sealed_error(deep).find("edited:2:1: expected at most 64 brackets within each other"),
            std::string::npos);
}

void expect_refused(const std::vector<Record>& records, const std::string& expected) {
  try {
    Validator validator(small_header());
    for (const Record& record : records) validator.add(record);
    validator.finish();
    ADD_FAILURE() << "not noticed: " << expected;
  } catch (const RuleError& e) {
    EXPECT_NE(std::string(e.what()).find(expected), std::string::npos) << e.what();
  }
}

using Edit = std::function<void(std::vector<Record>&)>;

void expect_all_refused(const std::vector<std::pair<Edit, std::string>>& cases) {
  for (const auto& [edit, expected] : cases) {
    std::vector<Record> records = test::linear_trace({});
    edit(records);
    expect_refused(records, expected);
  }
}

TEST(TraceRecords, RulesNameTheRecord) {
  const std::vector<std::pair<Edit, std::string>> cases{
      {[](auto& r) { r[1].id = 7; }, "record 7 (axpy): id: expected 1"},
      {[](auto& r) { r[1].area.width = 5; }, "record 1 (axpy): area: expected tiles within 4 x 4"},
      {[](auto& r) { r[1].area.width = 0; }, "record 1 (axpy): area: expected tiles"},
      {[](auto& r) { r[0].blocks = 0; }, "record 0 (weights): blocks: expected 1 to"},
      {[](auto& r) { r[0].element_bits = 33; }, "record 0 (weights): element_bits: expected 1 to 32"},
      {[](auto& r) { r[0].density = 0; }, "record 0 (weights): density: expected more than 0"},
      {[](auto& r) { r[2].pieces = 5; }, "record 2 (row reduce): pieces: expected 1 to the line's 4 tiles"},
      {[](auto& r) { r[2].elements.x = 8; }, "record 2 (row reduce): elements: expected the same along x"},
      {[](auto& r) { r[2].colors.pop_back(); }, "record 2 (row reduce): colors: expected 4"},
      {[](auto& r) { r[0].colors[0] = 40; }, "record 0 (weights): colors: expected colors below 32"},
      {[](auto& r) { r[1].colors = {1}; }, "record 1 (axpy): colors: expected none"},
      {[](auto& r) { r[1].consumes = 3; }, "record 1 (axpy): consumes: expected an earlier record"},
      {[](auto& r) { r[4].order_of = 2; }, "record 4 (dot): order_of: expected an earlier record"},
      {[](auto& r) { r[2].drains_to = 6; },
       "record 2 (row reduce): drains_to: expected on a reduce along y with root first or last"},
      {[](auto& r) { r[5].drains_to = 7; }, "of kind stream_out"},
      {[](auto& r) {
         r[1].after = {{1, 0}};
       },
       "record 1 (axpy): after: expected an earlier record"},
      {[](auto& r) {
         r[1].after = {{2, 0}};
       },
       "record 1 (axpy): after: expected an earlier record"},
      {[](auto& r) {
         r[1].after = {{99, 1}};
       },
       "expected a record 99"},
      {[](auto& r) { r[1].operands = {"a"}; }, "record 1 (axpy): operands: expected none, or two"},
      {[](auto& r) {
         r[1].operands = {"partial sums", "b"};
       },
       "record 1 (axpy): operands: expected a tensor that this or an earlier record allocates on these "
       "tiles"},
      {[](auto& r) { r[2].frees = {"partial sum"}; },
       "record 2 (row reduce): frees: expected a tensor that this or an earlier record allocates on these "
       "tiles"},
      {[](auto& r) {
         r[2].operands = {"a", "b"};
       },
       "record 2 (row reduce): operands: expected none"},
  };
  expect_all_refused(cases);
}

TEST(TraceRecords, BothEndsOfAStreamAgree) {
  const std::vector<std::pair<Edit, std::string>> cases{
      {[](auto& r) { r[1].consumes = kNoRecord; },
       "record 0 (weights): expected a compute record that consumes the stream"},
      {[](auto& r) { r[4].consumes = 0; },
       "record 4 (dot): consumes: expected a stream with elements that no"},
      {[](auto& r) { r[2].consumes = 0; }, "record 2 (row reduce): consumes: expected on compute records"},
      {[](auto& r) { r[1].area.width = 2; }, "record 1 (axpy): area: expected the 4 x 4 tiles at (0, 0) of"},
      {[](auto& r) { r[1].blocks = 4; }, "record 1 (axpy): blocks: expected the 8 of the stream 0 (weights)"},
      {[](auto& r) { r[4].blocks = 4; }, "record 4 (dot): blocks: expected the 8 of record 3, whose order"},
      {[](auto& r) { r[5].drains_to = kNoRecord; },
       "record 6 (gradients): expected a reduce that drains to the stream"},
      {[](auto& r) { r[6].elements.x = 17; },
       "record 5 (column reduce): drains_to: expected the area, blocks"},
      {[](auto& r) { r[6].element_bits = 16; }, "record 5 (column reduce): drains_to: expected the area"},
      {[](auto& r) { r[6].area.height = 3; }, "record 5 (column reduce): drains_to: expected the area"},
      {[](auto& r) { r[5].pieces = 2; }, "record 5 (column reduce): pieces: expected 1, as the sums"},
      {[](auto& r) { r[1].pieces = 0; }, "record 1 (axpy): pieces: expected 1, as no line"},
      {[](auto& r) { r[1].pieces = 2; }, "record 1 (axpy): pieces: expected 1, as no line"},
  };
  expect_all_refused(cases);
}

TEST(TraceRecords, StreamsOfATileAreTakenInTheirOrder) {
  const std::vector<Record> one = test::linear_trace({});
  std::vector<Record> records{one[0], one[0], one[1], one[1]};
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    records[i].id = i;
    records[i].name = "record" + std::to_string(i);
    records[i].after.clear();
    records[i].allocates.clear();
  }
  records[2].consumes = 1;
  records[3].consumes = 0;
  expect_refused(records, "record 3 (record3): consumes: expected streams to be taken in their order, got 0");
}

TEST(TraceRecords, NamesAreTexts) {
  expect_all_refused({
      {[](auto& r) { r[1].name.clear(); }, "name, operation: expected texts that are not empty"},
      {[](auto& r) { r[1].operation.clear(); }, "name, operation: expected texts that are not empty"},
  });
}

TEST(TraceRecords, TensorsLiveFromAllocationToRelease) {
  expect_all_refused({
      {[](auto& r) { r[3].frees = {"partial sums"}; },
       "record 3 (gather): frees: expected a tensor that this"},
      {[](auto& r) {
         r[2].frees = {"partial sums", "partial sums"};
       },
       "record 2 (row reduce): frees: expected"},
      {[](auto& r) { r[2].allocates = r[1].allocates; },
       "record 2 (row reduce): allocates: expected a tensor that is not in SRAM yet, got \"partial sums\""},
      {[](auto& r) {
         r[4].operands = {"partial sums", "partial sums"};
       },
       "record 4 (dot): operands: expected a tensor"},
      {[](auto& r) {
         r[2].frees.clear();
         r[3].frees = {"partial sums"};
         r[4].area.width = 2;
         r[4].order_of = kNoRecord;
         r[4].frees = {"partial sums"};
       },
       "record 4 (dot): frees: expected a tensor"},
  });
  // Part by part is as good as at once.
  std::vector<Record> records = test::linear_trace({});
  records[2].frees.clear();
  records[4].order_of = kNoRecord;
  records[4].frees = {"partial sums"};
  records[4].area.width = 1;
  records.push_back(records[4]);
  records.back().id = 8;
  records.back().name = "rest";
  records.back().area = {1, 0, 3, 4};
  Validator validator(small_header());
  for (const Record& record : records) validator.add(record);
  validator.finish();
}

TEST(TraceRecords, ProductsAndSumsStayWithin64Bits) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 33U;
  expect_all_refused({
      {[](auto& r) {
         r[1].macs = {kHuge, kHuge, 0, 0};
       },
       "record 1 (axpy): macs: expected at most 4611686018427387904 in all"},
      {[](auto& r) {
         r[1].read_bytes = {kHuge, kHuge, kHuge, kHuge};
       },
       "record 1 (axpy): read_bytes: expected at most"},
      {[](auto& r) {
         r[0].elements = {kHuge, kHuge, 0, 0};
       },
       "record 0 (weights): elements: expected at most"},
      {[](auto& r) {
         r[1].allocates[0].bytes = {kHuge, kHuge, 0, 0};
       },
       "record 1 (axpy): allocates: expected at most"},
      {[](auto& r) { r[4].setup_cycles = (std::uint64_t{1} << 62U) + 1; },
       "record 4 (dot): setup_cycles: expected at most"},
      {[](auto& r) {
         r[1].parameters = std::uint64_t{1} << 61U;
         r[2].parameters = std::uint64_t{1} << 61U;
         r[3].parameters = 1;
       },
       "record 3 (gather): parameters: expected at most"},
  });
}

TEST(TraceRecords, LanesOfASharedStreamFollowOneAnother) {
  const test::LinearShape lane{2, 4};
  Validator validator(small_header());
  for (const Record& record : test::shared_trace(lane, 2)) {
    validator.add(record);
    EXPECT_EQ(record, record_from(to_json(record)));
  }
  validator.finish();

  const std::vector<std::pair<Edit, std::string>> cases{
      {[](auto& r) { r[0].lane = 1; }, "record 0 (weights0): lane: expected lane 0"},
      {[](auto& r) { r[1].lane = 0; }, "record 1 (weights1): lane: expected lane 1 of 2"},
      {[](auto& r) { r[1].area.x = 1; },
       "record 1 (weights1): lane: expected lane 1 of 2 of the stream that record 0"},
      {[](auto& r) { r[1].elements.x = 3; }, "record 1 (weights1): lane: expected lane 1 of 2"},
      {[](auto& r) { r[0].relay_colors.pop_back(); }, "record 0 (weights0): relay_colors: expected 2 "},
      {[](auto& r) { r[0].relay_colors[1] = 0; },
       "record 0 (weights0): relay_colors: expected colors below 32 other"},
      {[](auto& r) { r[0].relay_colors[1] = 32; },
       "record 0 (weights0): relay_colors: expected colors below 32"},
      {[](auto& r) { r[2].lanes = 2; },
       "record 2 (axpy0): lanes: expected 1, or more on records of kind stream_in"},
      {[](auto& r) { r[0].lanes = 0; }, "record 0 (weights0): lanes: expected 1, or more"},
      {[](auto& r) { r.resize(1); }, "record 0 (weights0): lane: expected 1 more of 2 lanes"},
  };
  for (const auto& [edit, expected] : cases) {
    std::vector<Record> records = test::shared_trace(lane, 2);
    edit(records);
    expect_refused(records, expected);
  }
}

TEST(SharedStream, EveryColumnHasOneHomeAndARowOfItsOwnToPassItOn) {
  for (const std::uint32_t lanes : {2U, 3U, 5U}) {
    for (const auto& [columns, rows] :
         std::vector<std::pair<std::uint32_t, std::uint32_t>>{{5, 7}, {4, 4}, {7, 3}, {1, 1}}) {
      const std::vector<Record> records = test::shared_trace({columns, rows, 20, 24}, lanes);
      std::vector<std::uint32_t> relays(rows);
      std::uint64_t entering = 0;
      for (std::uint32_t column = 0; column < columns; ++column) {
        std::uint32_t homes = 0;
        for (std::uint32_t lane = 0; lane < lanes; ++lane) {
          if (!is_home(records[lane], column)) continue;
          ++homes;
          EXPECT_EQ(lane, record_of_lane(records[(lane + 1) % lanes], home_lane(records[lane], column)));
        }
        EXPECT_EQ(1U, homes);
        ++relays.at(relay_row(records[0], column));
      }
      for (std::uint32_t lane = 0; lane < lanes; ++lane) entering += host_wavelets(records[lane]);
      EXPECT_EQ(20U * 24U, entering);
      for (const std::uint32_t in_row : relays) EXPECT_LE(in_row, relay_colors_along_rows(records[0].area));
    }
  }
}

TEST(TraceQuantities, SharesAddUpExactly) {
  Record record;
  record.area = {0, 0, 7, 5};
  record.blocks = 3;
  const Amount amount{3, 100, 33, 17};
  std::uint64_t sum = 0;
  for (std::uint32_t x = 0; x < 7; ++x) {
    for (std::uint32_t y = 0; y < 5; ++y) {
      for (std::uint64_t b = 0; b < 3; ++b) sum += amount.value(x, 7, y, 5, b, 3);
    }
  }
  EXPECT_EQ(sum, 3U * 100 * 33 * 17);
  EXPECT_EQ(total(amount, record), sum);
  // What is not partitioned counts in full on every tile and in every block.
  EXPECT_EQ(total({2, 0, 0, 0}, record), 2U * 7 * 5 * 3);
}

TEST(TraceQuantities, WaveletsArePackedAndRoundedUp) {
  Record record;
  record.kind = Kind::stream_in;
  record.area = {0, 0, 1, 1};
  record.elements = {5, 0, 0, 0};
  record.element_bits = 16;
  EXPECT_EQ(wavelets(record, 0, 0, 0), 3U);  // 80 bits
  record.element_bits = 32;
  EXPECT_EQ(wavelets(record, 0, 0, 0), 5U);
  record.density = 0.5;
  EXPECT_EQ(wavelets(record, 0, 0, 0), 3U);  // 2.5 elements, rounded up
}

TEST(TraceStatistics, CountWhatALinearLayerSends) {
  const test::LinearShape shape;
  Statistics statistics;
  for (const Record& record : test::linear_trace(shape)) statistics.add(record);
  const std::uint64_t weights = shape.inputs * shape.outputs;
  EXPECT_EQ(statistics.total().macs, 2 * weights * shape.tokens);
  EXPECT_EQ(statistics.total().bytes_in, 4 * weights);
  EXPECT_EQ(statistics.total().bytes_out, 4 * weights);
  const std::uint64_t sums = shape.tokens * shape.outputs * (shape.columns - 1);
  const std::uint64_t gathered = sums / 2;
  EXPECT_EQ(statistics.total().wavelets, weights + sums + gathered + weights * (shape.rows - 1) + weights);
}

}  // namespace
}  // namespace waferloom::trace
