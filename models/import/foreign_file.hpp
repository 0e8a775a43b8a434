// SPDX-License-Identifier: Apache-2.0
// A model's description from elsewhere (JSON or YAML), read key by key. What a reader does not ask for is refused by
// its name, unless it is known to change neither the shape of a model nor its work: nothing is ignored unseen.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/config/document.hpp"

namespace waferloom::models {

/// The document of a file with that text. Throws core::InputError for what is none, with line and column.
[[nodiscard]] YAML::Node parse_foreign(const std::string& text, const std::filesystem::path& file);

/// One mapping of such a document.
class ForeignSection {
 public:
  /// `prefix` is what comes before its keys in messages, such as `model.`.
  ForeignSection(const YAML::Node& mapping, std::string source, std::string prefix,
                 core::config::Problems& problems);

  /// Whether it has the key, with a value that is not null.
  [[nodiscard]] bool has(std::string_view key) const;

  /// A count from 1 on under the first of these keys that is there; a problem where none is.
  [[nodiscard]] std::uint64_t count(std::initializer_list<std::string_view> keys);
  /// The same, `otherwise` where none of the keys is there.
  [[nodiscard]] std::uint64_t count_or(std::initializer_list<std::string_view> keys, std::uint64_t otherwise);
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  [[nodiscard]] double number(std::string_view key, double otherwise);
  [[nodiscard]] std::string text(std::string_view key, std::string_view otherwise);

  /// A problem where the key is there and has another value than null, false, 0 or an empty list: it says what is not
  /// modelled.
  void refuse(std::string_view key, std::string_view what);
  /// A problem with a key that was read.
  void problem(std::string_view key, const std::string& message);

  /// Keys that mean nothing here: names, or patterns with * at either end.
  void no_matter(std::initializer_list<std::string_view> patterns);
  /// All keys that nobody asked for become problems, unless their value is null, false or 0.
  void finish();

 private:
  [[nodiscard]] YAML::Node at(std::string_view key);
  [[nodiscard]] core::config::Location where(const YAML::Node& node) const;

  YAML::Node mapping_;
  std::string source_;
  std::string prefix_;
  core::config::Problems& problems_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace waferloom::models
