// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/model_once.hpp"

#include "core/data_path.hpp"
#include "models/import/any_model.hpp"

namespace waferloom::wafer {

std::shared_ptr<const models::Model> ModelOnce::of(const std::string& reference) const {
  const std::lock_guard lock(kept_->mutex);
  if (kept_->model == nullptr || kept_->reference != reference) {
    kept_->model = std::make_shared<const models::Model>(
        models::load_any_model(reference, core::data_directory() / "models" / "data"));
    kept_->reference = reference;
  }
  return kept_->model;
}

}  // namespace waferloom::wafer
