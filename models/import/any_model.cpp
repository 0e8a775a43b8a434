// SPDX-License-Identifier: Apache-2.0
#include "models/import/any_model.hpp"

#include <fmt/format.h>

#include <array>

#include "core/config/origin.hpp"
#include "core/config/writer.hpp"
#include "core/error.hpp"
#include "models/import/foreign_file.hpp"
#include "models/import/hugging_face.hpp"
#include "models/import/model_zoo.hpp"

namespace waferloom::models {

namespace fs = std::filesystem;

namespace {

struct Format {
  bool (*recognises)(const YAML::Node& root);
  Model (*read)(const YAML::Node& root, const std::string& source, core::config::Problems& problems);
};

constexpr std::array kFormats{Format{is_hugging_face, read_hugging_face},
                              Format{is_model_zoo, read_model_zoo}};

std::string name_of(const fs::path& file) {
  if (file.filename() != "config.json") {
    fs::path name = file.stem();
    // Llama-3.1-8B.config.json
    return name.extension() == ".config" ? name.stem().string() : name.string();
  }
  return fs::absolute(file).lexically_normal().parent_path().filename().string();
}

}  // namespace

Model load_any_model(const std::string& name_or_path, const fs::path& models_directory) {
  if (const auto problem = unknown_model(name_or_path, models_directory)) {
    throw core::config::KeyError({"workload.model"}, *problem);
  }
  const fs::path file = model_file(name_or_path, models_directory);
  const std::string text = model_file_text(file);
  if (file.parent_path() == models_directory) return read_model(text, file);
  const bool json = file.extension() == ".json";
  YAML::Node root;
  try {
    root = parse_foreign(text, file);
  } catch (const core::InputError&) {
    if (json) throw;
    // The reader of the project's own format tells what is wrong with a text that is no YAML.
    return read_model(text, file);
  }
  for (const Format& format : kFormats) {
    if (!format.recognises(root)) continue;
    core::config::Problems problems;
    Model model = format.read(root, file.string(), problems);
    if (problems.empty()) {
      for (const Contradiction& each : contradictions(model)) {
        problems.add({file.string(), 0, 0, 0}, each.key, each.message);
      }
    }
    problems.throw_if_any();
    model.name = name_of(file);
    return model;
  }
  if (json) {
    throw core::InputError(
        fmt::format("{}: model_type: expected the kind of a model, as Hugging Face's config.json "
                    "names it, got nothing",
                    file.string()));
  }
  return read_model(text, file);
}

std::string model_text(const Model& model) {
  Model copy = model;
  core::config::Keys keys;
  declare_keys(keys, copy);
  return core::config::effective_yaml(keys);
}

}  // namespace waferloom::models
