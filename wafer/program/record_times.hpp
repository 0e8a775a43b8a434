// SPDX-License-Identifier: Apache-2.0
// When a record ran, as far as the run has come.
#pragma once

#include "core/wavelet.hpp"

namespace waferloom::wafer {

/// When a record's first part began and its last part ended, in cycles.
struct RecordTimes {
  core::Cycle start = core::kNever;
  core::Cycle end = 0;
  bool done = false;
};

}  // namespace waferloom::wafer
