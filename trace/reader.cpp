// SPDX-License-Identifier: Apache-2.0
#include "trace/reader.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/input/json.hpp"
#include "trace/json.hpp"
#include "trace/line.hpp"
#include "trace/place.hpp"
#include "trace/quantities.hpp"

namespace waferloom::trace {

using nlohmann::json;

namespace {

constexpr std::size_t kChecksumDigits = 8;

}  // namespace

Reader::Reader(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path_, error)) {
    throw core::InputError(fmt::format("{}: expected a trace file, got {}", path_.string(),
                                       std::filesystem::exists(path_, error) ? "something else" : "nothing"));
  }
  file_.open(path_, std::ios::binary);
  if (!file_) throw core::InputError(fmt::format("{}: expected a file that can be read", path_.string()));
  const std::optional<std::string> line = next_line();
  if (!line) fail("expected the header of a trace, got an empty file");
  take(*line, "the header", [&] { header_ = header_from(core::parse_json(*line)); });
  validator_.emplace(header_);
}

void Reader::fail(const std::string& message) const {
  refuse(1, fmt::format("offset {}: {}", offset_, message));
}

void Reader::refuse(std::size_t column, const std::string& message) const {
  throw core::InputError(fmt::format("{}:{}:{}: {}", path_.string(), line_, column, message));
}

template <class Take>
void Reader::take(const std::string& line, const char* what, const Take& take) const {
  try {
    take();
  } catch (const core::JsonError& e) {
    refuse(e.byte() != 0 ? e.byte() : column_of(line, e.what()),
           fmt::format("expected {} as JSON: {}", what, without_place(e)));
  } catch (const FieldError& e) {
    refuse(column_of(line, e.what()), e.what());
  } catch (const RuleError& e) {
    // A rule may be broken by a record and an earlier one together, and the message be about that.
    if (!validator_ || e.record() != validator_->records()) throw core::InputError(located(path_, e));
    refuse(column_of(line, e.problem()), e.what());
  }
}

std::optional<std::string> Reader::next_line() {
  offset_ = next_offset_;
  ++line_;
  std::string line;
  int c = 0;
  while ((c = file_.get()) != std::char_traits<char>::eof() && c != '\n') {
    line.push_back(static_cast<char>(c));
    if (line.size() > kLongestLine) fail(fmt::format("expected a line of at most {} bytes", kLongestLine));
  }
  if (file_.bad()) fail("the file cannot be read");
  if (c != '\n') {
    if (line.empty()) return std::nullopt;
    fail(fmt::format("expected a whole line, got {} bytes and the end of the file (truncated)", line.size()));
  }
  next_offset_ += line.size() + 1;
  const std::size_t tab = line.rfind('\t');
  if (tab == std::string::npos || line.size() - tab - 1 != kChecksumDigits) {
    fail("expected a tabulator and eight digits of checksum at the end of the line");
  }
  const std::string stated = line.substr(tab + 1);
  line.resize(tab);
  const std::string actual = fmt::format("{:08x}", checksum(line));
  if (stated != actual) {
    fail(fmt::format(
        "expected a line with checksum {}, got one with {} (damaged, or edited without `waferloom "
        "trace seal`)",
        stated, actual));
  }
  return line;
}

bool Reader::next(Record& record) {
  if (ended_) return false;
  const std::optional<std::string> line = next_line();
  if (!line) fail("expected the end of the trace, got the end of the file (truncated)");
  bool ends = false;
  take(*line, "a record", [&] {
    const json object = core::parse_json(*line);
    ends = object.is_object() && object.contains("end");
    if (ends) {
      check_end(*line);
      return;
    }
    record = record_from(object);
    validator_->add(record);
    macs_ += total_macs(record);
  });
  return !ends;
}

void Reader::check_end(const std::string& text) {
  const json expected{{"end", {{"records", validator_->records()}, {"macs", macs_}}}};
  if (core::parse_json(text) != expected) {
    fail(fmt::format("expected {} at the end, got {}", expected.dump(), text));
  }
  validator_->finish();
  ended_ = true;
  offset_ = next_offset_;
  ++line_;
  if (file_.get() != std::char_traits<char>::eof()) fail("expected nothing after the end of the trace");
}

}  // namespace waferloom::trace
