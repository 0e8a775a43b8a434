// SPDX-License-Identifier: Apache-2.0
#include "kernels/tile_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace waferloom::kernels {

namespace {

/// A PE's output queues in the order in which colors get them: the deepest first.
constexpr std::array<std::uint8_t, pe::kMaxOutputQueues> kDeepestFirst{2, 3, 0, 1, 4, 5};

}  // namespace

void TileQueues::keep(std::array<std::uint32_t, pe::kMaxInputQueues>& queues,
                      const std::optional<Placed>& wanted, std::uint8_t most, std::uint32_t color) {
  if (!wanted) return;
  const auto queue = static_cast<std::size_t>(numbers_.number(*wanted, 0, most - 1));
  if (queues.at(queue) != kFree) {
    numbers_.fail(wanted->where, wanted->key,
                  fmt::format("expected a queue of its own, got {}, which color {} has", queue,
                              name_of(queues.at(queue))));
  }
  queues.at(queue) = color;
}

void TileQueues::reserve(std::uint32_t color) {
  const ColorRule& rule = kernel_.colors[color];
  keep(inputs_, rule.input_queue, kMicrothreads, color);
  keep(outputs_, rule.output_queue, pe::kMaxOutputQueues, color);
}

std::uint8_t TileQueues::input(std::uint32_t color, const Location& where) {
  auto* place = std::find(inputs_.begin(), inputs_.begin() + kMicrothreads, color);
  if (place == inputs_.begin() + kMicrothreads) {
    place = std::find(inputs_.begin(), inputs_.begin() + kMicrothreads, kFree);
    if (place == inputs_.begin() + kMicrothreads) {
      numbers_.fail(
          where, "in " + name_of(color),
          fmt::format("expected at most {} colors that a tile takes, one for each input queue with a "
                      "microthread, got more",
                      kMicrothreads));
    }
    *place = color;
  }
  const auto queue = static_cast<std::uint8_t>(place - inputs_.begin());
  if (std::find(bound_inputs_.begin(), bound_inputs_.end(), color) == bound_inputs_.end()) {
    bound_inputs_.push_back(color);
    code_.inputs.push_back({colors_[color], queue});
  }
  return queue;
}

std::uint8_t TileQueues::of_collective(std::uint8_t planned, const Location& where) {
  auto* place = std::find(inputs_.begin(), inputs_.begin() + kMicrothreads, kCollective | planned);
  if (place == inputs_.begin() + kMicrothreads) {
    place = std::find(inputs_.begin(), inputs_.begin() + kMicrothreads, kFree);
    if (place == inputs_.begin() + kMicrothreads) {
      numbers_.fail(
          where, "collective",
          fmt::format("expected free input queues for the collective's microthreads, got all {} in use",
                      kMicrothreads));
    }
    *place = kCollective | planned;
  }
  return static_cast<std::uint8_t>(place - inputs_.begin());
}

std::uint8_t TileQueues::output(std::uint32_t color, const Location& where) {
  std::uint8_t queue = pe::kNoQueue;
  for (const std::uint8_t each : kDeepestFirst) {
    if (outputs_.at(each) == color) queue = each;
  }
  for (const std::uint8_t each : kDeepestFirst) {
    if (queue == pe::kNoQueue && outputs_.at(each) == kFree) queue = each;
  }
  if (queue == pe::kNoQueue) {
    numbers_.fail(
        where, "out " + name_of(color),
        fmt::format("expected at most {} colors that a tile sends, one for each output queue, got more",
                    pe::kMaxOutputQueues));
  }
  outputs_.at(queue) = color;
  if (std::find(bound_outputs_.begin(), bound_outputs_.end(), color) == bound_outputs_.end()) {
    bound_outputs_.push_back(color);
    code_.outputs.push_back({colors_[color], queue});
  }
  return queue;
}

std::uint8_t TileQueues::sender(std::uint32_t color, const std::optional<Placed>& wanted,
                                const Location& where) {
  if (wanted) return static_cast<std::uint8_t>(numbers_.number(*wanted, 0, kMicrothreads - 1));
  auto* place = std::find(senders_.begin(), senders_.end(), color);
  if (place != senders_.end()) return static_cast<std::uint8_t>(place - senders_.begin());
  for (std::uint8_t thread = kMicrothreads; thread-- > 0;) {
    if (inputs_.at(thread) != kFree || senders_.at(thread) != kFree) continue;
    senders_.at(thread) = color;
    return thread;
  }
  numbers_.fail(
      where, "out " + name_of(color),
      fmt::format("expected a free microthread, got all {} in use: `thread` lets several operations "
                  "take turns on one",
                  kMicrothreads));
}

namespace {

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint32_t buffer = 0;
};

class SramLayout {
 public:
  SramLayout(const Kernel& kernel, const pe::PeParameters& pe, Numbers& numbers, TileCode& code)
      : kernel_(kernel), pe_(pe), numbers_(numbers), code_(code) {}

  void lay() {
    // Those with a place of their own come first; the others fill the gaps.
    for (const bool placed : {true, false}) {
      for (std::uint32_t i = 0; i < kernel_.buffers.size(); ++i) {
        const Buffer& buffer = kernel_.buffers[i];
        if ((buffer.address || buffer.bank) == placed && numbers_.holds(buffer.condition)) add(i, buffer);
      }
    }
    std::sort(code_.buffers.begin(), code_.buffers.end(),
              [](const CodeBuffer& a, const CodeBuffer& b) { return a.buffer < b.buffer; });
    for (CodeBuffer& buffer : code_.buffers) {
      buffer.base = code_.values;
      code_.values += buffer.length;
    }
  }

 private:
  void add(std::uint32_t index, const Buffer& buffer) {
    constexpr std::int64_t kMostElements = 1U << 30U;
    const auto length =
        static_cast<std::uint32_t>(buffer.length ? numbers_.number(*buffer.length, 0, kMostElements) : 1);
    const std::uint64_t bytes = (std::uint64_t{length} * bytes_of(buffer.type) + 7) / 8 * 8;
    std::uint64_t address = first_gap(pe_.reserved_bytes, bytes);
    if (buffer.address) {
      address = static_cast<std::uint64_t>(numbers_.number(*buffer.address, 0, pe_.sram_bytes));
      check_address(buffer, address);
    } else if (buffer.bank) {
      const std::uint64_t bank_bytes = pe_.sram_bytes / pe_.sram_banks;
      const auto bank = static_cast<std::uint64_t>(numbers_.number(*buffer.bank, 0, pe_.sram_banks - 1));
      address = first_gap(std::max<std::uint64_t>(bank * bank_bytes, pe_.reserved_bytes), bytes);
      if (address / bank_bytes != bank) {
        numbers_.fail(
            buffer.bank->where, buffer.bank->key,
            fmt::format("expected room in bank {} for {} B of {}, got none", bank, bytes, buffer.name));
      }
    }
    check(buffer, address, bytes);
    taken_.push_back({address, address + bytes, index});
    std::sort(taken_.begin(), taken_.end(),
              [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    const bool output = buffer.output && numbers_.number(*buffer.output) != 0;
    code_.buffers.push_back({index, 0, length, static_cast<std::uint32_t>(address), output});
    code_.sram_bytes += bytes;
  }

  void check_address(const Buffer& buffer, std::uint64_t address) const {
    if (buffer.bank) {
      numbers_.fail(buffer.bank->where, buffer.bank->key,
                    "expected none where address says where the buffer lies, got one");
    }
    if (address % bytes_of(buffer.type) == 0) return;
    numbers_.fail(buffer.address->where, buffer.address->key,
                  fmt::format("expected a multiple of {} B, the size of an element, got {}",
                              bytes_of(buffer.type), address));
  }

  [[nodiscard]] std::uint64_t first_gap(std::uint64_t from, std::uint64_t bytes) const {
    for (const Extent& each : taken_) {
      if (each.end <= from) continue;
      if (each.begin >= from + bytes) break;
      from = each.end;
    }
    return from;
  }

  void check(const Buffer& buffer, std::uint64_t address, std::uint64_t bytes) const {
    if (address < pe_.reserved_bytes || address + bytes > pe_.sram_bytes) {
      numbers_.fail(
          buffer.where, "buffers",
          fmt::format("expected {} to lie within the SRAM, {} to {} B (pe.reserved, pe.sram), got "
                      "{} B at {}, with {} B of other buffers",
                      buffer.name, pe_.reserved_bytes, pe_.sram_bytes, bytes, address, code_.sram_bytes));
    }
    for (const Extent& each : taken_) {
      if (each.begin >= address + bytes || each.end <= address) continue;
      numbers_.fail(
          buffer.where, "buffers",
          fmt::format("expected {} to overlap no other buffer, got {} to {} B, of which {} has {} to {}",
                      buffer.name, address, address + bytes, kernel_.buffers[each.buffer].name, each.begin,
                      each.end));
    }
  }

  const Kernel& kernel_;
  const pe::PeParameters& pe_;
  Numbers& numbers_;
  TileCode& code_;
  std::vector<Extent> taken_;
};

}  // namespace

void lay_buffers(const Kernel& kernel, const pe::PeParameters& pe, Numbers& numbers, TileCode& code) {
  SramLayout(kernel, pe, numbers, code).lay();
}

}  // namespace waferloom::kernels
