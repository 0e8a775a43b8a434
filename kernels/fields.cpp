// SPDX-License-Identifier: Apache-2.0
#include "kernels/fields.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

#include "core/nearest.hpp"
#include "kernels/language.hpp"

namespace waferloom::kernels {

using core::config::Node;
using core::config::Problems;

Fields::Fields(const Node& node, std::string_view section, std::string path, Problems& problems)
    : node_(node), path_(std::move(path)), problems_(problems), usable_(node.kind == Node::Kind::mapping) {
  if (!usable_) {
    if (node.kind != Node::Kind::invalid) {
      problems_.add(node.where, path_, fmt::format("expected a mapping of keys, got {}", node.shown()));
    }
    return;
  }
  std::set<std::string_view> seen;
  for (const Node& key : node.keys) {
    if (!seen.insert(key.text).second) {
      problems_.add(key.where, name_of(key.text), "expected the key once, got it again");
    }
    check_key(key, section);
  }
  for (const LanguageKey& key : language()) {
    if (key.section != section || !key.required || node.find(key.name) != nullptr) continue;
    problems_.add(node.where, name_of(key.name), fmt::format("expected this key ({}), got none", key.help));
  }
}

std::string Fields::name_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void Fields::check_key(const Node& key, std::string_view section) const {
  if (key.kind == Node::Kind::scalar && find_key(section, key.text) != nullptr) return;
  const std::vector<std::string> known = keys_of(section);
  problems_.add(key.where, name_of(key.text),
                fmt::format("expected a known key, got an unknown one{}", core::suggestion(key.text, known)));
}

}  // namespace waferloom::kernels
