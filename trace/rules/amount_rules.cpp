// SPDX-License-Identifier: Apache-2.0
#include "trace/rules/amount_rules.hpp"

#include <initializer_list>

#include "core/arithmetic.hpp"
#include "trace/rule_error.hpp"

namespace waferloom::trace {

void AmountRules::add(const Record& record) {
  add(record, macs, "macs", record.macs, 1);
  add(record, vector_elements, "vector_elements", record.vector_elements, 1);
  add(record, divides, "divides", record.divides, 1);
  add(record, reads, "read_bytes", record.read_bytes, 1);
  add(record, writes, "write_bytes", record.write_bytes, 1);
  for (const Allocation& allocation : record.allocates) {
    add(record, bytes, "allocates", allocation.bytes, 1);
  }
  // A wavelet of a chain takes a hop to the next tile, one of a stream or shift at most the way over the rectangle.
  const bool streams = record.kind == Kind::stream_in || record.kind == Kind::stream_out;
  const std::uint64_t most_hops = streams                      ? columns_ + rows_
                                  : record.kind == Kind::shift ? record.distance
                                                               : 1;
  add(record, hops, "elements", record.elements, most_hops);
  add(record, cycles, "setup_cycles", record.setup_cycles);
  add(record, parameters, "parameters", record.parameters);
}

void AmountRules::add(const Record& record, Sum sum, std::string_view field, const Amount& amount,
                      std::uint64_t factor) {
  if (amount.scale == 0) return;
  std::uint64_t product = factor;
  for (const std::uint64_t each :
       {amount.scale, amount.x != 0 ? amount.x : record.area.width,
        amount.y != 0 ? amount.y : record.area.height, amount.block != 0 ? amount.block : record.blocks}) {
    product = core::saturating_product(product, each);
  }
  add(record, sum, field, product);
}

void AmountRules::add(const Record& record, Sum sum, std::string_view field, std::uint64_t number) {
  sums_[sum] = core::saturating_sum(sums_[sum], number);
  const std::uint64_t most = sum == hops ? kMostHops : kMostOfAll;
  if (sums_[sum] <= most) return;
  break_rule(record, "{}: expected at most {} in all, over all tiles and blocks and this and earlier records",
             field, most);
}

}  // namespace waferloom::trace
