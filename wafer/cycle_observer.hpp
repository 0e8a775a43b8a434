// SPDX-License-Identifier: Apache-2.0
// Watches a wafer at fidelity wavelet between two cycles, and changes nothing.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/wavelet.hpp"

namespace waferloom::wafer {

class Wafer;

class CycleObserver {
 public:
  virtual ~CycleObserver() = default;
  /// Cycles before `cycle` are complete in all regions; `cycle` is about to run.
  virtual void cycles_complete(core::Cycle cycle) = 0;
  /// The run ended with `cycle`.
  virtual void finish(core::Cycle cycle) = 0;
};

/// Make the observers of a run once its wafer is elaborated.
using ObserverFactories = std::vector<std::function<std::unique_ptr<CycleObserver>(Wafer&)>>;

}  // namespace waferloom::wafer
