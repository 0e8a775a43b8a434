// SPDX-License-Identifier: Apache-2.0
// A random scenario of a small training step: what is written into its files, in a form that can be changed piece by
// piece.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/geometry.hpp"

namespace waferloom::property {

/// A key, `section.name` in a scenario, and its value as text.
struct Setting {
  std::string key;
  std::string value;
};

class Case {
 public:
  core::Rectangle program{0, 1, 4, 4};  ///< tiles that programs may use
  std::uint32_t right = 0;        ///< columns of tiles beyond them; a row above and below serves the I/O
  core::Rectangle rectangle;      ///< the workload's; width 0: all of `program`
  std::vector<Setting> settings;  ///< of the scenario
  std::vector<Setting> model;     ///< of its model

  /// Of `key` in `settings`; none: nullptr.
  [[nodiscard]] const std::string* value(std::string_view key) const;
  void set(const std::string& key, const std::string& value);

  [[nodiscard]] std::string model_yaml() const;
  /// `reversed`: the same with its sections and keys in the opposite order.
  [[nodiscard]] std::string scenario_yaml(bool reversed = false) const;
  /// Writes scenario.yaml and model.yaml; the scenario's path.
  [[nodiscard]] std::filesystem::path write(const std::filesystem::path& directory,
                                            bool reversed = false) const;
};

}  // namespace waferloom::property
