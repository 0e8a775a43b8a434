// SPDX-License-Identifier: Apache-2.0
#include "study/explain/resources.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "core/error.hpp"
#include "study/plan/plan.hpp"

namespace waferloom::study {

namespace {

constexpr std::array kMacs{ResourceKey{"pe.fp16_macs_per_cycle"}, ResourceKey{"pe.mixed_macs_per_cycle"},
                           ResourceKey{"pe.fp32_macs_per_cycle"}};
constexpr std::array kSramRead{ResourceKey{"pe.sram_read"}};
constexpr std::array kSramWrite{ResourceKey{"pe.sram_write"}};
constexpr std::array kSram{ResourceKey{"pe.sram_read"}, ResourceKey{"pe.sram_write"}};
constexpr std::array kCapacity{ResourceKey{"pe.sram"}};
constexpr std::array kSetUp{ResourceKey{"pe.vector_overhead", Sense::delay},
                            ResourceKey{"pe.task_launch", Sense::delay}};
constexpr std::array kDivide{ResourceKey{"pe.divide", Sense::delay}};
constexpr std::array kKernels{ResourceKey{"pe.kernel_load", Sense::delay}};
constexpr std::array kLinks{ResourceKey{"fabric.link_width"}};
constexpr std::array kHops{ResourceKey{"fabric.hop_latency", Sense::delay}};
constexpr std::array kRamps{ResourceKey{"fabric.ramp_latency", Sense::delay}};
constexpr std::array kIo{ResourceKey{"io.bandwidth"}};
constexpr std::array kIoLatency{ResourceKey{"io.latency", Sense::delay}};
constexpr std::array kMemory{ResourceKey{"memoryx.bandwidth"}};
constexpr std::array kMemoryLatency{ResourceKey{"memoryx.latency", Sense::delay}};
constexpr std::array kOptimizer{ResourceKey{"memoryx.optimizer_rate"}};
constexpr std::array kClockKeys{ResourceKey{"pe.clock"}};

constexpr std::array kResources{
    Resource{"MAC rate", "multiply-accumulates of a PE per cycle", kMacs},
    Resource{"SRAM read", "bytes that a PE reads per cycle", kSramRead},
    Resource{"SRAM write", "bytes that a PE writes per cycle", kSramWrite},
    Resource{"SRAM read and write", "both", kSram},
    Resource{"SRAM capacity", "bytes of a PE; the step is lowered anew", kCapacity},
    Resource{"vector set-up", "start of vector operations and of tasks", kSetUp},
    Resource{"divide", "cycles of a division", kDivide},
    Resource{"kernel load", "time before a layer's passes", kKernels},
    Resource{"link width", "bits that a link carries per cycle", kLinks},
    Resource{"hop latency", "from router to router", kHops},
    Resource{"ramp latency", "between router and PE", kRamps},
    Resource{"I/O bandwidth", "between the wafer's edges and the host", kIo},
    Resource{"I/O latency", "the same, each way", kIoLatency},
    Resource{"MemoryX bandwidth", "of the host's memory", kMemory},
    Resource{"MemoryX latency", "from request to first byte", kMemoryLatency},
    Resource{"optimizer rate", "parameters that the host updates", kOptimizer},
    Resource{kClock, "of PEs and fabric", kClockKeys},
};

using Fixed = std::pair<std::string_view, std::string_view>;
constexpr std::array kNoKernels{Fixed{"pe.kernel_load", "0 s"}};
constexpr std::array kFreeIo{Fixed{"io.bandwidth", "1000 Pb/s"}, Fixed{"io.latency", "0 s"},
                             Fixed{"memoryx.bandwidth", "1000 Pb/s"}, Fixed{"memoryx.latency", "0 s"},
                             Fixed{"memoryx.optimizer_rate", "1000000 Tparams/s"}};
constexpr std::array kFreeFabric{Fixed{"fabric.link_width", "32 bit"}, Fixed{"fabric.link_time", "1 cycle"},
                                 Fixed{"fabric.hop_latency", "1 cycle"},
                                 Fixed{"fabric.ramp_latency", "1 cycle"},
                                 Fixed{"fabric.reticle_crossing", "0 cycles"}};
constexpr std::array kFreeSram{Fixed{"pe.sram_read", "4096 B/cycle"}, Fixed{"pe.sram_write", "4096 B/cycle"}};
constexpr std::array kFreeSetUp{Fixed{"pe.vector_overhead", "0 cycles"}, Fixed{"pe.task_launch", "0 cycles"},
                                Fixed{"pe.divide", "1 cycle"}};

constexpr std::array kLifts{
    Lift{"kernel load", kNoKernels},
    Lift{"I/O and MemoryX", kFreeIo},
    Lift{"latencies and width of the fabric", kFreeFabric},
    Lift{"SRAM bandwidth", kFreeSram},
    Lift{"set-up of vector operations, divides", kFreeSetUp},
};

struct Amount {
  double number = 0;
  std::string unit;  ///< with the space before it; empty where there is none
};

Amount amount_of(const nlohmann::json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  Amount amount;
  const char* const end = text.data() + text.size();
  amount.unit = {std::from_chars(text.data(), end, amount.number).ptr, end};
  return amount;
}

}  // namespace

std::span<const Resource> resources() { return kResources; }

std::span<const Lift> lifts() { return kLifts; }

ResourceChange change_of(const Resource& resource, const Study& study, const core::config::Keys& present,
                         double factor) {
  ResourceChange change;
  for (const ResourceKey& each : resource.keys) {
    const std::string key(each.key);
    Amount amount = amount_of(present.find(key)->value());
    const std::string before = fmt::format("{}{}", amount.number, amount.unit);
    if (amount.number == 0) {
      change.kept.push_back(fmt::format("{} is {}", key, before));
      continue;
    }
    amount.number *= each.sense == Sense::rate ? factor : 1 / factor;
    const std::string after = fmt::format("{}{}", amount.number, amount.unit);
    try {
      static_cast<void>(point_scenario(study, {{key, after}}));
      change.settings.push_back({key, after});
    } catch (const core::InputError&) {
      change.kept.push_back(fmt::format("{} cannot go from {} to {}", key, before, after));
    }
  }
  return change;
}

}  // namespace waferloom::study
