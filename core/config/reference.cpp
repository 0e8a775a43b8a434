// SPDX-License-Identifier: Apache-2.0
#include "core/config/reference.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace waferloom::core::config {

namespace {

using nlohmann::json;

std::string section_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : std::string(name.substr(0, dot));
}

std::string describe_key(const Key& key) {
  std::string text = fmt::format("{}\n  {}\n  type     {}\n", key.name, key.help, key.type);
  if (!key.range.empty()) text += fmt::format("  range    {}\n", key.range);
  if (!key.units.empty()) text += fmt::format("  units    {}\n", key.units);
  return text + fmt::format("  default  {}\n",
                            key.required ? "none, has to be stated" : yaml_text(key.default_value));
}

/// Text inside a Markdown table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

json& object_at(json& root, std::string_view section, const Keys& keys) {
  if (section.empty()) return root;
  json& parent = object_at(root, section_of(section), keys);
  json& object = parent["properties"][std::string(section.substr(section.rfind('.') + 1))];
  if (object.is_null()) {
    object = {
        {"type", "object"}, {"additionalProperties", false}, {"description", keys.section_help(section)}};
  }
  return object;
}

/// The key `name`, or those of the section, or all where it is empty. Throws core::InputError where there are none.
std::vector<const Key*> keys_below(const Keys& keys, std::string_view name) {
  std::vector<const Key*> found;
  for (const Key& key : keys.all()) {
    const bool below = name.empty() || (key.name.starts_with(name) && key.name.size() > name.size() &&
                                        key.name[name.size()] == '.');
    if (key.name == name || below) found.push_back(&key);
  }
  if (found.empty()) {
    throw InputError(
        fmt::format("describe: expected a known key or section, got {}{}", name, keys.suggestion(name)));
  }
  return found;
}

}  // namespace

std::string describe(const Keys& keys, std::string_view name) {
  std::string text;
  for (const Key* key : keys_below(keys, name))
    text += fmt::format("{}{}", text.empty() ? "" : "\n", describe_key(*key));
  const std::string help = keys.section_help(name);
  return help.empty() ? text : fmt::format("{}\n  {}\n\n{}", name, help, text);
}

nlohmann::ordered_json describe_json(const Keys& keys, std::string_view name) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Key* key : keys_below(keys, name)) {
    nlohmann::ordered_json entry{{"key", key->name},
                                 {"help", key->help},
                                 {"type", key->type},
                                 {"range", key->range},
                                 {"units", key->units}};
    if (!key->required) entry["default"] = key->default_value;
    list.push_back(std::move(entry));
  }
  return list;
}

json json_schema(const Keys& keys, std::string_view title) {
  json root{{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", title},
            {"type", "object"},
            {"additionalProperties", false}};
  for (const Key& key : keys.all()) {
    json& section = object_at(root, section_of(key.name), keys);
    const std::string name = key.name.substr(key.name.rfind('.') + 1);
    nlohmann::json& property = section["properties"][name];
    property = key.schema();
    property["description"] = key.help;
    if (key.required) {
      section["required"].push_back(name);
    } else {
      property["default"] = key.default_value;
    }
  }
  return root;
}

std::string markdown(const Keys& keys) {
  std::string text;
  std::string section = "none yet";
  std::string nested;
  for (const Key& key : keys.all()) {
    // A section nested in another (a rectangle) stays in the other's table.
    const std::string own =
        key.name.substr(0, key.name.find('.') == std::string::npos ? 0 : key.name.find('.'));
    if (own != section) {
      section = own;
      text += section.empty() ? "## Top level\n\n"
                              : fmt::format("\n## `{}`\n\n{}\n\n", section, keys.section_help(section));
      text += "| Key | Default | Values | Meaning |\n|---|---|---|---|\n";
    }
    std::string values = key.type;
    if (!key.range.empty())
      values += (key.type == "name" || key.type == "text" || key.type == "flag" ? ": " : " ") + key.range;
    if (!key.units.empty()) values += fmt::format(" ({})", key.units);
    if (const std::string inner = section_of(key.name); inner != own && inner != nested) {
      nested = inner;
      text += fmt::format("| `{}` | | keys below it | {} |\n", inner, cell(keys.section_help(inner)));
    }
    text += fmt::format("| `{}` | {} | {} | {} |\n", key.name,
                        key.required ? "(required)" : fmt::format("`{}`", cell(yaml_text(key.default_value))),
                        cell(values), cell(key.help));
  }
  return text;
}

}  // namespace waferloom::core::config
