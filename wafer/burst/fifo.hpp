// SPDX-License-Identifier: Apache-2.0
// A queue in one piece of memory, which grows to what it held at most.
#pragma once

#include <cstddef>
#include <vector>

namespace waferloom::burst {

template <typename T>
class Fifo {
 public:
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t size() const { return count_; }
  /// The one that comes `behind` the first.
  [[nodiscard]] const T& operator[](std::size_t behind) const { return ring_[place(behind)]; }
  [[nodiscard]] T& operator[](std::size_t behind) { return ring_[place(behind)]; }
  [[nodiscard]] T& front() { return ring_[first_]; }
  [[nodiscard]] const T& front() const { return ring_[first_]; }
  [[nodiscard]] T& back() { return ring_[place(count_ - 1)]; }
  [[nodiscard]] const T& back() const { return ring_[place(count_ - 1)]; }

  void push_back(const T& value) {
    if (count_ == ring_.size()) grow();
    ring_[place(count_++)] = value;
  }
  void pop_front() {
    first_ = place(1);
    --count_;
  }

 private:
  /// The size is a power of two.
  [[nodiscard]] std::size_t place(std::size_t behind) const { return (first_ + behind) & (ring_.size() - 1); }
  void grow() {
    constexpr std::size_t kLeast = 4;
    std::vector<T> ring(ring_.empty() ? kLeast : 2 * ring_.size());
    for (std::size_t i = 0; i < count_; ++i) ring[i] = ring_[place(i)];
    ring_.swap(ring);
    first_ = 0;
  }

  std::vector<T> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace waferloom::burst
