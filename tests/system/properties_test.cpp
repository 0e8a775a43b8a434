// SPDX-License-Identifier: Apache-2.0
// What holds for every program on every fabric, tried on random ones: nothing is lost or invented, wavelets of
// a color keep their order, no link carries more than one a cycle, and the result depends neither on how the
// wafer is cut into regions nor on whether it is observed. The same of packet networks. Cases are numbered: a failure names the number, which makes the same case again.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "collectives/lower_bound.hpp"
#include "collectives/registry.hpp"
#include "noc/traffic_pattern.hpp"
#include "noc/xy_router_array.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/random.hpp"
#include "tests/support/scripted_program.hpp"
#include "tests/support/test_wafer.hpp"
#include "tests/support/traffic.hpp"
#include "wafer/wavelet/collect_tiles.hpp"
#include "wafer/wavelet/collective_run.hpp"
#include "wafer/wavelet/probes/waveform.hpp"

namespace waferloom {
namespace {

using core::Direction;
using test::Random;

/// A fabric and PEs within the range of what could be built.
wafer::Hardware random_hardware(Random& random, std::uint32_t width, std::uint32_t height) {
  wafer::Hardware hardware = test::small_hardware(width, height);
  hardware.fabric.queue_depth = random.between(1, 4);
  hardware.fabric.hop_latency_cycles = random.between(1, 3);
  hardware.fabric.link_width_bits = core::kWaveletBits >> (random.between(0, 5) / 3 * random.between(0, 2));
  hardware.fabric.ramp_latency_cycles = random.between(1, 4);
  hardware.fabric.reticle_width = random.between(1, width);
  hardware.fabric.reticle_height = random.between(1, height);
  hardware.fabric.reticle_crossing_cycles = random.between(0, 2);
  for (std::uint32_t& depth : hardware.pe.input_queues) depth = random.between(1, 8);
  for (std::uint32_t& depth : hardware.pe.output_queues) depth = random.between(1, 8);
  hardware.pe.task_launch_cycles = random.between(0, 5);
  if (random.chance(25)) hardware.fabric.link_time_cycles = 1 + random.between(1, 16) / 8.0;
  if (random.chance(25)) hardware.fabric.turn_latency_cycles = random.between(1, 9);
  return hardware;
}

std::string fingerprint(const std::vector<wafer::TileResult>& tiles, core::Cycle cycles) {
  std::string text = std::to_string(cycles);
  for (const wafer::TileResult& t : tiles) {
    text += ' ' + std::to_string(t.busy_cycles) + '/' + std::to_string(t.received);
    for (const std::uint64_t sent : t.sent) {
      EXPECT_LE(sent, cycles) << "more than a wavelet a cycle";
      text += ',' + std::to_string(sent);
    }
  }
  return text;
}

/// A multicast tree of one color: grown from a root tile by tile.
struct Tree {
  struct Node {
    core::Coordinate at;
    core::DirectionSet rx;
    core::DirectionSet tx;
    bool receives = false;
  };
  std::vector<Node> nodes;
  std::uint32_t wavelets = 0;
};

Tree random_tree(Random& random, std::uint32_t width, std::uint32_t height) {
  Tree tree;
  tree.wavelets = random.between(1, 40);
  tree.nodes.push_back(
      {{random.between(0, width - 1), random.between(0, height - 1)}, {Direction::ramp}, {}, false});
  const std::uint32_t tries = random.between(1, width * height * 2);
  for (std::uint32_t i = 0; i < tries; ++i) {
    const std::size_t parent = random.between(0, static_cast<std::uint32_t>(tree.nodes.size()) - 1);
    const auto direction = static_cast<Direction>(random.between(0, 3));
    core::Coordinate at = tree.nodes[parent].at;
    if (direction == Direction::north) at.y -= 1;
    if (direction == Direction::south) at.y += 1;
    if (direction == Direction::west) at.x -= 1;
    if (direction == Direction::east) at.x += 1;
    if (at.x >= width || at.y >= height) continue;
    if (std::any_of(tree.nodes.begin(), tree.nodes.end(), [&](const Tree::Node& n) { return n.at == at; }))
      continue;
    tree.nodes[parent].tx.add(direction);
    tree.nodes.push_back({at, {core::opposite(direction)}, {}, random.chance(60)});
  }
  for (std::size_t i = 1; i < tree.nodes.size(); ++i) {
    Tree::Node& node = tree.nodes[i];
    if (node.tx.empty()) node.receives = true;  // a leaf
    if (node.receives) node.tx.add(Direction::ramp);
  }
  return tree;
}

/// Trees of several colors at once. Each wavelet carries its number, each receiver expects them in order.
std::string run_trees(std::uint64_t number, bool other_regions) {
  Random random(number);
  const std::uint32_t width = random.between(1, 7);
  const std::uint32_t height = random.between(1, 7);
  const wafer::Hardware hardware = random_hardware(random, width, height);
  std::vector<Tree> trees;
  for (std::uint32_t color = random.between(1, 5); color > 0; --color) {
    trees.push_back(random_tree(random, width, height));
  }
  core::SimulationParameters simulation;
  simulation.region_width = other_regions ? random.between(1, width) : width;
  simulation.region_height = other_regions ? random.between(1, height) : height;
  test::TestWafer wafer(hardware, simulation);
  test::ScriptedProgram program;
  std::vector<std::vector<pe::QueueBinding>> inputs(std::size_t{width} * height);
  std::vector<std::vector<pe::QueueBinding>> outputs(inputs.size());
  std::uint64_t hops = 0;
  for (std::size_t c = 0; c < trees.size(); ++c) {
    const auto color = static_cast<core::Color>(c);
    const auto queue = static_cast<std::uint8_t>(c);
    for (const Tree::Node& node : trees[c].nodes) {
      if (node.tx.empty()) continue;  // a root without anybody to send to
      wafer->set_route(node.at, color, fabric::Route::fixed(node.rx, node.tx));
      const std::uint32_t tile = node.at.y * width + node.at.x;
      const bool root = &node == &trees[c].nodes.front();
      for (std::uint32_t i = 0; i < trees[c].wavelets; ++i) {
        if (root) program.add(tile, queue, test::send(queue, 1, i + 1));
        if (node.receives) program.add(tile, queue, test::receive(queue, 1, 1 + i % 3));
      }
      if (root) outputs[tile].push_back({color, queue});
      if (node.receives) inputs[tile].push_back({color, queue});
    }
    hops += (trees[c].nodes.size() - 1) * trees[c].wavelets;
  }
  for (std::uint32_t tile = 0; tile < inputs.size(); ++tile) {
    wafer->load({tile % width, tile / width}, program, tile, inputs[tile], outputs[tile]);
  }
  wafer->run();
  for (std::size_t c = 0; c < trees.size(); ++c) {
    for (const Tree::Node& node : trees[c].nodes) {
      if (!node.receives) continue;
      const auto& done = program.done(node.at.y * width + node.at.x, static_cast<std::uint8_t>(c));
      if (done.size() != trees[c].wavelets) return "error: lost wavelets";
      for (std::size_t i = 0; i < done.size(); ++i) {
        if (done[i].received != i + 1) return "error: out of order";
      }
    }
  }
  if (wafer->hops() != hops) return "error: hops";
  return fingerprint(wafer::collect_tiles(*wafer, {0, 0, width, height}), wafer->now());
}

/// Observes, and keeps nothing.
class CountChanges final : public wafer::WaveSink {
 public:
  void declare(const std::string&, std::uint32_t, std::span<const std::string_view>) override {}
  void begin() override {}
  void at(std::uint64_t) override {}
  void change(std::size_t, std::uint64_t) override { ++changes_; }
  void finish() override {}
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  std::uint64_t changes_ = 0;
};

/// A collective of any kind on a random rectangle; its payloads are checked as it runs.
std::string run_collective(std::uint64_t number, bool other_regions) {
  Random random(number);
  const auto models = collectives::collectives();
  const collectives::CollectiveModel& model =
      models[random.between(0, static_cast<std::uint32_t>(models.size()) - 1)];
  collectives::CollectiveParameters parameters;
  parameters.kind = model.kind;
  parameters.algorithm = model.algorithm;
  const core::Rectangle area{random.between(0, 2), random.between(0, 2), random.between(1, 7),
                             random.between(1, 5)};
  parameters.root_x = random.between(0, area.width - 1);
  parameters.root_y = random.between(0, area.height - 1);
  parameters.elements = random.between(1, 40);
  parameters.distance = random.between(1, 3);
  if (model.algorithm == "two_phase") parameters.group = random.between(0, 4);
  parameters.precision = random.chance(50) ? collectives::Precision::fp16 : collectives::Precision::fp32;
  const std::uint32_t width = area.x + area.width + random.between(0, 1);
  const std::uint32_t height = area.y + area.height + random.between(0, 1);
  const wafer::Hardware hardware = random_hardware(random, width, height);
  core::SimulationParameters simulation;
  simulation.region_width = other_regions ? random.between(1, width) : width;
  simulation.region_height = other_regions ? random.between(1, height) : height;
  const std::atomic<bool> stop = false;
  CountChanges observed;
  wafer::ObserverFactories observers;
  if (other_regions) {
    observers.emplace_back([&](wafer::Wafer& wafer) {
      return std::make_unique<wafer::WaveformProbe>(
          wafer, wafer::match_signals(hardware, {"wafer"}, wafer::kMostSignals, {}), 0, core::kNever,
          observed);
    });
  }
  const wafer::PlanResult result = wafer::run_plan(
      hardware, simulation, area,
      collectives::plan_collective(parameters, area, hardware.fabric, hardware.pe), stop, {observers, 0});
  if (other_regions && result.hops != 0 && observed.changes() == 0) return "error: nothing was observed";
  if (result.cycles < collectives::lower_bound(parameters, area, hardware.fabric).cycles) {
    return "error: faster than its lower bound";
  }
  return fingerprint(result.tiles, result.cycles + 1);
}

/// A packet network of any shape, pipeline and traffic. Sinks refuse flits out of order or of another node, queues
/// those without a credit, and the run flits that were lost.
std::string run_packets(std::uint64_t number, bool other_regions) {
  Random random(number);
  const std::uint32_t width = random.between(1, 9);
  const std::uint32_t height = random.between(1, 9);
  noc::XyParameters xy;
  xy.virtual_channels = random.between(1, noc::kMostVirtualChannels);
  xy.buffer_flits = random.between(1, 9);
  xy.speculative = random.chance(50);
  xy.routing_cycles = random.between(0, 2);
  xy.vc_allocation_cycles = random.between(1, 2);
  xy.switch_allocation_cycles = random.between(1, 2);
  xy.switch_traversal_cycles = random.between(0, 2);
  xy.credit_cycles = random.between(0, 3);
  xy.terminal_latency_cycles = random.between(0, 2);
  noc::NetworkParameters network = test::xy_mesh(width, height, xy);
  fabric::FabricParameters& mesh = network.mesh;
  mesh.hop_latency_cycles = random.between(1, 20);
  mesh.reticle_width = random.between(1, width);
  mesh.reticle_height = random.between(1, height);
  mesh.reticle_crossing_cycles = random.between(0, 3);
  const auto patterns = noc::traffic_patterns();
  const noc::TrafficPattern& pattern =
      patterns[random.between(0, static_cast<std::uint32_t>(patterns.size()) - 1)];
  const bool fits = pattern.name != noc::kTablePattern && (!pattern.square || width == height);
  noc::TrafficParameters traffic = test::short_traffic(fits ? std::string(pattern.name) : "uniform",
                                                       random.between(1, 100) / 100.0, random.between(1, 9));
  traffic.hotspot_x = random.between(0, width - 1);
  traffic.hotspot_y = random.between(0, height - 1);
  traffic.warmup_cycles = random.between(0, 100);
  traffic.sample_cycles = random.between(1, 200);
  traffic.drain_cycles = 500;
  core::SimulationParameters simulation;
  simulation.region_width = other_regions ? random.between(1, width) : width;
  simulation.region_height = other_regions ? random.between(1, height) : height;
  const std::atomic<bool> stop = false;
  noc::TrafficRunner runner(network, 1e9, simulation, traffic, number);
  const noc::TrafficResult r = runner.run(traffic, stop);
  const std::uint64_t links = std::uint64_t{2} * ((width - 1) * height + (height - 1) * width);
  if (r.hops > links * r.cycles) return "error: more than a flit a cycle and link";
  if (r.flits > std::uint64_t{width} * height * r.cycles) return "error: more than a flit a cycle and node";
  return std::to_string(r.packets) + ' ' + std::to_string(r.lost) + ' ' + std::to_string(r.latency_mean) +
         ' ' + std::to_string(r.latency_p50) + ' ' + std::to_string(r.latency_most) + ' ' +
         std::to_string(r.hops) + ' ' + std::to_string(r.flits) + ' ' + std::to_string(r.cycles);
}

using RunCase = std::string (*)(std::uint64_t number, bool other_regions);

void try_cases(std::uint64_t begin, std::uint64_t end, RunCase run) {
  for (std::uint64_t number = begin; number < end; ++number) {
    const std::string whole = test::in_child([&] { return run(number, false); });
    ASSERT_EQ(whole.find("error"), std::string::npos) << "case " << number << ": " << whole;
    const std::string cut = test::in_child([&] { return run(number, true); });
    ASSERT_EQ(whole, cut) << "case " << number;
  }
}

TEST(Properties, RandomMulticastTreesFirst) { try_cases(0, 600, &run_trees); }
TEST(Properties, RandomMulticastTreesSecond) { try_cases(600, 1200, &run_trees); }
TEST(Properties, RandomCollectivesFirst) { try_cases(0, 600, &run_collective); }
TEST(Properties, RandomCollectivesSecond) { try_cases(600, 1200, &run_collective); }
TEST(Properties, RandomPacketNetworks) { try_cases(0, 1000, &run_packets); }

}  // namespace
}  // namespace waferloom
