// SPDX-License-Identifier: Apache-2.0
// The rules that records keep among each other, checked record by record.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include "trace/record.hpp"

namespace waferloom::trace {

/// A rule that a record breaks; the message reads "record N (NAME): field: expected ..., got ...".
class RuleError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Validator {
 public:
  explicit Validator(const Header& header) : columns_(header.columns), rows_(header.rows) {}

  /// Throws RuleError.
  void add(const Record& record);
  /// After the last record: references to later ones.
  void finish() const;
  [[nodiscard]] std::uint32_t records() const { return static_cast<std::uint32_t>(kinds_.size()); }

 private:
  /// A reference that could not be checked yet.
  struct Later {
    std::uint32_t from;
    std::uint32_t to;
    bool must_be_stream_out;
  };
  void check_place(const Record& record) const;
  void check_colors(const Record& record) const;
  void check_references(const Record& record);
  void check_lanes(const Record& record);
  void check_tensors(const Record& record);

  std::uint32_t columns_;
  std::uint32_t rows_;
  std::vector<Kind> kinds_;
  std::vector<Later> later_;
  Record lane_before_;  ///< of a shared stream whose other lanes have to follow, if lanes_left_ is not 0
  std::uint32_t lanes_left_ = 0;
  std::unordered_set<std::string> tensors_;  ///< that a record has allocated so far
};

}  // namespace waferloom::trace
