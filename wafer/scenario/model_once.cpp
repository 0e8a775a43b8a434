// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/model_once.hpp"

#include "core/data_path.hpp"
#include "models/import/any_model.hpp"

namespace waferloom::wafer {

std::shared_ptr<const models::Model> ModelOnce::of(const std::string& reference) const {
  const std::lock_guard lock(kept_->mutex);
  std::shared_ptr<const models::Model>& model = kept_->models[reference];
  if (model == nullptr) {
    model = std::make_shared<const models::Model>(
        models::load_any_model(reference, core::data_directory() / "models" / "data"));
  }
  return model;
}

}  // namespace waferloom::wafer
