// SPDX-License-Identifier: Apache-2.0
// This program again, in a process of its own: what one run does wrong (a crash, all memory taken) ends that run
// alone.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace waferloom::study {

/// Starts this program with `arguments` (without the program's name), its outputs in files that are replaced; with an
/// empty `errors` it shares this one's standard error. The child is killed where this process ends first, by whatever
/// means. Throws core::HostResourceError where no process can be had.
[[nodiscard]] pid_t start_program(const std::vector<std::string>& arguments,
                                  const std::filesystem::path& output, const std::filesystem::path& errors);

/// What a shell adds to the number of the signal that ended a process to report it as an exit status.
inline constexpr int kSignalled = 128;

/// The exit status that a shell would report of what waitpid gave.
[[nodiscard]] int exit_status(int wait_status);

/// The status that this program promises where a child ended with `status`: one that was killed lacked memory, one
/// that crashed is our bug.
[[nodiscard]] core::ExitStatus promised_status(int status);

/// "ended by signal ..." of a child that a signal ended; empty of others.
[[nodiscard]] std::string signal_text(int status);

/// Waits for a child; gives its exit status.
[[nodiscard]] int wait_for(pid_t child);

}  // namespace waferloom::study
