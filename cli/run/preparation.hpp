// SPDX-License-Identifier: Apache-2.0
// A run before time runs: what it starts from, its checkpoints, and this rank's share of it. The same for all kinds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "cli/run/request.hpp"
#include "cli/run/team.hpp"
#include "wafer/prepare/prepare.hpp"

namespace waferloom::cli {

class Preparation {
 public:
  /// Of what the run reads besides the scenario: a checkpoint of other input is refused.
  using Checksum = std::function<std::uint32_t(const wafer::PreparedRun&)>;
  /// What the regions of any grid will have to do; asked where several ranks share the run.
  using Predict = std::function<RegionLoads(const wafer::PreparedRun&)>;

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

/// Where each tile or node of `area` has about as much to do.
[[nodiscard]] RegionLoads even_loads(core::Rectangle area);

}  // namespace waferloom::cli
