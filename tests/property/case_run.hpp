// SPDX-License-Identifier: Apache-2.0
// Runs a case, in a process of its own, and tells what the properties need to know.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/property/case.hpp"

namespace waferloom::property {

/// How a run ended.
enum class End : std::uint8_t {
  done,
  refused,  ///< before time ran
  stuck,    ///< the simulated system got no further
  fault     ///< anything else, which is never right
};

struct Facts {
  End end = End::fault;
  std::string message;  ///< why it is not done
  std::uint64_t cycles = 0;
  double time_s = 0;
  std::vector<std::string> wrong;  ///< what does not balance
  std::string counts;              ///< what both fidelities count alike, a line each
  std::string results;             ///< all results, as they are written into files
};

/// `settings`: on top of the case's, as on the command line. `reversed`: its keys in the opposite order.
[[nodiscard]] Facts run_case(const Case& of, const std::filesystem::path& scratch,
                             const std::vector<std::string>& settings, bool reversed = false);

}  // namespace waferloom::property
