// SPDX-License-Identifier: Apache-2.0
// Models as Hugging Face's transformers describe them (config.json). Each family's defaults are those of its
// configuration class there; what a family has and this simulator does not model is refused by its key.
#pragma once

#include <string>

#include "models/import/foreign_file.hpp"
#include "models/model.hpp"

namespace waferloom::models {

/// Whether the document is a config.json: it names a `model_type`.
[[nodiscard]] bool is_hugging_face(const YAML::Node& root);

/// What is wrong goes to `problems`.
[[nodiscard]] Model read_hugging_face(const YAML::Node& root, const std::string& source,
                                      core::config::Problems& problems);

}  // namespace waferloom::models
