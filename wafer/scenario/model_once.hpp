// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "models/model.hpp"

namespace waferloom::wafer {

/// The model of a scenario and its copies, whose file is read once however often it is asked for: all of a run goes by
/// one text of it.
class ModelOnce {
 public:
  /// The model that `reference` names, a file or one that comes with the program. Throws core::InputError.
  [[nodiscard]] std::shared_ptr<const models::Model> of(const std::string& reference) const;

  /// A file that was read is no part of what a scenario says.
  friend bool operator==(const ModelOnce&, const ModelOnce&) { return true; }

 private:
  struct Kept {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<const models::Model>, std::less<>> models;  ///< by reference
  };
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

}  // namespace waferloom::wafer
