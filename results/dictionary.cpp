// SPDX-License-Identifier: Apache-2.0
#include "results/dictionary.hpp"

#include "results/tables.hpp"

namespace waferloom::results {

namespace {

constexpr const char* kWholeType = "whole";
constexpr const char* kRealType = "real";
constexpr const char* kTextType = "text";

DataColumn whole_of(const char* name, const char* unit, const char* meaning) {
  return {name, kWholeType, unit, meaning};
}
DataColumn real_of(const char* name, const char* unit, const char* meaning) {
  return {name, kRealType, unit, meaning};
}
DataColumn text_of(const char* name, const char* meaning) { return {name, kTextType, "", meaning}; }

std::vector<DataColumn> utilization_of(const std::string& prefix) {
  std::vector<DataColumn> columns;
  for (std::size_t s = 0; s < wafer::kShares; ++s) {
    columns.push_back(
        {prefix + std::string(wafer::kShareNames[s]), kRealType, "1", std::string(kShareMeanings[s])});
  }
  return columns;
}

std::vector<DataColumn> all_of(std::vector<std::vector<DataColumn>> lists) {
  std::vector<DataColumn> all;
  for (std::vector<DataColumn>& list : lists) {
    for (DataColumn& each : list) all.push_back(std::move(each));
  }
  return all;
}

}  // namespace

std::vector<DataTable> run_tables() {
  return {
      {"layers.csv", "one row per layer, phase and operation",
       data_columns<LayerRow>(kLayerColumns, Where::database)},
      {"tiles.csv", "one row per tile of the program", data_columns<TileRow>(kTileColumns, Where::database)},
      {"sram_plan.csv", "one row per tensor of the fullest tile",
       data_columns<SramPlanRow>(kSramPlanColumns, Where::database)},
      {"links.csv",
       "one row per link that carried wavelets",
       {whole_of("x", "", "column of the wafer, of the tile from which it leads"),
        whole_of("y", "", "row of the wafer"),
        text_of("direction", "north, south, west, east, or ramp: into the PE"),
        whole_of("wavelets", "wavelet", "that it carried"),
        real_of("utilization", "1", "share of the run's cycles in which it carried one")}},
      {"link_samples.csv",
       "one row per sample and cell of tiles",
       {whole_of("begin_cycle", "cycle", "of the sample"), whole_of("end_cycle", "cycle", "of the sample"),
        whole_of("x", "", "first column of the cell"), whole_of("y", "", "first row of the cell"),
        whole_of("columns", "tile", "of the cell"), whole_of("rows", "tile", "of the cell"),
        whole_of("north", "wavelet", "sent that way within the cell"),
        whole_of("south", "wavelet", "likewise"), whole_of("west", "wavelet", "likewise"),
        whole_of("east", "wavelet", "likewise")}},
      {"tasks.csv",
       "one row per task of a kernel",
       {text_of("task", "its name"), whole_of("line", "", "of the kernel file"),
        whole_of("runs", "", "how often it began, on all tiles"),
        whole_of("first_begin_cycle", "cycle", "when it first began; cycle 1 is the first"),
        whole_of("last_end_cycle", "cycle", "when it last ended")}},
      {"values.csv",
       "one row per number of a kernel's buffers that are written",
       {whole_of("x", "", "column within the kernel"), whole_of("y", "", "row within the kernel"),
        text_of("buffer", "its name"), whole_of("element", "", "of the buffer"),
        real_of("value", "", "at the run's end")}},
      {"link_flits.csv",
       "one row per link of a packet network that carried flits",
       {whole_of("x", "", "column of the mesh, of the router from which it leads"),
        whole_of("y", "", "row of the mesh"), text_of("direction", "north, south, west or east"),
        whole_of("flits", "flit", "that it carried, of a search at the saturation found"),
        real_of("utilization", "1", "share of that run's cycles in which it carried one")}},
      {"loads.csv",
       "one row per load of a packet network",
       {real_of("load", "flit/node/cycle", "that is asked for; with traffic.table as a share of the table's"),
        real_of("offered", "flit/node/cycle", "that sources made while it was measured"),
        real_of("accepted", "flit/node/cycle", "that arrived while it was measured"),
        whole_of("unstable", "1", "1: more is made than arrives"),
        real_of("latency_mean", "cycle", "of a packet, from its making to its last flit's arrival"),
        whole_of("latency_p50", "cycle", "that half of the packets keep"),
        whole_of("latency_p95", "cycle", "that 95 % keep"),
        whole_of("latency_p99", "cycle", "that 99 % keep"), whole_of("latency_most", "cycle", "the longest"),
        real_of("hops_mean", "link", "of a packet"), whole_of("packets", "packet", "that were measured"),
        whole_of("packets_not_arrived", "packet", "of these, at the run's end"),
        whole_of("flit_hops", "flit", "over links"), whole_of("cycles", "cycle", "that the run took")}}};
}

std::vector<DataTable> run_keys() {
  const std::vector<DataColumn> head{
      text_of("format", "waferloom-result, or waferloom-traffic-result of a packet network"),
      text_of("version", "of the program"),
      text_of("scenario", "name of the scenario"),
      text_of("fidelity", "wavelet or burst"),
      whole_of("seed", "", "of random choices"),
      text_of("configuration", "the effective configuration, as docs/configuration.md has it")};
  const std::vector<DataColumn> step{
      text_of("folded[]", "what was simulated once and counted several times"),
      text_of("approximations[]", "what the simulation leaves out"),
      text_of("trace.model", "that was lowered"),
      text_of("trace.strategy", "that lowered it"),
      whole_of("trace.columns", "tile", "of the program's rectangle"),
      whole_of("trace.rows", "tile", "of the same"),
      whole_of("trace.batch", "sample", "of the step"),
      whole_of("trace.sequence", "token", "of a sample"),
      whole_of("trace.tokens", "token", "of the step"),
      whole_of("trace.parameters", "parameter", "of the model"),
      text_of("trace.description", "what was lowered and how"),
      text_of("metrics", "of the run: the table of metrics below"),
      real_of("energy.total", "J", "of all components"),
      real_of("energy.components.pe", "J", "busy datapaths and arithmetic"),
      real_of("energy.components.sram", "J", "reads and writes of SRAM"),
      real_of("energy.components.fabric", "J", "hops of wavelets"),
      real_of("energy.components.io", "J", "bytes from and to the host"),
      real_of("energy.components.idle", "J", "what the system draws whether or not it works"),
      real_of("energy.average_power", "W", "the total over the time"),
      real_of("energy.peak_power", "W",
              "the most at once, each operation's energy spread evenly over its time")};
  const std::vector<DataColumn> phases{
      text_of("phases[].phase", "phase of the step"),
      real_of("phases[].time", "s", "in which some group of it was under way; phases overlap"),
      whole_of("phases[].cycles", "cycle", "the same"),
      real_of("phases[].own_cycles", "cycle",
              "its part of the run: where groups overlap, their time is shared evenly"),
      whole_of("phases[].multiply_accumulates", "MAC", "of the phase"),
      text_of("phases[].bound", "what was busy the largest share of the time"),
      text_of("phases[].ties[]", "what else was busy about as much")};
  const std::vector<DataColumn> operations{
      whole_of("operations[].layer", "", "layer of the model; left out outside the layers"),
      text_of("operations[].phase", "phase of the step"),
      text_of("operations[].operation", "what its records do"),
      whole_of("operations[].start", "cycle", "when its first part begins on some tile"),
      whole_of("operations[].cycles", "cycle", "from start to end; operations overlap"),
      real_of("operations[].own_cycles", "cycle",
              "its part of the run: where operations overlap, their time is shared evenly"),
      whole_of("operations[].multiply_accumulates", "MAC", "of the operation"),
      text_of("operations[].bound", "what was busy the largest share of the time"),
      text_of("operations[].ties[]", "what else was busy about as much"),
      real_of("operations[].energy", "J", "of its own work, nothing idle")};
  const std::vector<DataColumn> others{
      real_of("time_by_bound.*", "1",
              "share of the run's cycles that a bound holds up; overlaps shared evenly"),
      text_of("choice", "what workload.auto took, and its candidates: docs/results.md"),
      text_of("collective.kind", "of a collective"),
      text_of("collective.algorithm", "that it runs by"),
      whole_of("collective.wavelets", "wavelet", "of a tile's vector"),
      whole_of("collective.columns", "tile", "of its rectangle"),
      whole_of("collective.rows", "tile", "of the same"),
      whole_of("collective.lower_bound.cycles", "cycle", "that any program for it takes at least"),
      text_of("collective.lower_bound.term", "distance, ramp or cut: what the bound comes from"),
      text_of("collective.lower_bound.formula", "docs/collectives.md has its letters"),
      text_of("collective.lower_bound.source", "of the formula"),
      text_of("kernel.name", "of a kernel"),
      whole_of("kernel.parameters.*", "", "values of its parameters"),
      whole_of("kernel.columns", "tile", "of its rectangle"),
      whole_of("kernel.rows", "tile", "of the same"),
      text_of("kernel.values", "whether its numbers were computed"),
      real_of("saturation", "flit/node/cycle", "the largest load at which a packet network is stable"),
      text_of("loads[]",
              "metrics of a packet network, by load: columns of loads.csv, and of the table of metrics")};
  const std::vector<DataColumn> host{real_of("elaboration", "s", "to build the hierarchy"),
                                     real_of("simulation", "s", "to simulate"),
                                     real_of("wavelet_hops_per_second", "1/s", "simulated"),
                                     whole_of("transfers", "transfer", "of whole bursts"),
                                     real_of("transfers_per_second", "1/s", "simulated"),
                                     real_of("flit_hops_per_second", "1/s", "simulated, of a packet network"),
                                     text_of("configuration.simulation", "keys that change no result")};
  return {{"result.json", "keys",
           all_of({head, step, phases, utilization_of("phases[].utilization."), operations,
                   utilization_of("operations[].utilization."), others})},
          {"host.json", "keys: what depends on the machine that simulated", host}};
}

}  // namespace waferloom::results
