// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/kernel/kernel_run.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/kernel/kernel_program.hpp"

namespace waferloom::wafer {

namespace {

/// On rank 0: the totals of all ranks.
std::vector<TaskTotals> gather_tasks(ranks::Ranks& ranks, const std::vector<TaskTotals>& own) {
  ranks::Packer message;
  message.put_all(own);
  std::vector<TaskTotals> all(own.size());
  for (const ranks::Bytes& each : ranks::gather(ranks, message.take())) {
    const std::vector<TaskTotals> tasks = ranks::Unpacker(each).get_all<TaskTotals>();
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      all[i].activations += tasks[i].activations;
      all[i].first_begin = std::min(all[i].first_begin, tasks[i].first_begin);
      all[i].last_end = std::max(all[i].last_end, tasks[i].last_end);
    }
  }
  return all;
}

/// On rank 0: the values of each tile from the rank that `has` it. `values`: of all tiles, as this rank knows them.
void gather_values(ranks::Ranks& ranks, const std::function<bool(core::Coordinate)>& has,
                   std::vector<BufferValues>& values) {
  ranks::Packer message;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!has(values[i].at)) continue;
    message.put(i);
    message.put_all(values[i].numbers);
  }
  for (const ranks::Bytes& each : ranks::gather(ranks, message.take())) {
    for (ranks::Unpacker unpacker(each); !unpacker.empty();) {
      const auto place = unpacker.get<std::size_t>();
      values.at(place).numbers = unpacker.get_all<float>();
    }
  }
}

class LaidKernel final : public LaidProgram {
 public:
  LaidKernel(const kernels::CompiledKernel& kernel, const pe::PeParameters& pe, const std::atomic<bool>& stop)
      : kernel_(kernel), program_(kernel, pe, stop), laid_(kernel.code_of.size()) {}

  void lay(Wafer& wafer) override {
    for (std::uint32_t tile = 0; tile < kernel_.code_of.size(); ++tile) {
      for (const kernels::CodeRoute& route : kernel_.code(tile).routes) {
        wafer.set_route(kernel_.at(tile), route.color, route.route);
      }
    }
    for (std::uint32_t tile = 0; tile < kernel_.code_of.size(); ++tile) {
      const kernels::TileCode& code = kernel_.code(tile);
      const core::Coordinate at = kernel_.at(tile);
      if (code.tasks.empty() || !wafer.has(at)) continue;
      laid_[tile] = true;
      wafer.load(at, program_, tile, code.inputs, code.outputs);
      if (code.sram_bytes == 0) continue;
      Region& region = wafer.region_of(at);
      static_cast<void>(region.pes().allocate(region.index_of(at), code.sram_bytes));
    }
  }
  [[nodiscard]] const ProgramView& view() const override { return program_; }
  [[nodiscard]] bool all_done(const std::function<bool(core::Coordinate)>& has) const override {
    return program_.all_done(has);
  }
  [[nodiscard]] core::Cycle last_end() const override { return program_.last_end(); }
  [[nodiscard]] const char* lines_title() const override { return "tasks that have not ended"; }
  [[nodiscard]] std::vector<PlacedLine> lines() const override { return program_.unfinished(); }
  [[nodiscard]] const KernelProgram& program() const { return program_; }
  /// Whether this process runs the tile, which is one of the kernel's.
  [[nodiscard]] bool runs(core::Coordinate tile) const {
    return laid_[core::number_of({0, 0, kernel_.area.width, kernel_.area.height}, tile)];
  }
  void move_to_leader(ranks::Ranks& ranks) override {
    program_.set_totals(gather_tasks(ranks, program_.totals()));
  }
  void archive(core::State& state, bool leads) override {
    program_.archive(state);
    if (state.loads() && !leads) program_.set_totals(std::vector<TaskTotals>(program_.totals().size()));
  }
  void archive_tile(core::State& state, core::Coordinate at) override {
    if (kernel_.area.contains(at)) program_.archive(state, core::number_of(kernel_.area, at));
  }

 private:
  const kernels::CompiledKernel& kernel_;
  KernelProgram program_;
  std::vector<bool> laid_;  ///< by tile
};

std::vector<BufferValues> collect_values(const kernels::CompiledKernel& kernel,
                                         const kernels::Values& values) {
  std::vector<BufferValues> result;
  for (std::uint32_t tile = 0; tile < kernel.code_of.size(); ++tile) {
    for (const kernels::CodeBuffer& buffer : kernel.code(tile).buffers) {
      if (!buffer.output) continue;
      BufferValues each;
      each.at = {tile % kernel.area.width, tile / kernel.area.width};
      each.buffer = buffer.buffer;
      for (std::uint32_t i = 0; i < buffer.length; ++i)
        each.numbers.push_back(values.at(tile, buffer.base + i));
      result.push_back(std::move(each));
    }
  }
  return result;
}

}  // namespace

KernelResult run_kernel(const Hardware& hardware, const core::SimulationParameters& simulation,
                        const kernels::CompiledKernel& kernel, const std::atomic<bool>& stop,
                        const ProgramObservation& observed, const ranks::Share* share,
                        checkpoint::Keeper* keeper) {
  LaidKernel program(kernel, hardware.pe, stop);
  KernelResult result;
  result.run = run_program(hardware, simulation, kernel.area, program, stop, observed, share, keeper);
  result.tasks = program.program().totals();
  if (share != nullptr) result.tasks = gather_tasks(share->ranks, result.tasks);
  if (program.program().values() != nullptr) {
    result.values = collect_values(kernel, *program.program().values());
    if (share != nullptr) {
      gather_values(
          share->ranks, [&](core::Coordinate tile) { return program.runs(tile); }, result.values);
    }
  }
  return result;
}

}  // namespace waferloom::wafer
