// SPDX-License-Identifier: Apache-2.0
// Sources of the figures are those of pe/parameters.hpp.
#include "pe/keys.hpp"

#include "pe/step.hpp"

namespace waferloom::pe {

void declare_keys(core::config::Keys& keys, PeParameters& p) {
  using core::Dimension;
  constexpr std::uint32_t kLongestLatency = 10000;
  constexpr std::uint32_t kLongestIssue = 32;
  core::config::Section s(keys, "pe",
                          "The processing element (PE): datapath, SRAM, queues and task scheduling.");
  s.quantity("clock", p.clock_hz, Dimension::frequency, {1e3, 1e12}, "of PEs and fabric; WSE-2: 850 MHz [D]");
  s.amount<std::uint32_t>("sram", p.sram_bytes, Dimension::bytes, {1024, 1U << 30U},
                          "SRAM per PE; 48 KiB [D]");
  s.count<std::uint32_t>("sram_banks", p.sram_banks, {1, 1024},
                         "single-ported banks of the SRAM; 8 of 6 KB [D]");
  s.amount<std::uint32_t>("sram_read", p.sram_read_bytes_per_cycle, Dimension::bytes_per_cycle, {1, 4096},
                          "SRAM read rate; two 64-bit reads [D]");
  s.amount<std::uint32_t>("sram_write", p.sram_write_bytes_per_cycle, Dimension::bytes_per_cycle, {1, 4096},
                          "SRAM write rate; one 64-bit write [D]");
  s.amount<std::uint32_t>("reserved", p.reserved_bytes, Dimension::bytes, {0, 1U << 30U},
                          "SRAM taken by code, stack and constants; assumed");
  s.count<std::uint32_t>("fp16_macs_per_cycle", p.fp16_macs_per_cycle, {1, 1024},
                         "FP16 multiply-accumulates per cycle; WSE-2: 4 [D], WSE-3: up to 8 [D]");
  s.count<std::uint32_t>(
      "mixed_macs_per_cycle", p.mixed_macs_per_cycle, {1, 1024},
      "FP16 x FP16 + FP32 multiply-accumulates per cycle; 4 [I], which a sum that lies in SRAM "
      "holds to 2 [2nd]");
  s.count<std::uint32_t>("fp32_macs_per_cycle", p.fp32_macs_per_cycle, {1, 1024},
                         "FP32 multiply-accumulates per cycle; 1 [D]");
  s.amount<std::uint32_t>("divide", p.divide_cycles, Dimension::cycles, {1, kLongestLatency},
                          "one FP32 divide; about 50 [D]");
  s.amount<std::uint32_t>("vector_overhead", p.vector_overhead_cycles, Dimension::cycles,
                          {0, kLongestLatency},
                          "start of a vector operation from SRAM to SRAM: N elements take N + 6 [S]");
  constexpr double kFastestRate = 1024;
  s.quantity("copy_fp16_rate", p.copy_fp16_rate, Dimension::none, {0, kFastestRate},
             "FP16 elements that a kernel copies a cycle from SRAM to SRAM, at most; 0 = what the ports "
             "allow; WSE-3: "
             "4.82 [M]");
  s.quantity("copy_fp32_rate", p.copy_fp32_rate, Dimension::none, {0, kFastestRate},
             "the same of FP32; WSE-3: 2.44 [M]");
  s.quantity(
      "fma_fp16_rate", p.fma_fp16_rate, Dimension::none, {0, kFastestRate},
      "FP16 multiply-accumulates of vectors in SRAM that a kernel does a cycle, at most; 0 = what ports and "
      "multipliers allow; WSE-3: 2.92 [M]");
  s.quantity("fma_fp32_rate", p.fma_fp32_rate, Dimension::none, {0, kFastestRate},
             "the same of FP32; WSE-3: 0.5 [M]");
  s.quantity(
      "add_fp32_rate", p.add_fp32_rate, Dimension::none, {0, kFastestRate},
      "FP32 additions, subtractions and maxima of vectors in SRAM that a kernel does a cycle; 0 = as many "
      "as multiply-accumulates; WSE-3: 2 [I]");
  s.amount<std::uint32_t>(
      "copy_setup", p.copy_setup_cycles, Dimension::cycles, {0, kLongestLatency},
      "of a kernel's vector operation, before its first element: copies and additions; WSE-2: 6 "
      "[S], WSE-3: 15 [M]");
  s.amount<std::uint32_t>("fma_fp16_setup", p.fma_fp16_setup_cycles, Dimension::cycles, {0, kLongestLatency},
                          "the same of FP16 multiply-accumulates; WSE-2: 6 [S], WSE-3: 16 [M]");
  s.amount<std::uint32_t>("fma_fp32_setup", p.fma_fp32_setup_cycles, Dimension::cycles, {0, kLongestLatency},
                          "the same of FP32 multiply-accumulates; WSE-2: 6 [S], WSE-3: 17 [M]");
  s.amount<std::uint32_t>("stream_setup", p.stream_setup_cycles, Dimension::cycles, {0, kLongestLatency},
                          "of a kernel's vector operation on a microthread (`async`), before its first "
                          "wavelet; WSE-2: the measured chain reduce leaves no room for any, WSE-3: 6 [I]");
  s.amount<std::uint32_t>("issue_latency", p.issue_latency_cycles, Dimension::cycles, {0, kLongestIssue},
                          "of a kernel's synchronous operation on a single element, until what it sends is "
                          "on the ramp, beside its "
                          "cycle; the next operation does not wait for it; WSE-2: 2 [I], WSE-3: 3 [S]");
  s.amount<std::uint32_t>(
      "task_wake", p.task_wake_cycles, Dimension::cycles, {0, kLongestLatency},
      "from the last wavelet of a kernel's operation to the task that its completion activates; "
      "WSE-2: none is published, WSE-3: 3 [M]");
  s.quantity(
      "bank_conflict", p.bank_conflict_factor, Dimension::none, {1, 16},
      "by which an operation takes longer whose operands lie in banks that conflict; WSE-2: 2 [S], WSE-3: "
      "1.94 [M]");
  s.amount<std::uint32_t>(
      "task_launch", p.task_launch_cycles, Dimension::cycles, {0, kLongestLatency},
      "from activation to a task's first operation; WSE-2: none is published and the measured "
      "chain reduce leaves no room for any, WSE-3: 15 to 17 [M]");
  s.quantity("kernel_load", p.kernel_load_s, Dimension::time, {0, 1},
             "before a layer's forward and before its backward pass under weight streaming, for its kernels "
             "to be loaded");
  s.counts(
      "input_queues", p.input_queues, {kThreads - 1, kMaxInputQueues}, {1, kMaxQueueDepth},
      "depths in wavelets of the input queues, by queue number [D]; 8 are the most that the simulator holds");
  s.counts(
      "output_queues", p.output_queues, {kMaxOutputQueues, kMaxOutputQueues}, {1, kMaxQueueDepth},
      "depths in wavelets of the output queues, by queue number [D; units of 2 and 3 disputed]; 8 are the "
      "most that the simulator holds");
}

}  // namespace waferloom::pe
