// SPDX-License-Identifier: Apache-2.0
// A mapping of a kernel file, read strictly: only keys that the language declares for its section, each once, all that
// are required.
#pragma once

#include <string>
#include <string_view>

#include "core/config/document.hpp"

namespace waferloom::kernels {

class Fields {
 public:
  /// `path` names the mapping in messages, e.g. `tasks[2].do[0].add`.
  Fields(const core::config::Node& node, std::string_view section, std::string path,
         core::config::Problems& problems);

  /// Whether it is a mapping at all.
  [[nodiscard]] bool usable() const { return usable_; }
  /// The value of a key, or nullptr.
  [[nodiscard]] const core::config::Node* find(std::string_view key) const {
    return usable_ ? node_.find(key) : nullptr;
  }
  [[nodiscard]] const core::config::Node& node() const { return node_; }
  [[nodiscard]] std::string name_of(std::string_view key) const;

 private:
  void check_key(const core::config::Node& key, std::string_view section) const;

  const core::config::Node& node_;
  std::string path_;
  core::config::Problems& problems_;
  bool usable_;
};

}  // namespace waferloom::kernels
