// SPDX-License-Identifier: Apache-2.0
#include "tests/property/properties.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <vector>

#include "tests/property/case_run.hpp"
#include "tests/property/levers.hpp"
#include "tests/support/forked.hpp"

namespace waferloom::property {

namespace {

namespace fs = std::filesystem;

constexpr const char* kBurst = "fidelity=burst";
constexpr const char* kWavelet = "fidelity=wavelet";
/// Beyond so many cycles of so many tiles a run wavelet by wavelet is left out.
constexpr double kMostTileCycles = 12e6;

/// Random numbers that a property needs for itself.
std::mt19937_64 random_of(std::uint64_t number) {
  std::mt19937_64 engine(number);
  engine.discard(1);
  return engine;
}

std::string joined(const std::vector<std::string>& lines) {
  constexpr std::size_t kMost = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), kMost); ++i) text += lines[i] + "\n";
  return text;
}

/// What is wrong with a run by itself; nothing for one that is refused.
std::string wrong_with(const Facts& facts, const char* fidelity) {
  if (facts.end == End::stuck || facts.end == End::fault)
    return fmt::format("{}: {}\n", fidelity, facts.message);
  std::string text;
  if (!facts.wrong.empty()) text = fmt::format("{}, does not balance:\n{}", fidelity, joined(facts.wrong));
  return text;
}

bool takes_long(const Case& of, const Facts& burst) {
  return static_cast<double>(burst.cycles) * static_cast<double>(of.program.area()) > kMostTileCycles;
}

/// The first line in which two texts differ.
std::string difference(const std::string& a, const std::string& b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() && y == b.end()) return "";
  const auto line = [](const std::string& text, std::string::const_iterator at) {
    const auto begin = static_cast<std::size_t>(at - text.begin());
    const std::size_t from = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;
    return text.substr(from, text.find('\n', begin) - from);
  };
  return fmt::format("  {}\n  {}\n", line(a, x), line(b, y));
}

double time_error(const Facts& of, const Facts& reference) {
  return static_cast<double>(of.cycles) / static_cast<double>(reference.cycles) - 1;
}

/// A run, and how it was made.
struct Told {
  const Facts& facts;
  const char* how;
};

/// In what a run disagrees with one that is to count the same and take as long, within a share and so many cycles.
std::string disagreement(const Told& run, const Told& reference, double share, double cycles) {
  std::string text;
  if (const std::string where = difference(run.facts.counts, reference.facts.counts); !where.empty()) {
    text = fmt::format("counts differ, {} and {}:\n{}", run.how, reference.how, where);
  }
  const auto time = static_cast<double>(run.facts.cycles);
  const auto other = static_cast<double>(reference.facts.cycles);
  if (std::abs(time - other) > share * other + cycles) {
    text += fmt::format("time: {} cycles {}, {} {}, {:+.2f} %\n", run.facts.cycles, run.how,
                        reference.facts.cycles, reference.how, 100 * time_error(run.facts, reference.facts));
  }
  return text;
}

Verdict check_balance(const Case& of, std::uint64_t number, const Bench& bench) {
  const Facts facts = run_case(of, bench.scratch, {kBurst});
  if (bench.measures != nullptr) fmt::print(bench.measures, "{},{}\n", number, facts.cycles);
  return {facts.end != End::refused, wrong_with(facts, kBurst)};
}

/// By which share, and beyond it by how many cycles, the time at burst may differ from that at wavelet.
constexpr double kTimeError = 0.4;
constexpr double kTimeCycles = 200;

Verdict check_fidelities(const Case& of, std::uint64_t number, const Bench& bench) {
  const Facts burst = run_case(of, bench.scratch, {kBurst});
  if (burst.end == End::refused || takes_long(of, burst)) return {};
  const Facts wavelet = run_case(of, bench.scratch, {kWavelet});
  if (wavelet.end == End::refused) return {};
  std::string broken = wrong_with(burst, kBurst) + wrong_with(wavelet, kWavelet);
  if (burst.end != End::done || wavelet.end != End::done) return {true, broken};
  broken += disagreement({burst, "at burst"}, {wavelet, "at wavelet"}, kTimeError, kTimeCycles);
  if (bench.measures != nullptr) {
    fmt::print(bench.measures, "{},{},{},{},{}", number, burst.cycles, wavelet.cycles, of.program.width,
               of.program.height);
    for (const Lever& lever : levers()) {
      fmt::print(bench.measures, ",{}={}", lever.key, *of.value(lever.key));
    }
    fmt::print(bench.measures, "\n");
  }
  return {true, broken, time_error(burst, wavelet)};
}

/// By which share of the whole step's time (burst.fold_tolerance), and beyond it by how many cycles, a folded one may be
/// off: each period may be by one that is a rounding.
constexpr double kFoldError = 1e-3;
constexpr double kFoldCycles = 40;

/// The case with many layers, of which the first may differ from the others, and as little SRAM as may come about.
Case with_many_layers(const Case& of, std::mt19937_64& random) {
  constexpr std::array kSram{"3 KiB", "4 KiB", "6 KiB", "8 KiB", "12 KiB", "16 KiB", "24 KiB", "48 KiB"};
  constexpr std::uint64_t kLeast = 8;
  constexpr std::uint64_t kMore = 9;
  Case deep = of;
  const std::uint64_t layers = kLeast + random() % kMore;
  for (Setting& each : deep.model) {
    if (each.key == "layers") each.value = std::to_string(layers);
  }
  deep.set("workload.layers", "all");
  deep.set("workload.strategy", "weight_streaming");
  deep.set("pe.sram", kSram.at(random() % kSram.size()));
  deep.set("pe.reserved", "0 B");
  const auto some = [&] { return std::to_string(random() % 2 == 0 ? 0 : random() % layers); };
  const std::string* const given = of.value("workload.activations");
  const std::string activations = given == nullptr ? "keep" : *given;
  if (activations != "keep") deep.set("workload.recomputed_layers", some());
  if (activations == "spill") deep.set("workload.spilled_layers", some());
  deep.set("workload.input_every", "1");
  return deep;
}

Verdict check_folding(const Case& of, std::uint64_t number, const Bench& bench) {
  std::mt19937_64 random = random_of(number);
  const Case deep = with_many_layers(of, random);
  const Facts folded = run_case(deep, bench.scratch, {kBurst});
  if (folded.end == End::refused) return {};
  std::string broken = wrong_with(folded, kBurst);
  const Facts whole = run_case(deep, bench.scratch, {kBurst, "burst.fold=false"});
  broken += wrong_with(whole, kBurst);
  if (folded.end != End::done || whole.end != End::done) return {true, broken};
  if (folded.results.find(" layers simulated") == std::string::npos) return {};
  broken += disagreement({folded, "folded"}, {whole, "whole"}, kFoldError, kFoldCycles);
  if (bench.measures != nullptr) {
    fmt::print(bench.measures, "{},{},{}\n", number, folded.cycles, whole.cycles);
  }
  return {true, broken, time_error(folded, whole)};
}

/// By which share, and beyond it by how many cycles, a run with more of a resource may be slower.
constexpr double kSlower = 0.03;
constexpr double kSlowerCycles = 50;

/// A run with more of one lever against one with less.
std::string check_more(const Case& of, const Lever& lever, std::size_t at, const Facts& before,
                       const char* fidelity, std::uint64_t number, const Bench& bench) {
  Case more = of;
  more.set(std::string(lever.key), std::string(lever.values[at]));
  const Facts after = run_case(more, bench.scratch, {fidelity});
  if (after.end == End::refused) return "";
  if (after.end != End::done) return wrong_with(after, fidelity);
  if (bench.measures != nullptr) {
    fmt::print(bench.measures, "{},{},{},{},{},{:.9g},{:.9g}\n", number, fidelity, lever.key,
               *of.value(lever.key), lever.values[at], before.time_s, after.time_s);
  }
  const double slack =
      kSlowerCycles * before.time_s / static_cast<double>(std::max<std::uint64_t>(before.cycles, 1));
  if (after.time_s <= before.time_s * (1 + kSlower) + slack) return "";
  return fmt::format("{}, {} from {} to {}: {} cycles become {}, the time {:+.1f} %\n", fidelity, lever.key,
                     *of.value(lever.key), lever.values[at], before.cycles, after.cycles,
                     100 * (after.time_s / before.time_s - 1));
}

Verdict check_resources(const Case& of, std::uint64_t number, const Bench& bench) {
  constexpr std::size_t kTried = 5;   // levers of a case
  constexpr std::uint64_t kFine = 8;  // of so many cases one is tried at wavelet too
  const Facts before = run_case(of, bench.scratch, {kBurst});
  if (before.end == End::refused) return {};
  std::string broken = wrong_with(before, kBurst);
  if (before.end != End::done || before.cycles == 0) return {true, broken};
  std::optional<Facts> fine;
  if (number % kFine == 0 && !takes_long(of, before)) fine = run_case(of, bench.scratch, {kWavelet});
  std::vector<const Lever*> open;
  for (const Lever& lever : levers()) {
    if (lever.resource && position(lever, of) + 1 < lever.values.size()) open.push_back(&lever);
  }
  std::mt19937_64 random = random_of(number);
  std::shuffle(open.begin(), open.end(), random);
  open.resize(std::min(open.size(), kTried));
  for (const Lever* lever : open) {
    const std::size_t at = position(*lever, of) + 1;
    broken += check_more(of, *lever, at, before, kBurst, number, bench);
    if (fine && fine->end == End::done) broken += check_more(of, *lever, at, *fine, kWavelet, number, bench);
  }
  return {true, broken};
}

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// `waferloom run` in a directory; what it says goes nowhere.
bool run_program(const Bench& bench, const fs::path& directory, const fs::path& scenario, const fs::path& out,
                 const std::vector<std::string>& settings, const std::vector<std::string>& options = {}) {
  std::vector<std::string> words{bench.waferloom.string(), "run", scenario.string(), "--out", out.string()};
  words.insert(words.end(), options.begin(), options.end());
  for (const std::string& each : settings) {
    words.emplace_back("--set");
    words.push_back(each);
  }
  const std::string said = test::in_child([&]() -> std::string {
    fs::create_directories(directory);
    fs::current_path(directory);
    if (std::freopen("/dev/null", "w", stdout) == nullptr ||
        std::freopen("/dev/null", "w", stderr) == nullptr) {
      return "error";
    }
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(arguments.front(), arguments.data());
    return "error: cannot start it";
  });
  return said.empty();
}

/// Results apart from the configuration, of which observation is a part.
std::string results_of(const fs::path& run) {
  const std::string json = content(run / "result.json");
  std::string text = json.substr(0, json.find("\"configuration\""));
  for (const char* name : {"layers.csv", "links.csv", "tiles.csv"}) text += content(run / name);
  return text;
}

/// Everything that can be seen of a run.
const std::vector<std::string>& all_observed() {
  static const std::vector<std::string> settings{
      "observe.waveform.signals=[\"wafer.*\"]", "observe.tracks.tiles=[\"wafer.*\"]",
      "observe.tracks.resolution=1000", "observe.tracks.channels=3"};
  return settings;
}

Verdict check_observation(const Case& of, std::uint64_t number, const Bench& bench) {
  const Facts burst = run_case(of, bench.scratch, {kBurst});
  if (burst.end != End::done || takes_long(of, burst)) return {};
  const char* fidelity = number % 2 == 0 ? kBurst : kWavelet;
  const fs::path plain = bench.scratch / "plain";
  const fs::path seen = bench.scratch / "seen";
  fs::remove_all(plain);
  fs::remove_all(seen);
  std::vector<std::string> settings{fidelity, "observe.timeline=false", "observe.link_samples=0"};
  const fs::path scenario = of.write(bench.scratch);
  if (!run_program(bench, bench.scratch, scenario, plain, settings)) {
    return {fidelity == kBurst, std::string(fidelity) + ": the program ends with an error\n"};
  }
  settings = all_observed();
  settings.emplace_back(fidelity);
  if (fidelity == kWavelet) settings.emplace_back("observe.wavelet_log.tiles=[\"wafer.*\"]");
  const fs::path reversed = of.write(bench.scratch / "other", true);
  // Another directory, the other order of keys, all observed.
  if (!run_program(bench, bench.scratch / "other", fs::path("../other") / reversed.filename(), seen,
                   settings)) {
    return {true, std::string(fidelity) + ", observed: the program ends with an error\n"};
  }
  const std::string where = difference(results_of(plain), results_of(seen));
  return {true, where.empty() ? "" : std::string(fidelity) + ": results differ when observed:\n" + where};
}

Verdict check_regions(const Case& of, std::uint64_t number, const Bench& bench) {
  const Facts burst = run_case(of, bench.scratch, {kBurst});
  if (burst.end != End::done || takes_long(of, burst)) return {};
  const Facts whole = run_case(of, bench.scratch, {kWavelet});
  if (whole.end == End::refused) return {};
  std::mt19937_64 random = random_of(number);
  constexpr std::uint64_t kLargest = 7;
  const std::string width = fmt::format("simulation.region_width={}", 1 + random() % kLargest);
  const std::string height = fmt::format("simulation.region_height={}", 1 + random() % kLargest);
  // The other order of keys, too.
  const Facts cut = run_case(of, bench.scratch, {kWavelet, width, height}, true);
  std::string broken = wrong_with(whole, kWavelet) + wrong_with(cut, kWavelet);
  const std::string where = difference(whole.results, cut.results);
  if (!where.empty()) broken += fmt::format("results differ with {} {}:\n{}", width, height, where);
  return {true, broken};
}

/// All that a run leaves, but for what depends on the host.
std::string all_of(const fs::path& run) {
  std::string text = content(run / "result.json");
  for (const char* name : {"layers.csv", "links.csv", "tiles.csv", "link_samples.csv", "sram_plan.csv",
                           "wave.fst", "wavelets.log", "timeline.pftrace"}) {
    text += std::string("\n") + name + "\n" + content(run / name);
  }
  return text;
}

/// A run on several ranks that is ended on its way and goes on from its last checkpoint, on another number of them.
Verdict check_ranks(const Case& of, std::uint64_t number, const Bench& bench) {
  const Facts burst = run_case(of, bench.scratch, {kBurst});
  if (burst.end != End::done || takes_long(of, burst)) return {};
  const Facts whole = run_case(of, bench.scratch, {kWavelet});
  constexpr std::uint64_t kMostRounds = 15'000;  // in each of which ranks wait for each other
  if (whole.end != End::done || whole.cycles < 2 || whole.cycles > kMostRounds) return {};
  std::mt19937_64 random = random_of(number);
  constexpr std::uint64_t kMostRanks = 3;
  constexpr std::uint64_t kLargest = 3;  // of the regions, so that there are enough
  const auto ranks = [&] {
    return std::vector<std::string>{"--jobs", std::to_string(1 + random() % kMostRanks)};
  };
  std::vector<std::string> settings = all_observed();
  settings.insert(settings.end(),
                  {kWavelet, "observe.wavelet_log.tiles=[\"wafer.*\"]", "observe.link_samples=8"});
  const fs::path scenario = of.write(bench.scratch);
  const fs::path plain = bench.scratch / "plain";
  const fs::path ended = bench.scratch / "ended";
  const fs::path resumed = bench.scratch / "resumed";
  for (const fs::path& each : {plain, ended, resumed}) fs::remove_all(each);
  if (!run_program(bench, bench.scratch, scenario, plain, settings))
    return {true, "alone: the program fails\n"};
  const auto regions = [&] {
    std::vector<std::string> cut = settings;
    cut.push_back(fmt::format("simulation.region_width={}", 1 + random() % kLargest));
    cut.push_back(fmt::format("simulation.region_height={}", 1 + random() % kLargest));
    return cut;
  };
  std::vector<std::string> until = regions();
  until.push_back(fmt::format("simulation.max_cycles={}", 1 + random() % (whole.cycles - 1)));
  std::vector<std::string> options = ranks();
  options.insert(options.end(),
                 {"--checkpoint",
                  fmt::format("{} cycles", 1 + random() % std::max<std::uint64_t>(whole.cycles / 4, 1))});
  static_cast<void>(run_program(bench, bench.scratch, scenario, ended, until, options));
  options = ranks();
  const bool goes_on = fs::exists(ended / "checkpoint");
  if (goes_on) options.insert(options.end(), {"--resume", ended.string()});
  if (!run_program(bench, bench.scratch, scenario, resumed, regions(), options)) {
    return {true,
            fmt::format("{} on {} ranks: the program fails\n", goes_on ? "resumed" : "whole", options[1])};
  }
  std::string a = all_of(plain);
  std::string b = all_of(resumed);
  // The configuration holds the regions.
  for (std::string* const text : {&a, &b}) {
    const std::size_t begin = text->find("\"simulation\"");
    if (begin != std::string::npos) text->erase(begin, text->find('}', begin) - begin);
  }
  const std::string where = difference(a, b);
  return {true, where.empty() ? "" : fmt::format("results differ on {} ranks:\n{}", options[1], where)};
}

constexpr std::array kProperties{
    Property{"balance", "shares, counts, bytes, energies and times add up at burst", &check_balance, 2000},
    Property{"fidelities",
             "burst counts as wavelet does, and takes as long within its error; wavelet balances",
             &check_fidelities, 400},
    Property{"folding", "a step of which some layers are simulated takes as long as with all of them",
             &check_folding, 150},
    Property{"resources", "more of a resource is not slower beyond a tolerance", &check_resources, 300},
    Property{"regions", "how the wafer is cut into regions and the order of keys do not matter",
             &check_regions, 300},
    Property{"ranks", "neither ranks nor an end on the way from which a run goes on matter", &check_ranks, 6},
    Property{"observation", "observation, order of keys and the working directory do not matter",
             &check_observation, 60},
};

}  // namespace

std::span<const Property> properties() { return kProperties; }

}  // namespace waferloom::property
