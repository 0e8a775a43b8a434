// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/energy.hpp"

#include "core/wavelet.hpp"

namespace waferloom::wafer {

namespace {

constexpr double kBitsPerByte = 8;

double mac_energy(trace::Precision precision, const EnergyParameters& parameters) {
  switch (precision) {
    case trace::Precision::fp16:
      return parameters.fp16_mac_j;
    case trace::Precision::mixed:
      return parameters.mixed_mac_j;
    case trace::Precision::fp32:
      return parameters.fp32_mac_j;
  }
  return 0;
}

}  // namespace

Energy energy_of(const Group& group, double busy_cycles, std::uint64_t hops, trace::Precision precision,
                 const EnergyParameters& parameters) {
  Energy energy;
  energy.pe = busy_cycles * parameters.busy_cycle_j +
              static_cast<double>(group.macs) * mac_energy(precision, parameters);
  energy.sram = static_cast<double>(group.sram_bytes) * kBitsPerByte * parameters.sram_j_per_bit;
  energy.fabric = static_cast<double>(hops) * core::kWaveletBits * parameters.hop_j_per_bit;
  energy.io = static_cast<double>(group.bytes_in + group.bytes_out) * kBitsPerByte * parameters.io_j_per_bit;
  return energy;
}

double idle_energy(std::uint64_t tiles, double time_s, const EnergyParameters& parameters) {
  return static_cast<double>(tiles) * time_s * parameters.idle_w_per_tile;
}

Energy& operator+=(Energy& sum, const Energy& other) {
  sum.pe += other.pe;
  sum.sram += other.sram;
  sum.fabric += other.fabric;
  sum.io += other.io;
  sum.idle += other.idle;
  return sum;
}

}  // namespace waferloom::wafer
