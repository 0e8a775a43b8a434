// SPDX-License-Identifier: Apache-2.0
// Lists the YAML files of a directory (presets, scenarios, models) with their descriptions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace waferloom::core::config {

struct Listed {
  std::string name;         ///< the file's, without extension
  std::string description;  ///< the file's `description`, else its `title`, else empty
  std::filesystem::path path;
};

/// Whether `reference` is meant as a path rather than as the name of something that comes with the program.
[[nodiscard]] bool is_path(std::string_view reference);

/// The names of all `*.yaml` of `directory`, sorted; none is read.
[[nodiscard]] std::vector<std::string> names_in(const std::filesystem::path& directory);

/// The names of all `*.yaml` of `directory` and of its folders but `without`, sorted; those of a folder as
/// `folder/name`.
[[nodiscard]] std::vector<std::string> names_below(const std::filesystem::path& directory,
                                                   const std::vector<std::string>& without);

/// All `*.yaml` of `directory`, sorted by name. A file that cannot be read is listed with the reason.
[[nodiscard]] std::vector<Listed> list_files(const std::filesystem::path& directory);
/// Those of these names.
[[nodiscard]] std::vector<Listed> list_files(const std::filesystem::path& directory,
                                             const std::vector<std::string>& names);

}  // namespace waferloom::core::config
