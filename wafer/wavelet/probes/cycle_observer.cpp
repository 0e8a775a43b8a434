// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/cycle_observer.hpp"

#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

Observers::Observers(const ObserverFactories& factories, Wafer& wafer) : wafer_(wafer) {
  for (const auto& make : factories) observers_.push_back(make(wafer));
}

void Observers::tell(core::Cycle cycle) {
  for (const auto& observer : observers_) observer->cycles_complete(cycle);
  for (const auto& region : wafer_.regions()) region->clear_changes();
}

void Observers::finish(core::Cycle cycle) {
  for (const auto& observer : observers_) observer->finish(cycle);
}

}  // namespace waferloom::wafer
