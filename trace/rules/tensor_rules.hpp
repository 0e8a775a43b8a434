// SPDX-License-Identifier: Apache-2.0
// Which tensors lie in the SRAM of which tiles, in the order of the records: none is taken twice, and what is
// freed or read is there, on every tile of the record.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "trace/record.hpp"

namespace waferloom::trace {

class TensorRules {
 public:
  /// Throws RuleError.
  void add(const Record& record);

 private:
  [[nodiscard]] bool is_live(const std::string& tensor, const core::Rectangle& area) const;
  void release(const std::string& tensor, const core::Rectangle& area);

  std::unordered_map<std::string, std::vector<core::Rectangle>>
      live_;  ///< where, in areas that do not overlap
};

}  // namespace waferloom::trace
