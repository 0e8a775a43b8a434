// SPDX-License-Identifier: Apache-2.0
#include "core/config/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace waferloom::core::config {

namespace {

std::vector<std::string> split_at_dots(const std::string& name) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    parts.push_back(name.substr(begin, dot - begin));
    begin = dot + 1;
  }
  parts.push_back(name.substr(begin));
  return parts;
}

}  // namespace

std::string effective_yaml(const Keys& keys) {
  std::string text;
  std::vector<std::string> open;
  for (const Key& key : keys.all()) {
    if (!key.effective) continue;
    const std::vector<std::string> path = split_at_dots(key.name);
    const std::size_t depth = path.size() - 1;
    std::size_t common = 0;
    while (common < std::min(depth, open.size()) && open[common] == path[common]) ++common;
    for (std::size_t i = common; i < depth; ++i) text += fmt::format("{:{}}{}:\n", "", 2 * i, path[i]);
    open.assign(path.begin(), path.end() - 1);
    text += fmt::format("{:{}}{}: {}\n", "", 2 * depth, path.back(), yaml_text(key.value()));
  }
  return text;
}

nlohmann::json effective_json(const Keys& keys) {
  nlohmann::json root = nlohmann::json::object();
  for (const Key& key : keys.all()) {
    if (!key.effective) continue;
    nlohmann::json* at = &root;
    for (const std::string& part : split_at_dots(key.name)) at = &(*at)[part];
    *at = key.value();
  }
  return root;
}

}  // namespace waferloom::core::config
