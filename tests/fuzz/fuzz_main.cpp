// SPDX-License-Identifier: Apache-2.0
// Feeds every target (target.hpp) with mutated inputs, in a child process each, so that a crash or a hang is told
// with the input that caused it.
//
// usage: waferloom_fuzz [--source DIR] [--seconds S | --inputs N | --effort N] [--seed N] [--target NAME] [--keep DIR]
//
// An effort of N: N inputs of the cheapest targets and fewer of the others, so that all take about as long.
//
// Exit status: 0 where every input was taken or refused as it should be, 1 otherwise, 2 for bad usage.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <systemc>
#include <vector>

#include "core/error.hpp"
#include "tests/fuzz/mutator.hpp"
#include "tests/fuzz/target.hpp"

namespace {

namespace fs = std::filesystem;
using waferloom::fuzz::Mutator;
using waferloom::fuzz::StructuredMutator;
using waferloom::fuzz::Target;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestInput = std::size_t{1} << 18U;
constexpr time_t kLongestInputSeconds =
    20;  // of processor time for one input; most take less than a millisecond
constexpr unsigned kLongestWaitSeconds = 600;  // of any time: a busy machine is no fault
constexpr std::uint64_t kBatch = 2000;         // inputs by one child

struct Options {
  fs::path source = WAFERLOOM_SOURCE_DIR;
  double seconds = 0;
  std::uint64_t inputs = 20000;  ///< of each target
  std::uint64_t effort = 0;      ///< where it is not 0: inputs of a target are this over its cost
  std::uint64_t seed = 1;
  std::string target;
  fs::path keep;
};

/// What a child leaves behind, whatever ends it.
struct Shared {
  std::uint64_t done;
  std::uint64_t refused;
  std::uint64_t structured;  ///< inputs that kept their structure
  std::uint64_t structured_refused;
  std::uint64_t size;
  char input[kLargestInput];
  char complaint[1024];
};

/// In the child: takes inputs until one is taken wrongly.
void feed(Target& target, Mutator& mutator, StructuredMutator* structured, std::uint64_t seed,
          std::uint64_t inputs, const fs::path& scratch, Shared& shared) {
  std::mt19937_64 random(seed);
  for (std::uint64_t i = 0; i < inputs; ++i) {
    // One in four is changed without regard to its structure.
    const bool as_text = structured == nullptr || random() % 4 == 0;
    if (!as_text) ++shared.structured;
    const std::string input = as_text ? mutator.next() : structured->next(random);
    shared.size = std::min(input.size(), kLargestInput);
    std::memcpy(shared.input, input.data(), shared.size);
    const itimerval limit{{0, 0}, {kLongestInputSeconds, 0}};
    setitimer(ITIMER_PROF, &limit, nullptr);
    alarm(kLongestWaitSeconds);
    try {
      target.take(input, scratch);
    } catch (const waferloom::core::Error& error) {
      ++shared.refused;
      if (!as_text) ++shared.structured_refused;
      if (error.status() == waferloom::core::ExitStatus::internal) _exit(1);
    } catch (const std::exception& error) {
      std::strncpy(shared.complaint, error.what(), sizeof(shared.complaint) - 1);
      _exit(1);
    }
    ++shared.done;
  }
  _exit(0);
}

class Campaign {
 public:
  Campaign(const Options& options, Shared& shared) : options_(options), shared_(shared) {}

  /// Whether all inputs were taken as they should be.
  bool run(Target& target, double seconds) {
    const std::vector<std::string> seeds = target.seeds();
    const auto structured = waferloom::fuzz::make_structured_mutator(target.form(), seeds, target.keys());
    const Clock::time_point start = Clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
    const std::uint64_t inputs =
        options_.effort != 0 ? std::max<std::uint64_t>(options_.effort / target.cost(), 1) : options_.inputs;
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    std::uint64_t structured_refused = 0;
    std::uint64_t structured_done = 0;
    std::uint64_t bad = 0;
    for (std::uint64_t batch = 0; seconds > 0 ? elapsed() < seconds : done < inputs; ++batch) {
      const std::uint64_t wanted = seconds > 0 ? kBatch / 10 : std::min<std::uint64_t>(kBatch, inputs - done);
      bad += run_batch(target, seeds, structured.get(), batch, wanted) ? 0U : 1U;
      done += shared_.done;
      refused += shared_.refused;
      structured_done += shared_.structured;
      structured_refused += shared_.structured_refused;
      if (bad >= kMostBad) break;
    }
    fmt::print("{:<12}{:>10} inputs, {:>10} refused, {} faults, {:.0f} inputs/s\n", target.name(), done,
               refused, bad, static_cast<double>(done) / std::max(elapsed(), 1e-9));
    if (structured != nullptr) {
      fmt::print("{:<12}{:>10} of them with their structure, {} refused\n", "", structured_done,
                 structured_refused);
    }
    std::fflush(stdout);
    total_ += done;
    // Where the repository's files are not found, all are refused and nothing is tried.
    constexpr std::uint64_t kSomeTaken = 500;
    const bool vacuous = (done >= kSomeTaken && refused == done) ||
                         (structured_done >= kSomeTaken && structured_refused == structured_done);
    if (vacuous)
      fmt::print("{}: none of {} inputs was taken: --source has no such files?\n", target.name(), done);
    return bad == 0 && !vacuous;
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  static constexpr std::uint64_t kMostBad = 20;

  bool run_batch(Target& target, const std::vector<std::string>& seeds, StructuredMutator* structured,
                 std::uint64_t batch, std::uint64_t inputs) {
    std::memset(&shared_, 0, offsetof(Shared, input));
    shared_.complaint[0] = '\0';
    const std::string pattern = (fs::temp_directory_path() / "waferloom-fuzz-XXXXXX").string();
    std::vector<char> path(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
    const fs::path scratch = mkdtemp(path.data());
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
      const std::uint64_t seed = options_.seed * 1000003U + batch;
      Mutator mutator(seeds, seed);
      feed(target, mutator, structured, seed, inputs, scratch, shared_);
    }
    int status = 0;
    waitpid(child, &status, 0);
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    tell(target, batch, status);
    ++shared_.done;
    return false;
  }

  void tell(const Target& target, std::uint64_t batch, int status) const {
    const std::string how =
        WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status)) : shared_.complaint;
    fmt::print("{}: batch {}, input {}: {}\n", target.name(), batch, shared_.done, how);
    std::fflush(stdout);
    if (options_.keep.empty()) return;
    fs::create_directories(options_.keep);
    const fs::path file = options_.keep / fmt::format("{}-{}-{}", target.name(), batch, shared_.done);
    std::ofstream(file, std::ios::binary).write(shared_.input, static_cast<std::streamsize>(shared_.size));
    fmt::print("  kept as {}\n", file.string());
  }

  const Options& options_;
  Shared& shared_;
  std::uint64_t total_ = 0;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--source") {
      options.source = value;
    } else if (name == "--seconds") {
      options.seconds = std::stod(value);
    } else if (name == "--inputs") {
      options.inputs = std::stoull(value);
    } else if (name == "--effort") {
      options.effort = std::stoull(value);
    } else if (name == "--seed") {
      options.seed = std::stoull(value);
    } else if (name == "--target") {
      options.target = value;
    } else if (name == "--keep") {
      options.keep = value;
    } else {
      throw std::invalid_argument(name);
    }
  }
  if (argc % 2 == 0) throw std::invalid_argument(argv[argc - 1]);
  return options;
}

/// Inputs name presets, models and scenarios: those of the repository, also where this program lies outside of it.
void take_data_from(const fs::path& source) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
  setenv("WAFERLOOM_DATA_DIR", source.c_str(), 0);
}

/// One input again, in this process, for a debugger.
int take_again(Target& target, const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string input{std::istreambuf_iterator<char>(stream), {}};
  try {
    target.take(input, fs::temp_directory_path());
    fmt::print("taken\n");
  } catch (const waferloom::core::InputError& error) {
    fmt::print("refused: {}\n", error.what());
  }
  return 0;
}

}  // namespace

int sc_main(int argc, char** argv) {
  Options options;
  try {
    if (argc == 4 && std::string(argv[1]) == "--again") {
      take_data_from(WAFERLOOM_SOURCE_DIR);
      for (const auto& target : waferloom::fuzz::all_targets(WAFERLOOM_SOURCE_DIR)) {
        if (target->name() == argv[2]) return take_again(*target, argv[3]);
      }
    }
    options = read_options(argc, argv);
    take_data_from(options.source);
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "expected --source, --seconds, --inputs, --effort, --seed, --target or --keep, each with a "
               "value: {}\n",
               error.what());
    return 2;
  }
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 2;
  Campaign campaign(options, *static_cast<Shared*>(memory));
  const auto targets = waferloom::fuzz::all_targets(options.source);
  bool good = true;
  for (const auto& target : targets) {
    if (!options.target.empty() && target->name() != options.target) continue;
    const double share =
        options.target.empty() ? options.seconds / static_cast<double>(targets.size()) : options.seconds;
    good = campaign.run(*target, share) && good;
  }
  fmt::print("{} inputs\n", campaign.total());
  return good ? 0 : 1;
}
