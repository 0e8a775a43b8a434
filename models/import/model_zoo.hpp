// SPDX-License-Identifier: Apache-2.0
// Models as the wafer's vendor describes them in its public model zoo (YAML): the section `model` of releases 1.x, or
// `trainer.init.model` of releases 2.x. Defaults are those of the zoo's GPT classes.
#pragma once

#include <string>

#include "models/import/foreign_file.hpp"
#include "models/model.hpp"

namespace waferloom::models {

[[nodiscard]] bool is_model_zoo(const YAML::Node& root);

/// What is wrong goes to `problems`.
[[nodiscard]] Model read_model_zoo(const YAML::Node& root, const std::string& source,
                                   core::config::Problems& problems);

}  // namespace waferloom::models
