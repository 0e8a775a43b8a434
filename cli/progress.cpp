// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace waferloom::cli {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(500);

}  // namespace

ProgressLine::ProgressLine(double clock_hz)
    : terminal_(isatty(STDERR_FILENO) != 0),
      clock_hz_(clock_hz),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r{:79}\r", "");
}

void ProgressLine::show(const wafer::Progress& progress) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kInterval) return;
  last_ = now;
  shown_ = true;
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  const double share =
      progress.expected_hops == 0
          ? 0.0
          : std::min(1.0, static_cast<double>(progress.hops) / static_cast<double>(progress.expected_hops));
  const double left_s = share > 0 ? elapsed_s * (1 - share) / share : 0;
  fmt::print(stderr, "\r{:5.1f} %  {:.3f} ms simulated  {:.1f} M hops/s  {:.0f} s left    ", 100 * share,
             static_cast<double>(progress.cycle) / clock_hz_ * 1e3,
             static_cast<double>(progress.hops) / 1e6 / elapsed_s, left_s);
  std::fflush(stderr);
}

}  // namespace waferloom::cli
