// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/shared/host_link.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "ranks/pack.hpp"

namespace waferloom::wafer {

using core::Cycle;

HostLink::HostLink(Wafer& wafer, const ranks::Share& share, Replay& replay, GroupMonitor& monitor,
                   const std::vector<trace::Record>& records, core::Rectangle program, const RoutePlan& plan)
    : wafer_(wafer),
      share_(share),
      replay_(replay),
      monitor_(monitor),
      started_(records.size()),
      ranks_left_(records.size()),
      pushes_(static_cast<std::size_t>(share.ranks.size())) {
  replay_.keep([&wafer, program](std::uint32_t tile) { return wafer.has(core::place_at(program, tile)); });
  replay_.on_record_start([this](std::uint32_t record, Cycle) {
    events_.push_back({record, 0, What::record_started, 0});
  });
  replay_.on_record_done([this](std::uint32_t record, Cycle) {
    events_.push_back({record, 0, What::record_done, 0});
  });
  if (share.ranks.leads()) {
    replay_.on_host_done([this](std::uint32_t record, Cycle cycle) {
      host_done_.push_back({record, cycle});
    });
    count_ranks(records, program);
    stand_for_channels();
  } else {
    watch_channels(plan);
  }
}

void HostLink::count_ranks(const std::vector<trace::Record>& records, core::Rectangle program) {
  for (const trace::Record& record : records) {
    if (trace::is_of_host(record.kind)) continue;
    const core::Rectangle area{program.x + record.area.x, program.y + record.area.y, record.area.width,
                               record.area.height};
    std::set<int> owners;
    for (std::size_t region = 0; region < wafer_.grid().size(); ++region) {
      const core::Rectangle there = wafer_.grid().area(region);
      const bool meets = there.x < area.x + area.width && area.x < there.x + there.width &&
                         there.y < area.y + area.height && area.y < there.y + there.height;
      if (meets) owners.insert(owner_of(region));
    }
    ranks_left_[record.id] = static_cast<std::uint32_t>(owners.size());
  }
}

void HostLink::stand_for_channels() {
  for (std::uint32_t channel = 0; channel < wafer_.io().channels(); ++channel) {
    if (share_.has(wafer_.input_region(channel))) continue;
    const auto owner = static_cast<std::size_t>(owner_of(wafer_.input_region(channel)));
    wafer_.io().input(channel).stand_for_another(
        [this, channel, owner](core::Color color, std::vector<std::uint32_t> words, Cycle ready) {
          pushes_[owner].push_back({channel, color, ready, std::move(words)});
        });
  }
}

void HostLink::watch_channels(const RoutePlan& plan) {
  for (const ChannelUse& use : plan.input_channels()) {
    if (!share_.has(wafer_.input_region(use.channel))) continue;
    wafer_.io().input(use.channel).on_enter([this, channel = use.channel](core::Color color, Cycle) {
      events_.push_back({channel, 0, What::entered, color});
    });
  }
  for (const ChannelUse& use : plan.output_channels()) {
    if (!share_.has(wafer_.output_region(use.channel))) continue;
    wafer_.io()
        .output(use.channel)
        .on_leave([this, channel = use.channel](core::Color color, std::uint32_t data, Cycle) {
          events_.push_back({channel, data, What::left, color});
        });
  }
}

void HostLink::take_up(const std::vector<bool>& started) {
  started_ = started;
  std::vector<std::uint8_t> is_done(started.size());
  for (std::uint32_t i = 0; i < is_done.size(); ++i) is_done[i] = replay_.is_done_here(i) ? 1 : 0;
  ranks::Packer own;
  own.put_all(is_done);
  const std::vector<ranks::Bytes> all = ranks::gather(share_.ranks, own.take());
  if (!share_.ranks.leads()) return;
  std::fill(ranks_left_.begin(), ranks_left_.end(), 0);
  for (const ranks::Bytes& each : all) {
    const std::vector<std::uint8_t> others = ranks::Unpacker(each).get_all<std::uint8_t>();
    for (std::size_t i = 0; i < others.size(); ++i) ranks_left_[i] += others[i] == 0 ? 1U : 0U;
  }
}

void HostLink::report(ranks::Packer& to) {
  to.put_all(events_);
  events_.clear();
}

void HostLink::take_report(int, std::span<const std::byte> report, Cycle cycle) {
  for (const Event& event : ranks::Unpacker(report).get_all<Event>()) {
    switch (event.what) {
      case What::entered:
        wafer_.io().input(event.number).entered_elsewhere(event.color, cycle);
        break;
      case What::left:
        wafer_.io().output(event.number).left_elsewhere(event.color, event.data, cycle);
        break;
      case What::record_started:
        if (started_[event.number]) break;
        started_[event.number] = true;
        on_start_(event.number, cycle);
        break;
      case What::record_done:
        if (--ranks_left_[event.number] != 0) break;
        replay_.done_everywhere(event.number, cycle);
        on_done_(event.number, cycle);
        break;
    }
  }
}

bool HostLink::has_orders() {
  const bool has_pushes =
      std::any_of(pushes_.begin(), pushes_.end(), [](const auto& pushes) { return !pushes.empty(); });
  return has_pushes || !host_done_.empty();
}

void HostLink::give_orders(ranks::Packer& to) {
  to.put_all(monitor_.take_found());
  to.put_all(host_done_);
  host_done_.clear();
  receivers_.clear();
  for (std::uint32_t rank = 0; rank < pushes_.size(); ++rank) {
    if (!pushes_[rank].empty()) receivers_.push_back(rank);
  }
  to.put_all(receivers_);
}

void HostLink::obey(ranks::Unpacker& orders) {
  for (const GroupMonitor::Due& due : orders.get_all<GroupMonitor::Due>()) monitor_.add_due(due);
  const std::vector<HostDone> host_done = orders.get_all<HostDone>();
  const std::vector<std::uint32_t> receivers = orders.get_all<std::uint32_t>();
  if (share_.ranks.leads()) {
    for (const std::uint32_t rank : receivers_) {
      ranks::Packer words;
      for (const Push& push : pushes_[rank]) {
        words.put(push.channel);
        words.put(push.color);
        words.put(push.ready);
        words.put_all(push.words);
      }
      pushes_[rank].clear();
      share_.ranks.send(static_cast<int>(rank), words.take());
    }
    return;
  }
  for (const HostDone& done : host_done) replay_.host_done(done.record, done.cycle);
  if (std::find(receivers.begin(), receivers.end(), share_.ranks.rank()) == receivers.end()) return;
  const ranks::Bytes message = share_.ranks.receive(0);
  for (ranks::Unpacker from(message); !from.empty();) {
    const auto channel = from.get<std::uint32_t>();
    const auto color = from.get<core::Color>();
    const auto ready = from.get<Cycle>();
    wafer_.io().input(channel).push(color, from.get_all<std::uint32_t>(), ready);
  }
}

}  // namespace waferloom::wafer
