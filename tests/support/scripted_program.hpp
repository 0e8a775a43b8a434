// SPDX-License-Identifier: Apache-2.0
// A program for tests: each thread of each tile runs a list of steps in order and notes when each began and
// ended.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "pe/step.hpp"

namespace waferloom::test {

class ScriptedProgram final : public pe::Program {
 public:
  struct Done {
    core::Cycle cycle = 0;
    std::uint64_t received = 0;
  };

  void add(std::uint32_t tile, std::uint8_t thread, const pe::Step& step) {
    scripts_[{tile, thread}].steps.push_back(step);
  }

  pe::Fetch fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle, pe::Step& step) override {
    Script& script = scripts_[{tile, thread}];
    if (script.next == script.steps.size()) return pe::Fetch::none;
    step = script.steps[script.next++];
    return pe::Fetch::step;
  }
  void completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle,
                 std::uint64_t received) override {
    scripts_[{tile, thread}].done.push_back({cycle, received});
  }

  [[nodiscard]] const std::vector<Done>& done(std::uint32_t tile, std::uint8_t thread) {
    return scripts_[{tile, thread}].done;
  }

 private:
  struct Script {
    std::vector<pe::Step> steps;
    std::size_t next = 0;
    std::vector<Done> done;
  };
  std::map<std::pair<std::uint32_t, std::uint8_t>, Script> scripts_;
};

}  // namespace waferloom::test
