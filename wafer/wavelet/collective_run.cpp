// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/collective_run.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/planned_program.hpp"

namespace waferloom::wafer {

namespace {

class LaidPlan final : public LaidProgram {
 public:
  explicit LaidPlan(const collectives::Plan& plan) : plan_(plan), program_(plan) {
    for (std::uint32_t tile = 0; tile < plan.tiles.size(); ++tile) {
      tiles_.emplace(std::pair(plan.tiles[tile].at.y, plan.tiles[tile].at.x), tile);
    }
  }

  void lay(Wafer& wafer) override {
    for (const collectives::PlannedRoute& route : plan_.routes)
      wafer.set_route(route.at, route.color, route.route);
    for (std::uint32_t tile = 0; tile < plan_.tiles.size(); ++tile) {
      wafer.load(plan_.tiles[tile].at, program_, tile, {}, plan_.tiles[tile].outputs);
    }
  }
  [[nodiscard]] const ProgramView& view() const override { return program_; }
  [[nodiscard]] bool all_done(const std::function<bool(core::Coordinate)>& has) const override {
    return program_.all_done(has);
  }
  [[nodiscard]] core::Cycle last_end() const override { return program_.last_end(); }
  void move_to_leader(ranks::Ranks& ranks) override {
    ranks::Packer own;
    own.put(program_.last_end());
    for (const ranks::Bytes& each : ranks::gather(ranks, own.take())) {
      program_.set_last_end(std::max(program_.last_end(), ranks::Unpacker(each).get<core::Cycle>()));
    }
  }
  void archive(core::State& state, bool) override { program_.set_last_end(state.kept(program_.last_end())); }
  void archive_tile(core::State& state, core::Coordinate at) override {
    if (const auto tile = tiles_.find({at.y, at.x}); tile != tiles_.end())
      program_.archive(state, tile->second);
  }

 private:
  const collectives::Plan& plan_;
  PlannedProgram program_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> tiles_;  ///< by row and column
};

}  // namespace

PlanResult run_plan(const Hardware& hardware, const core::SimulationParameters& simulation,
                    core::Rectangle area, const collectives::Plan& plan, const std::atomic<bool>& stop,
                    const ProgramObservation& observed, const ranks::Share* share,
                    checkpoint::Keeper* keeper) {
  LaidPlan program(plan);
  return run_program(hardware, simulation, area, program, stop, observed, share, keeper);
}

}  // namespace waferloom::wafer
