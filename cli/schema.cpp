// SPDX-License-Identifier: Apache-2.0
// `waferloom schema`: JSON Schemas of the files that users write, for editors.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/shell/one_of.hpp"
#include "core/config/catalog.hpp"
#include "core/config/reference.hpp"
#include "core/data_path.hpp"
#include "kernels/language.hpp"
#include "models/model.hpp"
#include "study/table/metrics.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

namespace {

using nlohmann::json;

constexpr const char* kDraft = "http://json-schema.org/draft-07/schema#";

/// A text that may be one of these names, which editors then offer, or anything else: a path.
json name_or_path(const std::vector<std::string>& names, const json& rest = json::object()) {
  json schema{{"anyOf", {{{"enum", names}}, {{"type", "string"}}}}};
  schema.update(rest);
  return schema;
}

std::vector<std::string> names_of(const char* folder) {
  return core::config::names_in(core::data_directory() / folder);
}

/// The value of a key with what the program knows by name.
json with_names(json property, std::string_view key) {
  constexpr std::array<std::pair<std::string_view, const char*>, 2> kNamed{
      {{"hardware", "scenarios/hardware"}, {"workload.model", "models/data"}}};
  for (const auto& [name, folder] : kNamed) {
    if (key != name) continue;
    property.erase("type");
    return name_or_path(names_of(folder), property);
  }
  return property;
}

json scenario_schema() {
  wafer::Scenario defaults;
  const wafer::ScenarioKeys keys(defaults);
  json schema = core::config::json_schema(keys.keys(), "Waferloom scenario");
  json& properties = schema["properties"];
  properties["hardware"] = with_names(properties["hardware"], "hardware");
  json& model = properties["workload"]["properties"]["model"];
  model = with_names(model, "workload.model");
  return schema;
}

json object_of(const json& properties) {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

json list_of_items(const json& items) { return {{"type", "array"}, {"items", items}, {"minItems", 1}}; }

/// A range of an axis; `end` is what its ends may be.
json range_of_axis() {
  const json end{{"type", {"number", "string"}}};
  json range = object_of({{"from", end},
                          {"to", end},
                          {"step", end},
                          {"count", {{"type", "integer"}, {"minimum", 1}}},
                          {"scale", {{"enum", {"linear", "log"}}}}});
  range["required"] = {"from", "to"};
  return range;
}

json reference(const std::string& name) { return {{"$ref", "#/definitions/" + name}}; }

/// The definitions that a study's keys refer to: the values of each key of scenarios, `range`, `set` and `vary`.
json study_definitions(const json& base) {
  wafer::Scenario defaults;
  const wafer::ScenarioKeys declared(defaults);
  json definitions = json::object();
  json set = json::object();
  json vary{{"base", list_of_items(base)}};
  for (const core::config::Key& key : declared.keys().all()) {
    definitions[key.name] = with_names(key.schema(), key.name);
    definitions[key.name]["description"] = key.help;
    set[key.name] = reference(key.name);
    vary[key.name] = {{"anyOf", {list_of_items(reference(key.name)), reference("range")}}};
  }
  definitions["range"] = range_of_axis();
  definitions["set"] = object_of(set);
  definitions["vary"] = object_of(vary);
  set["base"] = base;
  definitions["point"] = object_of(set);
  return definitions;
}

json study_schema() {
  const json text{{"type", "string"}};
  const json base = name_or_path(wafer::scenario_names());
  const json metric{{"enum", study::all_metrics()}};
  const json at_least_one{{"type", "integer"}, {"minimum", 1}};
  json definitions = study_definitions(base);
  std::vector<std::string> keys;
  for (const auto& [name, key] : definitions["set"]["properties"].items()) keys.push_back(name);
  json schema = object_of(
      {{"name", text},
       {"description", text},
       {"base", base},
       {"set", reference("set")},
       {"vary", reference("vary")},
       {"zip", list_of_items(reference("vary"))},
       {"list", list_of_items(reference("point"))},
       {"sample", object_of({{"points", at_least_one}, {"seed", {{"type", "integer"}, {"minimum", 0}}}})},
       {"derive",
        {{"type", "object"},
         {"propertyNames", {{"enum", keys}}},
         {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}}},
       {"metrics", list_of_items(metric)},
       {"constraints", list_of_items({{"type", "string"}})},
       {"objectives",
        {{"type", "object"},
         {"propertyNames", metric},
         {"additionalProperties", {{"enum", {"maximize", "minimize"}}}}}},
       {"invalid", {{"enum", {"refuse", "skip"}}, {"default", "refuse"}}},
       {"keep", {{"enum", {"metrics", "runs"}}, {"default", "metrics"}}},
       {"confirm", object_of({{"best", at_least_one}, {"set", reference("set")}})}});
  schema.update({{"$schema", kDraft}, {"title", "Waferloom study"}, {"required", {"base"}}});
  schema["definitions"] = std::move(definitions);
  return schema;
}

json set_schema() {
  json schema = object_of({{"description", {{"type", "string"}}},
                           {"scenarios", list_of_items(name_or_path(wafer::scenario_names()))}});
  schema.update({{"$schema", kDraft}, {"title", "Waferloom set of scenarios"}, {"required", {"scenarios"}}});
  return schema;
}

json model_schema() {
  models::Model defaults;
  core::config::Keys keys;
  models::declare_keys(keys, defaults);
  return core::config::json_schema(keys, "Waferloom model");
}

json kernel_schema() { return kernels::kernel_schema(); }

struct Schema {
  std::string_view kind;
  json (*make)();
};
constexpr std::array kSchemas{Schema{"scenario", scenario_schema}, Schema{"study", study_schema},
                              Schema{"set", set_schema}, Schema{"model", model_schema},
                              Schema{"kernel", kernel_schema}};

}  // namespace

void add_schema_command(CLI::App& app) {
  const auto kind = std::make_shared<std::string>("scenario");
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of a kind of files (for editors)");
  std::vector<std::string> kinds;
  for (const Schema& schema : kSchemas) kinds.emplace_back(schema.kind);
  command->add_option("KIND", *kind, "kind of files [scenario]")->check(one_of(kinds));
  const auto of_kernels = std::make_shared<bool>(false);
  command->add_flag("--kernel", *of_kernels, "the same as KIND kernel");
  command->callback([kind, of_kernels] {
    if (*of_kernels) *kind = "kernel";
    const auto* schema = std::find_if(kSchemas.begin(), kSchemas.end(),
                                      [&](const Schema& each) { return each.kind == *kind; });
    fmt::print("{}\n", schema->make().dump(2));
  });
}

}  // namespace waferloom::cli
