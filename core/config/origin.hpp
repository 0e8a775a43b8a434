// SPDX-License-Identifier: Apache-2.0
// Where the keys of a configuration got their values, so that what is refused later can be told with its place.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/document.hpp"
#include "core/config/reader.hpp"
#include "core/error.hpp"

namespace waferloom::core::config {

/// Values that cannot be used, alone or together. Thrown where values are known and their places are not: who has the
/// Origin adds the place.
class KeyError : public InputError {
 public:
  /// `keys`: what the message is about, then what takes part; a section stands for its keys. `message` reads
  /// "expected ..., got ...".
  KeyError(std::vector<std::string> keys, const std::string& message)
      : InputError(keys.front() + ": " + message), keys_(std::move(keys)) {}
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }

 private:
  std::vector<std::string> keys_;
};

class Origin {
 public:
  Origin() = default;
  /// `fallback`: the place of keys that nobody set.
  Origin(Settings settings, Location fallback)
      : settings_(std::make_shared<const Settings>(std::move(settings))), fallback_(std::move(fallback)) {}

  /// Where the one of `keys` stands that was set last; of those in the same file, the first of `keys`.
  [[nodiscard]] Location of(const std::vector<std::string>& keys) const;
  /// `file:line:column: key: message`.
  [[nodiscard]] std::string located(const KeyError& error) const;

  /// Values are the same wherever they stand.
  friend bool operator==(const Origin&, const Origin&) { return true; }

 private:
  std::shared_ptr<const Settings> settings_ = std::make_shared<const Settings>();
  Location fallback_;
};

/// The place of the one of `keys` in `settings` that was set last, or nullptr; see Origin::of.
[[nodiscard]] const Location* place_of(const std::vector<std::string>& keys, const Settings& settings);

}  // namespace waferloom::core::config
