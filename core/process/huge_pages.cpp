// SPDX-License-Identifier: Apache-2.0
#include "core/process/huge_pages.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <limits>

namespace waferloom::core {

namespace {

bool has_limit(decltype(RLIMIT_AS) kind) {
  rlimit limit{};
  return getrlimit(kind, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

bool keep_heap_in_huge_pages() {
#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)
  constexpr int kReserved = 1 << 30;
  constexpr int kLargestInHeap = 32 << 20;  // glibc takes no more; larger blocks have mappings of their own
  if (has_limit(RLIMIT_AS) || has_limit(RLIMIT_DATA)) return false;
  // The heap grows by all of it at once, and keeps it: a later growth would be on small pages again.
  if (mallopt(M_MMAP_THRESHOLD, kLargestInHeap) == 0 ||
      mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max()) == 0 || mallopt(M_TOP_PAD, kReserved) == 0) {
    return false;
  }
  void* const begin = sbrk(0);
  void* volatile grown =
      std::malloc(kLargestInHeap / 2);  // volatile: else the compiler leaves both calls out
  std::free(grown);
  void* const end = sbrk(0);
  constexpr int kUsual = 128 << 10;
  mallopt(M_TOP_PAD, kUsual);
  // Another allocator may stand in for the C library's.
  if (end <= begin) return false;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t from = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
  return madvise(reinterpret_cast<void*>(from), reinterpret_cast<std::uintptr_t>(end) - from,
                 MADV_HUGEPAGE) == 0;
#else
  return false;
#endif
}

}  // namespace waferloom::core
