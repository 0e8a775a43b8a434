// SPDX-License-Identifier: Apache-2.0
// A run before time runs: what it starts from, its checkpoints, and this rank's share of it. The same for all kinds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cli/run/request.hpp"
#include "cli/run/team.hpp"
#include "wafer/prepare/prepare.hpp"

namespace waferloom::cli {

class Preparation {
 public:
  /// Of what the run reads besides the scenario: a checkpoint of other input is refused.
  using Checksum = std::function<std::uint32_t(const wafer::PreparedRun&)>;
  /// What each region of a grid will have to do.
  using Predict =
      std::function<std::vector<std::uint64_t>(const wafer::PreparedRun&, const core::RegionGrid&)>;

  /// On all ranks. Throws core::InputError for what cannot run, be shared or go on from a checkpoint.
  Preparation(const wafer::Scenario& scenario, const RunRequest& request, const Checksum& checksum,
              const Predict& predict);
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  /// Where only the partition is wanted, shows it: nothing is left to do.
  [[nodiscard]] bool was_all() const;

  [[nodiscard]] const wafer::PreparedRun& prepared() const { return *prepared_; }
  [[nodiscard]] const core::SimulationParameters& simulation() const {
    return division_ ? division_->simulation() : scenario_.simulation;
  }
  [[nodiscard]] const ranks::Share* share() const { return share_ ? &*share_ : nullptr; }
  /// None: no checkpoints.
  [[nodiscard]] checkpoint::Keeper* keeper() const { return keeper_.get(); }

 private:
  const wafer::Scenario& scenario_;
  const RunRequest& request_;
  std::optional<wafer::PreparedRun> prepared_;
  std::optional<Division> division_;  ///< none: one rank has all regions
  std::optional<ranks::Share> share_;
  std::unique_ptr<checkpoint::Keeper> keeper_;
};

/// Of the regions of a grid, where each tile or node of `area` has about as much to do.
[[nodiscard]] std::vector<std::uint64_t> even_loads(const core::RegionGrid& grid, core::Rectangle area);

}  // namespace waferloom::cli
