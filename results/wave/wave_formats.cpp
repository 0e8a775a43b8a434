// SPDX-License-Identifier: Apache-2.0
#include "results/wave/wave_formats.hpp"

#include <fmt/format.h>

#include <system_error>

#include "core/error.hpp"
#include "core/registry.hpp"
#include "results/wave/wave_layout.hpp"
#include "results/wave/wave_thread.hpp"

namespace waferloom::results {

namespace {

namespace fs = std::filesystem;

/// Gives a waveform its name once it is whole.
class FinishedName final : public wafer::WaveSink {
 public:
  FinishedName(std::unique_ptr<wafer::WaveSink> sink, fs::path partial, fs::path path)
      : sink_(std::move(sink)), partial_(std::move(partial)), path_(std::move(path)) {}

  void declare(const std::string& name, std::uint32_t bits,
               std::span<const std::string_view> states) override {
    sink_->declare(name, bits, states);
  }
  void begin() override { sink_->begin(); }
  void at(std::uint64_t time_fs) override { sink_->at(time_fs); }
  void change(std::size_t signal, std::uint64_t value) override { sink_->change(signal, value); }
  void finish() override {
    sink_->finish();
    std::error_code error;
    fs::rename(partial_, path_, error);
    if (error) {
      throw core::HostResourceError(fmt::format("{}: cannot write: {}", path_.string(), error.message()));
    }
  }

 private:
  std::unique_ptr<wafer::WaveSink> sink_;
  fs::path partial_;
  fs::path path_;
};

}  // namespace

const std::vector<WaveFormat>& wave_formats() {
  static const std::vector<WaveFormat> formats{{"fst", "wave.fst", make_fst, false},
                                               {"vcd", "wave.vcd", make_vcd, true}};
  return formats;
}

std::unique_ptr<wafer::WaveSink> make_wave(std::string_view format, const fs::path& directory) {
  const WaveFormat& chosen =
      core::require_named(std::span<const WaveFormat>(wave_formats()), format, "observe.waveform.format");
  const fs::path path = directory / chosen.file_name;
  fs::path partial = path;
  partial += ".partial";
  return in_own_thread(with_layout(std::make_unique<FinishedName>(chosen.create(partial), partial, path),
                                   path, chosen.states_are_texts));
}

}  // namespace waferloom::results
