// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/pipeline_plan.hpp"

#include <optional>
#include <utility>

namespace waferloom::models {

std::vector<std::vector<Turn>> pipeline_rounds(std::uint32_t stages, std::uint32_t micro_batches,
                                               bool backward) {
  struct Stage {
    std::uint32_t forward = 0;  ///< passes done
    std::uint32_t backward = 0;
  };
  std::vector<Stage> done(stages);
  const auto next = [&](std::uint32_t s) -> std::optional<Turn> {
    const Stage& stage = done[s];
    const bool full = stage.forward - stage.backward >= stages - s || stage.forward == micro_batches;
    if (backward && full) {
      const bool ready =
          s + 1 == stages ? stage.forward > stage.backward : done[s + 1].backward > stage.backward;
      if (stage.backward < micro_batches && ready) return Turn{s, stage.backward, true};
      return std::nullopt;
    }
    if (stage.forward == micro_batches) return std::nullopt;
    if (s == 0 || done[s - 1].forward > stage.forward) return Turn{s, stage.forward, false};
    return std::nullopt;
  };
  std::vector<std::vector<Turn>> rounds;
  for (;;) {
    std::vector<Turn> round;
    for (std::uint32_t s = 0; s < stages; ++s) {
      if (const std::optional<Turn> turn = next(s)) round.push_back(*turn);
    }
    if (round.empty()) return rounds;
    for (const Turn& turn : round) ++(turn.backward ? done[turn.stage].backward : done[turn.stage].forward);
    rounds.push_back(std::move(round));
  }
}

}  // namespace waferloom::models
