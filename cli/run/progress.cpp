// SPDX-License-Identifier: Apache-2.0
#include "cli/run/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "core/units.hpp"

namespace waferloom::cli {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(500);

}  // namespace

ProgressLine::ProgressLine(double clock_hz, bool quiet)
    : terminal_(!quiet && isatty(STDERR_FILENO) != 0),
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

PointsLine::PointsLine(bool quiet)
    : terminal_(!quiet && isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

PointsLine::~PointsLine() {
  if (shown_) fmt::print(stderr, "\r{:79}\r", "");
}

void PointsLine::checked(std::uint64_t done, std::uint64_t all) {
  if (due()) fmt::print(stderr, "\rchecked {} of {}    ", done, core::counted(all, "point"));
}

void PointsLine::show(const study::SweepProgress& progress) {
  if (!due()) return;
  const double elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = static_cast<double>(progress.simulated) / elapsed_s;
  const auto left = static_cast<double>(progress.points - progress.ended);
  fmt::print(stderr, "\r{} of {}, {} failed, {:.2f} points/s, {} left    ", progress.ended,
             core::counted(progress.points, "point"), progress.failed, rate,
             rate > 0 ? fmt::format("{:.0f} s", left / rate) : std::string("?"));
}

bool PointsLine::due() {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now - last_ < kInterval) return false;
  last_ = now;
  shown_ = true;
  return true;
}

}  // namespace waferloom::cli
