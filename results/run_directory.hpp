// SPDX-License-Identifier: Apache-2.0
// The directory that a run writes. result.json comes last and in one step: a directory without it is an
// unfinished run. Everything in result.json and the CSV files depends on the scenario and the seed alone;
// what depends on the host (durations, how the simulation was cut into regions) is in host.json.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "results/text_parts.hpp"

namespace waferloom::results {

class RunDirectory {
 public:
  /// Makes the directory. Throws core::InputError when it exists or cannot be made.
  explicit RunDirectory(std::filesystem::path path);
  /// Throws core::InputError when there is something at the path.
  static void require_new(const std::filesystem::path& path);

  /// That of a run that did not end, which goes on there and writes its files anew. Throws core::InputError when it does
  /// not exist.
  [[nodiscard]] static RunDirectory go_on(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a whole file; throws core::HostResourceError when the disk is full or fails.
  void write(const std::string& name, const std::string& content) const;
  /// The same for a text that `fill` makes in parts.
  void write_parts(const std::string& name, const std::function<void(TextParts&)>& fill) const;
  /// The same, so that the file is there whole or not at all.
  void write_atomically(const std::string& name, const std::string& content) const;
  /// Removes the directory, and the directories above it that were made for it: nothing was simulated. One in which a run
  /// goes on stays.
  void remove() const;

 private:
  RunDirectory() = default;

  std::filesystem::path path_;
  bool is_new_ = true;
  std::vector<std::filesystem::path> parents_;  ///< made for it, the innermost first
};

/// First of runs/NAME, runs/NAME-2, ... that does not exist.
[[nodiscard]] std::filesystem::path default_directory(const std::string& scenario_name);

}  // namespace waferloom::results
