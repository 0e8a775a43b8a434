// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/shared/shared_observers.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/probes/kept_probe.hpp"
#include "wafer/wavelet/probes/tile_state_probe.hpp"
#include "wafer/wavelet/probes/waveform.hpp"
#include "wafer/wavelet/probes/wavelet_log.hpp"

namespace waferloom::wafer {

using core::Cycle;

namespace {

/// On rank 0: what all ranks have seen, by `key`. On others nothing.
template <class Seen, class Key>
std::vector<Seen> gather_seen(ranks::Ranks& ranks, std::vector<Seen>& own, const Key& key) {
  ranks::Packer packed;
  packed.put_all(std::exchange(own, {}));
  std::vector<Seen> all;
  for (const ranks::Bytes& each : ranks::gather(ranks, packed.take())) {
    const std::vector<Seen> seen = ranks::Unpacker(each).get_all<Seen>();
    all.insert(all.end(), seen.begin(), seen.end());
  }
  std::stable_sort(all.begin(), all.end(), [&](const Seen& a, const Seen& b) { return key(a) < key(b); });
  return all;
}

/// What the probes of all ranks watch: on rank 0, for a checkpoint.
template <class Probe>
class GatheredProbe {
 public:
  void gather(ranks::Ranks& ranks, const Probe& probe) {
    of_all_.clear();
    for (const ranks::Bytes& each : ranks::gather(ranks, probe.watched())) of_all_.push_back(each);
  }
  void archive(core::State& state, Probe& probe) {
    archive_probe(state, probe, of_all_);
    of_all_.clear();
  }

 private:
  std::vector<WatchedBytes> of_all_;
};

/// Keeps the changes of a rank's signals, which have numbers of the whole waveform.
class KeptWave final : public WaveSink {
 public:
  struct Change {
    std::uint64_t time_fs;
    std::uint64_t value;
    std::uint32_t signal;
  };

  explicit KeptWave(std::vector<std::uint32_t> numbers) : numbers_(std::move(numbers)) {}

  void declare(const std::string&, std::uint32_t, std::span<const std::string_view>) override {}
  void begin() override {}
  void at(std::uint64_t time_fs) override { time_fs_ = time_fs; }
  void change(std::size_t signal, std::uint64_t value) override {
    changes_.push_back({time_fs_, value, numbers_[signal]});
  }
  void finish() override {}

  [[nodiscard]] std::vector<Change>& changes() { return changes_; }
  [[nodiscard]] std::uint64_t time_fs() const { return time_fs_; }

 private:
  std::vector<std::uint32_t> numbers_;
  std::vector<Change> changes_;
  std::uint64_t time_fs_ = 0;
};

bool is_here(Wafer& wafer, const Signal& signal) {
  if (signal.is_of_tile()) return wafer.has(signal.at);
  const bool in = signal.kind == Signal::Kind::input_state || signal.kind == Signal::Kind::input_queued;
  return wafer.has_region(in ? wafer.input_region(signal.part) : wafer.output_region(signal.part));
}

class SharedWaveform final : public CycleObserver {
 public:
  SharedWaveform(Wafer& wafer, ranks::Ranks& ranks, const std::vector<Signal>& signals, Cycle from, Cycle to,
                 WaveSink* sink)
      : ranks_(ranks), sink_(sink) {
    std::vector<Signal> here;
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number = 0; number < signals.size(); ++number) {
      if (sink_ != nullptr)
        sink_->declare(signals[number].name, signals[number].bits(), signals[number].states());
      if (!is_here(wafer, signals[number])) continue;
      here.push_back(signals[number]);
      numbers.push_back(number);
    }
    if (sink_ != nullptr) sink_->begin();
    kept_.emplace(numbers);
    probe_.emplace(wafer, here, from, to, *kept_, std::move(numbers));
  }

  void cycles_complete(Cycle cycle) override { probe_->cycles_complete(cycle); }
  void exchange() override {
    const auto key = [](const KeptWave::Change& change) { return std::pair(change.time_fs, change.signal); };
    for (const KeptWave::Change& change : gather_seen(ranks_, kept_->changes(), key)) {
      sink_->at(change.time_fs);
      sink_->change(change.signal, change.value);
    }
  }
  void finish(Cycle cycle) override {
    probe_->finish(cycle);
    exchange();
    if (sink_ == nullptr) return;
    sink_->at(kept_->time_fs());
    sink_->finish();
  }
  void gather() override {
    gathered_.gather(ranks_, *probe_);
    exchange();  // last, as it may throw
  }
  void archive(core::State& state) override {
    archive_of_leader(state, sink_ != nullptr, [&](core::State& own) { sink_->archive(own); });
    gathered_.archive(state, *probe_);
  }

 private:
  ranks::Ranks& ranks_;
  WaveSink* sink_;
  GatheredProbe<WaveformProbe> gathered_;
  std::optional<KeptWave> kept_;
  std::optional<WaveformProbe> probe_;
};

struct KeptLanding {
  Landing landing;
  std::uint32_t tile;  ///< its number among those observed
};

class SharedLandings final : public CycleObserver, private LandingSink {
 public:
  SharedLandings(Wafer& wafer, ranks::Ranks& ranks, const std::vector<core::Coordinate>& tiles, Cycle from,
                 Cycle to, LandingSink* sink)
      : ranks_(ranks), sink_(sink) {
    for (std::uint32_t number = 0; number < tiles.size(); ++number) {
      if (!wafer.has(tiles[number])) continue;
      here_.push_back(tiles[number]);
      numbers_.push_back(number);
    }
    LandingSink& keeps = *this;
    log_.emplace(wafer, here_, from, to, keeps);
  }

  void cycles_complete(Cycle cycle) override { log_->cycles_complete(cycle); }
  void exchange() override {
    const auto key = [](const KeptLanding& kept) { return std::pair(kept.landing.cycle, kept.tile); };
    for (const KeptLanding& kept : gather_seen(ranks_, kept_, key)) sink_->write(kept.landing);
  }
  void finish(Cycle cycle) override {
    log_->finish(cycle);
    exchange();
    if (sink_ != nullptr) sink_->finish();
  }
  void gather() override {
    gathered_.gather(ranks_, *log_);
    exchange();  // last, as it may throw
  }
  void archive(core::State& state) override {
    archive_of_leader(state, sink_ != nullptr, [&](core::State& own) { sink_->archive(own); });
    gathered_.archive(state, *log_);
  }

 private:
  // LandingSink; tiles lie row by row.
  void write(const Landing& landing) override {
    const auto before = [](core::Coordinate a, core::Coordinate b) {
      return std::pair(a.y, a.x) < std::pair(b.y, b.x);
    };
    if (!(here_[last_] == landing.at)) {
      last_ = static_cast<std::size_t>(std::lower_bound(here_.begin(), here_.end(), landing.at, before) -
                                       here_.begin());
    }
    kept_.push_back({landing, numbers_[last_]});
  }
  void finish() override {}

  ranks::Ranks& ranks_;
  LandingSink* sink_;
  std::vector<core::Coordinate> here_;
  std::vector<std::uint32_t> numbers_;
  std::size_t last_ = 0;  ///< the tile of the landing before
  std::vector<KeptLanding> kept_;
  std::optional<WaveletLog> log_;
  GatheredProbe<WaveletLog> gathered_;
};

class SharedTileStates final : public CycleObserver {
 public:
  SharedTileStates(Wafer& wafer, ranks::Ranks& ranks, TileStates& states)
      : ranks_(ranks), states_(states), here_(states.of([&](core::Coordinate at) { return wafer.has(at); })) {
    probe_.emplace(wafer, here_);
  }

  void cycles_complete(Cycle cycle) override { probe_->cycles_complete(cycle); }
  void finish(Cycle cycle) override {
    probe_->finish(cycle);
    std::vector<TileState> spans = here_.spans();
    std::vector<TileState> all = gather_seen(
        ranks_, spans, [](const TileState& span) { return std::tuple(span.at.y, span.at.x, span.start); });
    if (ranks_.leads()) states_.set_spans(std::move(all));
  }
  void gather() override { gathered_.gather(ranks_, *probe_); }
  void archive(core::State& state) override { gathered_.archive(state, *probe_); }

 private:
  ranks::Ranks& ranks_;
  TileStates& states_;
  TileStates here_;  ///< of the tiles that this rank has
  std::optional<TileStateProbe> probe_;
  GatheredProbe<TileStateProbe> gathered_;
};

}  // namespace

std::unique_ptr<CycleObserver> observe_waveform(Wafer& wafer, ranks::Ranks& ranks,
                                                const std::vector<Signal>& signals, Cycle from, Cycle to,
                                                WaveSink* sink) {
  return std::make_unique<SharedWaveform>(wafer, ranks, signals, from, to, sink);
}

std::unique_ptr<CycleObserver> observe_landings(Wafer& wafer, ranks::Ranks& ranks,
                                                const std::vector<core::Coordinate>& tiles, Cycle from,
                                                Cycle to, LandingSink* sink) {
  return std::make_unique<SharedLandings>(wafer, ranks, tiles, from, to, sink);
}

std::unique_ptr<CycleObserver> observe_tile_states(Wafer& wafer, ranks::Ranks& ranks, TileStates& states) {
  return std::make_unique<SharedTileStates>(wafer, ranks, states);
}

}  // namespace waferloom::wafer
