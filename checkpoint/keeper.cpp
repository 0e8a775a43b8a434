// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/keeper.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/units.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::checkpoint {

namespace {

/// Looks between two at the clock.
constexpr unsigned kLooks = 64;

ranks::Bytes bytes_of(const std::vector<Section>& sections) {
  ranks::Packer packer;
  for (const Section& section : sections) {
    const PackedSection packed = pack(section);
    packer.put(packed.kind);
    packer.put(packed.area);
    packer.put(packed.size);
    packer.put(packed.checksum);
    packer.put_all(packed.bytes);
  }
  return packer.take();
}

void append(std::vector<PackedSection>& sections, const ranks::Bytes& bytes) {
  for (ranks::Unpacker from(bytes); !from.empty();) {
    PackedSection& section = sections.emplace_back();
    section.kind = from.get<Kind>();
    section.area = from.get<core::Rectangle>();
    section.size = from.get<std::uint64_t>();
    section.checksum = from.get<std::uint32_t>();
    section.bytes = from.get_all<std::byte>();
  }
}

struct TimeUnit {
  std::string_view symbol;
  double seconds;
};
constexpr std::array kTimeUnits{TimeUnit{" s", 1}, TimeUnit{" min", 60}, TimeUnit{" h", 3600}};

}  // namespace

Every parse_every(const std::string& text) {
  const auto cycles = core::parse_whole(text, core::Dimension::cycles);
  if (cycles.fault == core::QuantityFault::none && cycles.value != 0) return {cycles.value, {}};
  for (const TimeUnit& unit : kTimeUnits) {
    std::string_view number = text;
    // The space may be left out, as in all amounts.
    const std::string_view symbol = number.ends_with(unit.symbol) ? unit.symbol : unit.symbol.substr(1);
    if (!number.ends_with(symbol)) continue;
    number.remove_suffix(symbol.size());
    const auto time = core::parse_real(number, core::Dimension::none);
    if (time.fault == core::QuantityFault::none && time.value > 0) {
      return {0, std::chrono::duration<double>(time.value * unit.seconds)};
    }
  }
  throw core::InputError(
      fmt::format("--checkpoint: expected simulated cycles (20000 cycles) or a time of the clock (30 s, 10 "
                  "min, 1 h), got {}",
                  text));
}

void Keeper::write_to(std::filesystem::path path, Every every, std::function<void(const std::string&)> warn) {
  path_ = std::move(path);
  every_ = every;
  warn_ = std::move(warn);
}

void Keeper::resume(const std::filesystem::path& path) { resumed_ = read(path, identity_); }

void Keeper::start(core::Cycle cycle) {
  if (!every_) return;
  if (every_->cycles != 0) next_ = (cycle / every_->cycles + 1) * every_->cycles;
  next_time_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(every_->wall);
}

bool Keeper::due(core::Cycle cycle, bool stop) {
  if (!every_) return false;
  last_ = last_ || stop;
  if (last_) return true;
  if (every_->cycles != 0) return cycle >= next_;
  return ++looks_ % kLooks == 0 && Clock::now() >= next_time_;
}

void Keeper::keep(core::Cycle cycle, const std::vector<Section>& own, const std::string& fault) {
  std::vector<PackedSection> sections;
  if (team_ == nullptr) {
    append(sections, bytes_of(own));
  } else {
    for (const ranks::Bytes& each : ranks::gather(*team_, bytes_of(own))) append(sections, each);
  }
  if (team_ == nullptr || team_->leads()) {
    std::string missed = fault;
    try {
      if (missed.empty()) write(path_, identity_, sections);
    } catch (const core::HostResourceError& error) {
      missed = error.what();
    }
    if (last_) end(cycle, missed);
    if (!missed.empty()) warn_(missed);
  }
  start(cycle);
}

void Keeper::end(core::Cycle cycle, const std::string& missed) const {
  const std::string kept = path_.parent_path().string();
  throw core::Error(
      core::ExitStatus::interrupted,
      missed.empty()
          ? fmt::format(
                "interrupted in cycle {}, of which {} is the checkpoint: --resume {} goes on from there",
                cycle, path_.string(), kept)
          : fmt::format("interrupted in cycle {}, without a checkpoint of it: {}", cycle, missed));
}

void Keeper::for_each(
    Kind kind, const std::function<bool(const core::Rectangle&)>& wanted,
    const std::function<void(const core::Rectangle&, std::span<const std::byte>)>& take) const {
  for (const PackedSection& section : *resumed_) {
    if (section.kind != kind || !wanted(section.area)) continue;
    const std::vector<std::byte> bytes = unpack(section);
    take(section.area, bytes);
  }
}

std::vector<std::byte> Keeper::books() const {
  for (const PackedSection& section : *resumed_) {
    if (section.kind == Kind::books) return unpack(section);
  }
  throw core::InputError("checkpoint: damaged");
}

}  // namespace waferloom::checkpoint
