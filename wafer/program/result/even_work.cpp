// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/even_work.hpp"

#include <algorithm>
#include <cstdint>

#include "core/arithmetic.hpp"
#include "pe/datapath.hpp"
#include "trace/quantities.hpp"
#include "wafer/program/result/group_result.hpp"

namespace waferloom::wafer {

namespace {

/// Wavelets of a stream that a tile in the middle takes, of all blocks.
std::uint64_t taken(const trace::Record& stream) {
  return trace::wavelets_of_blocks(stream, stream.area.width / 2, stream.area.height / 2);
}

struct Limits {
  std::uint64_t arithmetic = 0;  ///< cycles that each alone would take,
  std::uint64_t sram = 0;
  double times = 1;  ///< so many times on a tile
};

/// Of a block, or of each wavelet of what is consumed.
Limits limits_of(const pe::PeParameters& pe, const std::vector<trace::Record>& records,
                 const trace::Record& record) {
  Limits limits;
  limits.times = static_cast<double>(record.blocks);
  if (record.consumes != trace::kNoRecord)
    limits.times = static_cast<double>(taken(records[record.consumes]));
  const double parts = limits.times * static_cast<double>(record.area.area());
  if (parts <= 0) return {};
  const auto mean = [&](std::uint64_t all) {
    return core::ceil_div(all, static_cast<std::uint64_t>(std::max(1.0, parts)));
  };
  pe::VectorWork arithmetic;
  arithmetic.macs = mean(trace::total_macs(record));
  arithmetic.vector_elements = mean(trace::total(record.vector_elements, record));
  arithmetic.divides = mean(trace::total(record.divides, record));
  switch (record.precision) {
    case trace::Precision::fp16:
      arithmetic.arithmetic = pe::Arithmetic::fp16;
      break;
    case trace::Precision::mixed:
      arithmetic.arithmetic = pe::Arithmetic::mixed;
      break;
    case trace::Precision::fp32:
      arithmetic.arithmetic = pe::Arithmetic::fp32;
      break;
  }
  pe::VectorWork sram;
  sram.read_bytes = mean(trace::total(record.read_bytes, record));
  sram.write_bytes = mean(trace::total(record.write_bytes, record));
  limits.arithmetic = pe::vector_cost(pe, arithmetic).cycles;
  limits.sram = pe::vector_cost(pe, sram).cycles;
  return limits;
}

}  // namespace

std::vector<double> even_work(const pe::PeParameters& pe, const std::vector<trace::Record>& records,
                              const Grouping& grouping) {
  std::vector<double> even(grouping.groups.size(), 0);
  std::vector<double> all(grouping.groups.size(), 0);
  for (const trace::Record& record : records) {
    if (record.kind != trace::Kind::compute) continue;
    const Limits limits = limits_of(pe, records, record);
    const auto [less, more] = std::minmax(limits.arithmetic, limits.sram);
    const double cycles = static_cast<double>(more) * limits.times * static_cast<double>(record.area.area());
    const std::uint32_t group = grouping.of_record[record.id];
    all[group] += cycles;
    // What takes a single cycle takes it whatever the rates are.
    if (more > 1 && static_cast<double>(less) >= kTie * static_cast<double>(more)) even[group] += cycles;
  }
  for (std::size_t group = 0; group < even.size(); ++group) {
    if (all[group] > 0) even[group] /= all[group];
  }
  return even;
}

}  // namespace waferloom::wafer
