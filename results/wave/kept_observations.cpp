// SPDX-License-Identifier: Apache-2.0
#include "results/wave/kept_observations.hpp"

#include <utility>

#include "results/wave/event_journal.hpp"

namespace waferloom::results {

namespace {

constexpr const char* kWaveJournal = "checkpoint.waves";
constexpr const char* kLandingJournal = "checkpoint.landings";

class KeptWaves final : public wafer::WaveSink {
 public:
  KeptWaves(std::unique_ptr<wafer::WaveSink> sink, const std::filesystem::path& directory,
            const std::filesystem::path& before)
      : sink_(std::move(sink)), journal_(directory / kWaveJournal, before / kWaveJournal) {}

  void declare(const std::string& name, std::uint32_t bits,
               std::span<const std::string_view> states) override {
    sink_->declare(name, bits, states);
  }
  void begin() override { sink_->begin(); }
  void at(std::uint64_t time_fs) override {
    time_fs_ = time_fs;
    sink_->at(time_fs);
  }
  void change(std::size_t signal, std::uint64_t value) override {
    journal_.add({time_fs_, value, signal});
    sink_->change(signal, value);
  }
  void finish() override {
    sink_->finish();
    journal_.remove();
  }
  void archive(core::State& state) override {
    journal_.archive(state, [&](const Change& change) {
      sink_->at(change.time_fs);
      sink_->change(change.signal, change.value);
    });
  }

 private:
  struct Change {
    std::uint64_t time_fs;
    std::uint64_t value;
    std::uint64_t signal;
  };

  std::unique_ptr<wafer::WaveSink> sink_;
  EventJournal<Change> journal_;
  std::uint64_t time_fs_ = 0;
};

class KeptLandings final : public wafer::LandingSink {
 public:
  KeptLandings(std::unique_ptr<wafer::LandingSink> sink, const std::filesystem::path& directory,
               const std::filesystem::path& before)
      : sink_(std::move(sink)), journal_(directory / kLandingJournal, before / kLandingJournal) {}

  void write(const wafer::Landing& landing) override {
    journal_.add(landing);
    sink_->write(landing);
  }
  void finish() override {
    sink_->finish();
    journal_.remove();
  }
  void archive(core::State& state) override {
    journal_.archive(state, [&](const wafer::Landing& landing) { sink_->write(landing); });
  }

 private:
  std::unique_ptr<wafer::LandingSink> sink_;
  EventJournal<wafer::Landing> journal_;
};

}  // namespace

std::unique_ptr<wafer::WaveSink> with_journal(std::unique_ptr<wafer::WaveSink> sink,
                                              const std::filesystem::path& directory,
                                              const std::filesystem::path& before) {
  return std::make_unique<KeptWaves>(std::move(sink), directory, before);
}

std::unique_ptr<wafer::LandingSink> with_journal(std::unique_ptr<wafer::LandingSink> sink,
                                                 const std::filesystem::path& directory,
                                                 const std::filesystem::path& before) {
  return std::make_unique<KeptLandings>(std::move(sink), directory, before);
}

}  // namespace waferloom::results
