// SPDX-License-Identifier: Apache-2.0
#include "kernels/cost.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace waferloom::kernels {

namespace {

/// Rounding up forgives what multiplying by a fraction adds.
constexpr double kSlack = 1e-6;

struct Traffic {
  std::uint32_t read_bytes = 0;  ///< of an element
  std::uint32_t write_bytes = 0;
  bool mixed = false;  ///< FP16 operands and an FP32 result
};

Traffic traffic_of(const CodeOperation& op) {
  Traffic traffic;
  bool half = op.type == Type::fp16 && (op.input != pe::kNoQueue || op.output != pe::kNoQueue);
  for (const Slice* slice : {&op.a, &op.b, &op.c}) {
    if (slice->kind != Operand::Kind::vector || slice->stride == 0)
      continue;  // one element stays in a register
    traffic.read_bytes += bytes_of(slice->type);
    half = half || slice->type == Type::fp16;
  }
  if (op.to.kind == Operand::Kind::vector) traffic.write_bytes = bytes_of(op.to.type);
  const bool has_target = op.to.kind == Operand::Kind::vector || op.to.kind == Operand::Kind::element;
  traffic.mixed = half && has_target && op.to.type == Type::fp32;
  return traffic;
}

bool is_half(const CodeOperation& op) {
  const bool to_sram = op.to.kind == Operand::Kind::vector || op.to.kind == Operand::Kind::element;
  return (to_sram ? op.to.type : op.type) == Type::fp16;
}

/// Needs no multiplier.
bool adds(const CodeOperation& op) {
  return op.operation == Operation::add || op.operation == Operation::subtract ||
         op.operation == Operation::most;
}

/// Elements per cycle of multipliers and adders.
double arithmetic_rate(const pe::PeParameters& pe, const CodeOperation& op, bool mixed) {
  if (mixed) return pe.mixed_macs_per_cycle;
  if (adds(op) && !is_half(op) && pe.add_fp32_rate > 0) return pe.add_fp32_rate;
  return is_half(op) ? pe.fp16_macs_per_cycle : pe.fp32_macs_per_cycle;
}

bool is_copy(const CodeOperation& op) { return op.operation == Operation::move; }

/// Multiplications whose products are summed up.
bool multiplies(const CodeOperation& op) {
  return op.operation == Operation::fma ||
         (op.operation == Operation::reduce && op.b.kind != Operand::Kind::none);
}

/// Elements a cycle that the path between SRAM and datapath holds an operation on SRAM to; 0: it does not.
double path_rate(const pe::PeParameters& pe, const CodeOperation& op) {
  if (op.thread != pe::kMainThread) return 0;
  if (is_copy(op)) return is_half(op) ? pe.copy_fp16_rate : pe.copy_fp32_rate;
  if (multiplies(op)) return is_half(op) ? pe.fma_fp16_rate : pe.fma_fp32_rate;
  return 0;
}

/// Works on no vector: an instruction by itself.
bool is_scalar(const CodeOperation& op) {
  return op.a.kind != Operand::Kind::vector && op.b.kind != Operand::Kind::vector &&
         op.c.kind != Operand::Kind::vector && op.to.kind != Operand::Kind::vector;
}

std::uint64_t setup_cycles(const pe::PeParameters& pe, const CodeOperation& op) {
  if (!multiplies(op)) return pe.copy_setup_cycles;
  return is_half(op) ? pe.fma_fp16_setup_cycles : pe.fma_fp32_setup_cycles;
}

}  // namespace

void settle_cost(const pe::PeParameters& pe, CodeOperation& op) {
  const Traffic traffic = traffic_of(op);
  const double reads = static_cast<double>(traffic.read_bytes) / pe.sram_read_bytes_per_cycle;
  const double writes = static_cast<double>(traffic.write_bytes) / pe.sram_write_bytes_per_cycle;
  double arithmetic = is_copy(op) ? 0 : 1 / arithmetic_rate(pe, op, traffic.mixed);
  if (op.operation == Operation::divide || op.operation == Operation::root) arithmetic = pe.divide_cycles;
  double memory = std::max(reads, writes);
  if (const double rate = path_rate(pe, op); rate > 0) memory = std::max(memory, 1 / rate);
  double each = std::max(arithmetic, memory);
  op.work = memory > arithmetic ? pe::Work::sram : pe::Work::arithmetic;
  if (op.bank_conflict) {
    each *= pe.bank_conflict_factor;
    op.work = pe::Work::sram;
  }
  op.cycles_per_element = each;
  if (op.thread == pe::kMainThread) {
    op.setup = is_scalar(op) ? 0 : setup_cycles(pe, op);
    return;
  }
  op.setup = op.asynchronous ? pe.stream_setup_cycles : 0;
  // An operation that waits for wavelets has been issued long before they come.
  if (!op.asynchronous && op.input == pe::kNoQueue && is_scalar(op)) {
    op.latency = static_cast<std::uint8_t>(pe.issue_latency_cycles);
  }
  op.work = pe::Work::streaming;
  const double wavelet = std::max(1.0, each * op.per_wavelet);
  op.cycles = static_cast<std::uint64_t>(std::floor(wavelet + kSlack));
  const double rest = std::max(0.0, wavelet - static_cast<double>(op.cycles));
  constexpr double kUnit = 4294967296.0;
  op.fraction = rest < kSlack ? 0 : static_cast<std::uint32_t>(rest * kUnit);
}

std::uint64_t main_cycles(const CodeOperation& op, std::uint64_t length) {
  if (length == 0) return 0;
  const double cycles = std::ceil(static_cast<double>(length) * op.cycles_per_element - kSlack);
  return op.setup + static_cast<std::uint64_t>(std::max(cycles, 1.0));
}

}  // namespace waferloom::kernels
