// SPDX-License-Identifier: Apache-2.0
// The same work on many things, by several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace waferloom::core {

/// Calls `work(i)` once for every i below `count`, by up to `threads` threads at once, in no particular order. Throws
/// what one of the calls threw; calls that have not begun by then are left out.
template <class Work>
void for_each_of(std::size_t count, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (!thrown) thrown = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < threads && t < count; ++t) others.emplace_back(run);
  run();
  others.clear();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace waferloom::core
