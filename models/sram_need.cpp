// SPDX-License-Identifier: Apache-2.0
#include "models/sram_need.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/error.hpp"

namespace waferloom::models {

namespace {

/// Micro-batches from the second on begin while results of the one before are still on their way, all alike.
constexpr std::uint64_t kMicroBatches = 3;

/// Lowers so many sequences at once, and follows them with `sram`.
void follow(const Strategy& strategy, const LoweringRequest& request, Activations activations,
            std::uint64_t sequences, std::uint32_t parts, SramCheck& sram) {
  WorkloadParameters workload = request.workload;
  workload.activations = activations;
  workload.micro_batch = sequences;
  workload.parts = parts;
  workload.batch = sequences * std::clamp<std::uint64_t>(workload.batch / sequences, 1, kMicroBatches);
  strategy.lower({request.model, workload, request.placement, request.sharing_lanes, &sram, true},
                 [](const trace::Record&) {});
}

SramCheck measure(const Strategy& strategy, const LoweringRequest& request, Activations activations,
                  std::uint64_t sequences, std::uint32_t parts) {
  SramCheck sram(request.placement.sram_bytes, SramCheck::Misfit::note);
  follow(strategy, request, activations, sequences, parts, sram);
  return sram;
}

enum class Fit : std::uint8_t { no_step, too_large, fits };

/// Weights that stream show early in the step that it is too large: this takes far less time than to measure it.
Fit try_fit(const Strategy& strategy, const LoweringRequest& request, Activations activations,
            std::uint64_t sequences, std::uint32_t parts) {
  try {
    SramCheck sram(request.placement.sram_bytes, SramCheck::Misfit::refuse);
    follow(strategy, request, activations, sequences, parts, sram);
    return sram.peak_bytes() <= request.placement.sram_bytes ? Fit::fits : Fit::too_large;
  } catch (const SramMisfit&) {
    return Fit::too_large;
  } catch (const core::InputError&) {
    return Fit::no_step;
  }
}

/// What the fullest PE needs; nothing where there is no such step.
std::optional<std::uint64_t> need(const Strategy& strategy, const LoweringRequest& request,
                                  Activations activations, std::uint64_t sequences, std::uint32_t parts) {
  try {
    return measure(strategy, request, activations, sequences, parts).peak_bytes();
  } catch (const core::InputError&) {
    return std::nullopt;
  }
}

/// Micro-batches that the batch can be divided into, in ascending order.
std::vector<std::uint64_t> micro_batches(const WorkloadParameters& workload) {
  std::vector<std::uint64_t> divisors;
  for (std::uint64_t d = 1; d * d <= workload.batch; ++d) {
    if (workload.batch % d != 0) continue;
    for (const std::uint64_t each : {d, workload.batch / d}) {
      if (each % workload.lanes == 0) divisors.push_back(each);
    }
  }
  std::sort(divisors.begin(), divisors.end());
  divisors.erase(std::unique(divisors.begin(), divisors.end()), divisors.end());
  return divisors;
}

/// The largest micro-batch that fits, 0 if none does. More sequences need more.
std::uint64_t largest_that_fits(const Strategy& strategy, const LoweringRequest& request,
                                Activations activations) {
  const std::vector<std::uint64_t> sizes = micro_batches(request.workload);
  const auto fit = [&](std::uint64_t sequences) {
    return try_fit(strategy, request, activations, sequences, request.workload.parts);
  };
  // Too few sequences for the rectangle's rows give no step at all.
  auto first = std::find_if(sizes.begin(), sizes.end(),
                            [&](std::uint64_t sequences) { return fit(sequences) != Fit::no_step; });
  if (first == sizes.end() || fit(*first) != Fit::fits) return 0;
  const auto fits = [&](std::uint64_t sequences) { return fit(sequences) == Fit::fits; };
  const auto last = std::partition_point(first, sizes.end(), fits);
  return *std::prev(last);
}

/// The fewest parts, above those of the workload, in which so many sequences fit; 0: none of those tried.
std::uint32_t parts_that_fit(const Strategy& strategy, const LoweringRequest& request,
                             Activations activations, std::uint64_t sequences) {
  constexpr std::uint32_t kMost = 12;  // beyond, what is rounded up for each part outweighs what it saves
  for (std::uint32_t parts = request.workload.parts + 1; parts <= kMost; ++parts) {
    if (try_fit(strategy, request, activations, sequences, parts) == Fit::fits) return parts;
  }
  return 0;
}

}  // namespace

std::string describe_misfit(const Strategy& strategy, const LoweringRequest& request) {
  const std::uint64_t sequences = request.workload.at_once();
  std::string text =
      measure(strategy, request, request.workload.activations, sequences, request.workload.parts).misfit();
  if (text.empty()) return text;
  text += fmt::format("\n  {} of {} sequences at once (workload.micro_batch), a PE has {} B:", sequences,
                      request.workload.batch, request.placement.sram_bytes);
  for (const Activations activations : {Activations::keep, Activations::recompute, Activations::spill}) {
    const auto bytes = need(strategy, request, activations, sequences, request.workload.parts);
    if (!bytes) continue;
    const std::uint64_t most = largest_that_fits(strategy, request, activations);
    text += fmt::format(
        "\n  workload.activations: {} needs {} B; {}", name_of(activations), *bytes,
        most == 0 ? std::string("no number of sequences fits") : fmt::format("at most {} at once fit", most));
    if (*bytes <= request.placement.sram_bytes || strategy.name != "weight_streaming") continue;
    const std::uint32_t parts = parts_that_fit(strategy, request, activations, sequences);
    if (parts != 0) text += fmt::format("; all fit with workload.parts: {}", parts);
  }
  return text + "\n  A larger rectangle needs less";
}

}  // namespace waferloom::models
