// SPDX-License-Identifier: Apache-2.0
// Bad input with the structure of good: keys, values, entries and records of YAML files and of lines of JSON changed at
// random, so that most inputs get past the parser.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace waferloom::fuzz {

/// What a target's inputs are made of.
enum class Form : std::uint8_t {
  text,       ///< nothing is known
  yaml,       ///< a mapping of keys
  json_lines  ///< a line of JSON an object, as in a trace that is edited
};

/// Changes seeds; gives whole inputs.
class StructuredMutator {
 public:
  virtual ~StructuredMutator() = default;
  [[nodiscard]] virtual std::string next(std::mt19937_64& random) = 0;
};

/// A key of YAML, its sections before slashes (`workload/batch`), and a value.
using KnownKey = std::pair<std::string, std::string>;

/// `keys`: what YAML may get besides the entries of the seeds. None for Form::text, and
/// where no seed has the form.
[[nodiscard]] std::unique_ptr<StructuredMutator> make_structured_mutator(
    Form form, const std::vector<std::string>& seeds, const std::vector<KnownKey>& keys);

}  // namespace waferloom::fuzz
