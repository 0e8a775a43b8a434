// SPDX-License-Identifier: Apache-2.0
#include "wafer/observation/signals.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/config/origin.hpp"
#include "core/direction.hpp"

namespace waferloom::wafer {

namespace {

using SignalKind = Signal::Kind;

constexpr std::array<std::string_view, 3> kLinkStates{"idle", "busy", "stalled"};
constexpr std::uint32_t kStateBits = 3;
constexpr std::uint32_t kColorBits = 5;
constexpr std::uint32_t kCountBits = 16;
constexpr std::uint32_t kByteBits = 24;
constexpr std::uint32_t kCycleBits = 48;
constexpr std::string_view kCycleName = "wafer.cycle";

/// One pattern, cut at its dots.
class Pattern {
 public:
  explicit Pattern(const std::string& text) : text_(text), parts_(name_parts(text)) {}

  /// Whether names that go on from `path` may match.
  [[nodiscard]] bool leads_to(const std::vector<std::string>& path) const {
    for (std::size_t i = 0; i < std::min(path.size(), parts_.size()); ++i) {
      if (fnmatch(parts_[i].c_str(), path[i].c_str(), 0) != 0) return false;
    }
    return true;
  }
  [[nodiscard]] bool matches(const std::vector<std::string>& path) const {
    return parts_.size() <= path.size() && leads_to(path);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

  bool used = false;  ///< some signal matched

 private:
  std::string text_;
  std::vector<std::string> parts_;
};

/// Walks the hierarchy and enters only what a pattern leads to.
class Walk {
 public:
  Walk(const Hardware& hardware, const std::string& key, const std::vector<std::string>& patterns,
       std::size_t most, SignalChoice choice)
      : hardware_(hardware),
        key_(key),
        patterns_(patterns.begin(), patterns.end()),
        most_(most),
        choice_(choice) {}

  /// Tiles alone, into `tiles`.
  void collect_tiles(std::vector<core::Coordinate>& tiles) {
    tiles_ = &tiles;
    static_cast<void>(run());
  }

  std::vector<Signal> run() {
    enter("wafer", [&] {
      const auto& f = hardware_.fabric;
      for (std::uint32_t y = 0; y < f.height; y += f.reticle_height) {
        for (std::uint32_t x = 0; x < f.width; x += f.reticle_width) reticle(x, y);
      }
      if (tiles_ == nullptr) enter("io", [&] { channels(); });
      // It changes in every cycle: nobody gets it by a pattern of others.
      const bool counted = std::any_of(patterns_.begin(), patterns_.end(),
                                       [](const Pattern& pattern) { return pattern.text() == kCycleName; });
      if (tiles_ == nullptr && counted) add("cycle", SignalKind::cycle, {}, 0);
    });
    for (const Pattern& pattern : patterns_) {
      if (pattern.used) continue;
      throw core::config::KeyError(
          {key_},
          fmt::format("expected a pattern that matches something{}, got {} (`waferloom list signals` shows "
                      "the names)",
                      choice_.bursts ? " at fidelity burst" : "", pattern.text()));
    }
    return std::move(found_);
  }

 private:
  template <class Body>
  void enter(std::string name, const Body& body) {
    path_.push_back(std::move(name));
    const bool wanted = std::any_of(patterns_.begin(), patterns_.end(),
                                    [&](const Pattern& pattern) { return pattern.leads_to(path_); });
    if (wanted) body();
    path_.pop_back();
  }

  void reticle(std::uint32_t x0, std::uint32_t y0) {
    const auto& f = hardware_.fabric;
    enter(fmt::format("reticle_{}_{}", x0 / f.reticle_width, y0 / f.reticle_height), [&] {
      for (std::uint32_t y = y0; y < std::min(f.height, y0 + f.reticle_height); ++y) {
        for (std::uint32_t x = x0; x < std::min(f.width, x0 + f.reticle_width); ++x) {
          enter(fmt::format("tile_{}_{}", x, y), [&] { tile({x, y}); });
        }
      }
    });
  }

  void tile(core::Coordinate at) {
    if (tiles_ != nullptr) {
      bool matched = false;
      for (Pattern& pattern : patterns_) {
        if (!pattern.matches(path_)) continue;
        pattern.used = true;
        matched = true;
      }
      if (matched) tiles_->push_back(at);
      return;
    }
    enter("router", [&] {
      add("queued", SignalKind::router_queued, at, 0);
      for (std::uint32_t d = 0; d < core::kDirections; ++d) {
        enter(std::string(core::name_of(static_cast<core::Direction>(d))), [&] {
          add("state", SignalKind::link_state, at, d);
          add("color", SignalKind::link_color, at, d);
        });
      }
      for (std::uint32_t color = 0; color < hardware_.fabric.colors; ++color) {
        enter(fmt::format("color_{}", color), [&] { add("queued", SignalKind::color_queued, at, color); });
      }
    });
    enter("pe", [&] {
      add("state", SignalKind::pe_state, at, 0);
      if (choice_.operations) add("operation", SignalKind::pe_operation, at, 0);
      if (choice_.layers) add("layer", SignalKind::pe_layer, at, 0);
      for (std::uint32_t q = 0; q < pe::kMaxInputQueues; ++q)
        add(fmt::format("input_{}", q), SignalKind::pe_input, at, q);
      for (std::uint32_t q = 0; q < pe::kMaxOutputQueues; ++q) {
        add(fmt::format("output_{}", q), SignalKind::pe_output, at, q);
      }
    });
    enter("sram", [&] { add("used", SignalKind::sram_used, at, 0); });
  }

  void channels() {
    for (std::uint32_t c = 0; c < hardware_.io.channels; ++c) {
      enter(fmt::format("input_{}", c), [&] {
        add("state", SignalKind::input_state, {}, c);
        add("queued", SignalKind::input_queued, {}, c);
      });
      enter(fmt::format("output_{}", c), [&] {
        add("state", SignalKind::output_state, {}, c);
        add("queued", SignalKind::output_queued, {}, c);
      });
    }
  }

  void add(std::string name, SignalKind kind, core::Coordinate at, std::uint32_t part) {
    if (choice_.bursts && !Signal::exists_in_bursts(kind)) return;
    enter(std::move(name), [&] {
      bool matched = false;
      for (Pattern& pattern : patterns_) {
        if (!pattern.matches(path_)) continue;
        pattern.used = true;
        matched = true;
      }
      if (!matched) return;
      if (found_.size() == most_) {
        throw core::config::KeyError(
            {key_}, fmt::format("expected patterns that match at most {} signals, got more", most_));
      }
      found_.push_back({fmt::format("{}", fmt::join(path_, ".")), kind, at, part, nullptr});
    });
  }

  const Hardware& hardware_;
  std::string key_;
  std::vector<core::Coordinate>* tiles_ = nullptr;
  std::vector<Pattern> patterns_;
  std::size_t most_;
  SignalChoice choice_;
  std::vector<std::string> path_;
  std::vector<Signal> found_;
};

/// "X,Y" or "X,Y,WIDTH,HEIGHT"; none: a pattern.
std::optional<core::Rectangle> as_rectangle(const Hardware& hardware, const std::string& key,
                                            const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789, ") != std::string::npos) return std::nullopt;
  std::vector<std::uint32_t> numbers;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    from = std::min(text.find_first_not_of(' ', from), end);
    std::uint32_t number = 0;
    const auto [rest, error] = std::from_chars(text.data() + from, text.data() + end, number);
    const bool whole =
        error == std::errc() && std::all_of(rest, text.data() + end, [](char c) { return c == ' '; });
    if (!whole) break;
    numbers.push_back(number);
    from = end + 1;
  }
  const auto commas = static_cast<std::size_t>(std::count(text.begin(), text.end(), ','));
  if (numbers.size() == commas + 1 && numbers.size() == 2) numbers.insert(numbers.end(), {1, 1});
  const auto& f = hardware.fabric;
  const bool fits = numbers.size() == 4 && (commas == 1 || commas == 3) && numbers[2] > 0 && numbers[3] > 0 &&
                    std::uint64_t{numbers[0]} + numbers[2] <= f.width &&
                    std::uint64_t{numbers[1]} + numbers[3] <= f.height;
  if (!fits) {
    throw core::config::KeyError(
        {key}, fmt::format("expected a tile X,Y or a rectangle X,Y,WIDTH,HEIGHT of the {} x {} tiles, got {}",
                           f.width, f.height, text));
  }
  return core::Rectangle{numbers[0], numbers[1], numbers[2], numbers[3]};
}

}  // namespace

std::vector<std::string> name_parts(const std::string& name) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t dot = std::min(name.find('.', from), name.size());
    parts.push_back(name.substr(from, dot - from));
    from = dot + 1;
  }
  return parts;
}

bool Signal::exists_in_bursts(Kind kind) {
  switch (kind) {
    case Kind::link_state:
    case Kind::pe_state:
    case Kind::pe_operation:
    case Kind::pe_layer:
    case Kind::sram_used:
    case Kind::input_state:
    case Kind::output_state:
      return true;
    default:
      return false;
  }
}

std::uint32_t Signal::bits() const {
  switch (kind) {
    case Kind::link_state:
    case Kind::pe_state:
    case Kind::input_state:
    case Kind::output_state:
      return kStateBits;
    case Kind::link_color:
      return kColorBits;
    case Kind::cycle:
      return kCycleBits;
    case Kind::sram_used:
    case Kind::input_queued:
    case Kind::output_queued:
    case Kind::pe_operation:
    case Kind::pe_layer:
      return kByteBits;
    default:
      return kCountBits;
  }
}

std::span<const std::string_view> Signal::states() const {
  switch (kind) {
    case Kind::pe_operation:
    case Kind::pe_layer:
      return names ? names->texts() : std::span<const std::string_view>{};
    case Kind::pe_state:
      return pe::kPeStateNames;
    case Kind::link_state:
    case Kind::input_state:
    case Kind::output_state:
      return kLinkStates;
    default:
      return {};
  }
}

std::vector<Signal> match_signals(const Hardware& hardware, const std::vector<std::string>& patterns,
                                  std::size_t most, SignalChoice choice) {
  return Walk(hardware, "observe.waveform.signals", patterns, most, choice).run();
}

std::vector<core::Coordinate> match_tiles(const Hardware& hardware, const std::string& key,
                                          const std::vector<std::string>& patterns) {
  std::vector<core::Coordinate> tiles;
  std::vector<std::string> names;
  for (const std::string& pattern : patterns) {
    if (const auto rectangle = as_rectangle(hardware, key, pattern)) {
      for (std::uint32_t y = 0; y < rectangle->height; ++y) {
        for (std::uint32_t x = 0; x < rectangle->width; ++x) {
          tiles.push_back({rectangle->x + x, rectangle->y + y});
        }
      }
    } else {
      names.push_back(pattern);
    }
  }
  if (!names.empty()) Walk(hardware, key, names, 0, {}).collect_tiles(tiles);
  const auto place = [](const core::Coordinate& at) { return std::pair(at.y, at.x); };
  std::sort(tiles.begin(), tiles.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  tiles.erase(std::unique(tiles.begin(), tiles.end()), tiles.end());
  return tiles;
}

void check_window(const char* key, bool begun, core::Cycle from, core::Cycle end) {
  // A run without a single cycle has nothing to show from 0 on.
  if (begun || from == 0) return;
  throw core::config::KeyError(
      {key}, fmt::format("expected a window that begins before the run's end in cycle {}, got one from "
                         "cycle {} on",
                         end, from));
}

}  // namespace waferloom::wafer
