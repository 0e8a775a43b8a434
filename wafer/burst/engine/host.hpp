// SPDX-License-Identifier: Apache-2.0
// The host's side of a replay at fidelity `burst`: when a stream of weights may be sent, when results are
// complete, and the optimizer's updates, one after the other.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "wafer/burst/engine/column_listener.hpp"
#include "wafer/burst/engine/drains.hpp"
#include "wafer/burst/engine/engine.hpp"
#include "wafer/burst/engine/feeds.hpp"
#include "wafer/program/replay/replay.hpp"

namespace waferloom::burst {

class Host final : public ColumnListener {
 public:
  using Notice = std::function<void(std::uint32_t record, core::Cycle)>;

  /// Listens to the columns, for the engine too.
  Host(Engine& engine, Feeds& feeds, Drains& drains, wafer::Replay& replay,
       const std::vector<trace::Record>& records, double optimizer_parameters_per_cycle, Notice started,
       Notice done);

  /// A record is done on all tiles: host records may have waited for it.
  void tiles_done();
  [[nodiscard]] bool all_done() const;
  [[nodiscard]] const std::vector<wafer::RecordTimes>& times() const { return times_; }

  // ColumnListener. A stream may be sent as soon as all that it waits for is done, and those before it may.
  [[nodiscard]] Ticks opening(std::uint32_t record) override;
  void words_known(std::uint32_t column) override { engine_.poke_column(column); }
  void results_moved(std::uint32_t column) override { engine_.poke_results(column); }
  void drained(std::uint32_t record, Ticks time) override {
    engine_.at(time, [this, record] { finish(record); });
  }
  void at(Ticks time, std::function<void()> action) override { engine_.at(time, std::move(action)); }

 private:
  [[nodiscard]] bool may_start(const trace::Record& record) const;
  void open_streams();
  void start_update();
  void finish(std::uint32_t record);

  Engine& engine_;
  Feeds& feeds_;
  const Drains& drains_;
  wafer::Replay& replay_;
  const std::vector<trace::Record>& records_;
  double parameters_per_cycle_;
  Notice started_;
  Notice done_;
  std::vector<wafer::RecordTimes> times_;
  std::vector<Ticks> openings_;
  std::vector<std::uint32_t> streams_;  ///< in the trace's order
  std::size_t next_stream_ = 0;
  std::vector<std::uint32_t> updates_;
  std::size_t next_update_ = 0;
  bool updating_ = false;
};

}  // namespace waferloom::burst
