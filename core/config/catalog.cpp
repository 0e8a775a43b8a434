// SPDX-License-Identifier: Apache-2.0
#include "core/config/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "core/config/document.hpp"

namespace waferloom::core::config {

namespace {

std::string description_of(const std::filesystem::path& path) {
  Problems problems;
  const Node root = parse_file(path, 0, problems);
  if (!problems.empty()) return fmt::format("(unreadable: {})", problems.text());
  for (const char* key : {"description", "title"}) {
    const Node* value = root.find(key);
    if (value != nullptr && value->kind == Node::Kind::scalar) return value->text;
  }
  return {};
}

}  // namespace

bool is_path(std::string_view reference) {
  return reference.find('/') != std::string_view::npos || reference.ends_with(".yaml") ||
         reference.ends_with(".yml") || reference.ends_with(".json");
}

std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Listed> list_files(const std::filesystem::path& directory) {
  std::vector<Listed> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".yaml") continue;
    files.push_back({entry.path().stem().string(), description_of(entry.path()), entry.path()});
  }
  std::sort(files.begin(), files.end(), [](const Listed& a, const Listed& b) { return a.name < b.name; });
  return files;
}

}  // namespace waferloom::core::config
