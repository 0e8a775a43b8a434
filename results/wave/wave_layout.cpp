// SPDX-License-Identifier: Apache-2.0
#include "results/wave/wave_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/write_file.hpp"
#include "wafer/observation/signals.hpp"

namespace waferloom::results {

namespace {

/// More would take the viewer longer than finding them by hand.
constexpr std::size_t kMostShown = 5000;
/// Points of the screen that the whole waveform is fitted into.
constexpr std::uint64_t kPoints = 1000;

// Flags of GTKWave's save files.
constexpr std::uint64_t kEnumeration = 0x100000028;
constexpr std::uint64_t kText = 0x28;
constexpr std::uint64_t kDecimal = 0x24;
constexpr std::uint64_t kGroupBegins = 0x800200;
constexpr std::uint64_t kGroupEnds = 0x1000200;

struct Shown {
  std::string group;  ///< `tile_3_4 router`; empty: none
  std::string alias;  ///< `north state`
  std::string name;   ///< as the viewer calls it
  std::uint64_t flags = kDecimal;
};

/// Names between dots, from the `first` on, as words.
std::string words(const std::vector<std::string>& parts, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < std::min(last, parts.size()); ++i)
    text += (text.empty() ? "" : " ") + parts[i];
  return text;
}

class LayoutSink final : public wafer::WaveSink {
 public:
  LayoutSink(std::unique_ptr<wafer::WaveSink> sink, std::filesystem::path wave, bool states_are_texts)
      : sink_(std::move(sink)), wave_(std::move(wave)), states_are_texts_(states_are_texts) {}

  void declare(const std::string& name, std::uint32_t bits,
               std::span<const std::string_view> states) override {
    sink_->declare(name, bits, states);
    if (++declared_ > kMostShown) return;
    // wafer.REGION.TILE.PART..., or wafer.io.CHANNEL...
    const std::vector<std::string> parts = wafer::name_parts(name);
    const std::size_t group = parts.size() > 3 && parts[1] != "io" ? 2 : 1;
    const std::size_t rest = std::min(parts.size() - 1, group == 2 ? std::size_t{4} : std::size_t{2});
    const bool text = !states.empty() && states_are_texts_;
    shown_.push_back({parts.size() > 2 ? words(parts, group, rest) : "", words(parts, rest, parts.size()),
                      text || bits == 1 ? name : fmt::format("{}[{}:0]", name, bits - 1),
                      states.empty() ? kDecimal
                      : text         ? kText
                                     : kEnumeration});
  }
  void begin() override { sink_->begin(); }
  void at(std::uint64_t time_fs) override {
    if (!begun_) from_fs_ = time_fs;
    begun_ = true;
    to_fs_ = time_fs;
    sink_->at(time_fs);
  }
  void change(std::size_t signal, std::uint64_t value) override { sink_->change(signal, value); }
  void finish() override {
    sink_->finish();
    std::filesystem::path path = wave_;
    core::write_file(path.replace_extension(".gtkw"), text());
  }

 private:
  [[nodiscard]] std::string text() const {
    // The viewer's zoom is a power of two: so many femtoseconds a point of the screen.
    const auto zoom = std::bit_width(std::max<std::uint64_t>(to_fs_ - from_fs_, 1) / kPoints);
    std::string text = fmt::format(
        "[*] made by waferloom\n[dumpfile] \"{}\"\n[timestart] {}\n*{:.6f} -1\n[sst_expanded] 1\n",
        wave_.filename().string(), from_fs_, -static_cast<double>(zoom));
    if (declared_ > kMostShown)
      text += fmt::format("[*] the first {} of {} signals\n", kMostShown, declared_);
    std::string open;
    for (const Shown& each : shown_) {
      if (each.group != open) {
        if (!open.empty()) text += fmt::format("@{:x}\n-{}\n", kGroupEnds, open);
        if (!each.group.empty()) text += fmt::format("@{:x}\n-{}\n", kGroupBegins, each.group);
        open = each.group;
      }
      text += fmt::format("@{:x}\n+{{{}}} {}\n", each.flags, each.alias, each.name);
    }
    if (!open.empty()) text += fmt::format("@{:x}\n-{}\n", kGroupEnds, open);
    return text;
  }

  std::unique_ptr<wafer::WaveSink> sink_;
  std::filesystem::path wave_;
  bool states_are_texts_;
  std::size_t declared_ = 0;
  std::vector<Shown> shown_;
  bool begun_ = false;
  std::uint64_t from_fs_ = 0;
  std::uint64_t to_fs_ = 0;
};

}  // namespace

std::unique_ptr<wafer::WaveSink> with_layout(std::unique_ptr<wafer::WaveSink> sink,
                                             std::filesystem::path wave, bool states_are_texts) {
  return std::make_unique<LayoutSink>(std::move(sink), std::move(wave), states_are_texts);
}

}  // namespace waferloom::results
