// SPDX-License-Identifier: Apache-2.0
// The heap on large pages of the processor, where the system has them to give.
//
// A simulation's first touch of its memory is a tenth of a short run's time with pages of 4 KiB, and a run that fills a
// wafer misses the processor's table of pages all the time. docs/performance.md has what it brings.
#pragma once

namespace waferloom::core {

/// Asks for large pages for what the process will allocate, its first GiB; to be called before anything large is. Takes
/// addresses, no memory. Nothing happens where addresses are limited (`ulimit -v`), or the C library or the system do
/// not know of it. @return whether they were asked for
bool keep_heap_in_huge_pages();

}  // namespace waferloom::core
