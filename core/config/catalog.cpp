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

std::vector<std::string> names_below(const std::filesystem::path& directory,
                                     const std::vector<std::string>& without) {
  std::vector<std::string> names = names_in(directory);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const std::string folder = entry.path().filename().string();
    if (!entry.is_directory(ignored) || std::find(without.begin(), without.end(), folder) != without.end())
      continue;
    for (const std::string& name : names_below(entry.path(), {})) {
      names.push_back(fmt::format("{}/{}", folder, name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Listed> list_files(const std::filesystem::path& directory) {
  return list_files(directory, names_in(directory));
}

std::vector<Listed> list_files(const std::filesystem::path& directory,
                               const std::vector<std::string>& names) {
  std::vector<Listed> files;
  for (const std::string& name : names) {
    const std::filesystem::path path = directory / (name + ".yaml");
    files.push_back({name, description_of(path), path});
  }
  return files;
}

}  // namespace waferloom::core::config
