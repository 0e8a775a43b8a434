// SPDX-License-Identifier: Apache-2.0
// Tries properties of the simulator on random scenarios. A case that breaks one is shrunk and printed as a scenario
// with the command that repeats it. docs/development.md shows the use.
//
// Exit status: 0 where all hold, 1 otherwise, 2 for bad usage.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "tests/property/levers.hpp"
#include "tests/property/properties.hpp"
#include "tests/property/shrink.hpp"

namespace {

namespace fs = std::filesystem;
using namespace waferloom::property;

struct Options {
  std::string property;
  std::uint64_t first = 0;
  std::uint64_t cases = 0;  ///< 0: as many as are usual for the property
  std::size_t shrinks = 400;
  std::uint64_t broken = 3;  ///< after so many a property is given up
  fs::path waferloom;
  fs::path keep;
  fs::path write;  ///< cases are written there and not tried
  std::string measures;
};

Options read_options(int argc, char** argv) {
  Options options;
  if (argc % 2 == 0) throw std::invalid_argument(argv[argc - 1]);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--property") {
      options.property = value;
    } else if (name == "--first") {
      options.first = std::stoull(value);
    } else if (name == "--cases") {
      options.cases = std::stoull(value);
    } else if (name == "--shrinks") {
      options.shrinks = std::stoull(value);
    } else if (name == "--broken") {
      options.broken = std::stoull(value);
    } else if (name == "--waferloom") {
      options.waferloom = fs::absolute(value);
    } else if (name == "--keep") {
      options.keep = value;
    } else if (name == "--write") {
      options.write = value;
    } else if (name == "--measures") {
      options.measures = value;
    } else {
      throw std::invalid_argument(name);
    }
  }
  return options;
}

/// Tells of a case that breaks a property, as small as it gets.
void tell(const Property& property, const Case& of, std::uint64_t number, const Bench& bench,
          const Options& options) {
  const Case least =
      options.shrinks == 0
          ? of
          : shrink(
                of, [&](const Case& each) { return !property.check(each, number, bench).broken.empty(); },
                options.shrinks);
  fmt::print("{}: case {} breaks it:\n{}", property.name, number,
             property.check(least, number, bench).broken);
  fmt::print("again: waferloom_property --property {} --first {} --cases 1\n", property.name, number);
  fmt::print("--- scenario.yaml\n{}--- model.yaml\n{}---\n", least.scenario_yaml(), least.model_yaml());
  std::fflush(stdout);
  if (!options.keep.empty()) {
    static_cast<void>(least.write(options.keep / fmt::format("{}-{}", property.name, number)));
  }
}

/// Bounds of the errors of many cases together, about half as much again as was measured (docs/fidelity.md).
constexpr double kMedianError = 0.02;
constexpr double kUsualError = 0.10;  // of 95 in a hundred cases
constexpr std::size_t kFewest = 100;  // cases of which that can be asked

bool errors_are_small(std::vector<double> errors) {
  if (errors.empty()) return true;
  std::sort(errors.begin(), errors.end());
  if (errors.back() == 0) return true;
  const double median = errors[errors.size() / 2];
  const double usual = errors[errors.size() * 95 / 100];
  fmt::print("errors: median {:.2f} %, 95 of 100 at most {:.2f} %, worst {:.2f} %\n", 100 * median,
             100 * usual, 100 * errors.back());
  return errors.size() < kFewest || (median <= kMedianError && usual <= kUsualError);
}

bool hold(const Property& property, const Bench& bench, const Options& options) {
  const std::uint64_t cases = options.cases != 0 ? options.cases : property.usual;
  std::uint64_t tried = 0;
  std::uint64_t broken = 0;
  std::vector<double> errors;
  for (std::uint64_t number = options.first; number < options.first + cases; ++number) {
    const Case of = make_case(number);
    if (!options.write.empty()) {
      static_cast<void>(of.write(options.write / std::to_string(number)));
      continue;
    }
    const Verdict verdict = property.check(of, number, bench);
    if (verdict.tried) {
      ++tried;
      errors.push_back(std::abs(verdict.error));
    }
    if (verdict.broken.empty()) continue;
    ++broken;
    tell(property, of, number, {bench.scratch, bench.waferloom, nullptr}, options);
    if (broken == options.broken) break;
  }
  fmt::print("{}: {} cases tried of {}, {} broken\n", property.name, tried, cases, broken);
  const bool near = errors_are_small(std::move(errors));
  // Where all are refused nothing was tried: the program does not find its data, or the cases say what it refuses.
  const bool any = tried != 0 || !options.write.empty();
  if (!any) fmt::print("{}: expected some cases that can run, got none\n", property.name);
  std::fflush(stdout);
  return broken == 0 && near && any;
}

}  // namespace

int sc_main(int argc, char** argv) {
  Options options;
  try {
    options = read_options(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "expected --property, --first, --cases, --shrinks, --broken, --waferloom, --keep, --write or "
               "--measures, each "
               "with a value: {}\n",
               error.what());
    return 2;
  }
  const std::string pattern = (fs::temp_directory_path() / "waferloom-property-XXXXXX").string();
  std::vector<char> path(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
  const fs::path scratch = mkdtemp(path.data());
  std::FILE* const measures = options.measures.empty() ? nullptr : std::fopen(options.measures.c_str(), "w");
  bool good = true;
  bool known = false;
  for (const Property& property : properties()) {
    if (!options.property.empty() && options.property != property.name) continue;
    known = true;
    good = hold(property, {scratch, options.waferloom, measures}, options) && good;
  }
  if (measures != nullptr) std::fclose(measures);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  if (!known) {
    fmt::print(stderr, "no property of this name: {}\n", options.property);
    return 2;
  }
  return good ? 0 : 1;
}
