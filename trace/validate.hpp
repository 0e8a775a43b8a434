// SPDX-License-Identifier: Apache-2.0
// The rules that records keep among each other, checked record by record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/record.hpp"
#include "trace/rule_error.hpp"
#include "trace/rules/amount_rules.hpp"
#include "trace/rules/flow_rules.hpp"
#include "trace/rules/tensor_rules.hpp"

namespace waferloom::trace {

class Validator {
 public:
  explicit Validator(const Header& header) : columns_(header.columns), rows_(header.rows), amounts_(header) {}

  /// Throws RuleError.
  void add(const Record& record);
  /// After the last record: references to later ones.
  void finish() const;
  [[nodiscard]] std::uint32_t records() const { return static_cast<std::uint32_t>(kinds_.size()); }

 private:
  /// A reference that could not be checked yet.
  struct Later {
    std::uint32_t from;
    std::string name;
    std::uint32_t to;
    bool must_be_stream_out;
  };
  void check_place(const Record& record) const;
  static void check_distance(const Record& record);
  void check_colors(const Record& record) const;
  void check_references(const Record& record);
  void check_lanes(const Record& record);
  static void check_name(const Record& record);

  std::uint32_t columns_;
  std::uint32_t rows_;
  std::vector<Kind> kinds_;
  std::vector<Later> later_;
  Record lane_before_;  ///< of a shared stream whose other lanes have to follow, if lanes_left_ is not 0
  std::uint32_t lanes_left_ = 0;
  AmountRules amounts_;
  FlowRules flows_;
  TensorRules tensors_;
};

}  // namespace waferloom::trace
