// SPDX-License-Identifier: Apache-2.0
// The wafer as a SystemC hierarchy: the regions that simulate its tiles, joined to one another by ports, and the I/O
// interface at the edges. A tile's own modules (`wafer.reticle_3_4.tile_400_350.router`) are made when somebody asks for
// them. This is the composition root: the only place where fabric and PEs meet.
#pragma once

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "core/region_grid.hpp"
#include "core/simulation_parameters.hpp"
#include "fabric/io_interface.hpp"
#include "fabric/parameters.hpp"
#include "pe/parameters.hpp"
#include "ranks/partition.hpp"
#include "wafer/scenario/hardware.hpp"
#include "wafer/wavelet/region.hpp"
#include "wafer/wavelet/tile.hpp"

namespace waferloom::wafer {

class Border;

/// A die of the wafer: a name in the hierarchy for its tiles.
class Reticle : public sc_core::sc_module {
 public:
  explicit Reticle(const sc_core::sc_module_name& name) : sc_module(name) {}
};

class Wafer : public sc_core::sc_module, public CycleMonitor {
 public:
  /// `share`: of one run on several ranks, of which each has its own regions; none: all of it. It has to outlive this.
  Wafer(const sc_core::sc_module_name& name, const Hardware& hardware,
        const core::SimulationParameters& simulation, const ranks::Share* share = nullptr);
  ~Wafer() override;

  [[nodiscard]] const Hardware& hardware() const { return hardware_; }
  [[nodiscard]] sc_core::sc_time period() const { return period_; }
  [[nodiscard]] core::Cycle now() const { return sc_core::sc_time_stamp().value() / period_.value(); }
  [[nodiscard]] fabric::IoInterface& io() { return *io_; }
  /// Those of this rank.
  [[nodiscard]] const std::vector<std::unique_ptr<Region>>& regions() const { return regions_; }
  [[nodiscard]] const core::RegionGrid& grid() const { return grid_; }
  /// Whether other ranks have the other regions.
  [[nodiscard]] bool is_shared() const { return border_ != nullptr; }
  /// Of this rank, by its number in the grid.
  [[nodiscard]] Region& region(std::size_t number) { return *by_number_[number]; }
  [[nodiscard]] bool has_region(std::size_t number) const { return by_number_[number] != nullptr; }
  /// Whether a tile lies in a region of this rank.
  [[nodiscard]] bool has(core::Coordinate at) const { return by_number_[grid_.region_at(at)] != nullptr; }
  /// The tile's modules, made at the first call. SystemC makes modules during elaboration only: throws
  /// core::InputError for a tile that lies outside of the wafer, or that nobody has asked for before simulation begins.
  [[nodiscard]] Tile& tile(core::Coordinate at);
  /// As sc_core::sc_find_object, but a tile's modules are made if they are not there yet. nullptr: the name is none.
  [[nodiscard]] sc_core::sc_object* find(const std::string& name);
  [[nodiscard]] Region& region_of(core::Coordinate at) { return *by_number_[grid_.region_at(at)]; }

  /// Of a tile of another rank: does nothing, as load().
  void set_route(core::Coordinate at, core::Color color, const fabric::Route& route);
  /// Loads a program into a PE and binds its queues; the router learns how much room they have.
  void load(core::Coordinate at, pe::Program& program, std::uint32_t program_tile,
            const std::vector<pe::QueueBinding>& inputs, const std::vector<pe::QueueBinding>& outputs);
  /// The region at whose edge a channel stands.
  [[nodiscard]] std::size_t input_region(std::uint32_t channel) const { return input_regions_[channel]; }
  [[nodiscard]] std::size_t output_region(std::uint32_t channel) const { return output_regions_[channel]; }
  /// Starts the processes of the I/O channels of an edge.
  void use_input_channel(std::uint32_t channel);
  void use_output_channel(std::uint32_t channel);

  /// What crosses to other ranks; only where there are some.
  [[nodiscard]] Border& border() { return *border_; }
  /// In which a region of this rank runs next, core::kNever if none is to.
  [[nodiscard]] core::Cycle next_cycle() const;
  /// What a process threw.
  void rethrow_error() const;

  /// Runs until nothing is left to do; rethrows what a process threw.
  void run();
  /// When `due` says so of a cycle that some region runs, calls `keep` once all of the cycle is done, and goes on.
  void on_checkpoint(std::function<bool(core::Cycle)> due, std::function<void(core::Cycle)> keep) {
    due_ = std::move(due);
    keep_ = std::move(keep);
  }
  /// Does all that there is to do at the present time.
  void settle() const;
  /// Goes to a time to come at once: as in a run that has come so far. Nothing has been asked for before.
  void begin_at(const sc_core::sc_time& time);
  /// Throws core::InputError where a module stands in a PE's place.
  void check_archivable() const;
  /// The run fails with core::SimulationError beyond this cycle.
  void set_cycle_limit(core::Cycle limit) { cycle_limit_ = limit; }
  /// Called every few thousand cycles that some region runs.
  void on_progress(std::function<void(core::Cycle)> callback) { progress_ = std::move(callback); }

  /// Called with each cycle in which some region runs, before the first of them does: all earlier ones are
  /// complete.
  void on_new_cycle(std::function<void(core::Cycle)> callback) { new_cycle_ = std::move(callback); }

  [[nodiscard]] std::uint64_t hops() const;
  /// Throws core::SimulationError where a router or a PE still holds wavelets.
  void check_empty() const;
  /// Whether a PE has a step under way, or the I/O a wavelet or a transaction, that needs nothing but time.
  [[nodiscard]] bool at_work(core::Cycle cycle) const;

  // CycleMonitor
  void on_cycle(core::Cycle cycle) override;
  void fail(std::exception_ptr error) override;

 private:
  void end_of_elaboration() override;
  void build_regions(const ranks::Share* share);
  void build_io();
  /// The region's number.
  std::size_t attach(fabric::IoChannel& channel, std::uint32_t number, fabric::Edge edge);

  Hardware hardware_;
  sc_core::sc_time period_;
  core::Cycle last_cycle_;  ///< that the kernel's clock reaches
  core::RegionGrid grid_;
  std::unique_ptr<Border> border_;  ///< none: the whole wafer is here
  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<Region*> by_number_;  ///< of the grid; nullptr: on another rank
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::unique_ptr<Reticle>>
      reticles_;  ///< those asked for, by place
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::unique_ptr<Tile>> tiles_;  ///< by row and column
  struct ChannelPlace {
    Region* region;
    std::uint32_t tile;
    core::Direction port;
    int number;  ///< bound to the region's port
  };
  std::vector<ChannelPlace> channels_;
  std::vector<std::size_t> input_regions_;  ///< by channel
  std::vector<std::size_t> output_regions_;
  std::unique_ptr<fabric::IoInterface> io_;
  std::exception_ptr error_;
  std::function<void(core::Cycle)> progress_;
  std::function<void(core::Cycle)> new_cycle_;
  core::Cycle newest_cycle_ = 0;
  core::Cycle cycle_limit_ = core::kNever;
  std::uint64_t ticks_ = 0;
  std::function<bool(core::Cycle)> due_;
  std::function<void(core::Cycle)> keep_;
  bool pauses_ = false;
};

}  // namespace waferloom::wafer
