// SPDX-License-Identifier: Apache-2.0
// Only in builds with AddressSanitizer. SystemC's kernel announces the switches between its coroutines to the
// sanitizer, but names an empty stack for the one that runs sc_main and the methods, and leaves out the
// switch at a thread's end. The sanitizer then takes the wrong stack for the current one and reports errors
// that are none once an exception is thrown. Without any announcement it keeps to the program's own stack,
// where nearly all of the code runs; so these stand before the sanitizer's functions and do nothing.
#include <cstddef>

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the sanitizer's interface
extern "C" void __sanitizer_start_switch_fiber(void** fake_stack_save, const void* bottom, std::size_t size);
extern "C" void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom_old,
                                                std::size_t* size_old);

void __sanitizer_start_switch_fiber(void** /*fake_stack_save*/, const void* /*bottom*/,
                                    std::size_t /*size*/) {}
void __sanitizer_finish_switch_fiber(void* /*fake_stack*/, const void** /*bottom_old*/,
                                     std::size_t* /*size_old*/) {}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
