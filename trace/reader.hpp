// SPDX-License-Identifier: Apache-2.0
// Reads a trace file as a stream, in memory bounded by one line and a byte or two per record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "trace/record.hpp"
#include "trace/validate.hpp"

namespace waferloom::trace {

class Reader {
 public:
  /// Throws core::InputError, as next() does: `FILE: offset N: expected ..., got ...`, N in bytes.
  explicit Reader(std::filesystem::path path);

  [[nodiscard]] const Header& header() const { return header_; }
  /// False at the end of a complete file.
  [[nodiscard]] bool next(Record& record);

 private:
  /// The JSON of the next line, checked against its sum; none at the end of the file.
  [[nodiscard]] std::optional<std::string> next_line();
  void check_end(const std::string& json);
  [[noreturn]] void fail(const std::string& message) const;

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t offset_ = 0;  ///< of the line at hand
  std::uint64_t next_offset_ = 0;
  Header header_;
  std::optional<Validator> validator_;
  std::uint64_t macs_ = 0;
  bool ended_ = false;
};

}  // namespace waferloom::trace
