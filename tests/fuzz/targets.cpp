// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "core/input/json.hpp"
#include "core/version.hpp"
#include "fabric/parameters.hpp"
#include "kernels/compile.hpp"
#include "kernels/kernel.hpp"
#include "models/model.hpp"
#include "noc/traffic_table.hpp"
#include "report/comparison.hpp"
#include "report/landings.hpp"
#include "report/log_comparison.hpp"
#include "study/plan/expression.hpp"
#include "study/plan/plan.hpp"
#include "study/plan/study.hpp"
#include "study/table/point_record.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/small_trace.hpp"
#include "trace/import/chakra.hpp"
#include "trace/import/chakra_export.hpp"
#include "trace/import/layer_text.hpp"
#include "trace/json.hpp"
#include "trace/reader.hpp"
#include "trace/seal.hpp"
#include "trace/statistics.hpp"
#include "trace/writer.hpp"
#include "validation/figures.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/prepare/prepare.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/program/result/link_counts.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/scenario/lowering.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::fuzz {

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path put(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

/// All files of a directory with a suffix.
std::vector<std::string> files_of(const fs::path& directory, const std::string& suffix) {
  std::vector<std::string> texts;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == suffix) texts.push_back(content(entry.path()));
  }
  return texts;
}

/// What a file of keys is refused with names a place in it, or in one that it names: `file:line:column: `.
template <class Take>
void with_place(const Take& take) {
  static const std::regex place(":[0-9]+:[0-9]+: ");
  try {
    take();
  } catch (const core::InputError& error) {
    const std::string message = error.what();
    if (std::regex_search(message, place)) throw;
    throw std::logic_error("no place: " + message);
  }
}

/// A target from a list of seeds and what is done with an input.
class FunctionTarget final : public Target {
 public:
  using Take = std::function<void(const std::string&, const fs::path&)>;
  FunctionTarget(std::string_view name, std::uint64_t cost, std::vector<std::string> seeds, Take take,
                 Form form = Form::text, std::vector<KnownKey> keys = {})
      : name_(name),
        cost_(cost),
        seeds_(std::move(seeds)),
        take_(std::move(take)),
        form_(form),
        keys_(std::move(keys)) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::vector<std::string> seeds() const override { return seeds_; }
  [[nodiscard]] Form form() const override { return form_; }
  [[nodiscard]] const std::vector<KnownKey>& keys() const override { return keys_; }
  [[nodiscard]] std::uint64_t cost() const override { return cost_; }
  void take(const std::string& input, const fs::path& scratch) override {
    if (form_ != Form::yaml) return take_(input, scratch);
    with_place([&] { take_(input, scratch); });
  }

 private:
  std::string_view name_;
  std::uint64_t cost_;
  std::vector<std::string> seeds_;
  Take take_;
  Form form_;
  std::vector<KnownKey> keys_;
};

/// JSON that is refused counts as bad input.
template <class Use>
void with_json(const std::string& text, const Use& use) {
  try {
    use(core::parse_ordered_json(text));
  } catch (const core::JsonError& error) {
    throw core::InputError(error.what());
  }
}

std::string text_of(const std::vector<trace::Record>& records) {
  trace::Header header;
  header.model = "by hand";
  header.columns = 8;
  header.rows = 8;
  std::string text = trace::to_json(header).dump() + "\n";
  for (const trace::Record& record : records) text += trace::to_json(record).dump() + "\n";
  return text;
}

/// Lays valid traces on a small wafer and runs them at fidelity burst.
class SmallWafer {
 public:
  SmallWafer() {
    hardware_.fabric.width = 12;
    hardware_.fabric.height = 12;
    hardware_.fabric.reticle_width = 12;
    hardware_.fabric.reticle_height = 12;
    hardware_.io.channels = 4;
    simulation_.max_cycles = 300000;
  }

  void use(const trace::Header& header, const std::vector<trace::Record>& records) {
    constexpr std::uint32_t kLargest = 8;
    constexpr std::uint64_t kMostBlocks = 512;  // more take long, and nothing else
    if (records.empty() || header.columns > kLargest || header.rows > kLargest) return;
    trace::Statistics statistics;
    for (const trace::Record& record : records) {
      statistics.add(record);
      if (record.blocks > kMostBlocks) return;
    }
    // To run a trace takes far longer than to read it.
    constexpr std::uint64_t kOneIn = 8;
    if (++valid_ % kOneIn != 0) return;
    const core::Rectangle program{1, 1, header.columns, header.rows};
    const wafer::RoutePlan plan(hardware_, program, records);
    const wafer::Grouping grouping = wafer::group_records(records);
    static_cast<void>(wafer::count_links(hardware_, program, records, grouping));
    static_cast<void>(burst::coarsen(records, program, {4, 16}));
    if (simulator_ == nullptr) {
      simulator_ = std::make_unique<burst::Simulator>("wafer");
    }
    const std::atomic<bool> stop = false;
    static_cast<void>(
        simulator_->run({hardware_, host_, simulation_, program, records, nullptr}, {}, stop, nullptr));
  }

 private:
  wafer::Hardware hardware_;
  fabric::HostChoice host_;
  core::SimulationParameters simulation_;
  std::uint64_t valid_ = 0;
  std::unique_ptr<burst::Simulator> simulator_;  ///< SystemC's: made in the process that uses it
};

void take_trace(const std::string& input, const fs::path& scratch, SmallWafer& wafer) {
  const fs::path sealed = scratch / "sealed.trace";
  trace::seal(put(scratch / "edited.trace", input), sealed);
  trace::Reader reader(sealed);
  std::vector<trace::Record> records;
  for (trace::Record record; reader.next(record);) records.push_back(record);
  wafer.use(reader.header(), records);
}

void take_trace_file(const std::string& input, const fs::path& scratch) {
  trace::Reader reader(put(scratch / "a.trace", input));
  for (trace::Record record; reader.next(record);) {
  }
}

std::vector<std::string> trace_seeds() {
  std::vector<trace::Record> shared = test::shared_trace({2, 4}, 2);
  return {text_of(test::linear_trace({})), text_of(shared),
          text_of(test::linear_trace({8, 8, 64, 32, 16, 8}))};
}

std::vector<std::string> sealed_seeds() {
  const fs::path directory = fs::temp_directory_path() / ("waferloom-fuzz-seed-" + std::to_string(getpid()));
  fs::create_directories(directory);
  std::vector<std::string> seeds;
  for (const std::string& text : trace_seeds()) {
    trace::seal(put(directory / "in", text), directory / "out");
    seeds.push_back(content(directory / "out"));
  }
  fs::remove_all(directory);
  return seeds;
}

std::string chakra_seed() {
  const fs::path directory = fs::temp_directory_path() / ("waferloom-fuzz-seed-" + std::to_string(getpid()));
  fs::create_directories(directory);
  trace::seal(put(directory / "in", trace_seeds().front()), directory / "out");
  trace::export_chakra(directory / "out", directory / "et");
  std::string seed = content(directory / "et");
  fs::remove_all(directory);
  return seed;
}

void take_expression(const std::string& input, const fs::path&) {
  const study::Expression expression(input);
  static_cast<void>(expression.names());
  static_cast<void>(expression.evaluate([](const std::string& name) -> std::optional<study::Value> {
    if (name == "time") return study::unknown_value("s");
    return study::read_value(std::string_view(name.size() % 2 == 0 ? "48 KiB" : "3"));
  }));
}

/// Read, and settled for the tiles of a small mesh.
void take_kernel(const std::string& input, const fs::path& at) {
  constexpr std::uint64_t kMostTiles = 4096;
  auto kernel =
      std::make_shared<const kernels::Kernel>(kernels::load_kernel(put(at / "kernel.yaml", input), {}));
  if (std::uint64_t{kernel->width} * kernel->height > kMostTiles) return;
  const wafer::Hardware hardware;
  const core::Rectangle& program = hardware.fabric.program;
  static_cast<void>(
      kernels::compile(std::move(kernel), {program.x, program.y}, hardware.fabric, hardware.pe));
}

/// Files that many inputs name are read once; an input has a file of its own.
class Scenarios {
 public:
  void take(const std::string& input, const fs::path& scratch) {
    constexpr std::uint64_t kMostTiles = 4096;  // a larger mesh takes longer, and nothing else
    const fs::path file = put(scratch / ("scenario" + std::to_string(++taken_) + ".yaml"), input);
    const wafer::Scenario scenario = wafer::load_scenario(file, {}, documents_);
    fs::remove(file);
    static_cast<void>(wafer::effective_yaml(scenario));
    // To lower a model takes a hundred times as long as to read the scenario.
    constexpr std::uint64_t kOneIn = 16;
    const fabric::FabricParameters& mesh = scenario.hardware.fabric;
    if (std::uint64_t{mesh.width} * mesh.height > kMostTiles || ++valid_ % kOneIn != 0) return;
    wafer::with_places(scenario, [&] { wafer::check(scenario); });
  }

 private:
  core::config::Documents documents_;
  std::uint64_t taken_ = 0;
  std::uint64_t valid_ = 0;
};

/// All keys of scenarios, with their defaults.
std::vector<KnownKey> scenario_keys() {
  wafer::Scenario scenario;
  const wafer::ScenarioKeys keys(scenario);
  std::vector<KnownKey> known;
  for (const core::config::Key& key : keys.keys().all()) {
    std::string path = key.name;
    std::replace(path.begin(), path.end(), '.', '/');
    known.emplace_back(std::move(path), core::config::yaml_text(key.default_value));
  }
  return known;
}

/// The same where a study has them.
std::vector<KnownKey> study_keys() {
  wafer::Scenario scenario;
  const wafer::ScenarioKeys keys(scenario);
  std::vector<KnownKey> known;
  for (const core::config::Key& key : keys.keys().all()) {
    const std::string value = core::config::yaml_text(key.default_value);
    known.emplace_back("vary/" + key.name, "[" + value + "]");
    known.emplace_back("set/" + key.name, value);
    known.emplace_back("derive/" + key.name, "\"workload.batch * 2\"");
  }
  return known;
}

void take_override(const std::string& input, const fs::path& scratch) {
  const fs::path file = scratch / "base.yaml";
  if (!fs::exists(file)) put(file, "hardware: mesh8\nworkload: { model: tiny }\n");
  static_cast<void>(wafer::load_scenario(file, {input}));
}

/// `count`: of the studies that were taken so far.
void take_study(const std::string& input, const fs::path& scratch, std::uint64_t& count) {
  constexpr std::uint64_t kMostPoints = 4;
  constexpr std::uint64_t kOneIn = 8;  // to check points takes most of the time
  const study::Study study = study::load_study(put(scratch / "study.yaml", input));
  if (study::count_points(study) <= kMostPoints && ++count % kOneIn == 0) {
    static_cast<void>(study::make_plan(study));
  }
}

void take_record(const std::string& input, const fs::path&) {
  with_json(input, [](const nlohmann::ordered_json& json) { static_cast<void>(study::read_record(json)); });
}

void take_plan(const std::string& input, const fs::path&) {
  with_json(input, [](const nlohmann::ordered_json& json) {
    static_cast<void>(study::read_plan(json, "plan.json"));
  });
}

void take_result(const std::string& input, const fs::path& scratch) {
  for (const char* name : {"a", "b"}) {
    fs::create_directories(scratch / name);
    put(scratch / name / "result.json", input);
  }
  static_cast<void>(study::read_result(scratch / "a"));
  static_cast<void>(report::comparison_text(report::compare_runs({scratch / "a", scratch / "b"})));
}

void take_figures(const std::string& input, const fs::path& scratch) {
  const validation::Suite suite = validation::figure_suite(put(scratch / "figures.yaml", input));
  static_cast<void>(suite.cases());
}

void take_landings(const std::string& input, const fs::path& scratch) {
  const report::Landings landings = report::read_landings(put(scratch / "wavelets.log", input));
  const report::Landings other = report::renamed(landings, {1, -1, {{3, 4}, {4, 3}}});
  static_cast<void>(report::log_comparison_text(report::compare_logs(other, landings), 3));
}

void take_routes(const std::string& input, const fs::path& scratch) {
  const report::PrintedRoutes routes = report::read_routes(put(scratch / "routes.txt", input));
  static_cast<void>(report::routes_text(routes, {-1, 2, {}}, {}, 3));
}

std::vector<std::string> figure_seeds() {
  std::vector<std::string> seeds;
  for (const char* tolerance : {"4 %", "3 cycles"}) {
    seeds.push_back(std::string("description: seed\nmachine: mesh8\nmedian: 2 %\nminutes: true\ngroups:\n"
                                "  - name: a\n    scenario: smoke\n    set: { workload.batch: 1 }\n"
                                "    vary: { B: workload.batch, W: [fabric.width, fabric.program.width] }\n"
                                "    metric: cycles + time\n    divide: 2\n    plus: 1e3\n    unit: cycle\n"
                                "    class: form\n    source: nobody\n    because: a seed\n    tolerance: ") +
                    tolerance +
                    "\n    figures: [{ B: 2, W: 8, expected: 5, miss: known }, { expected: 0, name: b }]\n");
  }
  return seeds;
}

std::string plan_seed() {
  study::Plan plan;
  plan.name = "seed";
  plan.columns = {"pe.sram"};
  plan.axes = {{{"pe.sram"}, false}};
  plan.metrics = {"time"};
  plan.objectives = {{"time", false}};
  plan.points = {{1, {{"pe.sram", "48 KiB"}}, "0123"}};
  return study::to_json(plan).dump();
}

std::string record_seed() {
  study::PointRecord record;
  record.digest = "0123";
  record.metrics["time"] = {1.5, "s"};
  record.shares["compute"] = 0.5;
  return study::to_json(record).dump();
}

std::string result_seed() {
  const nlohmann::ordered_json value{{"value", 5}, {"unit", "cycle"}};
  const nlohmann::ordered_json time{{"value", 1e-6}, {"unit", "s"}};
  return nlohmann::ordered_json{
      {"format", "waferloom-result"},
      {"version", std::string(core::version())},
      {"scenario", "seed"},
      {"metrics", {{"time", time}, {"cycles", value}}},
      {"phases", {{{"phase", "forward"}, {"time", time}, {"bound", "I/O"}}}},
      {"operations",
       {{{"layer", 0}, {"phase", "forward"}, {"bound", "I/O"}, {"start", value}, {"cycles", value}}}},
      {"configuration", {{"pe", {{"sram", "48 KiB"}}}}}}
      .dump();
}

/// Workloads of ranks from elsewhere.
template <class Add>
void add_workloads(const Add& add) {
  add("layer_text", 1,
      {"HYBRID_TRANSFORMER\tmodel_parallel_NPU_group: 2\n2\na -1 10 ALLREDUCE 1024 20 NONE 0 30 ALLGATHER 64 "
       "1\n"
       "b\t-1\t5\tNONE\t0\t6\tALLTOALL\t128\t7\tREDUCESCATTER\t4096\t2\n",
       "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 2 pp: 1 all_gpus: 8 checkpoints: 1 0 "
       "checkpoint_initiates: 1 0\n1\na -1 1 ALLTOALL_EP 64 1 NONE 0 1 ALLREDUCE_DP_EP 64 1\n"},
      [](const std::string& input, const fs::path&) {
        std::istringstream stream(input);
        static_cast<void>(trace::layer_text_workload(stream, "layers", {4U, 2U, std::nullopt}));
      });
  add("chakra", 10, {chakra_seed()}, [](const std::string& input, const fs::path& at) {
    static_cast<void>(trace::chakra_workload({put(at / "step.et", input)}, 2U));
  });
}

}  // namespace

std::vector<std::unique_ptr<Target>> all_targets(const fs::path& source) {
  std::vector<std::unique_ptr<Target>> targets;
  const auto add = [&](std::string_view name, std::uint64_t cost, std::vector<std::string> seeds,
                       FunctionTarget::Take take, Form form = Form::text, std::vector<KnownKey> keys = {}) {
    targets.push_back(std::make_unique<FunctionTarget>(name, cost, std::move(seeds), std::move(take), form,
                                                       std::move(keys)));
  };
  std::vector<std::string> scenarios = files_of(source / "scenarios", ".yaml");
  for (std::string& preset : files_of(source / "scenarios" / "hardware", ".yaml")) {
    scenarios.push_back(std::move(preset));
  }
  scenarios.emplace_back("collective: { kind: all_reduce, bytes: 1 KiB }\nhardware: mesh16\n");
  for (const char* small :
       {"hardware: mesh8\nworkload: { model: tiny, batch: 4, micro_batch: 2, lanes: 2 }\n",
        "hardware: mesh8\nfidelity: burst\nworkload: { model: tiny, layers: [0], phases: [forward] }\n",
        "fabric: { router: xy, width: 4, height: 4 }\ntraffic: { pattern: uniform, load: 0.1 }\n"}) {
    for (int weight = 0; weight < 4; ++weight) scenarios.emplace_back(small);
  }
  add(
      "scenario", 40, scenarios,
      [shared = std::make_shared<Scenarios>()](const std::string& input, const fs::path& at) {
        shared->take(input, at);
      },
      Form::yaml, scenario_keys());
  add("override", 40,
      {"workload.batch=4", "pe.sram=48 KiB", "observe.waveform.signals=[\"wafer.*\"]", "fidelity=burst",
       "workload.layers=[0,1]", "pe.input_queues=[8,4,4,2,2,2]", "workload.rectangle=1,2,3,4",
       "observe.waveform.window=[1 us, 2 us]", "io.bandwidth=1.2 Tb/s", "name=a"},
      take_override);
  std::vector<std::string> studies = files_of(source / "scenarios" / "studies", ".yaml");
  for (const char* small :
       {"base: smoke\nvary: { workload.batch: [1, 2], pe.sram: { from: 40 KiB, to: 48 KiB, count: 2 } }\n"
        "derive: { io.channels: \"fabric.width / 2\" }\nconstraints: [\"time < 1 s\"]\n"
        "objectives: { time: minimize }\n",
        "base: smoke\nlist: [{ seed: 1, workload.lanes: 1 }, { seed: 2, workload.lanes: 2 }]\n"
        "set: { workload.batch: 2 }\nmetrics: [cycles]\ninvalid: skip\n",
        "base: smoke\nzip: [{ pe.clock: [1 GHz, 2 GHz], io.latency: [1 us, 2 us] }]\nmetrics: [time]\n"
        "sample: { points: 3, seed: 7 }\nobjectives: { time: minimize }\n"
        "confirm: { best: 1, set: { fidelity: wavelet } }\n"}) {
    for (int weight = 0; weight < 8; ++weight) studies.emplace_back(small);
  }
  add(
      "study", 80, studies,
      [count = std::make_shared<std::uint64_t>(0)](const std::string& input, const fs::path& at) {
        take_study(input, at, *count);
      },
      Form::yaml, study_keys());
  add("expression", 1,
      {"pe.sram * fabric.width * fabric.height <= 40 GB", "min(time, 2 s) + 3 s / 4 > 1 ms and not (1 == 2)",
       "max(1, 2, -3) * (4 - 5) / 6 != 7 or time < 1 s"},
      take_expression);
  add(
      "model", 16, files_of(source / "models" / "data", ".yaml"),
      [](const std::string& input, const fs::path& at) {
        static_cast<void>(models::load_model(put(at / "model.yaml", input).string(), at));
      },
      Form::yaml);
  add("kernel", 60, files_of(source / "scenarios" / "kernels", ".yaml"), take_kernel, Form::yaml);
  add("table", 1,
      {"0 1 0.5\n1 2 0.25 # to the east\n\n2 0 1.0\n",
       "\xef\xbb\xbf"
       "0, 7, 1e-3\n% comment\n63 0 0\n"},
      [](const std::string& input, const fs::path&) {
        std::istringstream stream(input);
        static_cast<void>(noc::TrafficTable::read(stream, "table", 64));
      });
  add_workloads(add);
  add(
      "trace", 40, trace_seeds(),
      [wafer = std::make_shared<SmallWafer>()](const std::string& input, const fs::path& scratch) {
        take_trace(input, scratch, *wafer);
      },
      Form::json_lines);
  add("sealed", 10, sealed_seeds(), take_trace_file);
  add("figures", 50, figure_seeds(), take_figures, Form::yaml);
  add("landings", 8,
      {"@0 dimX=8, dimY=10\n@7 P1.2 (hwtile) landing C3 from link R, ctrl=0\n@9 P2.2 (hwtile) landing C4 "
       "from link W, x\n"},
      take_landings);
  add("routes", 8,
      {"@(4, 2): a\n[5] (EAST) \xe2\x86\x92 (RAMP|WEST), teardown\n[6] () -> ()\n@(5, 2): b\n"
       "[4] [EAST -> (WEST), INVALID -> ()] ring mode\n"},
      take_routes);
  add("cache", 1, {record_seed()}, take_record);
  add("plan", 1, {plan_seed()}, take_plan);
  add("result", 12, {result_seed()}, take_result);
  return targets;
}

}  // namespace waferloom::fuzz
