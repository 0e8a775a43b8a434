// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/cycle_observer.hpp"

#include <exception>

#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

Observers::Observers(const ObserverFactories& factories, Wafer& wafer) : wafer_(wafer) {
  for (const auto& make : factories) observers_.push_back(make(wafer));
}

void Observers::tell(core::Cycle cycle) {
  for (const auto& observer : observers_) observer->cycles_complete(cycle);
  for (const auto& region : wafer_.regions()) region->clear_changes();
}

template <class Act>
void Observers::for_each(const Act& act) {
  std::exception_ptr error;
  for (const auto& observer : observers_) {
    try {
      act(*observer);
    } catch (...) {
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

void Observers::exchange() {
  for_each([](CycleObserver& observer) { observer.exchange(); });
}

void Observers::gather() {
  for_each([](CycleObserver& observer) { observer.gather(); });
}

void Observers::archive(core::State& state) {
  for (const auto& observer : observers_) observer->archive(state);
}

void Observers::finish(core::Cycle cycle) {
  for_each([&](CycleObserver& observer) { observer.finish(cycle); });
}

}  // namespace waferloom::wafer
