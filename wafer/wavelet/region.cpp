// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/region.hpp"

#include <algorithm>
#include <utility>

namespace waferloom::wafer {

using core::Cycle;

Region::Region(const sc_core::sc_module_name& name, core::Rectangle area, sc_core::sc_time period,
               const fabric::RouterModel& router, const fabric::FabricParameters& fabric,
               const pe::PeParameters& pe, CycleMonitor& monitor)
    : sc_module(name),
      links{fabric::EdgePort("north"), fabric::EdgePort("south"), fabric::EdgePort("west"),
            fabric::EdgePort("east")},
      boundary("boundary"),
      area_(area),
      period_value_(period.value()),
      queue_depth_(fabric.queue_depth),
      last_cycle_(sc_core::sc_max_time().value() / period_value_ - 2),
      routers_(router.create("routers", fabric, area)),
      pes_(std::make_unique<pe::PeArray>("pes", pe, fabric.ramp_latency_cycles, fabric.queue_depth, area)),
      memory_(std::make_unique<pe::Memory>("memory", pe, area.area())),
      monitor_(monitor) {
  routers_->pes(*pes_);
  pes_->ramp(*routers_);
  pes_->memory(*memory_);
  boundary(*routers_);
  for (std::size_t d = 0; d < core::kNeighbours; ++d) routers_->edges[d](links[d]);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&wake_);
  sc_core::sc_spawn([this] { run(); }, "process", &options);
}

void Region::watch_router(std::uint32_t tile) {
  router_changes_.watch(tile, area_.area());
  routers_->report_changes(router_changes_);
}

void Region::watch_pe(std::uint32_t tile) {
  pe_changes_.watch(tile, area_.area());
  pes_->report_changes(pe_changes_);
}

void Region::request(Cycle cycle) {
  if (cycle >= next_) return;
  next_ = cycle;
  // Beyond the end of the kernel's clock the monitor ends the run there.
  wake_.notify(sc_core::sc_time::from_value(std::min(cycle, last_cycle_) * period_value_) -
               sc_core::sc_time_stamp());
}

void Region::send(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet, Cycle arrival) {
  inbox_.add(arrival, {tile, input, false, wavelet});
  request(arrival);
}

void Region::return_credit(std::uint32_t tile, core::Direction output, core::Color color, Cycle cycle) {
  inbox_.add(cycle + 1, {tile, output, true, {0, color, false}});
  request(cycle + 1);
}

void Region::run() {
  const Cycle cycle = sc_core::sc_time_stamp().value() / period_value_;
  next_ = core::kNever;
  try {
    simulate(cycle);
  } catch (...) {
    monitor_.fail(std::current_exception());
  }
}

void Region::simulate(Cycle cycle) {
  ++activations_;
  monitor_.on_cycle(cycle);
  routers_->begin_cycle(cycle);
  for (const Post& post : inbox_.of(cycle)) {
    if (post.is_credit) {
      routers_->return_credit(post.tile, post.port, post.wavelet.color);
    } else {
      routers_->arrive(post.tile, post.port, post.wavelet);
    }
  }
  inbox_.clear(cycle);
  for (fabric::IoChannel* channel : channels_) channel->step(cycle);
  pes_->step(cycle);
  routers_->step(cycle);
  request_next(cycle);
}

void Region::request_next(Cycle cycle) {
  Cycle next = std::min(routers_->next_cycle(cycle), pes_->next_cycle(cycle));
  for (const fabric::IoChannel* channel : channels_) next = std::min(next, channel->next_cycle(cycle));
  // Posts for later cycles have requested their cycle themselves; that request may have been taken by this
  // one.
  for (Cycle c = cycle + 1; c < std::min(next, cycle + kInboxSlots); ++c) {
    if (!inbox_.of(c).empty()) next = c;
  }
  if (next != core::kNever) request(next);
}

}  // namespace waferloom::wafer
