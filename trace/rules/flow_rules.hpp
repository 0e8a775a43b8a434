// SPDX-License-Identifier: Apache-2.0
// What a stream between host and tiles and the records at its other end must agree on: each stream in has one
// compute record that takes it, each stream out one reduce that feeds it, on the same tiles, in the same blocks,
// and in the same order as other streams of those tiles.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "trace/record.hpp"

namespace waferloom::trace {

class FlowRules {
 public:
  /// Throws RuleError. References are known to name earlier records of the right kind.
  void add(const Record& record);
  /// After the last record.
  void finish() const;

 private:
  /// The streams that a part of the rectangle has taken or fed so far: the last of each area.
  class Order {
   public:
    /// The latest stream on an overlapping area, if it comes after `stream`; kNoRecord otherwise.
    [[nodiscard]] std::uint32_t overtaken(const core::Rectangle& area, std::uint32_t stream) const;
    void note(const core::Rectangle& area, std::uint32_t stream);

   private:
    std::vector<std::pair<core::Rectangle, std::uint32_t>> last_;
  };

  struct Gather {
    std::uint32_t blocks = 0;
    core::Rectangle area;
  };

  void follow(const Record& record) const;
  void take(const Record& record);
  void feed(const Record& record);
  void check_drain(const Record& reduce, const Record& stream) const;

  std::unordered_map<std::uint32_t, Record> waiting_;  ///< streams in that no record takes yet
  std::unordered_map<std::uint32_t, Record> feeds_;    ///< reduces by the stream out that is still to come
  std::unordered_map<std::uint32_t, Record> outs_;     ///< streams out that no reduce feeds yet
  std::unordered_map<std::uint32_t, Gather> gathers_;  ///< what records may follow the order of
  Order taken_;
  Order fed_;
};

}  // namespace waferloom::trace
