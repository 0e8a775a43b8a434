// SPDX-License-Identifier: Apache-2.0
// Keeps the state of a run from time to time, and gives it back to a run that goes on from there. Of a run that ranks
// share, each brings its own sections and rank 0 writes all of them.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/file.hpp"
#include "checkpoint/section.hpp"
#include "core/wavelet.hpp"
#include "ranks/ranks.hpp"

namespace waferloom::checkpoint {

/// How often: by simulated cycles, or by the time of the user's clock.
struct Every {
  core::Cycle cycles = 0;
  std::chrono::duration<double> wall{};
};

/// `20000 cycles`, `10 min`. Throws core::InputError.
[[nodiscard]] Every parse_every(const std::string& text);

class Keeper {
 public:
  /// `team`: none: this process is alone.
  Keeper(Identity identity, ranks::Ranks* team) : identity_(std::move(identity)), team_(team) {}

  /// Writes to `path`, which counts on rank 0. `warn`: told where that was not possible; the run goes on, and the
  /// checkpoint before stays.
  void write_to(std::filesystem::path path, Every every, std::function<void(const std::string&)> warn);
  /// Reads a checkpoint, from which the run goes on. Throws core::InputError.
  void resume(const std::filesystem::path& path);

  [[nodiscard]] bool writes() const { return every_.has_value(); }
  [[nodiscard]] bool resumes() const { return resumed_.has_value(); }

  /// Whether one is due in this cycle. On rank 0, for all. `stop`: the user wants the run to end: the last one.
  [[nodiscard]] bool due(core::Cycle cycle, bool stop);
  /// All ranks, with what each has to say, once all that happens up to `cycle` has happened. `fault`: on rank 0, why
  /// there is nothing to write; empty: there is. Throws core::Error (interrupted) on rank 0 once the last one is made.
  void keep(core::Cycle cycle, const std::vector<Section>& own, const std::string& fault = {});

  /// Calls `take(area, bytes)` with each section of a kind that `wanted(area)`.
  void for_each(Kind kind, const std::function<bool(const core::Rectangle&)>& wanted,
                const std::function<void(const core::Rectangle&, std::span<const std::byte>)>& take) const;
  /// The books: one section.
  [[nodiscard]] std::vector<std::byte> books() const;
  /// All has been read: what was kept for it is given back.
  void forget() { resumed_.reset(); }
  /// Counts from here, as the run before has counted.
  void start(core::Cycle cycle);

 private:
  /// Ends the run after its last checkpoint; `missed`: why there is none.
  [[noreturn]] void end(core::Cycle cycle, const std::string& missed) const;

  using Clock = std::chrono::steady_clock;

  Identity identity_;
  ranks::Ranks* team_;
  std::filesystem::path path_;
  std::optional<Every> every_;
  std::function<void(const std::string&)> warn_;
  core::Cycle next_ = 0;
  Clock::time_point next_time_;
  unsigned looks_ = 0;
  bool last_ = false;  ///< the next one is
  std::optional<std::vector<PackedSection>> resumed_;
};

}  // namespace waferloom::checkpoint
