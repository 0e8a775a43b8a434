// SPDX-License-Identifier: Apache-2.0
#include "tests/property/case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace waferloom::property {

namespace {

std::string text_of(const core::Rectangle& r) {
  return fmt::format("{{ x: {}, y: {}, width: {}, height: {} }}", r.x, r.y, r.width, r.height);
}

/// The settings of a section as one line of YAML.
struct SectionText {
  std::string name;
  std::vector<std::string> entries;
};

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

const std::string* Case::value(std::string_view key) const {
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& each) { return each.key == key; });
  return found == settings.end() ? nullptr : &found->value;
}

void Case::set(const std::string& key, const std::string& value) {
  for (Setting& each : settings) {
    if (each.key == key) {
      each.value = value;
      return;
    }
  }
  settings.push_back({key, value});
}

std::string Case::model_yaml() const {
  std::string text = "name: random\n";
  for (const Setting& each : model) text += fmt::format("{}: {}\n", each.key, each.value);
  return text;
}

std::string Case::scenario_yaml(bool reversed) const {
  std::vector<Setting> all{{"fabric.width", std::to_string(program.x + program.width + right)},
                           {"fabric.height", std::to_string(program.y + program.height + 1)},
                           {"fabric.program", text_of(program)},
                           {"workload.model", "./model.yaml"}};
  if (rectangle.width != 0) all.push_back({"workload.rectangle", text_of(rectangle)});
  all.insert(all.end(), settings.begin(), settings.end());
  std::vector<SectionText> sections;
  for (const Setting& each : all) {
    const std::size_t dot = each.key.find('.');
    const std::string name = each.key.substr(0, dot);
    auto place =
        std::find_if(sections.begin(), sections.end(), [&](const SectionText& s) { return s.name == name; });
    if (place == sections.end()) place = sections.insert(place, {name, {}});
    place->entries.push_back(fmt::format("  {}: {}\n", each.key.substr(dot + 1), each.value));
  }
  if (reversed) {
    std::reverse(sections.begin(), sections.end());
    for (SectionText& section : sections) std::reverse(section.entries.begin(), section.entries.end());
  }
  std::string text;
  for (const SectionText& section : sections) {
    text += section.name + ":\n";
    for (const std::string& entry : section.entries) text += entry;
  }
  return text;
}

std::filesystem::path Case::write(const std::filesystem::path& directory, bool reversed) const {
  std::filesystem::create_directories(directory);
  write_file(directory / "model.yaml", model_yaml());
  write_file(directory / "scenario.yaml", scenario_yaml(reversed));
  return directory / "scenario.yaml";
}

}  // namespace waferloom::property
