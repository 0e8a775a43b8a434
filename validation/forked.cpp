// SPDX-License-Identifier: Apache-2.0
#include "validation/forked.hpp"

#include <cstring>

#include "core/process/child.hpp"

namespace waferloom::validation {

std::string run_forked(const std::function<double()>& simulate, double& value) {
  core::Child child([&] {
    const double simulated = simulate();
    std::string bytes(sizeof simulated, '\0');
    std::memcpy(bytes.data(), &simulated, sizeof simulated);
    return bytes;
  });
  const core::Child::Answer answer = child.answer();
  if (answer.value) {
    std::memcpy(&value, answer.value->data(), sizeof value);
    return "";
  }
  return answer.failure.value_or("the simulation's process ended without an answer");
}

}  // namespace waferloom::validation
