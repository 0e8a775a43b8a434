// SPDX-License-Identifier: Apache-2.0
#include "cli/run/preparation.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/geometry.hpp"
#include "ranks/together.hpp"

namespace waferloom::cli {

Preparation::Preparation(const wafer::Scenario& scenario, const RunRequest& request, const Checksum& checksum,
                         const Predict& predict)
    : scenario_(scenario), request_(request) {
  ranks::on_all(request.team, [&] {
    prepared_.emplace(wafer::prepare(scenario));
    const auto input = [&] { return checksum(*prepared_); };
    keeper_ = make_keeper(scenario, request.arguments.checkpoints, input, request.team);
    if (request.ranks() == 1) return;
    division_.emplace(scenario, request.ranks(), predict(*prepared_));
  });
  if (request.team != nullptr && division_)
    share_.emplace(ranks::Share{*request.team, division_->partition()});
}

bool Preparation::was_all() const {
  if (request_.arguments.partition == 0) return false;
  if (request_.team == nullptr || request_.team->leads()) {
    fmt::print("{}", division_ ? division_->text() : std::string("one rank has all regions\n"));
  }
  return true;
}

RegionLoads even_loads(core::Rectangle area) {
  return [area](const core::RegionGrid& grid) {
    std::vector<std::uint64_t> loads;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      loads.push_back(core::intersection(grid.area(i), area).area());
    }
    return loads;
  };
}

}  // namespace waferloom::cli
