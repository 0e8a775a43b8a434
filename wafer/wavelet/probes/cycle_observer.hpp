// SPDX-License-Identifier: Apache-2.0
// Watches a wafer at fidelity wavelet between two cycles, and changes nothing. Regions note which watched tiles have
// changed (Region::watch_router, watch_pe), so that an observer need not look at those that have not.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/error.hpp"
#include "core/state/state.hpp"
#include "core/wavelet.hpp"

namespace waferloom::wafer {

class Wafer;

class CycleObserver {
 public:
  virtual ~CycleObserver() = default;
  /// Cycles before `cycle` are complete in all regions; `cycle` is about to run. What the regions noted as changed is from since
  /// the call before.
  virtual void cycles_complete(core::Cycle cycle) = 0;
  /// Of a wafer that ranks share, called on all of them in the same cycle, now and then.
  virtual void exchange() {}
  /// What a checkpoint keeps, between two cycles. Of a wafer that ranks share, on rank 0 what all have gathered before,
  /// and read on all. Throws core::InputError where an observer cannot.
  virtual void gather() {}
  virtual void archive(core::State& state) {
    static_cast<void>(state);
    throw core::InputError("expected observers that can be kept in a checkpoint");
  }
  /// The run ended with `cycle`.
  virtual void finish(core::Cycle cycle) = 0;
};

/// Make the observers of a run once its wafer is elaborated.
using ObserverFactories = std::vector<std::function<std::unique_ptr<CycleObserver>(Wafer&)>>;

/// All observers of a run.
class Observers {
 public:
  Observers(const ObserverFactories& factories, Wafer& wafer);
  void cycles_complete(core::Cycle cycle) {
    if (!observers_.empty()) tell(cycle);
  }
  /// What one of them throws, each does before it comes out: what ranks tell each other meanwhile stays in order.
  void exchange();
  void gather();
  void archive(core::State& state);
  void finish(core::Cycle cycle);

 private:
  void tell(core::Cycle cycle);
  template <class Act>
  void for_each(const Act& act);

  Wafer& wafer_;
  std::vector<std::unique_ptr<CycleObserver>> observers_;
};

}  // namespace waferloom::wafer
