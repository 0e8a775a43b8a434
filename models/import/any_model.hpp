// SPDX-License-Identifier: Apache-2.0
// A model from whichever file describes it: the project's own format, or one of elsewhere.
#pragma once

#include <filesystem>
#include <string>

#include "models/model.hpp"

namespace waferloom::models {

/// As load_model, and also what Hugging Face (config.json) and the vendor's model zoo (YAML) describe. The file is
/// read once. A model from elsewhere is named after its file, or after its directory where the file is called config.json.
[[nodiscard]] Model load_any_model(const std::string& name_or_path,
                                   const std::filesystem::path& models_directory);

/// A model file of the project's own format that states every key.
[[nodiscard]] std::string model_text(const Model& model);

}  // namespace waferloom::models
