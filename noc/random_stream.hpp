// SPDX-License-Identifier: Apache-2.0
// Random numbers of one node: a stream of its own, so that what a node draws depends neither on the order in
// which nodes are simulated nor on how the mesh is cut into regions. The generator is SplitMix64 [Steele, Lea,
// Flood: Fast splittable pseudorandom number generators, OOPSLA 2014].
#pragma once

#include <cstdint>

namespace waferloom::noc {

class RandomStream {
 public:
  RandomStream() = default;
  RandomStream(std::uint64_t seed, std::uint64_t stream)
      : state_(mixed(mixed(seed + kStep) ^ mixed(stream * kStep + 1))) {}

  std::uint64_t next() {
    state_ += kStep;
    return mixed(state_);
  }
  /// In [0, n).
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((next() >> 32U) * std::uint64_t{n}) >> 32U);
  }
  /// In (0, 1].
  double real() { return static_cast<double>((next() >> 11U) + 1) * 0x1p-53; }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;
  static constexpr std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }
  std::uint64_t state_ = 0;
};

}  // namespace waferloom::noc
