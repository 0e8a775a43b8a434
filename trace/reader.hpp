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
  /// Throws core::InputError, as next() does: `FILE:LINE:COLUMN: record N (NAME): field: expected ..., got ...`; where
  /// the file is damaged, with the line's offset in bytes.
  explicit Reader(std::filesystem::path path);

  [[nodiscard]] const Header& header() const { return header_; }
  /// False at the end of a complete file.
  [[nodiscard]] bool next(Record& record);

 private:
  /// The JSON of the next line, checked against its sum; none at the end of the file.
  [[nodiscard]] std::optional<std::string> next_line();
  void check_end(const std::string& json);
  /// The file is damaged: nobody wrote it so.
  [[noreturn]] void fail(const std::string& message) const;
  [[noreturn]] void refuse(std::size_t column, const std::string& message) const;
  /// What `take` says of `line`, with its place.
  template <class Take>
  void take(const std::string& line, const char* what, const Take& take) const;

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t offset_ = 0;  ///< of the line at hand
  std::uint64_t next_offset_ = 0;
  std::uint64_t line_ = 0;  ///< at hand, from 1
  Header header_;
  std::optional<Validator> validator_;
  std::uint64_t macs_ = 0;
  bool ended_ = false;
};

}  // namespace waferloom::trace
