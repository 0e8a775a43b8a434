// SPDX-License-Identifier: Apache-2.0
// Runs of synthetic traffic on a mesh of packet routers: warm-up, measurement, drain; and the search for the
// load at which the network saturates.
//
// The nodes generate packets all the time. Packets generated during the measurement are followed until all
// have arrived. A run is unstable when sources' queues grow meanwhile: when over the measurement the first
// packets' ages grow, averaged over the nodes that send, by more than kUnstableGrowth of its length; when that of
// a single source grows by so much and five standard deviations of what chance explains more; or when measured
// packets have not arrived at the drain's end. In the first two cases there is no drain, and latencies are those
// of the packets that arrived until then. All packets of a source share its queue, so that each pair of source
// and destination is judged with its source.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "core/simulation_parameters.hpp"
#include "noc/mesh.hpp"
#include "noc/network_parameters.hpp"
#include "noc/traffic_parameters.hpp"
#include "noc/traffic_table.hpp"

namespace waferloom::noc {

inline constexpr double kUnstableGrowth = 0.02;

struct TrafficResult {
  double load = 0;      ///< as configured
  double offered = 0;   ///< flits per node and cycle that the sources generate
  double accepted = 0;  ///< that arrived during the measurement
  bool unstable = false;
  std::uint64_t packets = 0;  ///< measured, and arrived
  std::uint64_t lost = 0;     ///< measured, but not arrived by the drain's end
  // Cycles from generation to the last flit's arrival.
  double latency_mean = 0;
  std::uint32_t latency_p50 = 0;
  std::uint32_t latency_p95 = 0;
  std::uint32_t latency_p99 = 0;
  std::uint32_t latency_most = 0;
  double hops_mean = 0;     ///< links between routers that a measured packet passes
  std::uint64_t hops = 0;   ///< of all flits, over links between routers
  double busiest_link = 0;  ///< share of the run's cycles in which the link that carries most carries a flit
  std::uint64_t flits = 0;  ///< received, of all packets
  core::Cycle cycles = 0;
  std::vector<SentFlits> links;  ///< flits over each link during the run, by node, row by row
  double simulation_s = 0;       ///< of the host's time

  void archive(core::State& state) {
    state(load, offered, accepted, unstable, packets, lost, latency_mean, latency_p50, latency_p95,
          latency_p99, latency_most, hops_mean, hops, busiest_link, flits, cycles, links, simulation_s);
  }
};

class TrafficRunner {
 public:
  /// `share`: of runs that ranks share; each then does the same and has the same results. Elaborates the mesh: once per
  /// process. Throws core::InputError when pattern and mesh do not fit.
  TrafficRunner(const NetworkParameters& network, double clock_hz,
                const core::SimulationParameters& simulation, const TrafficParameters& traffic,
                std::uint64_t seed, const ranks::Share* share = nullptr);
  ~TrafficRunner();

  /// A run at `load` instead of the configured one, from empty queues. May be called repeatedly; the result
  /// does not depend on earlier runs. Throws core::SimulationError when flits are lost or out of order, and
  /// core::Error (interrupted) once `stop` is set.
  [[nodiscard]] TrafficResult run(double load, const std::atomic<bool>& stop);
  /// The same with other traffic.
  [[nodiscard]] TrafficResult run(const TrafficParameters& traffic, const std::atomic<bool>& stop);
  /// Of the runs to come.
  void set_seed(std::uint64_t seed) { seed_ = seed; }
  /// Checkpoints of the runs to come, which are those of the runner whose checkpoint `keeper` has, if it has one: the runs
  /// that it had ended are not done anew.
  void keep_in(checkpoint::Keeper& keeper) { keeper_ = &keeper; }

  [[nodiscard]] Mesh& mesh() { return *mesh_; }

 private:
  /// How far a run is.
  enum class Stage : std::uint8_t { warmup, measurement, drain };
  struct Standing {
    core::Cycle begin = 0;
    Stage stage = Stage::warmup;
    bool grows = false;             ///< the queues of sources do
    std::vector<core::Cycle> lags;  ///< of the queues, when they were looked at last
    core::Cycle watched = 0;        ///< when that was, in the drain
    core::Cycle stretch = 0;  ///< how long after that they are looked at again; each is twice the one before

    void archive(core::State& state) { state(begin, stage, grows, lags, watched, stretch); }
  };

  /// Begins a run, or goes on with the one that a checkpoint has.
  [[nodiscard]] Traffic begin(const TrafficParameters& parameters);
  [[nodiscard]] TrafficResult result_of(const TrafficParameters& parameters, const Traffic& traffic,
                                        bool has_arrived) const;
  void archive(core::State& state, core::Cycle& now);
  void take_up(core::Cycle& now);
  /// `stops`: one of the ranks wants the run to end, after a last checkpoint.
  void keep_if_due(bool stops);
  void advance(core::Cycle cycle, const std::atomic<bool>& stop);
  [[nodiscard]] Traffic traffic_of(const TrafficParameters& parameters) const;
  [[nodiscard]] double offered(const TrafficParameters& parameters, const Traffic& traffic) const;
  void load_table(const TrafficParameters& parameters);
  void check_conservation() const;
  void watch_queues(const Traffic& traffic, core::Cycle since);

  fabric::FabricParameters fabric_;
  TrafficParameters parameters_;
  std::uint64_t max_cycles_;
  std::uint64_t seed_;
  ranks::Ranks* team_;  ///< none: this process is alone
  std::unique_ptr<TrafficTable> table_;
  TrafficParameters table_of_;  ///< that the table was read for
  Mesh* mesh_;
  Standing standing_;
  checkpoint::Keeper* keeper_ = nullptr;  ///< none: no checkpoints
  std::vector<TrafficResult> ended_;      ///< runs, where there are checkpoints
  std::size_t told_ = 0;                  ///< of them: the calls of run() that have told them
};

/// The highest stable load below the lowest unstable one; nullptr: there is none.
[[nodiscard]] const TrafficResult* saturation_of(const std::vector<TrafficResult>& loads);

/// The stable loads and the unstable ones tried, in the order of the search: the last stable one is within
/// traffic.tolerance of the saturation. Then `curve` loads between 0 and the saturation, in equal steps.
[[nodiscard]] std::vector<TrafficResult> find_saturation(
    TrafficRunner& runner, double tolerance, std::uint32_t curve, const std::atomic<bool>& stop,
    const std::function<void(const TrafficResult&)>& report);

}  // namespace waferloom::noc
