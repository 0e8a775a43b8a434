// SPDX-License-Identifier: Apache-2.0
// Parameters of a processing element (PE) and its SRAM, each with the source of its default.
// Sources: [D] vendor document, [S] vendor's cycle simulator, [2nd] secondary notes.
#pragma once

#include <cstdint>
#include <vector>

namespace waferloom::pe {

/// Configuration section `pe`.
struct PeParameters {
  double clock_hz = 850e6;                       ///< of PEs and fabric; WSE-2: 850 MHz [D]
  std::uint32_t sram_bytes = 49152;              ///< per PE; 48 KiB [D]
  std::uint32_t sram_banks = 8;                  ///< 8 x 6 KB, single-ported [D]
  std::uint32_t sram_read_bytes_per_cycle = 16;  ///< two 64-bit reads [D]
  std::uint32_t sram_write_bytes_per_cycle = 8;  ///< one 64-bit write [D]
  std::uint32_t reserved_bytes = 4096;           ///< code, stack and constants; assumed
  std::uint32_t fp16_macs_per_cycle = 4;         ///< [D]
  /// FP16 x FP16 + FP32: the multipliers' rate, that of FP16. Where the sum lies in SRAM, the write port holds
  /// it to 2, the figure quoted for mixed precision [2nd]; where it stays in a register, as in a dot product,
  /// nothing does: a compiler's figures for GPT-2's kernels fit 2, 2 and 4 for forward, by input, by weight [I].
  std::uint32_t mixed_macs_per_cycle = 4;
  std::uint32_t fp32_macs_per_cycle = 1;  ///< [D]
  std::uint32_t divide_cycles = 50;       ///< one FP32 divide, about 50 [D]
  std::uint32_t vector_overhead_cycles =
      6;  ///< an SRAM-to-SRAM vector operation on N elements takes N + 6 [S]
  /// Most elements a cycle of vector operations on SRAM in kernels, 0: what ports and multipliers allow. WSE-3: 4.82,
  /// 2.44, 2.92 and 0.5 [M], in the vendor's simulator 8, 4, 4 and 0.5 [S].
  double copy_fp16_rate = 0;
  double copy_fp32_rate = 0;
  double fma_fp16_rate = 0;
  double fma_fp32_rate = 0;
  /// FP32 additions of vectors in SRAM a cycle in kernels, 0: as the multipliers. WSE-3: 2, as reduces that store and
  /// forward and tiled stencils show in the vendor's simulator, where they are given for both generations [I].
  double add_fp32_rate = 0;
  /// Before the first element of a kernel's vector operation; WSE-2: as vector_overhead [S], WSE-3: 15, 16, 17 [M].
  std::uint32_t copy_setup_cycles = 6;
  std::uint32_t fma_fp16_setup_cycles = 6;
  std::uint32_t fma_fp32_setup_cycles = 6;
  /// Before the first wavelet of a kernel's operation on a microthread. WSE-2: the measured chain reduce leaves no room
  /// within a stream, so 0. WSE-3: 6, as relays of store and forward show [I]; a stencil whose nine synchronous
  /// operations an iteration take 17 cycles in all shows that those have none.
  std::uint32_t stream_setup_cycles = 0;
  /// From a kernel's synchronous operation on a single element until that is on the ramp, beside its cycle; the task's next
  /// operation does not wait for it. WSE-3: 3, an instruction's way from decoding to execution in the vendor's simulator
  /// [S]; WSE-2: 2, as a stencil on 4 x 4 PEs shows there, where neighbours wait for each other in each iteration [I]. Not
  /// of vectors, for which the measured chain reduce leaves no room.
  std::uint32_t issue_latency_cycles = 2;
  /// From a kernel's last wavelet to the task that its completion activates; WSE-3: 3 [M], WSE-2: none published.
  std::uint32_t task_wake_cycles = 0;
  /// By which an operation takes longer whose operands lie in banks that conflict; WSE-2: 2 [S], WSE-3: 1.94 [M].
  double bank_conflict_factor = 2;
  /// From activation to a task's first operation. WSE-2: none published; the measured chain reduce leaves no
  /// room for any within a running stream, so 0. WSE-3: launching takes 15 to 17 [M].
  std::uint32_t task_launch_cycles = 0;
  /// Before a layer's forward and before its backward pass, for its kernels to be loaded. Measured steps of
  /// BERT-large show 4.5 ms a layer that do not depend on the batch; half of it for each pass is assumed. An
  /// effect of the input pipeline is not excluded [I].
  double kernel_load_s = 2.25e-3;
  /// Depths in wavelets of the PE's queues by queue number [D].
  std::vector<std::uint32_t> input_queues{6, 6, 4, 4, 2, 2, 2, 2};
  std::vector<std::uint32_t> output_queues{2, 2, 6, 6, 2, 2};
  friend bool operator==(const PeParameters&, const PeParameters&) = default;
};

}  // namespace waferloom::pe
