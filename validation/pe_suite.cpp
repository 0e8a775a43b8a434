// SPDX-License-Identifier: Apache-2.0
// A processing element of a WSE-2: FP32 multiply-accumulates over N elements in SRAM, with and without a bank
// conflict (the vendor's cycle simulator), wavelets in flight between neighbours (the vendor's documents), and
// the cost of a chain's step (measured on silicon, arXiv 2404.15888).
#include "validation/pe_suite.hpp"

#include <fmt/format.h>

#include <atomic>

#include "collectives/registry.hpp"
#include "fabric/memoryx.hpp"
#include "wafer/wavelet/collective_run.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom::validation {

namespace {

constexpr const char* kExact = "a count of cycles or wavelets: nothing to average";
constexpr const char* kVendor = "vendor's cycle simulator";

wafer::Hardware small_wafer(std::uint32_t width, std::uint32_t height) {
  wafer::Hardware hardware;
  hardware.fabric.width = width;
  hardware.fabric.height = height;
  hardware.fabric.program = {0, 0, width, height};
  hardware.io.channels = 1;
  return hardware;
}

/// Busy cycles of a PE that multiplies two vectors in SRAM; `lead_bytes` and `gap_bytes` place them.
double fmac_cycles(std::uint64_t elements, std::uint64_t lead_bytes, std::uint64_t gap_bytes) {
  trace::Record place;
  place.name = "place";
  place.area = {0, 0, 1, 1};
  place.allocates = {{"lead", {lead_bytes, 0, 0, 0}},
                     {"a", {elements * 4, 0, 0, 0}},
                     {"gap", {gap_bytes, 0, 0, 0}},
                     {"b", {elements * 4, 0, 0, 0}}};
  trace::Record fmac;
  fmac.id = 1;
  fmac.name = "fmac";
  fmac.area = place.area;
  fmac.operands = {"a", "b"};
  fmac.precision = trace::Precision::fp32;
  fmac.macs = {elements, 0, 0, 0};
  fmac.read_bytes = {8 * elements, 0, 0, 0};
  fmac.write_bytes = {4 * elements, 0, 0, 0};
  fmac.after = {{0, trace::Dependency::kWhole}};
  const std::vector<trace::Record> records{place, fmac};
  const std::atomic<bool> stop = false;
  const wafer::RunResult result =
      wafer::simulate({small_wafer(3, 3), {}, {}, {1, 1, 1, 1}, records}, stop, nullptr);
  return static_cast<double>(result.tiles.at(0).busy_cycles);
}

/// Wavelets that a producer has got rid of when its neighbour takes none: output queue 3, input queue 2.
class Producer final : public pe::Program {
 public:
  pe::Fetch fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle, pe::Step& step) override {
    if (tile != 0 || thread != 0) return pe::Fetch::none;
    step = {};
    step.output = 3;
    step.iterations = 1;
    return pe::Fetch::step;
  }
  void completed(std::uint32_t, std::uint8_t, core::Cycle, std::uint64_t) override { ++sent; }
  std::uint64_t sent = 0;
};

double wavelets_in_flight() {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  wafer::Wafer wafer("wafer", small_wafer(2, 1), {});
  fabric::MemoryX host("memoryx", {});
  wafer.io().host.bind(host.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  wafer.set_route({0, 0}, 0, fabric::Route::fixed({core::Direction::ramp}, {core::Direction::east}));
  wafer.set_route({1, 0}, 0, fabric::Route::fixed({core::Direction::west}, {core::Direction::ramp}));
  Producer producer;
  wafer.load({0, 0}, producer, 0, {}, {{0, 3}});
  wafer.load({1, 0}, producer, 1, {{0, 2}}, {});
  wafer.run();
  return static_cast<double>(producer.sent);
}

double chain_step_cycles() {
  const auto chain = [](std::uint32_t pes) {
    const wafer::Hardware hardware = small_wafer(pes, 1);
    collectives::CollectiveParameters collective;
    collective.kind = "reduce";
    collective.algorithm = "chain";
    collective.elements = 1;
    const std::atomic<bool> stop = false;
    const collectives::Plan plan =
        collectives::plan_collective(collective, hardware.fabric.program, hardware.fabric, hardware.pe);
    return static_cast<double>(wafer::run_plan(hardware, {}, hardware.fabric.program, plan, stop).cycles);
  };
  return chain(101) / 100.0;
}

}  // namespace

std::vector<Case> pe_cases() {
  const auto fmac = [](std::uint64_t n, double expected, const char* conflict, std::uint64_t lead,
                       std::uint64_t gap) {
    return Case{fmt::format("FP32 FMAC over {} elements{}", n, conflict),
                expected,
                "cycle",
                kVendor,
                [=] { return fmac_cycles(n, lead, gap); },
                nullptr,
                {"wse2", Evidence::simulator, 0, kExact, ""}};
  };
  return {
      // Banks have 6144 bytes, and 4096 bytes of code come first: banks 1 and 4, 0 and 4, 0 and 1, 0 and 4.
      fmac(5124, 5130, "", 2048, 8),
      fmac(5124, 10254, ", bank conflict", 8, 8),
      fmac(1028, 1034, "", 8, 8),
      fmac(1028, 2062, ", bank conflict", 8, 16384),
      {"wavelets in flight between neighbours that stall",
       14,
       "wavelet",
       "vendor's documents",
       &wavelets_in_flight,
       nullptr,
       {"wse2", Evidence::document, 0, kExact, ""}},
      // B + (2 T_R + 2)(P - 1) with B = 1, P = 101 over 100 steps.
      {"a chain's step: receive, add, send, hop",
       6.01,
       "cycle",
       "arXiv 2404.15888",
       &chain_step_cycles,
       nullptr,
       {"wse2", Evidence::form, 0, kExact, ""}},
  };
}

}  // namespace waferloom::validation
