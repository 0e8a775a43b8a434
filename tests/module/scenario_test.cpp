// SPDX-License-Identifier: Apache-2.0
// Scenarios as the rest of the program gets them: values in base units, round trips, the program's rectangle.
#include "wafer/scenario/scenario.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/error.hpp"
#include "wafer/scenario/lowering.hpp"

namespace waferloom::wafer {
namespace {

namespace fs = std::filesystem;

/// Stands for a value of any type where only the number of values matters.
struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor): that is its purpose
};

template <class T, class... Values>
constexpr std::size_t members_of() {
  if constexpr (requires { T{Values{}..., Anything{}}; }) {
    return members_of<T, Values..., Anything>();
  } else {
    return sizeof...(Values);
  }
}

/// Number of members of an aggregate.
template <class T>
constexpr std::size_t kMembers = members_of<T>();

/// A directory of its own for each test.
class Scenarios : public testing::Test {
 protected:
  Scenarios() {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) / (std::string("waferloom-scenario-") + test->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~Scenarios() override { fs::remove_all(directory_); }
  Scenarios(const Scenarios&) = delete;
  Scenarios& operator=(const Scenarios&) = delete;

  [[nodiscard]] fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  [[nodiscard]] Scenario load(const std::string& text) const { return load_scenario(write("s.yaml", text)); }

 private:
  fs::path directory_;
};

TEST_F(Scenarios, ValuesAreInBaseUnits) {
  const Scenario s = load(
      "hardware: mesh16\n"
      "fabric: { hop_latency: 3 cycles, reticle_crossing: 1 cycle }\n"
      "pe: { clock: 0.9 GHz, sram: 96 KiB, sram_read: 32 B/cycle }\n"
      "io: { bandwidth: 10 GB/s, latency: 250 ns, input_edge: west, output_edge: east, buffer: 1 MiB }\n"
      "memoryx: { optimizer_rate: 2.5 Gparams/s }\n"
      "workload: { model: tiny, layers: [0-1], phases: [forward, update], precision: fp16, sparsity: 0.75,\n"
      "            rectangle: { x: 2, y: 3, width: 4, height: 5 } }\n"
      "simulation: { max_cycles: 1000 }\n"
      "seed: 99\n");
  EXPECT_EQ("s", s.name);
  EXPECT_EQ("mesh16", s.preset);
  EXPECT_EQ(18U, s.hardware.fabric.width);
  EXPECT_EQ(3U, s.hardware.fabric.hop_latency_cycles);
  EXPECT_EQ(1U, s.hardware.fabric.reticle_crossing_cycles);
  EXPECT_EQ(9e8, s.hardware.pe.clock_hz);
  EXPECT_EQ(98304U, s.hardware.pe.sram_bytes);
  EXPECT_EQ(32U, s.hardware.pe.sram_read_bytes_per_cycle);
  EXPECT_EQ(8e10, s.hardware.io.bandwidth_bits_per_s);
  EXPECT_EQ(250e-9, s.hardware.io.latency_s);
  EXPECT_EQ(fabric::Edge::west, s.hardware.io.input_edge);
  EXPECT_EQ(fabric::Edge::east, s.hardware.io.output_edge);
  EXPECT_EQ(1U << 20U, s.hardware.io.buffer_bytes);
  EXPECT_EQ(2.5e9, s.memoryx.optimizer_parameters_per_s);
  EXPECT_EQ((std::vector<std::uint32_t>{0, 1}), s.workload.layers);
  EXPECT_EQ((std::vector{trace::Phase::forward, trace::Phase::update}), s.workload.phases);
  EXPECT_EQ(trace::Precision::fp16, s.workload.precision);
  EXPECT_EQ(0.75, s.workload.sparsity);
  EXPECT_EQ((core::Rectangle{2, 3, 4, 5}), program_rectangle(s));
  EXPECT_EQ(1000U, s.simulation.max_cycles);
  EXPECT_EQ(99U, s.seed);
  EXPECT_EQ(models::WeightFormat::packed,
            load("workload: { model: tiny, weight_format: packed }\n").workload.weight_format);
}

TEST_F(Scenarios, WithoutARectangleTheWholeProgramAreaIsUsed) {
  EXPECT_EQ((core::Rectangle{1, 1, 16, 16}), program_rectangle(load("hardware: mesh16\n")));
}

TEST_F(Scenarios, TheEffectiveConfigurationGivesAnEqualScenario) {
  for (const char* text :
       {"hardware: wse1\n", "hardware: wse3\npe: { clock: 333333333.3333333 Hz }\nname: 'a: \"b\"'\n",
        "io: { latency: 1.2345678901234567e-9 s }\nworkload: { sparsity: 0.1, layers: [3, 5-9] }\n",
        "workload: { trace: s.yaml, batch: 3 }\n", "description: |\n  two\n  lines\n"}) {
    const Scenario first = load(text);
    EXPECT_EQ(first, load_scenario(write("effective.yaml", effective_yaml(first)))) << text;
    EXPECT_EQ(first, load_scenario(write("effective.json", effective_json(first).dump()))) << text;
  }
}

TEST_F(Scenarios, EveryParameterHasAKey) {
  const nlohmann::json effective = effective_json(load("hardware: mesh8\n"));
  EXPECT_EQ(kMembers<fabric::FabricParameters> + 1, effective["fabric"].size());  // and `fabric.xy`
  EXPECT_EQ(kMembers<fabric::IoParameters> + 1, effective["io"].size());          // and the host's name
  EXPECT_EQ(kMembers<fabric::MemoryXParameters>, effective["memoryx"].size());
  EXPECT_EQ(kMembers<pe::PeParameters>, effective["pe"].size());
  EXPECT_EQ(kMembers<models::WorkloadParameters>, effective["workload"].size());
  EXPECT_EQ(kMembers<core::SimulationParameters>, effective["simulation"].size());
  EXPECT_EQ(kMembers<collectives::CollectiveParameters>, effective["collective"].size());
  // The hardware's parts are sections, the packet routers' belong to `fabric`, the host's name to `io`, and `traffic` to
  // routers that carry packets; where the keys were set is no key, nor is the model that was read.
  EXPECT_EQ(kMembers<Scenario> - 5 + kMembers<Hardware>, effective.size() + 1);
  const nlohmann::json packets =
      effective_json(load("hardware: mesh8\nfabric: { router: xy }\ntraffic: { pattern: uniform }\n"));
  EXPECT_EQ(kMembers<noc::TrafficParameters>, packets["traffic"].size());
}

TEST_F(Scenarios, ErrorsAreInputErrors) {
  EXPECT_THROW((void)load("fabric: { widht: 5 }\n"), core::InputError);
  EXPECT_THROW((void)load_scenario("no-such-file.yaml"), core::InputError);
  EXPECT_THROW((void)find_scenario("no-such-scenario"), core::InputError);
}

TEST_F(Scenarios, AModelIsReadOnce) {
  const std::string text =
      "name: own\nlayers: 1\nhidden: 16\nheads: 2\nffn: 32\nvocabulary: 32\nsequence: 8\n";
  const fs::path model = write("own.yaml", text);
  const Scenario scenario = load("hardware: mesh8\nworkload: { model: ./own.yaml }\n");
  EXPECT_EQ(1U, whole_step(scenario).layers());
  (void)write("own.yaml", "name: another\n" + text.substr(text.find("layers")));
  EXPECT_EQ("own", trace_header(scenario).model);
  EXPECT_EQ("own", load_trace(scenario).header.model);
  Scenario other = scenario;
  other.workload.model = "tiny";
  EXPECT_EQ("tiny", trace_header(other).model);
  EXPECT_EQ("own", trace_header(scenario).model);
}

TEST_F(Scenarios, ShippedScenariosAreFoundByName) {
  EXPECT_EQ("smoke.yaml", find_scenario("smoke").filename());
  EXPECT_EQ("mesh8", load_scenario(find_scenario("smoke")).preset);
}

}  // namespace
}  // namespace waferloom::wafer
