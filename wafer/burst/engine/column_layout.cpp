// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/column_layout.hpp"

#include <algorithm>
#include <utility>

#include "fabric/io_plan.hpp"
#include "trace/shared_stream.hpp"
#include "wafer/burst/engine/credit_loops.hpp"
#include "wafer/program/channel_schedule.hpp"
#include "wafer/program/flows.hpp"

namespace waferloom::burst {

using trace::Kind;

namespace {

/// Rates that are the same differ by less than this when they are added up.
constexpr double kSlower = 1 - 1e-9;

/// By column of the program, whether shared streams enter there.
std::vector<bool> homes_of_shared(const CoarseTrace& coarse) {
  const std::vector<std::uint32_t>& column_of = coarse.column_of;
  std::vector<bool> homes(column_of.size());
  for (const trace::Record& record : coarse.records) {
    if (!trace::is_shared(record)) continue;
    const auto begin = std::lower_bound(column_of.begin(), column_of.end(), record.area.x);
    const auto end = std::lower_bound(begin, column_of.end(), record.area.x + record.area.width);
    for (auto column = begin; column != end; ++column) {
      homes[static_cast<std::size_t>(column - column_of.begin())] =
          trace::is_home(record, static_cast<std::uint32_t>(column - begin));
    }
  }
  return homes;
}

/// The same of all other streams in.
std::vector<bool> takers_of_unshared(const CoarseTrace& coarse) {
  std::vector<bool> takers(coarse.column_of.size());
  for (const trace::Record& record : coarse.records) {
    if (record.kind != Kind::stream_in || trace::is_shared(record)) continue;
    for (std::size_t column = 0; column < takers.size(); ++column) {
      const std::uint32_t place = coarse.column_of[column];
      if (place >= record.area.x && place - record.area.x < record.area.width) takers[column] = true;
    }
  }
  return takers;
}

class Layout {
 public:
  Layout(const wafer::Hardware& hardware, const fabric::HostRates& host, core::Rectangle program,
         const CoarseTrace& coarse)
      : hardware_(hardware),
        program_(program),
        coarse_(coarse),
        homes_(homes_of_shared(coarse)),
        unshared_(takers_of_unshared(coarse)),
        host_rate_(host.bandwidth_bits_per_s / core::kWaveletBits / hardware.pe.clock_hz),
        servers_(coarse.program.width) {
    layout_.latency = ticks((hardware.io.latency_s + host.latency_s) * hardware.pe.clock_hz);
    const fabric::FabricParameters& mesh = hardware.fabric;
    const std::uint32_t queue = hardware.pe.input_queues[wafer::QueueUse::weights];
    layout_.router_words = link_words(mesh, mesh.reticle_height);
    layout_.queue_words = queue + static_cast<std::uint64_t>(layout_.router_words);
    in_rate_ = 1 / std::max(link_period(mesh), period_up(mesh, queue));
    layout_.out_rate =
        1 / std::max(link_period(mesh),
                     period_down(mesh, hardware.pe.output_queues[wafer::QueueUse::out_results], 1));
    // A channel enters the wafer through one port of one router, as wide as a link.
    layout_.host_rate = host_rate_;
    layout_.request_words = std::max(hardware.io.transaction_bytes / core::kWaveletBytes, 1U);
    link_rate_ = 1.0 / mesh.link_cycles();
    channel_rate_ = std::min(link_rate_, hardware.io.bandwidth_bits_per_s / hardware.io.channels /
                                             core::kWaveletBits / hardware.pe.clock_hz);
    layout_.columns.assign(coarse.program.width,
                           {link_rate_, link_rate_, channel_rate_, layout_.queue_words, 0, 1, 1});
  }

  ColumnLayout lay() {
    for (const fabric::ChannelSegment& segment :
         fabric::assign_columns(program_.x, program_.width, hardware_.io.channels, hardware_.fabric.width)) {
      add_channel(segment);
    }
    for (std::uint32_t c = 0; c < layout_.columns.size(); ++c) {
      choose_channel(c);
      ColumnLayout::Channel& channel = layout_.channels[layout_.columns[c].channel];
      channel.columns.push_back(c);
      channel.rate += layout_.columns[c].rate;
    }
    for (std::size_t i = 0; i < layout_.channels.size(); ++i) join_members(i);
    layout_.one_host_queue =
        host_rate_ < kSlower * channel_rate_ * static_cast<double>(layout_.channels.size());
    set_queue_rates();
    for (ColumnLayout::Column& column : layout_.columns) {
      column.rate = std::min(column.rate, in_rate_);
      column.shared_rate = std::min(column.shared_rate, in_rate_);
      column.most_rate = std::min(column.most_rate, in_rate_);
    }
    return std::move(layout_);
  }

 private:
  [[nodiscard]] bool takes(std::uint32_t column) const { return homes_[column] || unshared_[column]; }

  void add_channel(const fabric::ChannelSegment& segment) {
    const auto number = static_cast<std::uint32_t>(layout_.channels.size());
    ColumnLayout::Channel& channel = layout_.channels.emplace_back();
    channel.limits = limits_of(segment);
    const double shared_rate = rate_of(segment, true);
    const Server server{number, segment.begin, segment.count, 0, own_homes(segment), rate_of(segment, false)};
    for (std::uint32_t i = segment.begin; i < segment.begin + segment.count; ++i) {
      const std::uint32_t place = coarse_.column_of[i];
      ColumnLayout::Column& column = layout_.columns[place];
      if (channel.members.empty() || channel.members.back().column != place) {
        channel.members.push_back({place, 0, 0});
      }
      if (takes(i)) ++channel.members.back().count;
      if (homes_[i]) ++channel.members.back().homes;
      const std::uint32_t x = program_.x + i;
      const std::uint32_t way =
          program_.y + (x > segment.position ? x - segment.position : segment.position - x);
      column.ahead = std::max(column.ahead,
                              layout_.queue_words + static_cast<std::uint64_t>(layout_.router_words * way));
      column.shared_rate = std::min(column.shared_rate, shared_rate);
      std::vector<Server>& servers = servers_[place];
      if (servers.empty() || servers.back().channel != number) servers.push_back(server);
      ++servers.back().served;
    }
  }

  /// A channel that serves columns of the wafer for which a column of the grid stands.
  struct Server {
    std::uint32_t channel = 0;
    std::uint32_t begin = 0;  ///< of the program's columns, that it serves
    std::uint32_t count = 0;
    std::uint32_t served = 0;  ///< of these, those for which the column of the grid stands
    std::uint32_t homes = 0;
    double rate = 0;

    [[nodiscard]] bool lies_here() const { return 2 * served >= count; }
    [[nodiscard]] bool is_before(const Server& other) const {
      if (lies_here() != other.lies_here()) return lies_here();
      if (lies_here() && rate != other.rate) return rate < other.rate;
      return served != other.served ? served > other.served : rate < other.rate;
    }
  };

  void choose_channel(std::uint32_t place) {
    const std::vector<Server>& servers = servers_[place];
    const Server& server = *std::min_element(servers.begin(), servers.end(),
                                             [](const Server& a, const Server& b) { return a.is_before(b); });
    ColumnLayout::Column& column = layout_.columns[place];
    column.rate = server.rate;
    column.channel = server.channel;
    column.first_neighbour = server.begin;
    column.neighbours = server.count;
    column.homes = server.homes;
  }

  /// Columns of a channel where shared streams enter.
  [[nodiscard]] std::uint32_t own_homes(const fabric::ChannelSegment& segment) const {
    const auto first = homes_.begin() + segment.begin;
    return static_cast<std::uint32_t>(std::count(first, first + segment.count, true));
  }

  [[nodiscard]] ChannelReader::Limits limits_of(const fabric::ChannelSegment& segment) const {
    const auto all_homes = std::max<std::ptrdiff_t>(std::count(homes_.begin(), homes_.end(), true), 1);
    std::size_t takers = 0;
    for (std::uint32_t i = 0; i < segment.count; ++i) takers += takes(segment.begin + i) ? 1 : 0;
    return {{host_rate_ * segment.count / program_.width, host_rate_},
            {host_rate_ * std::max(own_homes(segment), 1U) / static_cast<double>(all_homes), host_rate_},
            hardware_.io.buffer_bytes / core::kWaveletBytes,
            wafer::request_words(hardware_.io, takers),
            layout_.latency};
  }

  /// Of each column. Columns on one side of the channel's share the link on that side.
  [[nodiscard]] double rate_of(const fabric::ChannelSegment& segment, bool shared) const {
    std::uint32_t west = 0;
    std::uint32_t east = 0;
    std::uint32_t all = 0;
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      if (shared && !homes_[segment.begin + i]) continue;
      const std::uint32_t x = program_.x + segment.begin + i;
      west += x < segment.position ? 1 : 0;
      east += x > segment.position ? 1 : 0;
      ++all;
    }
    return std::min(channel_rate_ / std::max(all, 1U), link_rate_ / std::max({west, east, 1U}));
  }

  /// Columns that another channel serves more slowly are in step with a neighbour that this one serves.
  void join_members(std::size_t number) {
    std::vector<ChannelReader::Member> served;
    ChannelReader::Member others;
    const auto join = [](ChannelReader::Member& to, const ChannelReader::Member& from) {
      to.count += from.count;
      to.homes += from.homes;
    };
    for (const ChannelReader::Member& member : layout_.channels[number].members) {
      if (layout_.columns[member.column].channel == number) {
        served.push_back(member);
        join(served.back(), std::exchange(others, {}));
      } else {
        join(served.empty() ? others : served.back(), member);
      }
    }
    layout_.channels[number].members = std::move(served);
  }

  /// Of the columns where streams enter, some are of channels without a reader, for whose words the queue has time too.
  void set_queue_rates() {
    ChannelReader::Member read;
    for (const ColumnLayout::Channel& channel : layout_.channels) {
      for (const ChannelReader::Member& member : channel.members) {
        read.count += member.count;
        read.homes += member.homes;
      }
    }
    std::uint32_t takers = 0;
    std::uint32_t homes = 0;
    for (std::uint32_t i = 0; i < program_.width; ++i) {
      takers += takes(i) ? 1 : 0;
      homes += homes_[i] ? 1 : 0;
    }
    for (ColumnLayout::Channel& channel : layout_.channels) {
      channel.limits.rate.queue = host_rate_ * std::max(read.count, 1U) / std::max(takers, 1U);
      channel.limits.shared_rate.queue = host_rate_ * std::max(read.homes, 1U) / std::max(homes, 1U);
    }
  }

  const wafer::Hardware& hardware_;
  core::Rectangle program_;
  const CoarseTrace& coarse_;
  std::vector<bool> homes_;
  std::vector<bool> unshared_;
  double host_rate_;
  double channel_rate_ = 1;
  double link_rate_ = 1;                      ///< that a link between routers carries
  double in_rate_ = 1;                        ///< of a column's weights, whatever its channel carries
  std::vector<std::vector<Server>> servers_;  ///< of each column of the grid
  ColumnLayout layout_;
};

}  // namespace

ColumnLayout lay_columns(const wafer::Hardware& hardware, const fabric::HostRates& host,
                         core::Rectangle program, const CoarseTrace& coarse) {
  return Layout(hardware, host, program, coarse).lay();
}

}  // namespace waferloom::burst
