// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/collective_run.hpp"

#include "wafer/wavelet/planned_program.hpp"
#include "wafer/wavelet/program_run.hpp"

namespace waferloom::wafer {

namespace {

class LaidPlan final : public LaidProgram {
 public:
  explicit LaidPlan(const collectives::Plan& plan) : plan_(plan), program_(plan) {}

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

 private:
  const collectives::Plan& plan_;
  PlannedProgram program_;
};

}  // namespace

PlanResult run_plan(const Hardware& hardware, const core::SimulationParameters& simulation,
                    core::Rectangle area, const collectives::Plan& plan, const std::atomic<bool>& stop,
                    const ObserverFactories& factories, const ranks::Share* share) {
  LaidPlan program(plan);
  return run_program(hardware, simulation, area, program, stop, factories, share);
}

}  // namespace waferloom::wafer
